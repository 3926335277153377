/**
 * Renders the pages of one run after the other, as a process of its own. Started by `renderSite.ts`; answers each message,
 * which names a run, when the pages of that run are written.
 */
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { CompiledPages, type RenderedPath } from '../../src/platform/node/compiledPages.ts';
import { answerRequests } from './workers.ts';

export interface RenderRequest {
  /** Folder of the compiled pages. */
  pages: string;
  /** Folder of the prepared reports, one sub-folder a run. */
  reports: string;
  outDir: string;
  base: string;
  /** Run whose pages are rendered; null for those of no run. */
  run: string | null;
}

/** Files that lie beside the run's report as they are published: nothing was rendered for them. */
export type PreparedFiles = string[];

/** A run's id and the rest of an address below it: `runs/<run>/<rest>` or `embed/<run>/<rest>`. */
const ADDRESS_OF_RUN = /^(runs|embed)\/([^/]+)\/(.*)$/;

interface Site {
  compiled: CompiledPages;
  /** By run. */
  paths: Map<string | null, RenderedPath[]>;
}

/** All requests to a process are about one site. */
let opened: Promise<Site> | null = null;

answerRequests(async (request: RenderRequest): Promise<PreparedFiles> => {
  process.env.GEMVIEW_REPORTS = request.reports;
  const { compiled, paths } = await (opened ??= open(request));
  const prepared: PreparedFiles = [];
  for (const path of paths.get(request.run) ?? []) {
    const name = preparedName(path, request);
    if (name !== null) {
      prepared.push(name);
      continue;
    }
    const { file, body } = await compiled.render(path).catch((error: Error) => {
      throw Object.assign(new Error(`${path.address || 'the first page'}: ${error.message}`), {
        stack: error.stack,
      });
    });
    const place = join(request.outDir, file);
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(place, body);
  }
  return prepared;
});

async function open({ pages, base }: RenderRequest): Promise<Site> {
  const compiled = await CompiledPages.open(pages, base);
  const paths = Map.groupBy(
    await compiled.paths(),
    ({ address }) => ADDRESS_OF_RUN.exec(address)?.[2] ?? null,
  );
  return { compiled, paths };
}

/** Name of the file beside the report that is published at this address; null when there is none. */
function preparedName({ address }: RenderedPath, { reports, run }: RenderRequest): string | null {
  const [, folder, , rest] = ADDRESS_OF_RUN.exec(address) ?? [];
  if (run === null || folder !== 'runs' || rest === '' || rest.endsWith('/')) return null;
  return statSync(join(reports, run, rest), { throwIfNoEntry: false })?.isFile() ? rest : null;
}
