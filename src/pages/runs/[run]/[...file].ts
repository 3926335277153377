/** Files beside a run's report with any other ending: those that the report lists. */
import { runFileRoute } from '../../../components/data/runFileRoute.ts';

export const { getStaticPaths, GET } = runFileRoute(null);
