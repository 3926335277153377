/** The data of a chart as CSV. */
import { chartFileRoute } from '../../../../components/charts/fileRoute.ts';
import { chartPaths } from '../../../../components/data/paths.ts';

export const getStaticPaths = () => chartPaths();
export const GET = chartFileRoute('csv');
