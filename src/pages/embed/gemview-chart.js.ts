/** The script of `<gemview-chart>`, at an address that never changes: pages elsewhere name it. */
import { stripTypeScriptTypes } from 'node:module';
import type { APIRoute } from 'astro';
import source from '../../components/embed/gemviewChart.ts?raw';

export const GET: APIRoute = () =>
  new Response(compact(stripTypeScriptTypes(source)), { headers: { 'content-type': 'text/javascript' } });

/** Without the blanks that types leave behind, and without comments of their own lines. */
function compact(script: string): string {
  return script
    .replaceAll(/^\s*\/\*\*[\s\S]*?\*\/\n/gm, '')
    .replaceAll(/^\s*\/\/.*\n/gm, '')
    .replaceAll(/[ \t]+$/gm, '');
}
