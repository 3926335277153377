/**
 * Builds an Astro project as Astro does, and keeps what it compiled: `node astroSite.ts <project> <out> <pages> <base>`. A
 * process of its own: Astro writes into its working directory.
 */
import { build } from 'astro';
import { keepCompiledPages } from '../../src/platform/node/compiledPages.ts';

const [project, outDir, pages, base] = process.argv.slice(2);
await build({
  root: project,
  outDir,
  base,
  trailingSlash: 'always',
  build: { inlineStylesheets: 'never' },
  logLevel: 'error',
  integrations: [
    {
      name: 'keep',
      hooks: {
        'astro:build:start': ({ setPrerenderer }) => {
          setPrerenderer((prerenderer) => ({
            ...prerenderer,
            getStaticPaths: async () => {
              keepCompiledPages(prerenderer, outDir, pages);
              return prerenderer.getStaticPaths();
            },
          }));
        },
      },
    },
  ],
});
