/** Documentation against reports: every page of a tree, and every export of gemview in it. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { partsOf } from '../../src/exports/learningPath/parts.ts';
import { changedNumbers, type ChangedNumber } from '../../src/writing/documentation/changedNumbers.ts';
import type { Mismatch, MismatchKind } from '../../src/writing/documentation/checkReferences.ts';
import { checkReferences, isCertain, isNote } from '../../src/writing/documentation/checkReferences.ts';
import { referencesIn, type Reference } from '../../src/writing/documentation/references.ts';
import { hashesOf, MANIFEST, readManifest, type Manifest } from '../export/keptFolder.ts';
import { learningPathContents } from '../export/learningPath.ts';
import { loadReports, type LoadedReports } from './currentReports.ts';
import { documentationFiles, readPage, shownPage } from './documentationFiles.ts';

export interface DocsProblem extends Omit<Mismatch, 'kind' | 'line'> {
  kind: MismatchKind | 'older-export';
  /** As the user would name it. */
  file: string;
  /** Null for a file as a whole. */
  line: number | null;
}

export interface DocsCheck {
  files: number;
  embeds: number;
  quotes: number;
  exports: number;
  problems: DocsProblem[];
  /** What is no mismatch and worth knowing: files that could not be looked at, pins whose chart looks the same; a sentence each. */
  notes: string[];
}

export interface DocsOptions {
  root: string;
  shown: string;
  /** Built site or captures folder. */
  reports: string;
  reportsShown: string;
}

/** @throws InputError for folders that are not there or cannot be read */
export async function checkDocs({ root, shown, reports, reportsShown }: DocsOptions): Promise<DocsCheck> {
  const { pages, exports, tooLarge } = await documentationFiles(root, shown);
  const referencesOf = new Map<string, Reference[]>();
  for (const path of pages) {
    const references = referencesIn(await readPage(root, path));
    if (references.length > 0) referencesOf.set(path, references);
  }
  const manifests = new Map<string, Manifest>();
  for (const folder of exports) {
    const manifest = await readManifest(join(root, folder), shownPage(shown, folder));
    if (manifest) manifests.set(folder, manifest);
  }
  const runs = new Set([
    ...[...referencesOf.values()].flat().map(({ run }) => run),
    ...[...manifests.values()].map(({ run }) => run),
  ]);
  const current = await loadReports(reports, reportsShown, runs);
  const problems: DocsProblem[] = [];
  const notes = tooLarge.map((path) => `${shownPage(shown, path)} is too large to be looked at`);
  for (const [path, references] of referencesOf) {
    const file = shownPage(shown, path);
    for (const mismatch of checkReferences(references, current)) {
      if (isNote(mismatch)) notes.push(`${file}:${mismatch.line}: ${mismatch.message}`);
      else problems.push({ ...mismatch, file });
    }
  }
  for (const [folder, manifest] of manifests) {
    problems.push(...(await checkExport(join(root, folder), shownPage(shown, folder), manifest, current)));
  }
  const certain = [...referencesOf.values()]
    .flat()
    .filter((reference) => current.reportOf(reference.run) !== null || isCertain(reference, current));
  const embeds = certain.filter(({ kind }) => kind === 'chart').length;
  return {
    files: pages.length,
    embeds,
    quotes: certain.length - embeds,
    exports: manifests.size,
    problems,
    notes,
  };
}

/** What an export would write today against what it wrote: whoever edited it since has the markers in its pages. */
async function checkExport(
  root: string,
  folder: string,
  manifest: Manifest,
  current: LoadedReports,
): Promise<DocsProblem[]> {
  const { run } = manifest;
  const report = current.reportOf(run);
  const charts = current.chartsOf(run);
  if (report === null || charts === null) {
    const message = `there is no run '${run}', which this folder was exported from`;
    return [
      {
        file: `${folder}/${MANIFEST}`,
        line: null,
        kind: 'unknown-run',
        run,
        what: run,
        old: null,
        new: null,
        message,
      },
    ];
  }
  const contents = await learningPathContents(report, charts, manifest.options);
  const problem = (name: string, message: string): DocsProblem => ({
    file: `${folder}/${name}`,
    line: null,
    kind: 'older-export',
    run,
    what: name,
    old: null,
    new: null,
    message: `${message}: export again`,
  });
  const problems: DocsProblem[] = [];
  for (const [name, content] of contents) {
    const wrote = manifest.files[name];
    if (wrote === undefined) {
      problems.push(
        problem(name, `the run has this ${typeof content === 'string' ? 'page' : 'picture'} now`),
      );
      continue;
    }
    const now = hashesOf(content);
    const parts = [...new Set([...Object.keys(wrote), ...Object.keys(now)])].filter(
      (part) => wrote[part] !== now[part],
    );
    if (parts.length === 0) continue;
    if (typeof content !== 'string') {
      problems.push(problem(name, 'the picture is another one now'));
      continue;
    }
    const page = await readFile(join(root, name), 'utf8').catch(() => '');
    const { changed, others } = changedParts(page, content, parts);
    for (const { line, what, old, new: next } of changed) {
      const message = `${what === 'a sentence' ? what : `“${what}”`} is quoted as “${old}”, the report says “${next}”: export again`;
      const file = `${folder}/${name}`;
      problems.push({ file, line, kind: 'changed', run, what, old, new: next, message });
    }
    if (others.length > 0) problems.push(problem(name, partsSentence(others)));
  }
  for (const name of Object.keys(manifest.files)) {
    if (!contents.has(name)) problems.push(problem(name, 'the run does not have this any more'));
  }
  return problems;
}

/** Numbers of a page's parts that are others now, and the parts that are others beyond that. */
function changedParts(
  page: string,
  content: string,
  parts: readonly string[],
): { changed: ChangedNumber[]; others: string[] } {
  const next = new Map(partsOf(content).map(({ name, text }) => [name, text]));
  const changed: ChangedNumber[] = [];
  const others = new Set(parts);
  let line = 1;
  for (const { name, text } of partsOf(page.replaceAll('\r\n', '\n'))) {
    const now = next.get(name);
    if (others.has(name) && now !== undefined && !name.startsWith('front')) {
      const found = changedNumbers(text, now);
      for (const one of found.changed) changed.push({ ...one, line: line + one.line });
      // What its author made of it may say all that the run has now.
      if (found.changed.length > 0 && !found.saysMore) others.delete(name);
    }
    line += text.split('\n').length - 1;
  }
  return { changed, others: [...others] };
}

/** `2 parts are other ones now: “First numbers”, title`. */
function partsSentence(parts: readonly string[]): string {
  const names = parts.map((part) =>
    part.startsWith('section:') ? `“${part.slice('section:'.length)}”` : part.replace(/^front:/, ''),
  );
  return `${names.length === 1 ? '1 part is' : `${names.length} parts are`} not as the run has ${names.length === 1 ? 'it' : 'them'} now, ${names.join(', ')}`;
}
