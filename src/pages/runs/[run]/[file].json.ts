/** Files beside a run's report that end in .json. */
import { runFileRoute } from '../../../components/data/runFileRoute.ts';

export const { getStaticPaths, GET } = runFileRoute('json');
