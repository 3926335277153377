/**
 * One Astro build over prepared reports, as a process of its own: Astro writes into its working directory and its project,
 * both of which lie in the staging folder here. Started by `pages.ts`, which sends the settings as the first message.
 */
import { statSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { join, relative } from 'node:path';
import process from 'node:process';
import { build } from 'astro';
import { gemviewIntegration, type SitePath } from '../../src/platform/node/astroIntegration.ts';
import { packageRoot } from '../../src/platform/node/packageRoot.ts';

export interface PageSettings {
  /** Folder of the prepared reports, one sub-folder a run. */
  reports: string;
  /** Empty folder that becomes Astro's project. */
  project: string;
  outDir: string;
  base: string;
  site: string | null;
  /** Runs whose pages are kept from an earlier build. */
  keptRuns: readonly string[];
}

/** The answer when the pages are written. */
export interface WrittenPages {
  /** Files that lie beside the reports as they are published, by run: nothing was rendered for them. */
  prepared: Record<string, string[]>;
}

/** The answer when they are not. */
export interface PageFailure {
  message: string;
  stack: string;
}

async function buildPages(settings: PageSettings): Promise<WrittenPages> {
  process.env.ASTRO_TELEMETRY_DISABLED = '1';
  process.env.GEMVIEW_REPORTS = settings.reports;
  const kept = new Set(settings.keptRuns);
  const prepared: WrittenPages['prepared'] = {};
  const isRendered = ({ folder, run, rest }: SitePath): boolean => {
    if (run === null) return true;
    if (kept.has(run)) return false;
    if (folder !== 'runs' || rest.endsWith('/') || rest === '') return true;
    if (!statSync(join(settings.reports, run, rest), { throwIfNoEntry: false })?.isFile()) return true;
    (prepared[run] ??= []).push(rest);
    return false;
  };
  await cp(join(packageRoot, 'src'), join(settings.project, 'src'), { recursive: true });
  await build({
    root: settings.project,
    // Astro takes the path from its root, absolute or not.
    configFile: relative(settings.project, join(packageRoot, 'astro.config.mjs')),
    base: settings.base,
    site: settings.site ?? undefined,
    outDir: settings.outDir,
    cacheDir: join(settings.project, 'cache'),
    logLevel: 'error',
    integrations: [gemviewIntegration(settings.project, isRendered)],
    vite: { cacheDir: join(settings.project, 'vite'), logLevel: 'error' },
  });
  return { prepared };
}

process.once('message', (settings: PageSettings) => {
  buildPages(settings).then(
    (pages) => answer(pages),
    (error: Error) => answer({ message: error.message, stack: error.stack ?? '' }),
  );
});

// The command that wants the pages is gone: nobody publishes them.
process.once('disconnect', () => process.exit(1));

function answer(result: WrittenPages | PageFailure): void {
  process.removeAllListeners('disconnect');
  process.send!(result, undefined, undefined, () => process.disconnect());
}
