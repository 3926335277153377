/**
 * Reads the records of a perf script text from its bytes. Nothing is made per line but table rows: a line that was seen
 * before (most are) is one hash and one comparison; a call chain is interned frame by frame.
 */
import { float64Column, int32Column, uint32Column, uint8Column } from '../../profile/columns.ts';
import type { FrameInterner, StackInterner, StringInterner } from '../../profile/interning.ts';
import { KERNEL_SPACE, NONE } from '../../profile/types.ts';
import { CARRIAGE_RETURN, HASH, NEWLINE, SPACE, TAB, hexValue, isBlank, skipBlanks } from './ascii.ts';
import { ByteInterner } from './byteInterner.ts';
import { FileHeader } from './fileHeader.ts';
import { fromInstructionPointer, isFrameAlone, isSourceLine, parseFrameLine } from './frameLine.ts';
import type { TextFrame } from './frameLine.ts';
import { RecordLine } from './recordLine.ts';

/** A line is cut here: perf prints lines of some thousand bytes for C++ templates. */
const MAX_LINE_BYTES = 1 << 20;
/** Deeper stacks are cut at their outer end; the kernel's own limit is 127 by default, 640 at most on small pages. */
const MAX_FRAMES = 10_000;
const QUOTED_CHARACTERS = 100;
/** Enough of a line that belongs to no record to see what it is. */
const MAX_JUDGED_BYTES = 4096;

/** What a distinct frame line is. */
const LINE_IS_FRAME = 0;
const LINE_IS_INLINED = 1;
const LINE_IS_SKIPPED = 2;
const LINE_IS_REJECTED = 3;

const FLAG_KERNEL = 2;

/** Tables of the profile that frames go into while they are read. */
export interface FrameTables {
  strings: StringInterner;
  frames: FrameInterner;
  stacks: StackInterner;
}

/** Receives what is no profile sample. Times count from {@link RecordReader.baseSeconds}. */
export interface RecordSink {
  /** Whether records of the event are hits of a probe or tracepoint. Asked once for each event. */
  isTracepoint(event: string): boolean;
  /** A hit. The object is used again for the next one. */
  trace(record: TraceRecord): void;
  /** A `PERF_RECORD_…` line, without what stands before that word. */
  sideRecord(text: string, thread: number, cpu: number, timeNs: number): void;
}

export interface TraceRecord {
  timeNs: number;
  thread: number;
  cpu: number;
  event: number;
  stack: number;
  /** What stands behind the event; empty when nothing does. */
  text: string;
}

/** A thread as the lines name it. */
export interface TextThread {
  /** -1 when never printed. */
  pid: number;
  tid: number | null;
  /** Last command name. */
  comm: string;
}

/** Text that could not be understood. */
export interface RejectedLines {
  count: number;
  /** Those of them that are frames with no record above: `perf script -F ip,sym`. */
  frames: number;
  /** Lines that were neither empty nor comments. */
  total: number;
  firstLineNumber: number;
  firstText: string;
}

/** Feed blocks with {@link push}, then {@link end}; the columns are the records without trace text, in file order. */
export class RecordReader {
  readonly header = new FileHeader();
  /** Nanoseconds after {@link baseSeconds}. */
  readonly timeNs = float64Column();
  readonly thread = int32Column();
  readonly cpu = int32Column();
  readonly stack = int32Column();
  readonly event = int32Column();
  /** -1 when the line printed none. */
  readonly period = float64Column();
  readonly isKernel = uint8Column();
  readonly events: string[] = [];
  readonly threads: TextThread[] = [];
  readonly rejected: RejectedLines = { count: 0, frames: 0, total: 0, firstLineNumber: 0, firstText: '' };
  /** Whole seconds of the first record; null while none had a time. */
  baseSeconds: number | null = null;
  /** Number of record lines of any kind. */
  records = 0;
  /** Records whose line had no time although others had one. */
  recordsWithoutTime = 0;
  cutStacks = 0;

  readonly #tables: FrameTables;
  readonly #sink: RecordSink;
  readonly #line = new RecordLine();
  readonly #decoder = new TextDecoder();

  readonly #frameLines = new ByteInterner();
  readonly #lineKind = uint8Column();
  readonly #lineFrame = int32Column();
  readonly #lineImage = int32Column();
  readonly #lineIsKernel = uint8Column();
  readonly #inlined = new Map<number, TextFrame>();

  readonly #eventNames = new ByteInterner();
  readonly #eventIsTracepoint: boolean[] = [];
  readonly #comms = new ByteInterner();
  readonly #commTexts: string[] = [];
  readonly #threadRows = new Map<number, number>();
  readonly #threadComm = int32Column();

  /** Rows of frame lines of the record that is being read, leaf first. */
  readonly #open = uint32Column(256);
  #state: 'none' | 'record' | 'skip' = 'none';
  readonly #current: TraceRecord = { timeNs: 0, thread: 0, cpu: -1, event: 0, stack: NONE, text: '' };
  #currentPeriod = -1;

  #carry = new Uint8Array(0);
  #lineNumber = 0;

  constructor(tables: FrameTables, sink: RecordSink) {
    this.#tables = tables;
    this.#sink = sink;
  }

  push(block: Uint8Array): void {
    let from = 0;
    if (this.#carry.byteLength > 0) {
      const end = block.indexOf(NEWLINE);
      if (end === -1) {
        this.#keep(block);
        return;
      }
      this.#keep(block.subarray(0, end));
      const line = this.#carry;
      this.#carry = new Uint8Array(0);
      this.#readLine(line, 0, line.byteLength);
      from = end + 1;
    }
    for (let to = block.indexOf(NEWLINE, from); to !== -1; to = block.indexOf(NEWLINE, from)) {
      this.#readLine(block, from, Math.min(to, from + MAX_LINE_BYTES));
      from = to + 1;
    }
    if (from < block.byteLength) this.#keep(block.subarray(from));
  }

  end(): void {
    if (this.#carry.byteLength > 0) this.#readLine(this.#carry, 0, this.#carry.byteLength);
    this.#endRecord();
  }

  /** Keeps the start of a line that goes on in the next block. */
  #keep(piece: Uint8Array): void {
    const length = Math.min(MAX_LINE_BYTES, this.#carry.byteLength + piece.byteLength);
    if (length === this.#carry.byteLength) return;
    const joined = new Uint8Array(length);
    joined.set(this.#carry);
    joined.set(piece.subarray(0, length - this.#carry.byteLength), this.#carry.byteLength);
    this.#carry = joined;
  }

  #readLine(bytes: Uint8Array, from: number, lineEnd: number): void {
    this.#lineNumber++;
    const to = lineEnd > from && bytes[lineEnd - 1] === CARRIAGE_RETURN ? lineEnd - 1 : lineEnd;
    const first = from < to ? bytes[from] : NEWLINE;
    if (first === TAB) return this.#readFrame(bytes, from, to);
    if (first === HASH) return this.#readComment(bytes, from, to);
    if (first === NEWLINE || skipBlanks(bytes, from, to) === to) return this.#readEmpty();
    if (first === SPACE) return this.#readIndented(bytes, from, to);
    this.#readRecord(bytes, from, to);
  }

  #readComment(bytes: Uint8Array, from: number, to: number): void {
    if (this.records === 0) this.header.comment(this.#text(bytes, from, to));
  }

  #readEmpty(): void {
    if (this.records === 0 && this.header.isOpen) this.header.continuation('');
    this.#endRecord();
  }

  /** Blanks instead of a tab: a record with an aligned name, a frame whose tab was lost, or a source line. */
  #readIndented(bytes: Uint8Array, from: number, to: number): void {
    if (this.#state === 'none') return this.#readRecord(bytes, from, to);
    if (this.#line.parse(bytes, from, to) && this.#line.hasTime) return this.#startRecord(bytes);
    this.#readFrame(bytes, from, to);
  }

  #readRecord(bytes: Uint8Array, from: number, to: number): void {
    if (this.#line.parse(bytes, from, to)) {
      // Within the header only a line with a time is surely a record and no part of somebody's prompt; behind records
      // with times one without is another program's output.
      const mayLackTime = !this.header.isOpen && this.baseSeconds === null;
      if (this.#line.hasTime || mayLackTime) return this.#startRecord(bytes);
    }
    this.#endRecord();
    this.#rejectOrContinue(bytes, from, to);
  }

  #rejectOrContinue(bytes: Uint8Array, from: number, to: number): void {
    if (this.records === 0 && this.header.isOpen) this.header.continuation(this.#text(bytes, from, to));
    else this.#reject(bytes, from, to);
  }

  #reject(bytes: Uint8Array, from: number, to: number): void {
    this.rejected.total++;
    this.rejected.count++;
    if (this.records === 0 && isFrameAlone(this.#text(bytes, from, Math.min(to, from + MAX_JUDGED_BYTES)))) {
      this.rejected.frames++;
    }
    if (this.rejected.count > 1) return;
    this.rejected.firstLineNumber = this.#lineNumber;
    this.rejected.firstText = this.#text(bytes, from, Math.min(to, from + 4 * QUOTED_CHARACTERS)).slice(
      0,
      QUOTED_CHARACTERS,
    );
  }

  #startRecord(bytes: Uint8Array): void {
    this.#endRecord();
    this.header.close();
    this.records++;
    this.rejected.total++;
    const line = this.#line;
    const thread = this.#threadRow(bytes);
    const timeNs = this.#timeOf(line);
    if (line.isSideRecord) {
      this.#state = 'skip';
      this.#sink.sideRecord(this.#text(bytes, line.restFrom, line.restTo), thread, line.cpu, timeNs);
      return;
    }
    const record = this.#current;
    record.timeNs = timeNs;
    record.thread = thread;
    record.cpu = line.cpu;
    record.event = this.#eventRow(bytes, line.eventFrom, line.eventTo);
    this.#currentPeriod = line.period;
    record.text = '';
    this.#state = 'record';
    if (line.restFrom < line.restTo) this.#readRest(bytes, line.restFrom, line.restTo);
  }

  /** Behind the event stands the instruction pointer of a record without a call chain, or the text of a hit. */
  #readRest(bytes: Uint8Array, from: number, to: number): void {
    const isTracepoint = this.#eventIsTracepoint[this.#current.event];
    if (!isTracepoint && startsWithAddress(bytes, from, to)) {
      const row = this.#frameLine(bytes, from, to, fromInstructionPointer);
      if (this.#lineKind.data[row] === LINE_IS_FRAME) return this.#pushFrame(row);
    }
    if (isTracepoint) this.#current.text = this.#text(bytes, from, to);
  }

  #timeOf(line: RecordLine): number {
    if (!line.hasTime) {
      if (this.baseSeconds !== null) this.recordsWithoutTime++;
      return 0;
    }
    this.baseSeconds ??= line.seconds;
    return (line.seconds - this.baseSeconds) * 1e9 + line.nanoseconds;
  }

  #readFrame(bytes: Uint8Array, from: number, to: number): void {
    if (this.#state === 'none') return this.#reject(bytes, from, to);
    this.rejected.total++;
    if (this.#state === 'skip') return;
    const row = this.#frameLine(bytes, from, to);
    if (this.#lineKind.data[row] === LINE_IS_REJECTED) {
      this.rejected.total--;
      this.#reject(bytes, from, to);
    } else {
      this.#pushFrame(row);
    }
  }

  #pushFrame(row: number): void {
    if (this.#lineKind.data[row] === LINE_IS_SKIPPED) return;
    if (this.#open.length < MAX_FRAMES) this.#open.push(row);
    else if (this.#open.length === MAX_FRAMES) {
      this.#open.push(row);
      this.cutStacks++;
    }
  }

  /** Row of a frame line. `cut` takes away what stands before the frame. */
  #frameLine(bytes: Uint8Array, from: number, to: number, cut = (text: string): string => text): number {
    const row = this.#frameLines.intern(bytes, from, to);
    if (row < this.#lineKind.length) return row;
    const text = this.#text(bytes, from, to);
    const frame = parseFrameLine(cut(text));
    if (!frame) {
      const isSkipped = isSourceLine(text);
      this.#addLine(isSkipped ? LINE_IS_SKIPPED : LINE_IS_REJECTED, NONE, NONE, false);
      return row;
    }
    const image = frame.image === null ? NONE : this.#tables.strings.intern(frame.image);
    const lacksImage = frame.isInlined && frame.image === null;
    if (lacksImage) this.#inlined.set(row, frame);
    const kind = lacksImage ? LINE_IS_INLINED : LINE_IS_FRAME;
    this.#addLine(kind, this.#internFrame(frame, image), image, frame.isKernel);
    return row;
  }

  #addLine(kind: number, frame: number, image: number, isKernel: boolean): void {
    this.#lineKind.push(kind);
    this.#lineFrame.push(frame);
    this.#lineImage.push(image);
    this.#lineIsKernel.push(isKernel ? 1 : 0);
  }

  #internFrame(frame: TextFrame, image: number): number {
    const { strings, frames } = this.#tables;
    return frames.intern(
      frame.addressLow,
      frame.addressHigh,
      frame.isKernel ? KERNEL_SPACE : NONE,
      frame.isKernel ? FLAG_KERNEL : 0,
      frame.symbol === null ? NONE : strings.intern(frame.symbol),
      image,
    );
  }

  #endRecord(): void {
    if (this.#state === 'record') {
      const record = this.#current;
      record.stack = this.#closeStack();
      if (this.#eventIsTracepoint[record.event]) this.#sink.trace(record);
      else this.#addSample(record);
    }
    this.#open.length = 0;
    this.#state = 'none';
  }

  #addSample(record: TraceRecord): void {
    this.timeNs.push(record.timeNs);
    this.thread.push(record.thread);
    this.cpu.push(record.cpu);
    this.stack.push(record.stack);
    this.event.push(record.event);
    this.period.push(this.#currentPeriod);
    this.isKernel.push(this.#open.length > 0 ? this.#lineIsKernel.data[this.#open.data[0]] : 0);
  }

  /** From the outermost frame, printed last, to the leaf. An inlined frame is in the image of the frame that holds it. */
  #closeStack(): number {
    const { stacks } = this.#tables;
    const lines = this.#open.data;
    let stack = NONE;
    let image = NONE;
    for (let at = Math.min(this.#open.length, MAX_FRAMES) - 1; at >= 0; at--) {
      const row = lines[at];
      let frame = this.#lineFrame.data[row];
      if (this.#lineKind.data[row] === LINE_IS_INLINED) {
        const inlined = this.#inlined.get(row);
        if (inlined) frame = this.#internFrame(inlined, image);
      } else {
        image = this.#lineImage.data[row];
      }
      stack = stacks.intern(stack, frame);
    }
    return stack;
  }

  #eventRow(bytes: Uint8Array, from: number, to: number): number {
    const row = this.#eventNames.intern(bytes, from, to);
    if (row === this.events.length) {
      const name = this.#text(bytes, from, to);
      this.events.push(name);
      this.#eventIsTracepoint.push(this.#sink.isTracepoint(name));
    }
    return row;
  }

  /** One row per (pid, tid); where the pid is not printed, per tid. The last command name stays. */
  #threadRow(bytes: Uint8Array): number {
    const { pid, tid, commFrom, commTo } = this.#line;
    const comm = this.#comms.intern(bytes, commFrom, commTo);
    if (comm === this.#commTexts.length) this.#commTexts.push(this.#text(bytes, commFrom, commTo));
    // Without any id the name is all there is.
    const key = tid === null ? -2 - comm : (pid + 1) * 0x1_0000_0000 + tid;
    let row = this.#threadRows.get(key);
    if (row === undefined) {
      row = this.threads.push({ pid, tid, comm: '' }) - 1;
      this.#threadRows.set(key, row);
      this.#threadComm.push(-1);
    }
    if (this.#threadComm.data[row] !== comm) {
      this.#threadComm.data[row] = comm;
      this.threads[row].comm = this.#commTexts[comm];
    }
    return row;
  }

  #text(bytes: Uint8Array, from: number, to: number): string {
    return this.#decoder.decode(bytes.subarray(from, to));
  }
}

/** Hexadecimal digits up to a blank or the end. */
function startsWithAddress(bytes: Uint8Array, from: number, to: number): boolean {
  let at = from;
  while (at < to && hexValue(bytes[at]) >= 0) at++;
  return at > from && (at === to || isBlank(bytes[at]));
}
