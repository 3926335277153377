/**
 * Lets Astro build the site's sources from a project folder outside of gemview's own: an installation may be read-only
 * and shared, and Astro writes into its project. The sources lie there as a copy; what they import is found here.
 */
import { createRequire } from 'node:module';
import { dirname, isAbsolute, join, relative } from 'node:path';
import type { AstroIntegration, AstroPrerenderer } from 'astro';
import type { Alias, Plugin } from 'vite';
import { packageRoot } from './packageRoot.ts';

/** Packages with native code: loaded at build time from where they lie, never bundled. */
const NATIVE = new Set(['sharp']);

/** Packages whose files stylesheets name; Vite resolves those without asking plugins. */
const ASSET_PACKAGES = ['@fontsource-variable/inter', '@fontsource-variable/jetbrains-mono'];

/** `name`, `@scope/name` or a path below one; not a path, not a scheme (`node:`, `virtual:`, `astro:`). */
const BARE_SPECIFIER = /^(?:@[\w.-]+\/)?[\w][\w.-]*(?:\/[^:]*)?$/;

/**
 * @param project the folder that holds the copied sources: Astro's root
 * @param onCompiled called when the pages are compiled, with Astro's own prerenderer set up: none is rendered by the build
 */
export function gemviewIntegration(
  project: string,
  onCompiled: (prerenderer: AstroPrerenderer) => void,
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
          getStaticPaths: () => {
            onCompiled(prerenderer);
            return Promise.resolve([]);
          },
        }));
      },
    },
  };
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
