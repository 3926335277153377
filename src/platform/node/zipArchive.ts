/** The members of a zip archive as byte sources. */
import { Readable, pipeline } from 'node:stream';
import { crc32, createInflateRaw } from 'node:zlib';
import { fromRandomAccessReader, RandomAccessReader } from 'yauzl';
import type { Entry, ZipFile } from 'yauzl';
import type { ByteSource } from '../bytes.ts';
import { LazySource, ownedBlocks } from './unpacking.ts';
import type { Unpacker } from './unpacking.ts';
import { InputError } from '../../readers/reader.ts';

/** A capture has a handful of members; a run folder some dozens. */
const MAX_MEMBERS = 10_000;

const STORED = 0;
const DEFLATED = 8;

/** Size of a local file header up to the name, and where it says how long name and extra field are (APPNOTE 4.3.7). */
const LOCAL_HEADER_BYTES = 30;
const LOCAL_NAME_LENGTH_AT = 26;
const LOCAL_EXTRA_LENGTH_AT = 28;

/**
 * The members of the archive in `source` by name, folders and symbolic links left out. Stored members are read in
 * place, deflated ones are inflated on their first read. Throws an InputError for anything that is damaged, encrypted,
 * ambiguous or larger than the limits of `unpacker`; damage inside a member is found when it is read.
 */
export async function openZip(
  source: ByteSource,
  path: string,
  unpacker: Unpacker,
): Promise<Map<string, ByteSource>> {
  const members = new Map<string, ByteSource>();
  for (const entry of await listEntries(source, path)) {
    if (entry.fileName.endsWith('/') || isSymbolicLink(entry)) continue;
    if (members.has(entry.fileName)) throw memberError(path, entry, 'the archive holds this name twice');
    members.set(entry.fileName, memberSource(source, entry, path, unpacker));
  }
  return members;
}

function memberSource(archive: ByteSource, entry: Entry, path: string, unpacker: Unpacker): ByteSource {
  if (entry.isEncrypted()) {
    throw memberError(path, entry, 'the archive is encrypted', { fix: 'Unpack it and name the result' });
  }
  if (entry.compressionMethod === STORED) {
    if (entry.compressedSize !== entry.uncompressedSize) {
      throw memberError(path, entry, 'a stored member states two different sizes');
    }
    return new LazySource(entry.uncompressedSize, async () => {
      const start = await dataStart(archive, entry, path);
      return {
        size: entry.uncompressedSize,
        read: (offset, length) => readWithin(archive, start, entry, offset, length),
      };
    });
  }
  if (entry.compressionMethod !== DEFLATED) {
    throw memberError(
      path,
      entry,
      `is packed with method ${entry.compressionMethod}; only stored and deflated members are read`,
      {
        fix: 'Pack it again with plain zip',
      },
    );
  }
  unpacker.claim(path, entry.uncompressedSize, entry.compressedSize);
  return new LazySource(entry.uncompressedSize, async () => {
    const start = await dataStart(archive, entry, path);
    return unpacker.collect(inflated(archive, start, entry, path));
  });
}

async function readWithin(
  archive: ByteSource,
  start: number,
  entry: Entry,
  offset: number,
  length: number,
): Promise<Uint8Array> {
  const wanted = Math.max(0, Math.min(length, entry.uncompressedSize - offset));
  return archive.read(start + offset, wanted);
}

function memberError(
  path: string,
  entry: Entry,
  problem: string,
  options?: { offset?: number; fix?: string },
): InputError {
  return new InputError(path, `member ${entry.fileName}: ${problem}`, options);
}

/** Where a member's data begin: the local header repeats name and extra field with lengths of its own. */
async function dataStart(archive: ByteSource, entry: Entry, path: string): Promise<number> {
  const at = entry.relativeOffsetOfLocalHeader;
  const header = Buffer.from(await archive.read(at, LOCAL_HEADER_BYTES));
  if (header.byteLength < LOCAL_HEADER_BYTES || header.toString('latin1', 0, 4) !== 'PK\u0003\u0004') {
    throw memberError(path, entry, 'the archive is damaged: no member begins here', { offset: at });
  }
  const start =
    at +
    LOCAL_HEADER_BYTES +
    header.readUInt16LE(LOCAL_NAME_LENGTH_AT) +
    header.readUInt16LE(LOCAL_EXTRA_LENGTH_AT);
  if (start + entry.compressedSize > archive.size) {
    throw memberError(path, entry, 'the archive is damaged: the member runs over its end', { offset: at });
  }
  return start;
}

/** The inflated bytes of a member, refused where they are not as many as stated or their checksum is another. */
async function* inflated(
  archive: ByteSource,
  start: number,
  entry: Entry,
  path: string,
): AsyncGenerator<Uint8Array> {
  const packed = Readable.from(ownedBlocks(archive, start, start + entry.compressedSize));
  const inflater = createInflateRaw();
  // Errors arrive through the iteration below; the callback only keeps pipeline from throwing on its own.
  pipeline(packed, inflater, () => {});
  let sizeBytes = 0;
  let checksum = 0;
  try {
    for await (const piece of inflater as AsyncIterable<Uint8Array>) {
      sizeBytes += piece.byteLength;
      if (sizeBytes > entry.uncompressedSize) break;
      checksum = crc32(piece, checksum);
      yield piece;
    }
  } catch (error) {
    throw memberError(path, entry, `the archive is damaged: ${(error as Error).message}`);
  }
  if (sizeBytes !== entry.uncompressedSize) {
    throw memberError(
      path,
      entry,
      `the archive is damaged: it states ${entry.uncompressedSize} bytes and holds other`,
    );
  }
  if (checksum !== entry.crc32)
    throw memberError(path, entry, 'the archive is damaged: the checksum differs');
}

/** `S_IFLNK` in the upper half of the external attributes, as Info-ZIP writes it on Unix. */
function isSymbolicLink(entry: Entry): boolean {
  return ((entry.externalFileAttributes >>> 16) & 0o170_000) === 0o120_000;
}

/** yauzl reads through this: the archive may itself be a member of another. */
class SourceReader extends RandomAccessReader {
  readonly #source: ByteSource;

  constructor(source: ByteSource) {
    super();
    this.#source = source;
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null) => void,
  ): void {
    this.#source.read(position, length).then(
      (bytes) => {
        buffer.set(bytes, offset);
        callback(bytes.byteLength < length ? new Error('unexpected end of the file') : null);
      },
      (error: Error) => callback(error),
    );
  }
}

function listEntries(source: ByteSource, path: string): Promise<Entry[]> {
  const refuse = (error: Error) =>
    new InputError(path, `the zip archive cannot be read: ${inWords(error.message)}`);
  return new Promise((resolve, reject) => {
    const opened = (error: Error | null, zip: ZipFile) => {
      if (error) return reject(refuse(error));
      if (zip.entryCount > MAX_MEMBERS) {
        return reject(
          new InputError(
            path,
            `the archive has ${zip.entryCount} members, more than the ${MAX_MEMBERS} that are read`,
          ),
        );
      }
      const entries: Entry[] = [];
      zip.on('entry', (entry: Entry) => {
        entries.push(entry);
        zip.readEntry();
      });
      zip.on('end', () => resolve(entries));
      zip.on('error', (problem: Error) => reject(refuse(problem)));
      zip.readEntry();
    };
    fromRandomAccessReader(
      new SourceReader(source),
      source.size,
      { lazyEntries: true, autoClose: false },
      opened,
    );
  });
}

/** yauzl's messages for the damages that people meet, in words that say what to do. */
function inWords(message: string): string {
  if (message.startsWith('End of central directory'))
    return 'it has no table of contents, so it was cut. Copy it again';
  if (/^(absolute path|invalid relative path|invalid characters)/.test(message)) {
    return `a member's name leads out of the archive (${message})`;
  }
  return message;
}
