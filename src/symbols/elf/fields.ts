/** Reading ELF's fixed fields in either class and byte order, never beyond the file. */
import type { ByteSource } from '../../platform/bytes.ts';
import { InputError } from '../../readers/reader.ts';

/** An opened ELF file: where its bytes are and how its fields are written. */
export interface ElfFile {
  /** As shown to the user. */
  path: string;
  source: ByteSource;
  is64: boolean;
  littleEndian: boolean;
}

/**
 * Fields of one table or header. Addresses, offsets and sizes are 64 bits wide in class 64, else 32; those of class 64 are
 * composed of two halves, and what is beyond 2^53 stays larger than any file or address that is accepted later.
 */
export class ElfFields {
  readonly #view: DataView;
  readonly #file: ElfFile;

  constructor(file: ElfFile, bytes: Uint8Array) {
    this.#file = file;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get byteLength(): number {
    return this.#view.byteLength;
  }

  u8(at: number): number {
    return this.#view.getUint8(at);
  }

  u16(at: number): number {
    return this.#view.getUint16(at, this.#file.littleEndian);
  }

  u32(at: number): number {
    return this.#view.getUint32(at, this.#file.littleEndian);
  }

  /** A word of the file's class (Elf32_Addr, Elf64_Addr, …_Off, Elf64_Xword). */
  word(at: number): number {
    if (!this.#file.is64) return this.u32(at);
    const low = this.u32(this.#file.littleEndian ? at : at + 4);
    const high = this.u32(this.#file.littleEndian ? at + 4 : at);
    return high * 0x1_0000_0000 + low;
  }
}

/** Bytes `[offset, offset + length)` of the file; an InputError when the file ends before, or `length` exceeds `limit`. */
export async function readPart(
  file: ElfFile,
  offset: number,
  length: number,
  limit: number,
  what: string,
): Promise<Uint8Array> {
  const end = offset + length;
  if (!Number.isSafeInteger(end) || end > file.source.size) {
    throw new InputError(
      file.path,
      `the ELF file has ${file.source.size} bytes, but ${what} is said to end at byte ${end}: it is cut or damaged`,
      { offset: Math.min(offset, file.source.size), fix: 'Copy the file again' },
    );
  }
  if (length > limit) {
    throw new InputError(
      file.path,
      `${what} has ${length} bytes, more than the ${limit} that gemview reads`,
      {
        offset,
        fix: 'Give gemview the output of nm -nS and readelf -lWn instead',
      },
    );
  }
  const bytes = await file.source.read(offset, length);
  if (bytes.byteLength !== length) {
    throw new InputError(file.path, `${what} could not be read whole: the file changed while it was read`, {
      offset,
    });
  }
  return bytes;
}
