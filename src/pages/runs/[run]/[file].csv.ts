/** Files beside a run's report that end in .csv. */
import { runFileRoute } from '../../../components/data/runFileRoute.ts';

export const { getStaticPaths, GET } = runFileRoute('csv');
