/**
 * Lets Astro build the site's sources from a project folder outside of gemview's own: an installation may be read-only
 * and shared, and Astro writes into its project. The sources lie there as a copy; what they import is found here.
 */
import { createRequire } from 'node:module';
import { dirname, isAbsolute, join, relative } from 'node:path';
import type { AstroIntegration } from 'astro';
import type { Alias, Plugin } from 'vite';
import { packageRoot } from './packageRoot.ts';

/** Packages with native code: loaded at build time from where they lie, never bundled. */
const NATIVE = new Set(['sharp']);

/** Packages whose files stylesheets name; Vite resolves those without asking plugins. */
const ASSET_PACKAGES = ['@fontsource-variable/inter', '@fontsource-variable/jetbrains-mono'];

/** `name`, `@scope/name` or a path below one; not a path, not a scheme (`node:`, `virtual:`, `astro:`). */
const BARE_SPECIFIER = /^(?:@[\w.-]+\/)?[\w][\w.-]*(?:\/[^:]*)?$/;

/** A run's id and the rest of an address below it: `/runs/<run>/<rest>` or `/embed/<run>/<rest>`. */
const ADDRESS_OF_RUN = /^\/?(runs|embed)\/([^/]+)\/(.*)$/;

/** Where a path that the routes name belongs to. */
export interface SitePath {
  /** Null for a page of no run. */
  run: string | null;
  folder: string;
  /** Below the run's folder. */
  rest: string;
}

/**
 * @param project the folder that holds the copied sources: Astro's root
 * @param isRendered false for a path that is not rendered because its file is there already
 */
export function gemviewIntegration(
  project: string,
  isRendered: (path: SitePath) => boolean = () => true,
): AstroIntegration {
  return {
    name: 'gemview',
    hooks: {
      'astro:config:setup': ({ updateConfig }) => {
        updateConfig({
          vite: {
            plugins: [dependenciesOfGemview(project)],
            resolve: { alias: ASSET_PACKAGES.map(assetAlias) },
          },
        });
      },
      'astro:build:start': ({ setPrerenderer }) => {
        setPrerenderer((prerenderer) => ({
          ...prerenderer,
          getStaticPaths: async () => runByRun(await prerenderer.getStaticPaths(), isRendered),
        }));
      },
    },
  };
}

/** Routes come one after the other; a run's pages together need its report once, however many runs there are. */
function runByRun<Path extends { pathname: string }>(
  paths: readonly Path[],
  isRendered: (path: SitePath) => boolean,
): Path[] {
  return paths
    .map((path) => ({ path, ...sitePath(path.pathname) }))
    .filter(isRendered)
    .sort((a, b) => Number(a.run !== null) - Number(b.run !== null) || compare(a.run ?? '', b.run ?? ''))
    .map(({ path }) => path);
}

function sitePath(pathname: string): SitePath {
  const [, folder = '', run = null, rest = pathname] = ADDRESS_OF_RUN.exec(pathname) ?? [];
  return { folder, run, rest };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Resolves what the copied sources and virtual modules import as if gemview itself imported it. */
function dependenciesOfGemview(project: string): Plugin {
  const importerInGemview = join(packageRoot, 'package.json');
  return {
    name: 'gemview:dependencies',
    enforce: 'pre',
    async resolveId(source, importer, options) {
      if (!BARE_SPECIFIER.test(source)) return null;
      if (importer !== undefined && isAbsolute(importer) && !isWithin(project, importer)) return null;
      const name = source.split('/', source.startsWith('@') ? 2 : 1).join('/');
      if (NATIVE.has(name)) return { id: import.meta.resolve(source), external: true };
      return this.resolve(source, importerInGemview, { ...options, skipSelf: true });
    },
  };
}

function assetAlias(name: string): Alias {
  return { find: name, replacement: dirname(createRequire(import.meta.url).resolve(name)) };
}

function isWithin(folder: string, path: string): boolean {
  const below = relative(folder, path);
  return below !== '' && !below.startsWith('..') && !isAbsolute(below);
}
