import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseHTML } from 'linkedom';
import type { BuiltSite } from './builtSite.ts';

/** Stands in the snippets of a site that was built without its address. */
const PLACEHOLDER = 'https://example.org';

/** What the Embed panel of a chart's page offers for one place, as a reader copies it, with the address of the site. */
export function publishedSnippet(site: BuiltSite, run: string, chart: string, id: string): string {
  const html = readFileSync(join(site.folder, 'runs', run, 'charts', chart, 'index.html'), 'utf8');
  const code = parseHTML(html).document.querySelector(`#embed-${id} pre code`)?.textContent;
  if (!code?.includes(PLACEHOLDER)) throw new Error(`The page of ${chart} has no snippet '${id}'`);
  return code.replaceAll(PLACEHOLDER, new URL(site.server.address).origin);
}
