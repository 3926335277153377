import mdx from '@astrojs/mdx';
import { unified } from '@astrojs/markdown-remark';
import { defineConfig } from 'astro/config';

/**
 * The site of one captures folder. What differs from build to build comes from outside: GEMVIEW_BASE (base path),
 * GEMVIEW_SITE (address for canonical links), GEMVIEW_OUT (output folder), GEMVIEW_REPORTS (folder of reports).
 */
export default defineConfig({
  output: 'static',
  base: process.env.GEMVIEW_BASE ?? '/',
  site: process.env.GEMVIEW_SITE,
  outDir: process.env.GEMVIEW_OUT ?? './dist',
  trailingSlash: 'always',
  integrations: [mdx()],
  // Highlighting writes inline styles, which the site's policy forbids.
  markdown: { processor: unified({}), syntaxHighlight: false },
  devToolbar: { enabled: false },
  // Everything is a file of the site: a strict Content-Security-Policy allows no inlined style or script.
  build: { format: 'directory', inlineStylesheets: 'never', assets: '_gemview' },
  vite: { build: { assetsInlineLimit: 0 } },
});
