/** The data of a chart as JSON. */
import { chartJson } from '../../../../components/charts/pictures.ts';
import { chartFileRoute } from '../../../../components/charts/fileRoute.ts';
import { chartPaths } from '../../../../components/data/paths.ts';

export const getStaticPaths = () => chartPaths();
export const GET = chartFileRoute('application/json', (chart, report) => chartJson(chart, report));
