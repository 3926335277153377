/** Writes a zip archive as a stream of blocks: no member is in memory as a whole, and the same files give the same bytes. */
import { createReadStream } from 'node:fs';
import { pipeline, Readable } from 'node:stream';
import { crc32, createDeflateRaw } from 'node:zlib';

export interface ZipInput {
  /** Its name in the archive, with slashes. */
  name: string;
  /** Where it lies. */
  path: string;
}

/** What the central directory says of a member that was written. */
interface Member {
  name: Buffer;
  crc: number;
  packedBytes: number;
  bytes: number;
  offset: number;
}

/** Signatures, versions and flags: APPNOTE 4.3 and 4.4. */
const LOCAL_HEADER = 0x04034b50;
const DATA_DESCRIPTOR = 0x08074b50;
const CENTRAL_HEADER = 0x02014b50;
const ZIP64_END = 0x06064b50;
const ZIP64_LOCATOR = 0x07064b50;
const END = 0x06054b50;
/** Version 4.5: sizes of 64 bits. */
const VERSION_NEEDED = 45;
/** Names are UTF-8; sizes and checksum stand behind the data. */
const FLAGS = 0x0808;
const DEFLATED = 8;
/** 1980-01-01: the archive tells no time. */
const DOS_DATE = 0x21;
const ZIP64_EXTRA = 1;
/** Stands where the extra field has the number. */
const IN_EXTRA_16 = 0xffff;
const IN_EXTRA_32 = 0xffffffff;

/** The archive of these files, in their order. Fails as reading the files does. */
export async function* zipBlocks(inputs: readonly ZipInput[]): AsyncGenerator<Uint8Array> {
  const members: Member[] = [];
  let offset = 0;
  for (const { name, path } of inputs) {
    const member: Member = { name: Buffer.from(name), crc: 0, packedBytes: 0, bytes: 0, offset };
    const header = localHeader(member);
    offset += header.length;
    yield header;
    for await (const block of deflated(path, member)) {
      member.packedBytes += block.length;
      yield block;
    }
    const descriptor = dataDescriptor(member);
    offset += member.packedBytes + descriptor.length;
    yield descriptor;
    members.push(member);
  }
  const directory = Buffer.concat(members.map(centralHeader));
  yield directory;
  yield endOfArchive(members.length, directory.length, offset);
}

/** Counts and sums up what it reads in `member`. */
async function* deflated(path: string, member: Member): AsyncGenerator<Uint8Array> {
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const block of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
      member.crc = crc32(block, member.crc);
      member.bytes += block.length;
      yield block;
    }
  }
  const deflate = createDeflateRaw();
  // Errors arrive through the iteration below; the callback only keeps pipeline from throwing on its own.
  pipeline(Readable.from(counted()), deflate, () => {});
  yield* deflate as AsyncIterable<Uint8Array>;
}

/** The extra field announces sizes of 64 bits behind the data (APPNOTE 4.5.3); here they are not known yet. */
function localHeader({ name }: Member): Buffer {
  const extra = zip64Extra(0, 0);
  const header = Buffer.alloc(30);
  header.writeUInt32LE(LOCAL_HEADER, 0);
  header.writeUInt16LE(VERSION_NEEDED, 4);
  header.writeUInt16LE(FLAGS, 6);
  header.writeUInt16LE(DEFLATED, 8);
  header.writeUInt16LE(DOS_DATE, 12);
  header.writeUInt32LE(IN_EXTRA_32, 18);
  header.writeUInt32LE(IN_EXTRA_32, 22);
  header.writeUInt16LE(name.length, 26);
  header.writeUInt16LE(extra.length, 28);
  return Buffer.concat([header, name, extra]);
}

function dataDescriptor({ crc, packedBytes, bytes }: Member): Buffer {
  const descriptor = Buffer.alloc(24);
  descriptor.writeUInt32LE(DATA_DESCRIPTOR, 0);
  descriptor.writeUInt32LE(crc, 4);
  descriptor.writeBigUInt64LE(BigInt(packedBytes), 8);
  descriptor.writeBigUInt64LE(BigInt(bytes), 16);
  return descriptor;
}

function centralHeader({ name, crc, packedBytes, bytes, offset }: Member): Buffer {
  const extra = zip64Extra(bytes, packedBytes, offset);
  const header = Buffer.alloc(46);
  header.writeUInt32LE(CENTRAL_HEADER, 0);
  header.writeUInt16LE(VERSION_NEEDED, 4);
  header.writeUInt16LE(VERSION_NEEDED, 6);
  header.writeUInt16LE(FLAGS, 8);
  header.writeUInt16LE(DEFLATED, 10);
  header.writeUInt16LE(DOS_DATE, 14);
  header.writeUInt32LE(crc, 16);
  header.writeUInt32LE(IN_EXTRA_32, 20);
  header.writeUInt32LE(IN_EXTRA_32, 24);
  header.writeUInt16LE(name.length, 28);
  header.writeUInt16LE(extra.length, 30);
  header.writeUInt32LE(IN_EXTRA_32, 42);
  return Buffer.concat([header, name, extra]);
}

function zip64Extra(...numbers: number[]): Buffer {
  const extra = Buffer.alloc(4 + 8 * numbers.length);
  extra.writeUInt16LE(ZIP64_EXTRA, 0);
  extra.writeUInt16LE(8 * numbers.length, 2);
  numbers.forEach((number, index) => extra.writeBigUInt64LE(BigInt(number), 4 + 8 * index));
  return extra;
}

/** @param offset of the central directory */
function endOfArchive(members: number, directoryBytes: number, offset: number): Buffer {
  const end64 = Buffer.alloc(56);
  end64.writeUInt32LE(ZIP64_END, 0);
  end64.writeBigUInt64LE(BigInt(end64.length - 12), 4);
  end64.writeUInt16LE(VERSION_NEEDED, 12);
  end64.writeUInt16LE(VERSION_NEEDED, 14);
  end64.writeBigUInt64LE(BigInt(members), 24);
  end64.writeBigUInt64LE(BigInt(members), 32);
  end64.writeBigUInt64LE(BigInt(directoryBytes), 40);
  end64.writeBigUInt64LE(BigInt(offset), 48);
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(ZIP64_LOCATOR, 0);
  locator.writeBigUInt64LE(BigInt(offset + directoryBytes), 8);
  locator.writeUInt32LE(1, 16);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(END, 0);
  end.writeUInt16LE(IN_EXTRA_16, 8);
  end.writeUInt16LE(IN_EXTRA_16, 10);
  end.writeUInt32LE(IN_EXTRA_32, 12);
  end.writeUInt32LE(IN_EXTRA_32, 16);
  return Buffer.concat([end64, locator, end]);
}
