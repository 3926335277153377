/**
 * Compiles the pages of a site by one Astro build that renders none of them, as a process of its own: Astro writes into its
 * working directory and its project, both of which lie in the staging folder here. Started by `siteProgram.ts`; answers one
 * message with one.
 */
import { cp } from 'node:fs/promises';
import { join, relative } from 'node:path';
import process from 'node:process';
import { build } from 'astro';
import { gemviewIntegration } from '../../src/platform/node/astroIntegration.ts';
import { keepCompiledPages } from '../../src/platform/node/compiledPages.ts';
import { packageRoot } from '../../src/platform/node/packageRoot.ts';
import { answerRequests } from './workers.ts';

export interface CompileRequest {
  /** Folder that becomes Astro's project; what people wrote is in it. */
  project: string;
  /** Empty folder for the site's scripts, styles and fonts. */
  assets: string;
  /** Empty folder for the compiled pages. */
  pages: string;
  base: string;
  site: string | null;
}

answerRequests(async ({ project, assets, pages, base, site }: CompileRequest): Promise<void> => {
  process.env.ASTRO_TELEMETRY_DISABLED = '1';
  await cp(join(packageRoot, 'src'), join(project, 'src'), { recursive: true });
  const keep = gemviewIntegration(project, (prerenderer) => keepCompiledPages(prerenderer, assets, pages));
  await build({
    root: project,
    // Astro takes the path from its root, absolute or not.
    configFile: relative(project, join(packageRoot, 'astro.config.mjs')),
    base,
    site: site ?? undefined,
    outDir: assets,
    cacheDir: join(project, 'cache'),
    logLevel: 'error',
    integrations: [keep],
    vite: { cacheDir: join(project, 'vite'), logLevel: 'error' },
  });
});
