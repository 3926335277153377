/**
 * `simpleperf report-sample --protobuf`: `SIMPLEPERF`, a 16-bit version, then `u32 length` and a message again and again,
 * ended by a length of 0 (AOSP system/extras/simpleperf, `cmd_report_sample.proto`). Names stand behind the samples that
 * use them, so the file is gone through twice.
 */
import type { ByteSource } from '../../platform/bytes.ts';
import { BLOCK_BYTES } from '../../platform/bytes.ts';
import type { FrameIndex } from '../../profile/types.ts';
import { MalformedMessage, MessageReader } from '../protobuf.ts';
import { isKernelFile, type ReportSamples } from './samples.ts';

export const MAGIC = 'SIMPLEPERF';
const VERSION = 1;
const HEADER_BYTES = MAGIC.length + 2;
/** A file with all its functions is the largest message. */
const MAX_MESSAGE_BYTES = 256 << 20;
const MAX_FRAMES = 4096;

/** Fields of `message Record`, one of which each message has. */
const RECORD = { sample: 1, lost: 2, file: 3, thread: 4, metaInfo: 5, contextSwitch: 6 } as const;
const SAMPLE = { time: 1, tid: 2, frame: 3, count: 4, event: 5 } as const;
const FRAME = { vaddr: 1, file: 2, symbol: 3 } as const;
const FILE = { id: 1, path: 2, symbol: 3, mangled: 4 } as const;
const THREAD = { tid: 1, pid: 2, name: 3 } as const;
const LOST = { samples: 1, lost: 2 } as const;
const SWITCH = { isOn: 1, time: 2, tid: 3 } as const;
const META_EVENT = 1;

interface NamedFile {
  path: string;
  symbols: string[];
  /** As in the symbol table; empty in reports before 2022. */
  mangled: string[];
}

/** What samples refer to. */
interface Names {
  files: Map<number, NamedFile>;
  threads: Map<number, { pid: number; name: string }>;
  events: string[];
}

/** What could not be read: messages, and where the file ends too soon. */
export interface MessageDamage {
  /** Where the messages begin that could not be read: some show it by their names, some by their samples. */
  damagedAt: Set<number>;
  /** Samples that name a file or an event that the report does not have. */
  danglingSamples: number;
  cutAt: number | null;
  lost: number;
}

/** Version of the report when it is not the known one; null otherwise. */
export async function unknownVersion(source: ByteSource): Promise<number | null> {
  const head = await source.read(MAGIC.length, 2);
  const version = head[0] | (head[1] << 8);
  return version === VERSION ? null : version;
}

export async function readReportMessages(source: ByteSource, samples: ReportSamples): Promise<MessageDamage> {
  const damage: MessageDamage = { damagedAt: new Set(), danglingSamples: 0, cutAt: null, lost: 0 };
  const names: Names = { files: new Map(), threads: new Map(), events: [] };
  await eachMessage(source, damage, (message) => readNames(message, names, samples, damage));
  for (const event of names.events) samples.event(event);
  await eachMessage(source, damage, (record) => readSample(record, names, samples, damage));
  return damage;
}

/** Calls `visit` with each message; damage within one is counted and ends it. */
async function eachMessage(
  source: ByteSource,
  damage: MessageDamage,
  visit: (message: MessageReader) => void,
): Promise<void> {
  let block = new Uint8Array(0);
  let blockAt = HEADER_BYTES;
  let at = 0;
  for (;;) {
    const offset = blockAt + at;
    const length =
      block.byteLength - at >= 4
        ? new DataView(block.buffer, block.byteOffset + at).getUint32(0, true)
        : null;
    if (length === 0) return;
    const wanted = 4 + (length ?? 0);
    if (length !== null && block.byteLength - at >= wanted) {
      try {
        visit(new MessageReader(block, at + 4, at + wanted));
      } catch (error) {
        if (!(error instanceof MalformedMessage)) throw error;
        damage.damagedAt.add(offset);
      }
      at += wanted;
      continue;
    }
    if (wanted > MAX_MESSAGE_BYTES || offset + wanted > source.size) {
      damage.cutAt = offset;
      return;
    }
    block = (await source.read(offset, Math.max(BLOCK_BYTES, wanted))) as Uint8Array<ArrayBuffer>;
    blockAt = offset;
    at = 0;
    if (block.byteLength < wanted) {
      damage.cutAt = offset;
      return;
    }
  }
}

function readNames(record: MessageReader, names: Names, samples: ReportSamples, damage: MessageDamage): void {
  while (record.next()) {
    switch (record.field) {
      case RECORD.file: {
        const file: NamedFile = { path: '', symbols: [], mangled: [] };
        let id = 0;
        const fields = record.message();
        while (fields.next()) {
          if (fields.field === FILE.id) id = fields.number();
          else if (fields.field === FILE.path) file.path = fields.text();
          else if (fields.field === FILE.symbol) file.symbols.push(fields.text());
          else if (fields.field === FILE.mangled) file.mangled.push(fields.text());
        }
        names.files.set(id, file);
        break;
      }
      case RECORD.thread: {
        const thread = { pid: 0, name: '' };
        let tid = 0;
        const fields = record.message();
        while (fields.next()) {
          if (fields.field === THREAD.tid) tid = fields.number();
          else if (fields.field === THREAD.pid) thread.pid = fields.number();
          else if (fields.field === THREAD.name) thread.name = fields.text();
        }
        names.threads.set(tid, thread);
        break;
      }
      case RECORD.metaInfo: {
        const fields = record.message();
        while (fields.next()) if (fields.field === META_EVENT) names.events.push(fields.text());
        break;
      }
      case RECORD.lost: {
        const fields = record.message();
        samples.statedCount = 0;
        while (fields.next()) {
          if (fields.field === LOST.samples) samples.statedCount = fields.number();
          else if (fields.field === LOST.lost) damage.lost = fields.number();
        }
        break;
      }
      default:
    }
  }
}

function readSample(
  record: MessageReader,
  names: Names,
  samples: ReportSamples,
  damage: MessageDamage,
): void {
  while (record.next()) {
    if (record.field === RECORD.sample) takeSample(record.message(), names, samples, damage);
    else if (record.field === RECORD.contextSwitch) takeSwitch(record.message(), names, samples);
  }
}

function takeSample(
  fields: MessageReader,
  names: Names,
  samples: ReportSamples,
  damage: MessageDamage,
): void {
  const sample = { time: 0n, tid: 0, count: 0, event: 0 };
  const frames: FrameIndex[] = [];
  let isKernel = false;
  while (fields.next()) {
    switch (fields.field) {
      case SAMPLE.time:
        sample.time = fields.bigint();
        break;
      case SAMPLE.tid:
        sample.tid = fields.number();
        break;
      case SAMPLE.count:
        sample.count = fields.number();
        break;
      case SAMPLE.event:
        sample.event = fields.number();
        break;
      case SAMPLE.frame: {
        if (frames.length >= MAX_FRAMES) break;
        const { low, high, file: fileId, symbol } = frameOf(fields.message());
        const file = names.files.get(fileId);
        if (!file) {
          damage.danglingSamples++;
          return;
        }
        if (frames.length === 0) isKernel = isKernelFile(file.path);
        const name = symbol < 0 ? null : (file.mangled[symbol] ?? file.symbols[symbol] ?? null);
        frames.push(samples.frame(low, high, file.path, name));
        break;
      }
      default:
    }
  }
  const event = names.events[sample.event];
  if (event === undefined && names.events.length > 0) {
    damage.danglingSamples++;
    return;
  }
  const thread = names.threads.get(sample.tid);
  samples.sample(
    samples.event(event ?? 'unnamed'),
    sample.time,
    sample.count,
    samples.thread(thread?.pid ?? null, sample.tid, thread?.name ?? ''),
    frames,
    isKernel,
  );
}

function frameOf(fields: MessageReader): { low: number; high: number; file: number; symbol: number } {
  // Fields that are zero may be left out.
  const frame = { low: 0, high: 0, file: 0, symbol: 0 };
  while (fields.next()) {
    if (fields.field === FRAME.vaddr) {
      frame.low = fields.low;
      frame.high = fields.high;
    } else if (fields.field === FRAME.file) frame.file = fields.low;
    else if (fields.field === FRAME.symbol) frame.symbol = fields.int32();
  }
  return frame;
}

function takeSwitch(fields: MessageReader, names: Names, samples: ReportSamples): void {
  let [time, tid, isOn] = [0n, 0, false];
  while (fields.next()) {
    if (fields.field === SWITCH.time) time = fields.bigint();
    else if (fields.field === SWITCH.tid) tid = fields.number();
    else if (fields.field === SWITCH.isOn) isOn = fields.low !== 0;
  }
  const thread = names.threads.get(tid);
  samples.switch(time, samples.thread(thread?.pid ?? null, tid, thread?.name ?? ''), isOn);
}
