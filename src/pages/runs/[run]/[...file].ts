/** Files beside a run's report: the report itself, CSV twins of its tables, and the files it lists. */
import type { APIRoute } from 'astro';
import { runPaths } from '../../../components/data/paths.ts';
import { GENERATED_FILES, runFile } from '../../../components/data/runFiles.ts';

export const getStaticPaths = () =>
  runPaths((run) =>
    [...new Set([...GENERATED_FILES.map(({ name }) => name), ...run.files])].map((file) => ({ file })),
  );

export const GET: APIRoute = async ({ params }) => {
  const file = await runFile(params.run!, params.file!);
  return new Response(file.body, { headers: { 'content-type': file.type } });
};
