/** The data of a chart as JSON. */
import { chartFileRoute } from '../../../../components/charts/fileRoute.ts';
import { chartPaths } from '../../../../components/data/paths.ts';

export const getStaticPaths = () => chartPaths();
export const GET = chartFileRoute('json');
