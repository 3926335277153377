/** Collects what both forms of simpleperf's report hold into a Profile. */
import type { ProfileBuilder } from '../../profile/builder.ts';
import { KERNEL_SPACE, NONE } from '../../profile/types.ts';
import type { EventIndex, FrameIndex, ThreadIndex } from '../../profile/types.ts';
import { isTracepointName, parsePerfEventName } from '../perfEventName.ts';
import { UnknownPids } from '../unknownPid.ts';

/** Flag of a frame in `FrameInterner.intern`. */
const IN_KERNEL = 2;

/** 100 days: within it nanoseconds are exact in a number, and no recording is longer. */
const LONGEST_NS = 100 * 86_400e9;

/** `[kernel.kallsyms]` and modules. */
export function isKernelFile(path: string): boolean {
  return path.startsWith('[kernel') || path.endsWith('.ko');
}

export class ReportSamples {
  /** Samples that the report itself counted; null when it does not say. */
  statedCount: number | null = null;
  /** Samples of time off the CPU, which are no samples of work. */
  offCpu = 0;
  implausibleTimes = 0;
  readonly #builder: ProfileBuilder;
  readonly #events = new Map<string, EventIndex>();
  readonly #threads = new Map<number, ThreadIndex>();
  readonly #unknownPids = new UnknownPids();
  #zeroNs: bigint | null = null;
  #count = 0;
  #threadsWithoutPid = 0;

  constructor(builder: ProfileBuilder) {
    this.#builder = builder;
  }

  /** Samples that were taken, those of time off the CPU included. */
  get count(): number {
    return this.#count;
  }

  /** Names the event before its first sample: reports list their events in the order of the recording. */
  event(name: string): EventIndex {
    let row = this.#events.get(name);
    if (row === undefined) {
      const { code, mnemonic, unit } = parsePerfEventName(name);
      const role = isTracepointName(name) ? 'tracepoint' : 'sampling';
      const numbers = { period: null, frequencyHz: null, counter: null };
      row = this.#builder.events.push({ name, role, code, mnemonic, unit, ...numbers }) - 1;
      this.#events.set(name, row);
    }
    return row;
  }

  /** A thread; `pid` is null where the report does not tell it: threads of one name are then one process. */
  thread(pid: number | null, tid: number, name: string): ThreadIndex {
    let row = this.#threads.get(tid);
    if (row === undefined) {
      const title = name === '' ? `:${tid}` : name;
      const process = pid ?? this.#unknownPids.of(title);
      if (pid === null) this.#threadsWithoutPid++;
      row = this.#builder.thread(process, tid);
      this.#threads.set(tid, row);
      this.#builder.nameThread(process, tid, title);
      if (pid === null) this.#builder.nameProcess(process, title);
    }
    return row;
  }

  /** `symbol` is null where simpleperf found none; the address is in the numbering of the file. */
  frame(low: number, high: number, path: string, symbol: string | null): FrameIndex {
    const { frames, strings } = this.#builder;
    const isKernel = isKernelFile(path);
    return frames.intern(
      low,
      high,
      isKernel ? KERNEL_SPACE : NONE,
      isKernel ? IN_KERNEL : 0,
      symbol === null ? NONE : strings.intern(symbol),
      path === '' || path === 'unknown' ? NONE : strings.intern(path),
    );
  }

  /** `frames` innermost first; `isKernel` of the innermost. */
  sample(
    event: EventIndex,
    time: bigint,
    count: number,
    thread: ThreadIndex,
    frames: readonly FrameIndex[],
    isKernel: boolean,
  ): void {
    this.#count++;
    if (this.#builder.events[event].role === 'tracepoint') {
      this.offCpu++;
      return;
    }
    const timeNs = this.#timeNs(time);
    if (timeNs === null) return;
    let stack = NONE;
    for (let at = frames.length - 1; at >= 0; at--) stack = this.#builder.stacks.intern(stack, frames[at]);
    this.#builder.addSample(timeNs, thread, NONE, stack, event, count, isKernel);
  }

  switch(time: bigint, thread: ThreadIndex, isIn: boolean): void {
    const timeNs = this.#timeNs(time);
    if (timeNs !== null) this.#builder.addSwitch(timeNs, thread, NONE, isIn ? 'in' : 'out');
  }

  /** Call when everything was taken: says what the report lacks. */
  finish(): void {
    const builder = this.#builder;
    builder.clock.name = 'perf';
    builder.clock.startNs = this.#zeroNs === null ? null : String(this.#zeroNs);
    if (this.#threadsWithoutPid > 1) {
      builder.warn(
        'pids-missing',
        `The report names ${this.#threadsWithoutPid} threads without their process: threads of one name are taken as one process`,
        'Give gemview the perf.data itself, or write the report with: simpleperf report-sample --protobuf',
      );
    }
    if (this.offCpu > 0) {
      builder.warn(
        'simpleperf-off-cpu',
        `${this.offCpu.toLocaleString('en-US')} samples tell of time off the CPU (--trace-offcpu) and were left out`,
        null,
      );
    }
    if (this.implausibleTimes > 0) {
      builder.warn(
        'simpleperf-implausible-times',
        `${this.implausibleTimes} records lie more than 100 days from the first and were skipped`,
        null,
      );
    }
    if (this.statedCount !== null && this.statedCount !== this.#count) {
      builder.warn(
        'simpleperf-samples-missing',
        `The report says it has ${this.statedCount} samples, and ${this.#count} are there: it was cut or changed`,
        'Write it again: simpleperf report-sample --protobuf --show-callchain -i perf.data -o report.pb',
      );
    }
  }

  /** Nanoseconds from the first record; null, and counted, for what cannot be true. */
  #timeNs(time: bigint): number | null {
    this.#zeroNs ??= time;
    const timeNs = Number(time - this.#zeroNs);
    if (Math.abs(timeNs) <= LONGEST_NS) return timeNs;
    this.implausibleTimes++;
    return null;
  }
}
