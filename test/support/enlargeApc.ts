/**
 * Enlarges a real gator capture: its perf records again and again, each round later in time, counters counting on, every
 * few rounds as another set of threads. What comes out has the density of the original: the same stacks, the same
 * intervals between samples, as many samples a megabyte.
 */
import { parseAttributes, attributesSize } from '../../src/readers/apc/eventAttributes.ts';
import type { RecordLayout } from '../../src/readers/apc/eventAttributes.ts';
import { PackedReader, decodeWords } from '../../src/readers/apc/packed.ts';

const FRAME_ATTRIBUTES = 11;
const FRAME_PERF_DATA = 12;
const RECORD_SAMPLE = 9;
const RECORD_SWITCH = 14;
/** Thread ids of another set of threads. */
const TID_STEP = 20_000;

export interface EnlargeOptions {
  /** Sets of threads that the rounds go through; 1 keeps the threads of the original. */
  threadSets?: number;
}

interface Frame {
  type: number;
  /** With length and type. */
  bytes: Uint8Array;
  body: Uint8Array;
}

interface Layouts {
  byKey: Map<number, RecordLayout>;
  keyOfId: Map<number, number>;
}

/** The data file of a capture, enlarged to at least `minBytes`, in pieces. */
export function* enlargeApc(
  data: Uint8Array,
  minBytes: number,
  { threadSets = 2 }: EnlargeOptions = {},
): Generator<Uint8Array> {
  const frames = framesOf(data);
  const layouts = layoutsOf(frames);
  const sections = frames.filter((frame) => frame.type === FRAME_PERF_DATA);
  const spanNs = timeSpan(sections, layouts);
  const finalValues = new Map<string, bigint>();
  for (const section of sections)
    forEachRecord(section.body, (words) => noteValues(words, layouts, finalValues));

  let written = 0;
  for (const frame of frames) {
    yield frame.bytes;
    written += frame.bytes.length;
  }
  for (let round = 1; written < minBytes; round++) {
    for (const section of sections) {
      const enlarged = laterSection(section.body, layouts, {
        addNs: BigInt(round) * spanNs,
        addTid: (round % threadSets) * TID_STEP,
        timesCounted: Math.floor(round / threadSets),
        finalValues,
      });
      yield enlarged;
      written += enlarged.length;
    }
  }
}

function framesOf(data: Uint8Array): Frame[] {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const frames: Frame[] = [];
  for (let at = 0; at + 4 <= data.length;) {
    const length = view.getUint32(at, true);
    if (at + 4 + length > data.length) break;
    const bytes = data.subarray(at, at + 4 + length);
    frames.push({ type: bytes[4], bytes, body: bytes.subarray(5) });
    at += 4 + length;
  }
  return frames;
}

/** Reads attributes and keys, which is as much of PERF_ATTRS as is needed to find times, threads and values. */
function layoutsOf(frames: readonly Frame[]): Layouts {
  const layouts: Layouts = { byKey: new Map(), keyOfId: new Map() };
  for (const { type, body } of frames) {
    if (type !== FRAME_ATTRIBUTES) continue;
    const reader = new PackedReader(body);
    reader.int32();
    while (reader.remaining > 0) {
      const code = reader.int32();
      if (code === 1) {
        const struct = reader.raw(attributesSize(reader.bytes, reader.position) ?? 0);
        const key = reader.int32();
        layouts.byKey.set(key, parseAttributes(struct, key).layout);
      } else if (code === 2) {
        for (let left = reader.int32(); left > 0; left--) {
          const id = reader.int64();
          layouts.keyOfId.set(id, reader.int32());
        }
      } else if (code === 3) reader.cBytes();
      else break;
    }
  }
  return layouts;
}

/** Words of one record, header first; halves in turn. */
type RecordWords = Int32Array;

function forEachRecord(body: Uint8Array, take: (words: RecordWords, cpu: number) => void): void {
  const reader = new PackedReader(body);
  const cpu = reader.int32();
  const end = reader.uint32le() + reader.position;
  const header = new Int32Array(2);
  for (let at = reader.position; at < end;) {
    const payloadAt = decodeWords(body, at, 1, header);
    const wordCount = (header[1] >>> 16) / 8;
    const words = new Int32Array(wordCount * 2);
    words.set(header);
    at = decodeWords(body, payloadAt, wordCount - 1, words.subarray(2));
    take(words, cpu);
  }
}

function layoutOf(words: RecordWords, layouts: Layouts): RecordLayout | undefined {
  const isSample = words[0] === RECORD_SAMPLE;
  return layouts.byKey.get(layouts.keyOfId.get(words[isSample ? 2 : words.length - 2]) ?? -1);
}

/** Word of the time, header counted; -1 for records that are not repeated. */
function timeWord(words: RecordWords, layout: RecordLayout): number {
  if (words[0] === RECORD_SAMPLE) return 1 + layout.time;
  if (words[0] === RECORD_SWITCH) return words.length / 2 - layout.trailerWords + layout.trailerTime;
  return -1;
}

function threadWord(words: RecordWords, layout: RecordLayout): number {
  if (words[0] === RECORD_SAMPLE) return layout.thread < 0 ? -1 : 1 + layout.thread;
  return words.length / 2 - layout.trailerWords + layout.trailerThread;
}

function get(words: RecordWords, word: number): bigint {
  return BigInt.asUintN(64, (BigInt(words[word * 2 + 1]) << 32n) | BigInt(words[word * 2] >>> 0));
}

function set(words: RecordWords, word: number, value: bigint): void {
  words[word * 2] = Number(BigInt.asIntN(32, value));
  words[word * 2 + 1] = Number(BigInt.asIntN(32, value >> 32n));
}

/** From the first sample to the last, and one period more. */
function timeSpan(sections: readonly Frame[], layouts: Layouts): bigint {
  let first = 0n;
  let last = 0n;
  for (const { body } of sections) {
    forEachRecord(body, (words) => {
      const layout = layoutOf(words, layouts);
      if (words[0] !== RECORD_SAMPLE || !layout) return;
      const time = get(words, timeWord(words, layout));
      if (first === 0n || time < first) first = time;
      if (time > last) last = time;
    });
  }
  return last - first + 1_000_000n;
}

/** Words of the values in a group READ of a sample, with the id of each; none for other records. */
function groupValues(words: RecordWords, layout: RecordLayout): { value: number; key: string }[] {
  if (words[0] !== RECORD_SAMPLE || !layout.hasRead || !layout.readIsGroup) return [];
  const first = 1 + layout.fixedWords;
  const tid = layout.thread < 0 ? 0 : words[(1 + layout.thread) * 2 + 1];
  const values = first + 1 + (layout.readHasEnabled ? 1 : 0) + (layout.readHasRunning ? 1 : 0);
  return Array.from({ length: words[first * 2] }, (_, member) => {
    const value = values + member * 2;
    return { value, key: `${words[(value + 1) * 2]} ${tid}` };
  });
}

function noteValues(words: RecordWords, layouts: Layouts, finalValues: Map<string, bigint>): void {
  const layout = layoutOf(words, layouts);
  if (!layout) return;
  for (const { value, key } of groupValues(words, layout)) finalValues.set(key, get(words, value));
}

interface Round {
  addNs: bigint;
  addTid: number;
  /** How often the same threads have run through their counts before. */
  timesCounted: number;
  finalValues: ReadonlyMap<string, bigint>;
}

/** A section once more, as a frame: samples and switches only, since threads and mappings go on. */
function laterSection(body: Uint8Array, layouts: Layouts, round: Round): Uint8Array {
  const out = new WordPacker(body.length * 2 + 64);
  let sectionCpu = 0;
  forEachRecord(body, (words, cpu) => {
    sectionCpu = cpu;
    const layout = layoutOf(words, layouts);
    const time = layout ? timeWord(words, layout) : -1;
    if (!layout || time < 0) return;
    for (const { value, key } of groupValues(words, layout)) {
      const counted = (round.finalValues.get(key) ?? 0n) * BigInt(round.timesCounted);
      if (counted > 0n) set(words, value, get(words, value) + counted);
    }
    set(words, time, get(words, time) + round.addNs);
    const thread = threadWord(words, layout);
    if (thread >= 0 && words[thread * 2] > 0) {
      words[thread * 2] += round.addTid;
      words[thread * 2 + 1] += round.addTid;
    }
    out.add(words);
  });
  return out.frame(sectionCpu);
}

/** Packs 64-bit words, given in halves, behind the head of a PERF_DATA frame. */
class WordPacker {
  static readonly HEAD_BYTES = 4 + 1 + 1 + 4;
  #bytes: Uint8Array;
  #length = WordPacker.HEAD_BYTES;

  constructor(capacity: number) {
    this.#bytes = new Uint8Array(capacity);
  }

  add(words: RecordWords): void {
    if (this.#length + words.length * 5 > this.#bytes.length) {
      const larger = new Uint8Array(this.#bytes.length * 2 + words.length * 5);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    for (let at = 0; at < words.length; at += 2) this.#word(words[at], words[at + 1]);
  }

  /** The frame; the CPU's number must fit one packed byte. */
  frame(cpu: number): Uint8Array {
    const view = new DataView(this.#bytes.buffer);
    view.setUint32(0, this.#length - 4, true);
    view.setUint8(4, FRAME_PERF_DATA);
    view.setUint8(5, cpu & 0x3f);
    view.setUint32(6, this.#length - WordPacker.HEAD_BYTES, true);
    return this.#bytes.subarray(0, this.#length);
  }

  #word(low: number, high: number): void {
    for (;;) {
      const group = low & 0x7f;
      low = (low >>> 7) | (high << 25);
      high >>= 7;
      const isLast =
        (low === 0 && high === 0 && group < 0x40) || (low === -1 && high === -1 && group >= 0x40);
      this.#bytes[this.#length++] = isLast ? group : group | 0x80;
      if (isLast) return;
    }
  }
}
