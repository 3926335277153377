/**
 * Renders the pages of one run after the other, as a process of its own. Started by `renderSite.ts`; answers each message,
 * which names a run, when everything of that run is in the site, and in the cache for the next build.
 */
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { CompiledPages, type RenderedPath } from '../../src/platform/node/compiledPages.ts';
import { runCardAddress } from '../../src/report/addresses.ts';
import { CARD_FILE } from './keptReports.ts';
import { keepPages, linkFile, linkFiles, siteFiles } from './pageCache.ts';
import { foldersOfRun, writePinnedCharts } from './pinnedCharts.ts';
import { answerRequests } from './workers.ts';

export interface RenderRequest {
  /** Folder of the compiled pages. */
  pages: string;
  /** Folder of the prepared reports, one sub-folder a run. */
  reports: string;
  outDir: string;
  base: string;
  cache: string;
  /** Run whose pages are rendered; null for those of no run. */
  run: RenderedRun | null;
}

export interface RenderedRun {
  id: string;
  contentHash: string;
  /** Folder of its report. */
  folder: string;
  /** Key of its pages in the cache. */
  key: string;
}

/** A run's id and the rest of an address below it: `runs/<run>/<rest>` or `embed/<run>/<rest>`. */
const ADDRESS_OF_RUN = /^(runs|embed)\/([^/]+)\/(.*)$/;

interface Site {
  compiled: CompiledPages;
  /** By run. */
  paths: Map<string | null, RenderedPath[]>;
}

/** All requests to a process are about one site. */
let opened: Promise<Site> | null = null;

answerRequests(async (request: RenderRequest): Promise<void> => {
  process.env.GEMVIEW_REPORTS = request.reports;
  const { compiled, paths } = await (opened ??= open(request));
  const { outDir, run } = request;
  const prepared: string[] = [];
  for (const path of paths.get(run?.id ?? null) ?? []) {
    const name = run && preparedName(path, run);
    if (name !== null) {
      prepared.push(name);
      continue;
    }
    const { file, body } = await compiled.render(path).catch((error: Error) => {
      throw Object.assign(new Error(`${path.address || 'the first page'}: ${error.message}`), {
        stack: error.stack,
      });
    });
    const place = join(outDir, file);
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(place, body);
  }
  if (run !== null) finishRun(run, prepared, request);
});

/**
 * What a run has besides rendered pages: files that lie beside its report as they are published, its card, and pinned charts.
 *
 * @param prepared names of those files
 */
function finishRun(
  run: RenderedRun,
  prepared: readonly string[],
  { outDir, base, cache }: RenderRequest,
): void {
  linkFiles(run.folder, join(outDir, 'runs', run.id), prepared);
  linkFile(join(run.folder, CARD_FILE), join(outDir, runCardAddress(run.id)));
  writePinnedCharts(outDir, base, run);
  keepPages(
    cache,
    run.key,
    outDir,
    foldersOfRun(run).flatMap((folder) => siteFiles(outDir, folder)),
  );
}

async function open({ pages, base }: RenderRequest): Promise<Site> {
  const compiled = await CompiledPages.open(pages, base);
  const paths = Map.groupBy(
    await compiled.paths(),
    ({ address }) => ADDRESS_OF_RUN.exec(address)?.[2] ?? null,
  );
  return { compiled, paths };
}

/** Name of the file beside the report that is published at this address; null when there is none. */
function preparedName({ address }: RenderedPath, run: RenderedRun): string | null {
  const [, folder, , rest] = ADDRESS_OF_RUN.exec(address) ?? [];
  if (folder !== 'runs' || rest === '' || rest.endsWith('/')) return null;
  return statSync(join(run.folder, rest), { throwIfNoEntry: false })?.isFile() ? rest : null;
}
