/** The picture of a chart as PNG, twice its size, light. */
import { chartPngRoute } from '../../../../components/charts/fileRoute.ts';
import { chartPaths } from '../../../../components/data/paths.ts';
import { pngOfSvg } from '../../../../platform/node/pngPicture.ts';

export const getStaticPaths = () => chartPaths();
export const GET = chartPngRoute(pngOfSvg);
