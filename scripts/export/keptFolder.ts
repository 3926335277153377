/**
 * A folder that gemview writes and somebody edits. A manifest beside the files says what was written, by hash: what is
 * still so is renewed, what was edited stays. Files whose content does not change are not touched at all.
 */
import { createHash } from 'node:crypto';
import { lstat, mkdir, mkdtemp, readFile, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { mergedPage, partContent, partsOf, type WrittenParts } from '../../src/exports/learningPath/parts.ts';
import { InputError } from '../../src/readers/reader.ts';

/** A dot keeps it out of sites: their builders do not publish it. */
export const MANIFEST = '.gemview-export.json';
const DURING = `${MANIFEST}.during`;
const STAGING = '.gemview-export-';

/** Hashes of what gemview made of a file: pages part by part, pictures whole, under the name of an empty text. */
const fileSchema = z.record(z.string(), z.string());
/** Paths that stay within the folder: a manifest comes with whatever repository it lies in. */
const filesSchema = z.record(z.string().regex(/^(?:[\w-][\w.-]*\/)*[\w-][\w.-]*$/), fileSchema);

/** Told once: how the part was edited, and what it would be now, as hashes. */
const heldSchema = z.object({ edited: z.string(), next: z.string() });
type HeldParts = Record<string, z.infer<typeof heldSchema>>;

const manifestSchema = z.object({
  schema: z.literal(1),
  to: z.literal('learning-path'),
  run: z.string(),
  options: z.object({ site: z.string().nullable(), authors: z.array(z.string()) }),
  /** By path within the folder. Of a part that is held back: what its edit is based on. */
  files: filesSchema,
  /** By path and part: edited parts that hold older numbers. */
  held: z.record(z.string(), z.record(z.string(), heldSchema)).optional(),
  /** What an export that was interrupted was about to write: on disk is either this or the above. */
  pending: filesSchema.optional(),
});

export type Manifest = z.infer<typeof manifestSchema>;
type FileHashes = z.infer<typeof fileSchema>;

/** What the folder should hold: text is kept part by part, bytes as a whole. */
export type FolderContents = ReadonlyMap<string, string | Uint8Array>;

export interface KeptFolderResult {
  written: string[];
  removed: string[];
  unchanged: number;
  /** A sentence for each file or part that was left as somebody made it. */
  notes: string[];
}

/** The manifest of a folder; null when it has none. @throws InputError when it is damaged */
export async function readManifest(folder: string, shown: string): Promise<Manifest | null> {
  const text = await readFile(join(folder, MANIFEST), 'utf8').catch(() => null);
  if (text === null) return null;
  try {
    return manifestSchema.parse(JSON.parse(text));
  } catch {
    throw new InputError(`${shown}/${MANIFEST}`, 'is damaged: what gemview wrote here cannot be told', {
      fix: 'Bring it back from version control, or export into a new folder',
    });
  }
}

/**
 * Brings a folder to what it should hold. A folder that is new appears at once and whole; in one that is there, every file
 * is replaced whole, and an interrupted export goes on where it ended.
 *
 * @param about run and options of the export, for the manifest
 * @throws InputError when the folder belongs to something else or cannot be written
 */
export async function writeKeptFolder(
  folder: string,
  shown: string,
  contents: FolderContents,
  about: Pick<Manifest, 'to' | 'run' | 'options'>,
): Promise<KeptFolderResult> {
  const status = await stat(folder).catch(() => null);
  if (status !== null && !status.isDirectory()) {
    throw new InputError(shown, 'is a file', { fix: 'Name a folder with --out' });
  }
  const manifest = status === null ? null : await readManifest(folder, shown);
  const plan = await planFolder(folder, contents, manifest);
  const files = Object.fromEntries(
    [...contents]
      .filter(([name]) => !plan.foreign.has(name))
      .map(([name, content]) => [name, { ...hashesOf(content), ...plan.bases.get(name) }]),
  );
  const held = Object.fromEntries(plan.held);
  const next: Manifest = { schema: 1, ...about, files, ...(plan.held.size > 0 ? { held } : {}) };
  try {
    if (status === null) await appear(folder, plan.writes, next);
    else await renew(folder, plan, manifest, next);
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(shown, `cannot be written: ${(error as Error).message}`);
  }
  return {
    written: [...plan.writes.keys()],
    removed: plan.removed,
    unchanged: contents.size - plan.writes.size - plan.left,
    notes: plan.notes,
  };
}

interface FolderPlan {
  writes: Map<string, string | Uint8Array>;
  /** Files of gemview's that are no longer made. */
  removed: string[];
  /** Names that somebody else's files have: gemview did not write them and does not say so. */
  foreign: Set<string>;
  /** Parts that are held back, by file, and hashes of what they are based on. */
  held: Map<string, HeldParts>;
  bases: Map<string, FileHashes>;
  /** Files that were left as somebody made them. */
  left: number;
  notes: string[];
}

async function planFolder(
  folder: string,
  contents: FolderContents,
  manifest: Manifest | null,
): Promise<FolderPlan> {
  const plan: FolderPlan = {
    writes: new Map(),
    removed: [],
    foreign: new Set(),
    held: new Map(),
    bases: new Map(),
    left: 0,
    notes: [],
  };
  for (const [name, content] of contents) {
    const path = join(folder, name);
    const onDisk = await bytesOf(path);
    const wrote = writtenIn(manifest, name);
    if (onDisk === null) plan.writes.set(name, content);
    else if (onDisk === 'not a file') {
      plan.left++;
      plan.foreign.add(name);
      plan.notes.push(`${name} is no file and was left as it is`);
    } else if (onDisk.equals(Buffer.from(content))) continue;
    else if (wrote === null) {
      plan.left++;
      plan.foreign.add(name);
      plan.notes.push(`${name} was not written by gemview and was left as it is`);
    } else if (typeof content === 'string') {
      const text = onDisk.toString();
      const merged = mergedPage(text, content, wrote);
      if (merged.text !== text) plan.writes.set(name, merged.text);
      holdBack(plan, name, { onDisk: text, next: content, parts: merged.heldBack }, manifest);
      for (const part of merged.missing) {
        plan.notes.push(`${name}: ${partWords(part)} is no longer there under this name and is not renewed`);
      }
    } else if (wrote.isOurs('', onDisk)) plan.writes.set(name, content);
    else {
      plan.left++;
      plan.notes.push(`${name} was changed by hand and was left as it is`);
    }
  }
  for (const name of Object.keys(manifest?.files ?? {})) {
    if (contents.has(name)) continue;
    const onDisk = await bytesOf(join(folder, name));
    if (onDisk === null) continue;
    if (onDisk !== 'not a file' && isUntouched(onDisk, writtenIn(manifest, name)!)) plan.removed.push(name);
    else plan.notes.push(`${name} is no longer made from this run; it was changed by hand and stays`);
  }
  return plan;
}

/**
 * Parts with older numbers are told, those of the text at every export until somebody edits them again: the manifest keeps
 * what their edit is based on, so that `check-docs` finds them too. A key of the front matter is its author's: told once.
 */
function holdBack(
  plan: FolderPlan,
  name: string,
  page: { onDisk: string; next: string; parts: readonly string[] },
  manifest: Manifest | null,
): void {
  const edited = hashesOf(page.onDisk);
  const next = hashesOf(page.next);
  const before = entryOf(manifest?.held, name);
  for (const part of page.parts) {
    const told = entryOf(before, part);
    if (told !== undefined && told.edited !== edited[part] && told.next === next[part]) continue;
    plan.notes.push(`${name}: ${partWords(part)} was edited by hand and keeps the numbers that it had`);
    const base = entryOf(entryOf(manifest?.files, name), part);
    if (part.startsWith('front') || base === undefined) continue;
    plan.held.set(name, { ...plan.held.get(name), [part]: { edited: edited[part], next: next[part] } });
    plan.bases.set(name, { ...plan.bases.get(name), [part]: base });
  }
}

/** `section:First numbers` in words. */
function partWords(part: string): string {
  const [kind, ...name] = part.split(':');
  if (kind === 'section') return `the section “${name.join(':')}”`;
  return kind === 'front' && name.length > 0 ? `'${name.join(':')}' of the front matter` : 'the beginning';
}

function isUntouched(onDisk: Buffer, wrote: WrittenContent): boolean {
  if (wrote.has('')) return wrote.isOurs('', onDisk);
  return partsOf(onDisk.toString()).every((part) => wrote.isOurs(part.name, partContent(part)));
}

/** Null when there is nothing. Links are not followed: what they lead to is not ours. */
async function bytesOf(path: string): Promise<Buffer | 'not a file' | null> {
  const status = await lstat(path).catch(() => null);
  if (status === null) return null;
  return status.isFile() ? readFile(path) : 'not a file';
}

interface WrittenContent extends WrittenParts {
  isOurs(name: string, content: string | Uint8Array): boolean;
}

/** What gemview wrote into a file; null when it never did. */
function writtenIn(manifest: Manifest | null, name: string): WrittenContent | null {
  const hashes = entryOf(manifest?.files, name);
  const pending = entryOf(manifest?.pending, name);
  if (!hashes && !pending) return null;
  return {
    // What was only about to be written may be missing without anybody having taken it out.
    has: (part) =>
      entryOf(hashes, part) !== undefined || (part === '' && entryOf(pending, part) !== undefined),
    isOurs: (part, content) => {
      const hash = sha256(content);
      return hash === entryOf(hashes, part) || hash === entryOf(pending, part);
    },
  };
}

/** Names are those of headings and files: none of them is a property that every object has. */
function entryOf<T>(of: Record<string, T> | undefined, name: string): T | undefined {
  return of !== undefined && Object.hasOwn(of, name) ? of[name] : undefined;
}

/** What a manifest says of contents: hashes of what gemview makes, not of what an author made of it. */
export function hashesOf(content: string | Uint8Array): FileHashes {
  if (typeof content !== 'string') return { '': sha256(content) };
  return Object.fromEntries(partsOf(content).map((part) => [part.name, sha256(partContent(part))]));
}

/** Makes the folder beside its place and renames it. */
async function appear(
  folder: string,
  writes: ReadonlyMap<string, string | Uint8Array>,
  manifest: Manifest,
): Promise<void> {
  await mkdir(dirname(folder), { recursive: true });
  const staging = await mkdtemp(join(dirname(folder), `${STAGING}${basename(folder)}-`));
  try {
    for (const [name, content] of writes) await writeInto(staging, name, content);
    await writeInto(staging, MANIFEST, manifestText(manifest));
    await rename(staging, folder);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

/**
 * Renews files one by one. Between the first and the last of them the manifest knows both contents as gemview's: after an
 * interruption the next export goes on.
 */
async function renew(
  folder: string,
  { writes, removed }: FolderPlan,
  manifest: Manifest | null,
  next: Manifest,
): Promise<void> {
  const isSame = manifest !== null && manifestText(manifest) === manifestText(next);
  if (isSame && writes.size === 0 && removed.length === 0) return;
  const staging = await mkdtemp(join(folder, STAGING));
  try {
    for (const [name, content] of writes) await writeInto(staging, name, content);
    const during: Manifest = { ...next, files: manifest?.files ?? {}, pending: next.files };
    await writeInto(staging, DURING, manifestText(during));
    await writeInto(staging, MANIFEST, manifestText(next));
    await rename(join(staging, DURING), join(folder, MANIFEST));
    for (const name of writes.keys()) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await rename(join(staging, name), join(folder, name));
    }
    for (const name of removed) {
      await rm(join(folder, name));
      if (name.includes('/')) await rmdir(dirname(join(folder, name))).catch(() => undefined);
    }
    await rename(join(staging, MANIFEST), join(folder, MANIFEST));
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

async function writeInto(folder: string, name: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(join(folder, name)), { recursive: true });
  await writeFile(join(folder, name), content);
}

/** A line a part: version control shows which changed. */
function manifestText(manifest: Manifest): string {
  return `${JSON.stringify(manifest, null, 1)}\n`;
}

function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex').slice(0, 32);
}
