/** The data of a chart as CSV. */
import { chartCsv } from '../../../../components/charts/pictures.ts';
import { chartFileRoute } from '../../../../components/charts/fileRoute.ts';
import { chartPaths } from '../../../../components/data/paths.ts';

export const getStaticPaths = () => chartPaths();
export const GET = chartFileRoute('text/csv; charset=utf-8', (chart, report) => chartCsv(chart, report));
