/** The second pass over PERF_DATA: samples, counter readings, context switches, losses. */
import type { ProfileBuilder, ReadingsBuilder } from '../../profile/builder.ts';
import { NONE } from '../../profile/types.ts';
import type { CounterIndex, Nanoseconds, StackIndex, ThreadIndex } from '../../profile/types.ts';
import { CallChains, ranInKernel } from './callChains.ts';
import type { CaptureClock } from './captureClock.ts';
import type { CounterBook } from './counters.ts';
import { CpuState } from './cpuState.ts';
import { GroupReadings, readEnd } from './groupReadings.ts';
import type { ReadingOrigin } from './groupReadings.ts';
import type { TracepointFormat } from './kernelTexts.ts';
import type { CaptureMetadata } from './metadata.ts';
import { unsignedNumber } from './packed.ts';
import { Misc, RecordType } from './perfAbi.ts';
import { RecordCursor, int32At } from './perfRecords.ts';
import type { Problems } from './problems.ts';
import type { PlannedEvent, RecordingPlan } from './recordingPlan.ts';
import type { ThreadDirectory } from './threads.ts';

/** What perf shows as thread of a sample whose thread was dead by then. */
const DEAD_THREAD = -1;

/** The low byte of sched_switch's `prev_state` holds why a thread sleeps; 0 means it could have run on. */
const SLEEP_STATE_MASK = 0xff;

/** PERF_SAMPLE_RAW is a 32-bit size and then the data, which begin with the tracepoint's 16-bit id. */
const RAW_DATA = 4;
const TRACEPOINT_ID_MASK = 0xffff;

interface SwitchFields {
  prevPid: number;
  prevState: number;
  nextPid: number;
}

/** Reads perf records into a Profile. */
export class PerfSamples {
  readonly #metadata: CaptureMetadata;
  readonly #plan: RecordingPlan;
  readonly #clock: CaptureClock;
  readonly #builder: ProfileBuilder;
  readonly #threads: ThreadDirectory;
  readonly #problems: Problems;
  readonly #readings: GroupReadings;
  readonly #chains: CallChains;
  readonly #cursor = new RecordCursor();
  readonly #states = new Map<number, CpuState>();
  readonly #levels = new Map<CounterIndex, ReadingsBuilder>();
  readonly #fieldsOfTracepoint = new Map<number, SwitchFields | null>();
  /** Filled for each record that carries a reading. */
  readonly #origin: ReadingOrigin = {
    timeNs: 0,
    thread: NONE,
    tid: DEAD_THREAD,
    state: new CpuState(NONE),
    sample: NONE,
    skipsRepeats: false,
  };
  /** READ records say the truth only where groups are inherited; elsewhere the kernel may deliver them mixed up. */
  readonly #trustsReadRecords: boolean;
  /** Time of the last record, -Infinity before the first. */
  lastNs: Nanoseconds = -Infinity;

  constructor(
    metadata: CaptureMetadata,
    plan: RecordingPlan,
    clock: CaptureClock,
    builder: ProfileBuilder,
    threads: ThreadDirectory,
    book: CounterBook,
    problems: Problems,
  ) {
    this.#metadata = metadata;
    this.#plan = plan;
    this.#clock = clock;
    this.#builder = builder;
    this.#threads = threads;
    this.#problems = problems;
    this.#readings = new GroupReadings(metadata, plan, builder, book, problems);
    this.#chains = new CallChains(builder.frames, builder.stacks);
    this.#trustsReadRecords = plan.shape === 'per-thread-groups';
    builder.reserveSamples(
      plan.events.reduce(
        (sum, event, row) => sum + (event?.use === 'sampling' ? (metadata.sampleCounts[row] ?? 0) : 0),
        0,
      ),
    );
    for (const { timeNs, cpu, key, value } of metadata.levels) {
      const counter = book.ofKey(key);
      if (counter >= 0 && Math.abs(timeNs) < 1e15) this.#takeLevel(counter, timeNs, cpu, value);
    }
  }

  /** Reads one PERF_DATA frame. */
  frame(body: Uint8Array): void {
    const cursor = this.#cursor;
    cursor.open(body);
    while (cursor.nextSection()) {
      const state = this.#stateOf(cursor.cpu);
      while (cursor.next()) {
        switch (cursor.type) {
          case RecordType.sample:
            if (cursor.read()) this.#sample(cursor, state);
            break;
          case RecordType.switch:
          case RecordType.switchCpuWide:
            if (cursor.read()) this.#switch(cursor, state);
            break;
          case RecordType.read:
            if (this.#trustsReadRecords && cursor.read()) this.#read(cursor, state);
            break;
          case RecordType.lost:
            if (cursor.wordCount >= 2 && cursor.read()) this.#lost(cursor.words[2], cursor.words[3]);
            break;
          case RecordType.lostSamples:
            if (cursor.wordCount >= 1 && cursor.read()) this.#lost(cursor.words[0], cursor.words[1]);
            break;
          case RecordType.throttle:
            this.#builder.losses.throttles++;
            break;
          default:
        }
      }
    }
  }

  #stateOf(cpu: number): CpuState {
    let state = this.#states.get(cpu);
    if (!state) {
      state = new CpuState(cpu);
      this.#states.set(cpu, state);
    }
    return state;
  }

  #lost(low: number, high: number): void {
    const records = unsignedNumber(low, high);
    if (records <= Number.MAX_SAFE_INTEGER) this.#builder.losses.records += records;
    else this.#problems.count('apc-damaged-samples');
  }

  /** The event of a record by the id at a word of its payload; undefined, and counted, when there is none. */
  #eventAt(words: Int32Array, word: number): PlannedEvent | undefined {
    const event = this.#plan.events[this.#metadata.ids.get(words[word * 2], words[word * 2 + 1])];
    if (!event) this.#problems.count('apc-unknown-ids');
    return event;
  }

  /** Capture time of a word; NaN, and counted, when it cannot be true. */
  #timeAt(words: Int32Array, word: number): Nanoseconds {
    const timeNs = this.#clock.at(words[word * 2], words[word * 2 + 1]);
    if (timeNs > this.lastNs) this.lastNs = timeNs;
    else if (Number.isNaN(timeNs)) this.#problems.count('apc-implausible-times');
    return timeNs;
  }

  #sample(cursor: RecordCursor, state: CpuState): void {
    const { words, wordCount } = cursor;
    if (wordCount === 0) return this.#problems.count('apc-damaged-samples');
    const event = this.#eventAt(words, 0);
    if (!event) return;
    const { layout } = event.attributes;
    if (layout.fixedWords > wordCount || layout.time < 0) return this.#problems.count('apc-damaged-samples');
    const timeNs = this.#timeAt(words, layout.time);
    if (Number.isNaN(timeNs)) return;

    let at = layout.fixedWords;
    const readAt = at;
    if (layout.hasRead) {
      at = readEnd(layout, words, at, wordCount);
      if (at < 0) return this.#problems.count('apc-damaged-samples');
    }
    let chainLength = 0;
    const chainAt = at + 1;
    if (layout.hasCallchain) {
      if (at < wordCount && words[at * 2 + 1] === 0) chainLength = words[at * 2];
      else chainLength = -1;
      if (chainLength < 0 || chainAt + chainLength > wordCount) {
        return this.#problems.count('apc-damaged-samples');
      }
      at = chainAt + chainLength;
    }
    const rawAt = layout.hasRaw && at < wordCount ? at : -1;

    if (event.use === 'cpu-frequency') {
      this.#frequency(event, words, rawAt, wordCount, timeNs);
      return;
    }
    if (event.use === 'none') return this.#problems.count('apc-unused-samples');

    let pid = layout.thread < 0 ? DEAD_THREAD : words[layout.thread * 2];
    let tid = layout.thread < 0 ? DEAD_THREAD : words[layout.thread * 2 + 1];
    const fields = rawAt >= 0 ? this.#switchFieldsOf(event, words, rawAt, wordCount) : null;
    if (fields && tid === DEAD_THREAD) {
      // The outgoing thread is still the current one, so the sample is its own.
      tid = int32At(words, rawAt * 8 + RAW_DATA + fields.prevPid);
      pid = this.#threads.pidOf(tid);
    }
    if (tid === DEAD_THREAD && state.runningTid !== DEAD_THREAD) {
      pid = state.runningPid;
      tid = state.runningTid;
    }
    const thread = this.#threadOf(state, pid, tid);

    let sample = NONE;
    if (event.use === 'sampling') {
      const period =
        layout.period < 0 ? -1 : unsignedNumber(words[layout.period * 2], words[layout.period * 2 + 1]);
      sample = this.#builder.addSample(
        timeNs,
        thread,
        state.cpu,
        this.#stack(cursor, event, chainAt, chainLength, state, pid, timeNs),
        event.event,
        period >= 0 ? period : event.attributes.isFrequency ? 1 : Math.max(1, event.attributes.samplePeriod),
        ranInKernel(cursor.misc, layout.ip < 0 ? 0 : words[layout.ip * 2 + 1]),
      );
    }
    const origin = this.#origin;
    origin.timeNs = timeNs;
    origin.thread = thread;
    origin.tid = tid;
    origin.state = state;
    origin.sample = sample;
    origin.skipsRepeats = false;
    if (layout.hasRead) this.#readings.take(event, words, readAt, origin);
    else if (layout.period >= 0) {
      const period = unsignedNumber(words[layout.period * 2], words[layout.period * 2 + 1]);
      this.#readings.takePeriod(event, words[0], words[1], period, origin);
    }
    if (fields) this.#schedSwitch(fields, words, rawAt * 8 + RAW_DATA, state, timeNs, pid);
  }

  #stack(
    cursor: RecordCursor,
    event: PlannedEvent,
    chainAt: number,
    chainLength: number,
    state: CpuState,
    pid: number,
    timeNs: Nanoseconds,
  ): StackIndex {
    const { ip } = event.attributes.layout;
    if (ip < 0) return NONE;
    const { words, misc } = cursor;
    const ipHigh = words[ip * 2 + 1];
    this.#chains.open(words, chainAt, chainLength, words[ip * 2], ipHigh, ranInKernel(misc, ipHigh));
    return this.#chains.intern(
      this.#chains.needsSpace ? this.#spaceOf(state, pid, timeNs) : NONE,
      state.chains,
    );
  }

  #spaceOf(state: CpuState, pid: number, timeNs: Nanoseconds): number {
    if (pid < 0) return NONE;
    if (state.spacePid !== pid || timeNs < state.spaceFromNs || timeNs >= state.spaceUntilNs) {
      const { space, fromNs, untilNs } = this.#builder.addressSpaces.spaceUntil(pid, timeNs);
      state.space = space;
      state.spacePid = pid;
      state.spaceFromNs = fromNs;
      state.spaceUntilNs = untilNs;
    }
    return state.space;
  }

  #threadOf(state: CpuState, pid: number, tid: number): ThreadIndex {
    if (state.lastPid !== pid || state.lastTid !== tid) {
      state.lastPid = pid;
      state.lastTid = tid;
      state.lastThread = this.#threads.row(pid, tid);
    }
    return state.lastThread;
  }

  /** PERF_RECORD_SWITCH: its id trailer names the thread that comes or goes. */
  #switch(cursor: RecordCursor, state: CpuState): void {
    const { words, wordCount, misc } = cursor;
    const event = wordCount > 0 ? this.#eventAt(words, wordCount - 1) : undefined;
    const layout = event?.attributes.layout;
    if (!layout || layout.trailerWords > wordCount || layout.trailerThread < 0 || layout.trailerTime < 0)
      return;
    const trailer = wordCount - layout.trailerWords;
    const timeNs = this.#timeAt(words, trailer + layout.trailerTime);
    if (Number.isNaN(timeNs)) return;
    const pid = words[(trailer + layout.trailerThread) * 2];
    const tid = words[(trailer + layout.trailerThread) * 2 + 1];
    const isOut = (misc & Misc.switchOut) !== 0;
    if (isOut) this.#switchedOut(state, pid, tid, timeNs, (misc & Misc.switchOutPreempted) !== 0);
    else this.#switchedIn(state, pid, tid, timeNs);
  }

  /** sched_switch: the raw data at byte `data` name the thread that goes, which is of process `pid`, and the one that comes. */
  #schedSwitch(
    fields: SwitchFields,
    words: Int32Array,
    data: number,
    state: CpuState,
    timeNs: Nanoseconds,
    pid: number,
  ): void {
    const previous = int32At(words, data + fields.prevPid);
    const next = int32At(words, data + fields.nextPid);
    const couldRunOn = (int32At(words, data + fields.prevState) & SLEEP_STATE_MASK) === 0;
    this.#switchedOut(state, pid, previous, timeNs, couldRunOn);
    this.#switchedIn(state, this.#threads.pidOf(next), next, timeNs);
  }

  /** Where the fields of a sched_switch stand; null for samples of other events and for raw data that are too short. */
  #switchFieldsOf(event: PlannedEvent, words: Int32Array, rawAt: number, end: number): SwitchFields | null {
    if (event.use !== 'context-switch') return null;
    const id = Number(event.attributes.config);
    let fields = this.#fieldsOfTracepoint.get(id);
    if (fields === undefined) {
      fields = switchFields(this.#metadata.formats.get(id));
      this.#fieldsOfTracepoint.set(id, fields);
    }
    if (!fields) return null;
    const needed = Math.max(fields.prevPid, fields.prevState, fields.nextPid) + 4;
    const isOfEvent = (words[rawAt * 2 + 1] & TRACEPOINT_ID_MASK) === id;
    return isOfEvent && rawBytes(words, rawAt, end) >= needed ? fields : null;
  }

  #switchedOut(state: CpuState, pid: number, tid: number, timeNs: Nanoseconds, isPreempted: boolean): void {
    state.runningPid = DEAD_THREAD;
    state.runningTid = DEAD_THREAD;
    if (tid > 0) {
      this.#builder.addSwitch(
        timeNs,
        this.#threadOf(state, pid, tid),
        state.cpu,
        isPreempted ? 'preempted' : 'out',
      );
    }
  }

  #switchedIn(state: CpuState, pid: number, tid: number, timeNs: Nanoseconds): void {
    state.switchedInNs = timeNs;
    state.runningPid = pid;
    state.runningTid = tid;
    if (tid > 0) this.#builder.addSwitch(timeNs, this.#threadOf(state, pid, tid), state.cpu, 'in');
  }

  /** PERF_RECORD_READ: the last values of a thread that exits, once for every event of a group. */
  #read(cursor: RecordCursor, state: CpuState): void {
    const { words, wordCount } = cursor;
    const event = wordCount > 0 ? this.#eventAt(words, wordCount - 1) : undefined;
    if (!event) return;
    const { layout } = event.attributes;
    const trailer = wordCount - layout.trailerWords;
    const VALUES = 1;
    if (layout.trailerTime < 0 || trailer < VALUES || readEnd(layout, words, VALUES, trailer) < 0) {
      return this.#problems.count('apc-damaged-samples');
    }
    const timeNs = this.#timeAt(words, trailer + layout.trailerTime);
    if (Number.isNaN(timeNs)) return;
    const [pid, tid] = [words[0], words[1]];
    this.#readings.take(event, words, VALUES, {
      timeNs,
      thread: this.#threads.row(pid, tid),
      tid,
      state,
      sample: NONE,
      skipsRepeats: true,
    });
  }

  /** power/cpu_frequency: a CPU's new frequency in kHz; counters of it are in Hz. */
  #frequency(event: PlannedEvent, words: Int32Array, rawAt: number, end: number, timeNs: Nanoseconds): void {
    const offsets = this.#metadata.formats.get(Number(event.attributes.config))?.offsets;
    const [state, cpu] = [offsets?.get('state'), offsets?.get('cpu_id')];
    if (rawAt < 0 || state === undefined || cpu === undefined)
      return this.#problems.count('apc-damaged-samples');
    if (Math.max(state, cpu) + 4 > rawBytes(words, rawAt, end)) {
      return this.#problems.count('apc-damaged-samples');
    }
    const data = rawAt * 8 + RAW_DATA;
    this.#takeLevel(event.counter, timeNs, int32At(words, data + cpu), int32At(words, data + state) * 1000);
  }

  #takeLevel(counter: CounterIndex, timeNs: Nanoseconds, cpu: number, value: number): void {
    let table = this.#levels.get(counter);
    if (!table) {
      table = this.#builder.addReadings([counter]);
      this.#levels.set(counter, table);
    }
    table.push(timeNs, timeNs, NONE, cpu, NONE, [value]);
  }
}

/** Bytes of raw data behind word `rawAt`, which begins with their number. */
function rawBytes(words: Int32Array, rawAt: number, end: number): number {
  return Math.min(words[rawAt * 2], (end - rawAt) * 8 - RAW_DATA);
}

function switchFields(format: TracepointFormat | undefined): SwitchFields | null {
  const prevPid = format?.offsets.get('prev_pid');
  const prevState = format?.offsets.get('prev_state');
  const nextPid = format?.offsets.get('next_pid');
  if (prevPid === undefined || prevState === undefined || nextPid === undefined) return null;
  return { prevPid, prevState, nextPid };
}
