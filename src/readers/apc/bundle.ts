/** The files of a capture: a folder or an archive of one, members named with or without their folder. */
import { decodeText, readAll } from '../../platform/bytes.ts';
import type { ByteSource } from '../../platform/bytes.ts';
import type { RawInput } from '../reader.ts';

/** gatord writes `0000000000` only; further files would be numbered on. */
const DATA_NAME = /^\d{10}$/;

/** events.xml has 3 MB; a larger one than this is none. */
const MAX_XML_BYTES = 64 * 1024 * 1024;

/** True for a bundle with the data of a gator capture. */
export function hasCaptureData(input: RawInput): boolean {
  return dataNames(input).length > 0;
}

/** The frame data of a capture as one source; null when there is none. */
export function captureData(input: RawInput): ByteSource | null {
  if (input.content.kind !== 'bundle') return null;
  const { members } = input.content;
  const sources = dataNames(input).map((name) => members.get(name) as ByteSource);
  if (sources.length === 0) return null;
  return sources.length === 1 ? sources[0] : new JoinedSource(sources);
}

/** The text of one of the XML files; null when the capture does not have it. */
export async function captureText(input: RawInput, fileName: string): Promise<string | null> {
  if (input.content.kind !== 'bundle') return null;
  const { members } = input.content;
  const beside = folderName(dataNames(input)[0] ?? '') + fileName;
  const name = members.has(beside) ? beside : [...members.keys()].find((key) => baseName(key) === fileName);
  const source = name === undefined ? undefined : members.get(name);
  return source && source.size <= MAX_XML_BYTES ? decodeText(await readAll(source)) : null;
}

/** Names of the data members in the order of their numbers; of one folder when the bundle holds several. */
function dataNames(input: RawInput): string[] {
  if (input.content.kind !== 'bundle') return [];
  const names = [...input.content.members.keys()].filter((name) => DATA_NAME.test(baseName(name))).sort();
  return names.filter((name) => folderName(name) === folderName(names[0]));
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function folderName(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1);
}

/** Several sources read as if they were one file. */
class JoinedSource implements ByteSource {
  readonly size: number;
  readonly #sources: readonly ByteSource[];

  constructor(sources: readonly ByteSource[]) {
    this.#sources = sources;
    this.size = sources.reduce((sum, source) => sum + source.size, 0);
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    const wanted = Math.max(0, Math.min(length, this.size - offset));
    const result = new Uint8Array(wanted);
    let filled = 0;
    let start = 0;
    for (const source of this.#sources) {
      const from = offset + filled - start;
      if (filled < wanted && from >= 0 && from < source.size) {
        const piece = await source.read(from, wanted - filled);
        result.set(piece, filled);
        filled += piece.length;
      }
      start += source.size;
    }
    return result.subarray(0, filled);
  }
}
