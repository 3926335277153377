/** The GNU build-id: a note that names one linking of a program for good (`NT_GNU_BUILD_ID`, elf.h). */
import { ElfFields, readPart } from './fields.ts';
import { PT_NOTE, SHT_NOTE, type ElfHeaders } from './headers.ts';

const NT_GNU_BUILD_ID = 3;
/** Notes of an executable are a few hundred bytes; core dumps have large ones, but are no images. */
const MAX_NOTE_BYTES = 1 << 20;
const MAX_BUILD_ID_BYTES = 64;

/** Lower-case hex of the build-id, from note segments or, in separate debug files, note sections; null without one. */
export async function readBuildId(headers: ElfHeaders): Promise<string | null> {
  const { file } = headers;
  const places = [
    ...headers.programHeaders
      .filter((header) => header.type === PT_NOTE)
      .map(({ offset, fileSize, align }) => ({ offset, size: fileSize, align })),
    ...headers.sections
      .filter((section) => section.type === SHT_NOTE)
      .map(({ offset, size }) => ({ offset, size, align: 4 })),
  ];
  for (const { offset, size, align } of places) {
    const isInFile = size <= MAX_NOTE_BYTES && offset + size <= file.source.size;
    if (!isInFile) continue;
    const notes = await readPart(file, offset, size, MAX_NOTE_BYTES, 'a note');
    const buildId = buildIdInNotes(new ElfFields(file, notes), notes, align === 8 ? 8 : 4);
    if (buildId !== null) return buildId;
  }
  return null;
}

/** Notes are `namesz descsz type name desc`, the last two padded to the alignment. */
function buildIdInNotes(fields: ElfFields, notes: Uint8Array, align: number): string | null {
  const padded = (length: number): number => Math.ceil(length / align) * align;
  for (let at = 0; at + 12 <= fields.byteLength;) {
    const nameBytes = fields.u32(at);
    const descriptorBytes = fields.u32(at + 4);
    const descriptorAt = padded(at + 12 + nameBytes);
    const end = descriptorAt + descriptorBytes;
    if (end > fields.byteLength) return null;
    const isGnu = nameBytes === 4 && fields.u8(at + 12) === 0x47 && fields.u8(at + 13) === 0x4e;
    if (isGnu && fields.u32(at + 8) === NT_GNU_BUILD_ID) {
      if (descriptorBytes === 0 || descriptorBytes > MAX_BUILD_ID_BYTES) return null;
      return [...notes.subarray(descriptorAt, end)]
        .map((byte) => byte.toString(16).padStart(2, '0'))
        .join('');
    }
    at = padded(end);
  }
  return null;
}
