/** A chart as an SVG file for dark pages. */
import { chartSvgFile } from '../../../../components/charts/pictures.ts';
import { chartFileRoute } from '../../../../components/charts/fileRoute.ts';
import { chartPaths } from '../../../../components/data/paths.ts';

export const getStaticPaths = () => chartPaths();
export const GET = chartFileRoute('image/svg+xml', (chart, report) => chartSvgFile(chart, report, 'dark'));
