/** The files of one run, as the user named them, opened for the readers. */
import { readdir, realpath, stat } from 'node:fs/promises';
import type { Stats } from 'node:fs';
import { basename, isAbsolute, join, resolve, sep } from 'node:path';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import type { Gunzip, ZstdDecompress } from 'node:zlib';
import { decodeText, readAll } from '../bytes.ts';
import type { ByteSource } from '../bytes.ts';
import { InputError } from '../../readers/reader.ts';
import type { RawInput } from '../../readers/reader.ts';
import { FileSource } from './files.ts';
import { isNoise } from './noise.ts';
import { UNPACK_LIMITS, Unpacker, ownedBlocks } from './unpacking.ts';
import type { UnpackLimits } from './unpacking.ts';
import { openZip } from './zipArchive.ts';

export interface OpenedInputs {
  /** Sorted by path; the order of the arguments does not matter. */
  inputs: RawInput[];
  /** The run's own description, which is no capture; null when the run has none. */
  runYaml: { path: string; text: string } | null;
  /** Closes files and drops temporary ones. The sources must not be read after it. */
  close(): Promise<void>;
}

export interface OpenOptions {
  /** Folder that relative paths are taken from. */
  cwd: string;
  /** For tests; {@link UNPACK_LIMITS} otherwise. */
  limits?: Partial<UnpackLimits>;
}

/** More files than a run has: somebody named a folder that is no run's. */
const MAX_FILES = 1_000;

/** An archive within an archive is common (a downloaded artifact that holds an `.apc.zip`); deeper is not. */
const MAX_NESTING = 2;

const RUN_YAML = /^run\.ya?ml$/;
const RUN_YAML_LIMIT_BYTES = 1 << 20;

/** gator writes the frames of a capture into files of ten digits. */
const GATOR_DATA = /^\d{10}$/;

/**
 * Opens the files of one run. A path may be a file, a run's folder (its files; folders inside it are read when they are
 * an `.apc` capture), an `.apc` folder or archive (one bundle), any other `.zip` (its files and bundles), or one file
 * packed with gzip or zstd. What is packed is told by its first bytes, not by its name. Hidden files are left out.
 *
 * Paths shown are relative to what was named: a file as it was named, files of a folder by their name within it, unless
 * two folders were named.
 *
 * Throws an InputError when a path cannot be opened or holds nothing. A damaged or hostile archive becomes an input whose
 * reading throws one: the other inputs of the run are as good as before.
 */
export async function openInputs(paths: readonly string[], options: OpenOptions): Promise<OpenedInputs> {
  const unpacker = new Unpacker({ ...UNPACK_LIMITS, ...options.limits });
  try {
    const collection = new InputCollection(unpacker);
    const named = await distinct(paths, options.cwd);
    const folders = named.filter((each) => each.status.isDirectory()).length;
    for (const { shown, path, status } of named) {
      if (status.isDirectory()) await collection.addFolder(path, shown, folders > 1);
      else await collection.addFile(path, shown, status);
    }
    return {
      inputs: collection.inputs.sort((a, b) => byCodeUnits(a.path, b.path)),
      runYaml: collection.runYaml,
      close: () => unpacker.close(),
    };
  } catch (error) {
    await unpacker.close();
    throw error;
  }
}

interface NamedPath {
  shown: string;
  path: string;
  status: Stats;
}

/** The paths without those that lead to the same file. */
async function distinct(paths: readonly string[], cwd: string): Promise<NamedPath[]> {
  const seen = new Map<string, NamedPath>();
  for (const shown of paths) {
    const path = isAbsolute(shown) ? shown : resolve(cwd, shown);
    const status = await fileStatus(path, shown);
    const real = await realpath(path);
    if (!seen.has(real)) seen.set(real, { shown: slashed(shown), path, status });
  }
  return [...seen.values()];
}

class InputCollection {
  readonly inputs: RawInput[] = [];
  runYaml: { path: string; text: string } | null = null;
  readonly #unpacker: Unpacker;

  constructor(unpacker: Unpacker) {
    this.#unpacker = unpacker;
  }

  async addFile(path: string, shown: string, status: Stats): Promise<void> {
    if (!status.isFile()) {
      throw new InputError(shown, 'is neither a file nor a folder', {
        fix: 'Write its content to a file first',
      });
    }
    await this.#addContent(await this.#open(path, shown), shown, basename(path), status.size, 0);
  }

  async addFolder(path: string, shown: string, prefixed: boolean): Promise<void> {
    const folder = await listFolder(path, shown);
    if (isBundle(basename(path), folder.files)) return this.#addBundle(path, shown, folder.files);

    const before = this.inputs.length;
    const describedBefore = this.runYaml;
    const within = (name: string) => (prefixed ? `${shown.replace(/\/+$/, '')}/${name}` : name);
    for (const name of folder.files) {
      const filePath = join(path, name);
      await this.addFile(filePath, within(name), await fileStatus(filePath, within(name)));
    }
    for (const name of folder.folders) {
      const inner = await listFolder(join(path, name), within(name));
      if (isBundle(name, inner.files)) await this.#addBundle(join(path, name), within(name), inner.files);
    }
    // A run may be figures in run.yaml and nothing else.
    if (this.inputs.length === before && this.runYaml === describedBefore) {
      const firstFolder = folder.folders[0];
      throw new InputError(shown, 'holds no files of a run', {
        fix: firstFolder
          ? `Name one run's folder, such as ${slashed(join(shown, firstFolder))}`
          : 'Put the files of a capture into it',
      });
    }
  }

  async #addBundle(path: string, shown: string, names: readonly string[]): Promise<void> {
    const members = new Map<string, ByteSource>();
    let bytes = 0;
    for (const name of names) {
      const memberPath = join(path, name);
      const status = await fileStatus(memberPath, `${shown}/${name}`);
      if (!status.isFile()) continue;
      const source = await this.#open(memberPath, `${shown}/${name}`);
      members.set(name, source);
      bytes += source.size;
    }
    this.inputs.push({ path: shown, bytes, content: { kind: 'bundle', members } });
  }

  /** Adds a file's content: what an archive holds, else the file itself. Refused content becomes a {@link RefusedSource}. */
  async #addContent(
    source: ByteSource,
    shown: string,
    name: string,
    packedBytes: number,
    nesting: number,
  ): Promise<void> {
    if (RUN_YAML.test(name)) return this.#setRunYaml(source, shown);
    const before = this.inputs.length;
    try {
      await this.#unpackContent(source, shown, name, packedBytes, nesting);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      this.inputs.length = before;
      this.#addRefused(error, shown, packedBytes);
    }
  }

  #addRefused(error: InputError, shown: string, bytes: number): void {
    this.inputs.push({ path: shown, bytes, content: { kind: 'file', source: new RefusedSource(error) } });
  }

  async #unpackContent(
    source: ByteSource,
    shown: string,
    name: string,
    packedBytes: number,
    nesting: number,
  ): Promise<void> {
    const packing = await packingOf(source);
    if (packing === null) {
      this.inputs.push({ path: shown, bytes: packedBytes, content: { kind: 'file', source } });
      return;
    }
    if (nesting === MAX_NESTING) {
      throw new InputError(shown, `an archive lies more than ${MAX_NESTING} archives deep`, {
        fix: 'Unpack the outer ones first',
      });
    }
    if (packing === 'zip') {
      await this.#addZip(source, shown, packedBytes, nesting + 1);
    } else {
      const unpacked = await this.#unpacker.collect(decompressed(packing, source, shown, this.#unpacker));
      await this.#addContent(unpacked, shown, name, packedBytes, nesting + 1);
    }
  }

  async #addZip(source: ByteSource, shown: string, packedBytes: number, nesting: number): Promise<void> {
    const before = this.inputs.length;
    const members = [...(await openZip(source, shown, this.#unpacker))]
      .filter(([name]) => !name.split('/').some(isNoise))
      .sort(([a], [b]) => byCodeUnits(a, b));
    const byFolder = Map.groupBy(members, ([name]) => folderOf(name));
    const bundles = [...byFolder].filter(([folder, inside]) =>
      isBundle(
        basename(folder),
        inside.map(([name]) => basename(name)),
      ),
    );
    for (const [folder, inside] of bundles) {
      byFolder.delete(folder);
      this.inputs.push({
        path: bundles.length === 1 ? shown : `${shown}/${folder}`,
        bytes: packedBytes,
        content: {
          kind: 'bundle',
          members: new Map(inside.map(([name, member]) => [basename(name), member])),
        },
      });
    }
    for (const [name, member] of [...byFolder.values()].flat()) {
      await this.#addContent(member, `${shown}/${name}`, basename(name), member.size, nesting);
    }
    if (this.inputs.length === before) throw new InputError(shown, 'the archive holds no files of a run');
  }

  async #setRunYaml(source: ByteSource, shown: string): Promise<void> {
    if (this.runYaml) throw new InputError(shown, `the run is already described by ${this.runYaml.path}`);
    if (source.size > RUN_YAML_LIMIT_BYTES) {
      throw new InputError(
        shown,
        `has ${source.size} bytes; a run's description has at most ${RUN_YAML_LIMIT_BYTES}`,
      );
    }
    this.runYaml = { path: shown, text: decodeText(await readAll(source)) };
  }

  async #open(path: string, shown: string): Promise<FileSource> {
    try {
      const source = await FileSource.open(path);
      this.#unpacker.keep(() => source.close());
      return source;
    } catch (error) {
      throw inputErrorOf(error, shown);
    }
  }
}

/** Content that was refused: whoever reads it learns why, and other inputs of the run can still be read. */
class RefusedSource implements ByteSource {
  readonly size = 0;
  readonly #error: InputError;

  constructor(error: InputError) {
    this.#error = error;
  }

  read(): Promise<Uint8Array> {
    return Promise.reject(this.#error);
  }
}

/** Formats that pack one file. */
const DECOMPRESSORS = {
  gzip: { create: createGunzip, unpack: 'gunzip' },
  zstd: { create: createZstdDecompress, unpack: 'unzstd' },
} as const;

type Packing = 'zip' | keyof typeof DECOMPRESSORS;
type Decompressor = Gunzip | ZstdDecompress;

/** `PK` with the signature of a member, or of the end of an empty archive (APPNOTE 4.3); magics of RFC 1952 and 8878. */
async function packingOf(source: ByteSource): Promise<Packing | null> {
  const [a, b, c, d] = await source.read(0, 4);
  if (a === 0x50 && b === 0x4b && ((c === 3 && d === 4) || (c === 5 && d === 6))) return 'zip';
  if (a === 0x28 && b === 0xb5 && c === 0x2f && d === 0xfd) return 'zstd';
  // A frame without content, which pzstd puts before each of the others.
  if ((a & 0xf0) === 0x50 && b === 0x2a && c === 0x4d && d === 0x18) return 'zstd';
  return a === 0x1f && b === 0x8b ? 'gzip' : null;
}

/** Programs that pack in pieces make them megabytes large. */
const MAX_FRAMES = 1_000;

async function* decompressed(
  packing: keyof typeof DECOMPRESSORS,
  source: ByteSource,
  shown: string,
  unpacker: Unpacker,
): AsyncGenerator<Uint8Array> {
  const { create, unpack } = DECOMPRESSORS[packing];
  let unpackedBytes = 0;
  let start = 0;
  try {
    for (let frames = 1; start < source.size; frames++) {
      if (frames > MAX_FRAMES) {
        throw new InputError(
          shown,
          `the ${packing} file has more than ${MAX_FRAMES.toLocaleString('en-US')} frames`,
          {
            fix: `Unpack it with ${unpack} and name the result`,
          },
        );
      }
      const decompressor = create();
      const fed = feed(decompressor, ownedBlocks(source, start));
      for await (const piece of decompressor as AsyncIterable<Uint8Array>) {
        unpackedBytes += piece.byteLength;
        unpacker.claim(shown, piece.byteLength, source.size);
        unpacker.checkRatio(shown, unpackedBytes, source.size);
        yield piece;
      }
      await fed;
      // Bytes behind the members of a gzip file are padding.
      if (packing === 'gzip') return;
      start += decompressor.bytesWritten;
    }
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(shown, `the ${packing} file is cut or damaged (${(error as Error).message})`, {
      fix: `Copy it again, or ${unpack} it and name the result`,
    });
  }
}

/**
 * Gives a decompressor all blocks, or those up to the end of a frame within one: it takes no more then, and its
 * `bytesWritten` tell where the next frame begins. What goes wrong arrives through the iteration of its output.
 */
async function feed(decompressor: Decompressor, blocks: AsyncIterable<Uint8Array>): Promise<void> {
  let given = 0;
  try {
    for await (const block of blocks) {
      given += block.byteLength;
      const isTaken = await new Promise((taken) => decompressor.write(block, (error) => taken(!error)));
      if (!isTaken || decompressor.bytesWritten < given) break;
    }
    decompressor.end();
  } catch (error) {
    decompressor.destroy(error as Error);
  }
}

function isBundle(folderName: string, fileNames: readonly string[]): boolean {
  return (
    fileNames.some((name) => GATOR_DATA.test(name)) || (folderName.endsWith('.apc') && fileNames.length > 0)
  );
}

async function listFolder(path: string, shown: string): Promise<{ files: string[]; folders: string[] }> {
  const files: string[] = [];
  const folders: string[] = [];
  try {
    for (const name of (await readdir(path)).sort(byCodeUnits)) {
      if (isNoise(name)) continue;
      const status = await fileStatus(join(path, name), slashed(join(shown, name)));
      if (status.isDirectory()) folders.push(name);
      else if (status.isFile()) files.push(name);
    }
  } catch (error) {
    throw inputErrorOf(error, shown);
  }
  if (files.length > MAX_FILES) {
    throw new InputError(
      shown,
      `holds ${files.length} files, more than the ${MAX_FILES} that a run may have`,
      {
        fix: "Name one run's folder",
      },
    );
  }
  return { files, folders };
}

async function fileStatus(path: string, shown: string): Promise<Stats> {
  try {
    return await stat(path);
  } catch (error) {
    throw inputErrorOf(error, shown);
  }
}

const REASONS = new Map([
  ['ENOENT', 'there is no such file or folder'],
  ['ENOTDIR', 'there is no such file or folder'],
  ['EACCES', 'may not be read by this user'],
  ['EPERM', 'may not be read by this user'],
  ['ELOOP', 'is a symbolic link that leads back to itself'],
  ['ENAMETOOLONG', 'the name is too long'],
  ['EMFILE', 'too many files are open at once'],
]);

function inputErrorOf(error: unknown, shown: string): InputError {
  if (error instanceof InputError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  return new InputError(shown, REASONS.get(code ?? '') ?? `cannot be read (${message})`);
}

function folderOf(name: string): string {
  const slash = name.lastIndexOf('/');
  return slash === -1 ? '' : name.slice(0, slash);
}

function slashed(path: string): string {
  return path.replaceAll(sep, '/');
}

/** An order that no locale changes. */
function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
