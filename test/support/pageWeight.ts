import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

/** What a reader's browser loads for a page before any interaction, bytes after gzip. */
export interface PageWeight {
  htmlBytes: number;
  cssBytes: number;
  javascriptBytes: number;
}

const STYLESHEET = /<link\b[^>]*?href="[^"]*?(_gemview\/[\w.@-]+\.css)"/g;
const SCRIPT = /<script\b[^>]*?src="[^"]*?(_gemview\/[\w.@-]+\.js)"/g;
/** `import` and `export … from` of another file; `import(…)` is loaded later. */
const STATIC_IMPORT = /(?:from|import)\s*["']\.\/([\w.@-]+\.js)["']/g;
const INLINE_SCRIPT = /<script>([\s\S]*?)<\/script>/g;

/** @param page path of the page below the site's folder */
export function pageWeight(site: string, page: string): PageWeight {
  const html = readFileSync(join(site, page), 'utf8');
  const scripts = new Set(groups(html, SCRIPT));
  // A set takes what is added while it is walked.
  for (const script of scripts) {
    for (const file of groups(readFileSync(join(site, script), 'utf8'), STATIC_IMPORT)) {
      scripts.add(`_gemview/${file}`);
    }
  }
  const files = (names: Iterable<string>): number =>
    [...names].reduce((sum, name) => sum + gzipSync(readFileSync(join(site, name))).length, 0);
  return {
    htmlBytes: gzipSync(html).length,
    cssBytes: files(new Set(groups(html, STYLESHEET))),
    javascriptBytes: files(scripts) + gzipSync(groups(html, INLINE_SCRIPT).join('\n')).length,
  };
}

function groups(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map((match) => match[1]!);
}
