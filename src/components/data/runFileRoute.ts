/** Routes of the files beside a run's report. */
import type { APIRoute } from 'astro';
import { runPaths } from './paths.ts';
import { GENERATED_FILES, runFile } from './runFiles.ts';

/**
 * Extensions that have a route of their own: only a route whose name ends in an extension answers to an address without
 * a closing slash while the site is being developed.
 */
export const FILE_EXTENSIONS = ['json', 'csv'] as const;

type FileExtension = (typeof FILE_EXTENSIONS)[number];

/** Paths and answers of the files with one extension, or of all files with none of them. */
export function runFileRoute(extension: FileExtension | null): {
  getStaticPaths: () => ReturnType<typeof runPaths>;
  GET: APIRoute;
} {
  const ending = extension === null ? '' : `.${extension}`;
  const belongs = (name: string): boolean =>
    extension === null ? !FILE_EXTENSIONS.some((other) => name.endsWith(`.${other}`)) : name.endsWith(ending);
  return {
    getStaticPaths: () =>
      runPaths((run) =>
        [...new Set([...GENERATED_FILES.map(({ name }) => name), ...run.files])]
          .filter(belongs)
          .map((name) => ({ file: name.slice(0, name.length - ending.length) })),
      ),
    GET: async ({ params }) => {
      const file = await runFile(params.run!, `${params.file!}${ending}`);
      return new Response(file.body, { headers: { 'content-type': file.type } });
    },
  };
}
