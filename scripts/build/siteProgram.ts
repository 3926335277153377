/** The compiled pages of a site with its scripts and styles: from the cache, or compiled anew. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { CompileRequest } from './compileSite.ts';
import { neutralEnvironment } from './neutralEnvironment.ts';
import { keepPages, keptPages, pageKey, siteFiles } from './pageCache.ts';
import { Worker } from './workers.ts';
import { writeWritten, type WrittenFile } from './written.ts';

export interface SiteProgram {
  /** Folder of the compiled pages. */
  pages: string;
  /** Folder of what lies beside the rendered pages, and the paths within it. */
  assets: string;
  assetPaths: string[];
}

interface ProgramSettings {
  staging: string;
  cache: string;
  base: string;
  host: string | null;
  written: readonly WrittenFile[];
}

/** Changes of what a program consists of. */
const PROGRAM_VERSION = 1;

/** The two folders of a program. */
const PAGES = 'pages';
const ASSETS = 'assets';

/**
 * Pages are compiled with the base, the address of the host, and what people wrote; no report is.
 *
 * @param code see `hashSiteCode`
 * @param signal to give up
 */
export async function siteProgram(
  settings: ProgramSettings,
  code: string,
  signal: AbortSignal,
): Promise<SiteProgram> {
  const { cache, base, host, written } = settings;
  const texts = written.map(({ run, slug, page }) => [run, slug, page]);
  const key = pageKey(['program', PROGRAM_VERSION, code, base, host, texts]);
  const kept = keptPages(cache, key);
  if (kept) {
    return inFolder(
      kept.folder,
      kept.files.map(({ path }) => path),
    );
  }
  const folder = join(settings.staging, 'program');
  await compile(settings, folder, signal);
  const files = siteFiles(folder, '');
  keepPages(cache, key, folder, files);
  return inFolder(folder, files);
}

function inFolder(folder: string, files: readonly string[]): SiteProgram {
  const assets = `${ASSETS}/`;
  return {
    pages: join(folder, PAGES),
    assets: join(folder, ASSETS),
    assetPaths: files.filter((path) => path.startsWith(assets)).map((path) => path.slice(assets.length)),
  };
}

async function compile(
  { staging, base, host, written }: ProgramSettings,
  folder: string,
  signal: AbortSignal,
): Promise<void> {
  const project = join(staging, 'project');
  const request: CompileRequest = {
    project,
    assets: join(folder, ASSETS),
    pages: join(folder, PAGES),
    base,
    site: host,
  };
  for (const path of [project, request.assets, request.pages]) mkdirSync(path, { recursive: true });
  await writeWritten(written, project);
  signal.throwIfAborted();
  const worker = new Worker<CompileRequest, void>({
    module: join(import.meta.dirname, 'compileSite'),
    work: 'compiling the pages',
    // Astro puts compiled pages into its output folder only where that lies below the working directory.
    cwd: staging,
    env: neutralEnvironment(),
  });
  signal.addEventListener('abort', () => void worker.close());
  try {
    await worker.ask(request);
  } catch (error) {
    const { message, stack } = error as Error;
    throw Object.assign(new Error(`the pages could not be built: ${message}`), { stack });
  } finally {
    await worker.close();
  }
}
