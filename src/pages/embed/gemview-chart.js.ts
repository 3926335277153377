/** The script of `<gemview-chart>`, at an address that never changes: pages elsewhere name it. */
import { stripTypeScriptTypes } from 'node:module';
import type { APIRoute } from 'astro';
import source from '../../components/embed/gemviewChart.ts?raw';

export const GET: APIRoute = () =>
  new Response(ownScope(compact(stripTypeScriptTypes(source))), {
    headers: { 'content-type': 'text/javascript' },
  });

/** A plain script shares its names with the page: these stay its own, however often the page names the script. */
function ownScope(script: string): string {
  return `(() => {\n'use strict';\n${script.trim()}\n})();\n`;
}

/** Without the blanks that types leave behind, and without comments of their own lines. */
function compact(script: string): string {
  return script
    .replaceAll(/^\s*\/\*\*[\s\S]*?\*\/\n/gm, '')
    .replaceAll(/^\s*\/\/.*\n/gm, '')
    .replaceAll(/[ \t]+$/gm, '');
}
