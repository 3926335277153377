/**
 * One Astro build over prepared reports, as a process of its own: Astro writes into its working directory and its project,
 * both of which lie in the staging folder here. Started by `pages.ts`, which sends the settings as the first message.
 */
import { cp } from 'node:fs/promises';
import { join, relative } from 'node:path';
import process from 'node:process';
import { build } from 'astro';
import { gemviewIntegration } from '../../src/platform/node/astroIntegration.ts';
import { packageRoot } from '../../src/platform/node/packageRoot.ts';

export interface PageSettings {
  /** Folder of the prepared reports, one sub-folder a run. */
  reports: string;
  /** Empty folder that becomes Astro's project. */
  project: string;
  outDir: string;
  base: string;
  site: string | null;
}

/** The answer: null when the pages are written. */
export type PageFailure = { message: string; stack: string } | null;

async function buildPages(settings: PageSettings): Promise<void> {
  process.env.ASTRO_TELEMETRY_DISABLED = '1';
  process.env.GEMVIEW_REPORTS = settings.reports;
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
    integrations: [gemviewIntegration(settings.project)],
    vite: { cacheDir: join(settings.project, 'vite'), logLevel: 'error' },
  });
}

process.once('message', (settings: PageSettings) => {
  buildPages(settings).then(
    () => answer(null),
    (error: Error) => answer({ message: error.message, stack: error.stack ?? '' }),
  );
});

// The command that wants the pages is gone: nobody publishes them.
process.once('disconnect', () => process.exit(1));

function answer(failure: PageFailure): void {
  process.removeAllListeners('disconnect');
  process.send!(failure, undefined, undefined, () => process.disconnect());
}
