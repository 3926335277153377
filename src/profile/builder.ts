/** What readers write into. `finish` sorts what must be in time order and gives the Profile of one input. */
import { AddressSpaceBuilder } from './addressSpaces.ts';
import { float64Column, int32Column, movedStretches, reorder, timeOrder, uint8Column } from './columns.ts';
import { FrameInterner, StackInterner, StringInterner } from './interning.ts';
import type { ModelInfo } from './model.ts';
import type {
  Clock,
  Counter,
  CounterIndex,
  CounterReadings,
  EventIndex,
  Fact,
  InputFile,
  KernelSymbols,
  LlamaSettings,
  LlamaTimings,
  LogEvent,
  Marker,
  Nanoseconds,
  Origin,
  ProbeHit,
  Process,
  ProcessIndex,
  Profile,
  ReportedFigure,
  SampledEvent,
  SpanChannel,
  StackIndex,
  SwitchTable,
  Target,
  Thread,
  ThreadIndex,
  Warning,
} from './types.ts';

/** A clock about which nothing is known: text without times. */
export function unknownClock(name = 'none'): Clock {
  return {
    name,
    startNs: null,
    anchors: { realtimeNs: null, monotonicNs: null, monotonicRawNs: null },
    alignments: [],
  };
}

/** Appends readings of counters that are read together; rows may come in any order. */
export class ReadingsBuilder {
  readonly counters: CounterIndex[];
  readonly #startNs = float64Column();
  readonly #timeNs = float64Column();
  readonly #thread = int32Column();
  readonly #cpu = int32Column();
  readonly #sample = int32Column();
  readonly #deltas: ReturnType<typeof float64Column>[];

  constructor(counters: CounterIndex[]) {
    this.counters = counters;
    this.#deltas = counters.map(() => float64Column());
  }

  get length(): number {
    return this.#timeNs.length;
  }

  /** Makes room for a number of readings. */
  reserve(count: number): void {
    for (const column of [
      this.#startNs,
      this.#timeNs,
      this.#thread,
      this.#cpu,
      this.#sample,
      ...this.#deltas,
    ]) {
      column.reserve(count);
    }
  }

  /** `deltas[k]` belongs to `counters[k]`; `sample` is the row the sample had when it was appended, or -1. */
  push(
    startNs: Nanoseconds,
    timeNs: Nanoseconds,
    thread: number,
    cpu: number,
    sample: number,
    deltas: ArrayLike<number>,
  ): void {
    const row = this.#timeNs.length;
    if (row === this.#timeNs.data.length) this.reserve(row * 2);
    // One store for each column: a shared `push` would have to ask every time what kind of array it has.
    this.#startNs.data[row] = startNs;
    this.#timeNs.data[row] = timeNs;
    this.#thread.data[row] = thread;
    this.#cpu.data[row] = cpu;
    this.#sample.data[row] = sample;
    for (let k = 0; k < this.#deltas.length; k++) {
      this.#deltas[k].data[row] = deltas[k];
      this.#deltas[k].length = row + 1;
    }
    this.#startNs.length = row + 1;
    this.#timeNs.length = row + 1;
    this.#thread.length = row + 1;
    this.#cpu.length = row + 1;
    this.#sample.length = row + 1;
  }

  finish(newSampleRow: Int32Array | null): CounterReadings {
    const timeNs = this.#timeNs.finish();
    const order = timeOrder(timeNs);
    const moved = order && movedStretches(order);
    const sample = reorder(this.#sample.finish(), order, moved);
    return {
      counters: this.counters,
      length: timeNs.length,
      startNs: reorder(this.#startNs.finish(), order, moved),
      timeNs: reorder(timeNs, order, moved),
      thread: reorder(this.#thread.finish(), order, moved),
      cpu: reorder(this.#cpu.finish(), order, moved),
      sample: newSampleRow ? sample.map((row) => (row < 0 ? -1 : newSampleRow[row])) : sample,
      deltas: this.#deltas.map((column) => reorder(column.finish(), order, moved)),
    };
  }
}

/**
 * A number for the thread (pid, tid). Linux gives ids below 2^22 (PID_MAX_LIMIT), so the number is exact and unique;
 * ids that no kernel gives may share one.
 */
export function threadKey(pid: number, tid: number): number {
  return pid * 0x40_0000 + tid;
}

/** Collects one input into a {@link Profile}. Rows may be appended in file order; `finish` puts them in time order. */
export class ProfileBuilder {
  readonly strings = new StringInterner();
  readonly frames = new FrameInterner();
  readonly stacks = new StackInterner();
  readonly addressSpaces = new AddressSpaceBuilder();

  origin: { value: Origin | null; reason: string } = { value: null, reason: 'the files do not say' };
  target: Target = { arch: null, cpuCount: null, cpus: [], kernel: null, pageBytes: null };
  /** That of text without times until a reader of times names one. */
  clock: Clock = unknownClock();
  kernelSymbols: KernelSymbols | null = null;
  readonly buildIds = new Map<string, string>();
  settings: LlamaSettings | null = null;
  model: ModelInfo | null = null;
  readonly losses = { records: 0, throttles: 0 };
  readonly events: SampledEvent[] = [];
  readonly counters: Counter[] = [];
  readonly markers: Marker[] = [];
  readonly probeHits: ProbeHit[] = [];
  readonly spanChannels: SpanChannel[] = [];
  readonly logEvents: LogEvent[] = [];
  readonly timings: LlamaTimings[] = [];
  readonly figures: ReportedFigure[] = [];
  readonly facts: Fact[] = [];
  readonly warnings: Warning[] = [];

  readonly #input: InputFile;
  readonly #processes: Process[] = [];
  readonly #processRows = new Map<number, ProcessIndex>();
  readonly #threads: Thread[] = [];
  readonly #threadRows = new Map<number, ThreadIndex>();
  readonly #readings: ReadingsBuilder[] = [];

  readonly #sampleTime = float64Column();
  readonly #sampleThread = int32Column();
  readonly #sampleCpu = int32Column();
  readonly #sampleStack = int32Column();
  readonly #sampleEvent = int32Column();
  readonly #samplePeriod = float64Column();
  readonly #sampleKernel = uint8Column();

  readonly #spanStart = float64Column();
  readonly #spanEnd = float64Column();
  readonly #spanChannel = int32Column();
  readonly #spanText = int32Column();
  readonly #spanEstimated = uint8Column();

  readonly #switchTime = float64Column();
  readonly #switchThread = int32Column();
  readonly #switchCpu = int32Column();
  readonly #switchKind = uint8Column();

  constructor(input: InputFile) {
    this.#input = input;
  }

  /** Row of the process; created with a placeholder name on first sight. */
  process(pid: number): ProcessIndex {
    let row = this.#processRows.get(pid);
    if (row === undefined) {
      row = this.#processes.push({ pid, name: pid === 0 ? 'idle' : `:${pid}`, executable: null }) - 1;
      this.#processRows.set(pid, row);
    }
    return row;
  }

  /**
   * Row of the thread (pid, tid). Thread ids are unique at one time on Linux; a tid that comes back under another pid
   * (reuse) gets a row of its own.
   */
  thread(pid: number, tid: number): ThreadIndex {
    const key = threadKey(pid, tid);
    let row = this.#threadRows.get(key);
    if (row === undefined) {
      const process = this.process(pid);
      row = this.#threads.push({ process, pid, tid, name: '', startNs: null, endNs: null }) - 1;
      this.#threadRows.set(key, row);
    }
    return row;
  }

  /** COMM: the last name wins; the main thread names its process. */
  nameThread(pid: number, tid: number, name: string): void {
    this.#threads[this.thread(pid, tid)].name = name;
    if (pid === tid) this.#processes[this.process(pid)].name = name;
  }

  /** Names a process whose main thread is not there to name it. */
  nameProcess(pid: number, name: string): void {
    this.#processes[this.process(pid)].name = name;
  }

  setExecutable(pid: number, path: string): void {
    this.#processes[this.process(pid)].executable = path;
  }

  /** FORK / EXIT times of a thread. */
  threadLifetime(thread: ThreadIndex, startNs: Nanoseconds | null, endNs: Nanoseconds | null): void {
    const row = this.#threads[thread];
    row.startNs = startNs ?? row.startNs;
    row.endNs = endNs ?? row.endNs;
  }

  threadName(thread: ThreadIndex): string {
    return this.#threads[thread].name;
  }

  addSample(
    timeNs: Nanoseconds,
    thread: ThreadIndex,
    cpu: number,
    stack: StackIndex,
    event: EventIndex,
    period: number,
    isKernel: boolean,
  ): number {
    const row = this.#sampleTime.length;
    if (row === this.#sampleTime.data.length) this.reserveSamples(row * 2);
    // One store for each column: a shared `push` would have to ask every time what kind of array it has.
    this.#sampleTime.data[row] = timeNs;
    this.#sampleThread.data[row] = thread;
    this.#sampleCpu.data[row] = cpu;
    this.#sampleStack.data[row] = stack;
    this.#sampleEvent.data[row] = event;
    this.#samplePeriod.data[row] = period;
    this.#sampleKernel.data[row] = isKernel ? 1 : 0;
    this.#sampleTime.length = row + 1;
    this.#sampleThread.length = row + 1;
    this.#sampleCpu.length = row + 1;
    this.#sampleStack.length = row + 1;
    this.#sampleEvent.length = row + 1;
    this.#samplePeriod.length = row + 1;
    this.#sampleKernel.length = row + 1;
    return row;
  }

  /** Makes room for a number of samples that is known before: columns then neither grow nor are copied. */
  reserveSamples(count: number): void {
    for (const column of [
      this.#sampleTime,
      this.#sampleThread,
      this.#sampleCpu,
      this.#sampleStack,
      this.#sampleEvent,
      this.#samplePeriod,
      this.#sampleKernel,
    ]) {
      column.reserve(count);
    }
  }

  /** Corrects the weight of a sample by the row that {@link addSample} gave it. */
  setSamplePeriod(row: number, period: number): void {
    this.#samplePeriod.data[row] = period;
  }

  addSpan(
    startNs: Nanoseconds,
    endNs: Nanoseconds,
    channel: number,
    text: string,
    endIsEstimated: boolean,
  ): void {
    this.#spanStart.push(startNs);
    this.#spanEnd.push(endNs);
    this.#spanChannel.push(channel);
    this.#spanText.push(this.strings.intern(text));
    this.#spanEstimated.push(endIsEstimated ? 1 : 0);
  }

  addSwitch(timeNs: Nanoseconds, thread: ThreadIndex, cpu: number, kind: 'in' | 'out' | 'preempted'): void {
    this.#switchTime.push(timeNs);
    this.#switchThread.push(thread);
    this.#switchCpu.push(cpu);
    this.#switchKind.push(kind === 'in' ? 0 : kind === 'out' ? 1 : 2);
  }

  addReadings(counters: CounterIndex[]): ReadingsBuilder {
    const readings = new ReadingsBuilder(counters);
    this.#readings.push(readings);
    return readings;
  }

  addFact(name: string, value: string, isPrivate = false): void {
    this.facts.push({ name, value, source: this.#input.path, private: isPrivate });
  }

  warn(code: string, message: string, fix: string | null = null): void {
    this.warnings.push({ code, message, fix });
  }

  finish(): Profile {
    const sampleTime = this.#sampleTime.finish();
    const order = timeOrder(sampleTime);
    const moved = order && movedStretches(order);
    const newSampleRow = order && this.#readings.length > 0 ? inverse(order) : null;
    if (this.addressSpaces.missing > 0) {
      this.warn(
        'too-many-mappings',
        `Processes mapped files so often that ${this.addressSpaces.missing.toLocaleString('en-US')} states of their memory were not kept: addresses there may be named after older mappings`,
      );
    }
    for (const thread of this.#threads) {
      if (thread.name === '') thread.name = this.#processes[thread.process].name;
    }
    return {
      inputs: [this.#input],
      origin: this.origin,
      target: this.target,
      clock: this.clock,
      strings: this.strings.strings,
      processes: this.#processes,
      threads: this.#threads,
      addressSpaces: this.addressSpaces.spaces,
      kernelSymbols: this.kernelSymbols,
      buildIds: this.buildIds,
      frames: this.frames.finish(),
      stacks: this.stacks.finish(),
      events: this.events,
      samples: {
        length: sampleTime.length,
        timeNs: reorder(sampleTime, order, moved),
        thread: reorder(this.#sampleThread.finish(), order, moved),
        cpu: reorder(this.#sampleCpu.finish(), order, moved),
        stack: reorder(this.#sampleStack.finish(), order, moved),
        event: reorder(this.#sampleEvent.finish(), order, moved),
        period: reorder(this.#samplePeriod.finish(), order, moved),
        isKernel: reorder(this.#sampleKernel.finish(), order, moved),
      },
      counters: this.counters,
      readings: this.#readings.map((readings) => readings.finish(newSampleRow)),
      markers: this.markers.sort((a, b) => a.timeNs - b.timeNs),
      probeHits: this.probeHits.sort((a, b) => a.timeNs - b.timeNs),
      spanChannels: this.spanChannels,
      spans: this.#finishSpans(),
      switches: this.#finishSwitches(),
      logEvents: this.logEvents.sort((a, b) => a.timeNs - b.timeNs),
      timings: this.timings,
      settings: this.settings,
      model: this.model,
      figures: this.figures,
      facts: this.facts,
      losses: this.losses,
      warnings: this.warnings,
    };
  }

  #finishSpans(): Profile['spans'] {
    const startNs = this.#spanStart.finish();
    const order = timeOrder(startNs);
    const moved = order && movedStretches(order);
    return {
      length: startNs.length,
      startNs: reorder(startNs, order, moved),
      endNs: reorder(this.#spanEnd.finish(), order, moved),
      channel: reorder(this.#spanChannel.finish(), order, moved),
      text: reorder(this.#spanText.finish(), order, moved),
      endIsEstimated: reorder(this.#spanEstimated.finish(), order, moved),
    };
  }

  #finishSwitches(): SwitchTable {
    const timeNs = this.#switchTime.finish();
    const order = timeOrder(timeNs);
    const moved = order && movedStretches(order);
    return {
      length: timeNs.length,
      timeNs: reorder(timeNs, order, moved),
      thread: reorder(this.#switchThread.finish(), order, moved),
      cpu: reorder(this.#switchCpu.finish(), order, moved),
      kind: reorder(this.#switchKind.finish(), order, moved),
    };
  }
}

function inverse(order: Uint32Array): Int32Array {
  const result = new Int32Array(order.length);
  for (let row = 0; row < order.length; row++) result[order[row]] = row;
  return result;
}
