/** Files of a documentation tree that can hold embeds, and exports of gemview among them. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { decodeMarkedText } from '../../src/platform/bytes.ts';
import { InputError } from '../../src/readers/reader.ts';
import { MANIFEST } from '../export/keptFolder.ts';

const PAGES = new Set(
  '.md .mdx .mdoc .markdown .qmd .rst .rest .txt .html .htm .xhtml .adoc .asciidoc .astro .jsx .tsx .vue .svelte .ipynb .njk .liquid'.split(
    ' ',
  ),
);
/** Not written by anybody: packages, and what version control keeps. */
const SKIPPED_FOLDERS = new Set(['node_modules', '.git', '.hg', '.svn', '__pycache__', '.venv', '.gemview']);
/** A site that gemview built is what is compared with, not documentation. */
const SITE_MARKER = '.gemview-site';
const LARGEST_PAGE_BYTES = 16 * 2 ** 20;
const DEEPEST = 40;

export interface DocumentationFiles {
  /** Paths relative to the tree, with slashes, sorted. */
  pages: string[];
  /** Folders that hold an export of gemview. */
  exports: string[];
  /** Pages that were too large to be read. */
  tooLarge: string[];
}

/**
 * Lists a tree, or a single file. Links are not followed: they may lead in circles.
 *
 * @throws InputError when there is no such folder
 */
export async function documentationFiles(root: string, shown: string): Promise<DocumentationFiles> {
  const found: DocumentationFiles = { pages: [], exports: [], tooLarge: [] };
  const status = await stat(root).catch(() => null);
  if (status === null) throw new InputError(shown, 'there is no such folder');
  if (status.isDirectory()) await addFolder(root, '', 0, found);
  else found.pages.push('');
  return found;
}

async function addFolder(
  root: string,
  prefix: string,
  depth: number,
  found: DocumentationFiles,
): Promise<void> {
  const entries = (await readdir(join(root, prefix), { withFileTypes: true })).sort((a, b) =>
    a.name < b.name ? -1 : 1,
  );
  if (entries.some(({ name }) => name === SITE_MARKER)) return;
  for (const entry of entries) {
    const path = `${prefix}${entry.name}`;
    if (entry.isDirectory()) {
      if (depth < DEEPEST && !SKIPPED_FOLDERS.has(entry.name))
        await addFolder(root, `${path}/`, depth + 1, found);
    } else if (entry.isFile() && entry.name === MANIFEST) found.exports.push(prefix.replace(/\/$/, ''));
    else if (entry.isFile() && PAGES.has(extname(entry.name).toLowerCase())) {
      const { size } = await stat(join(root, path));
      (size > LARGEST_PAGE_BYTES ? found.tooLarge : found.pages).push(path);
    }
  }
}

/** A page as text. @param path relative to the tree; empty when the tree is one file */
export async function readPage(root: string, path: string): Promise<string> {
  return decodeMarkedText(await readFile(join(root, path)));
}

/** The path of a page as the user would name it. */
export function shownPage(shown: string, path: string): string {
  return path === '' ? shown : join(shown === '.' ? '' : shown, path).replaceAll('\\', '/');
}
