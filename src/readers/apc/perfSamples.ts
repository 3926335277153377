/** The second pass over PERF_DATA: samples, counter readings, context switches, losses. */
import type { ProfileBuilder } from '../../profile/builder.ts';
import { NONE } from '../../profile/types.ts';
import type { Nanoseconds, StackIndex } from '../../profile/types.ts';
import { MISC, RECORD } from '../perfAbi.ts';
import { CallChains, ranInKernel } from './callChains.ts';
import type { CaptureClock } from './captureClock.ts';
import { ContextSwitches } from './contextSwitches.ts';
import type { CounterBook } from './counters.ts';
import { CpuFrequencies } from './cpuFrequencies.ts';
import { CpuState, DEAD_THREAD } from './cpuState.ts';
import type { EventAttributes, RecordLayout } from './eventAttributes.ts';
import { GroupReadings, readEnd } from './groupReadings.ts';
import type { ReadingOrigin } from './groupReadings.ts';
import type { CaptureMetadata } from './metadata.ts';
import { unsignedNumber } from './packed.ts';
import { RecordCursor } from './perfRecords.ts';
import type { Problems } from './problems.ts';
import type { PlannedEvent, RecordingPlan } from './recordingPlan.ts';
import { unameParts } from './summary.ts';
import type { ThreadDirectory } from './threads.ts';

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
  readonly #switches: ContextSwitches;
  readonly #frequencies: CpuFrequencies;
  /** Where the parts of variable length of the sample at hand stand, in words; -1 for raw data that are not there. */
  #readAt = 0;
  #chainAt = 0;
  #chainLength = 0;
  #rawAt = -1;
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
    const isArm64 = unameParts(metadata.summary?.attributes.get('uname') ?? '').machine === 'aarch64';
    this.#chains = new CallChains(builder.frames, builder.stacks, isArm64);
    this.#switches = new ContextSwitches(builder, threads, metadata.formats);
    this.#frequencies = new CpuFrequencies(metadata, builder, book);
    this.#trustsReadRecords = plan.shape === 'per-thread-groups';
    builder.reserveSamples(
      plan.events.reduce(
        (sum, event, row) => sum + (event?.use === 'sampling' ? (metadata.sampleCounts[row] ?? 0) : 0),
        0,
      ),
    );
  }

  /** Reads one PERF_DATA frame. */
  frame(body: Uint8Array): void {
    const cursor = this.#cursor;
    cursor.open(body);
    while (cursor.nextSection()) {
      const state = this.#stateOf(cursor.cpu);
      while (cursor.next()) {
        switch (cursor.type) {
          case RECORD.sample:
            if (cursor.read()) this.#sample(cursor, state);
            break;
          case RECORD.switch:
          case RECORD.switchCpuWide:
            if (cursor.read()) this.#switch(cursor, state);
            break;
          case RECORD.read:
            if (this.#trustsReadRecords && cursor.read()) this.#read(cursor, state);
            break;
          case RECORD.lost:
            if (cursor.wordCount >= 2 && cursor.read()) this.#lost(cursor.words[2], cursor.words[3]);
            break;
          case RECORD.lostSamples:
            if (cursor.wordCount >= 1 && cursor.read()) this.#lost(cursor.words[0], cursor.words[1]);
            break;
          case RECORD.throttle:
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

    if (!this.#locateParts(layout, words, wordCount)) return this.#problems.count('apc-damaged-samples');

    switch (event.use) {
      case 'none':
        this.#problems.count('apc-unused-samples');
        break;
      case 'cpu-frequency':
        if (!this.#frequencies.change(event, words, this.#rawAt, wordCount, timeNs)) {
          this.#problems.count('apc-damaged-samples');
        }
        break;
      default:
        this.#threadSample(cursor, event, state, timeNs);
    }
  }

  /** Finds the parts of variable length. False when the record ends before they do. */
  #locateParts(layout: RecordLayout, words: Int32Array, wordCount: number): boolean {
    let at = layout.fixedWords;
    this.#readAt = at;
    if (layout.hasRead) at = readEnd(layout, words, at, wordCount);
    if (at < 0) return false;
    this.#chainAt = at + 1;
    this.#chainLength = 0;
    if (layout.hasCallchain) {
      if (at >= wordCount || words[at * 2 + 1] !== 0) return false;
      this.#chainLength = words[at * 2];
      at = this.#chainAt + this.#chainLength;
      if (this.#chainLength < 0 || at > wordCount) return false;
    }
    this.#rawAt = layout.hasRaw && at < wordCount ? at : -1;
    return true;
  }

  /** A sample of what a thread did: a profile sample, counter readings, a context switch, or several of these. */
  #threadSample(cursor: RecordCursor, event: PlannedEvent, state: CpuState, timeNs: Nanoseconds): void {
    const { words, wordCount } = cursor;
    const { layout } = event.attributes;
    const rawAt = this.#rawAt;
    const period =
      layout.period < 0 ? -1 : unsignedNumber(words[layout.period * 2], words[layout.period * 2 + 1]);
    if (period > Number.MAX_SAFE_INTEGER) return this.#problems.count('apc-damaged-samples');
    let pid = layout.thread < 0 ? DEAD_THREAD : words[layout.thread * 2];
    let tid = layout.thread < 0 ? DEAD_THREAD : words[layout.thread * 2 + 1];
    const switchFields = rawAt < 0 ? null : this.#switches.fieldsOf(event, words, rawAt, wordCount);
    if (tid === DEAD_THREAD && switchFields) {
      // The thread that goes is still the current one, so the sample is its own.
      tid = this.#switches.previousTid(switchFields, words, rawAt);
      pid = this.#threads.pidOf(tid);
    } else if (tid === DEAD_THREAD) {
      tid = state.runningTid;
      pid = state.runningPid;
    }
    const origin = this.#origin;
    origin.timeNs = timeNs;
    origin.thread = state.threadOf(this.#threads, pid, tid);
    origin.tid = tid;
    origin.state = state;
    origin.sample = NONE;
    if (event.use === 'sampling') {
      const ipHigh = layout.ip < 0 ? 0 : words[layout.ip * 2 + 1];
      origin.sample = this.#builder.addSample(
        timeNs,
        origin.thread,
        state.cpu,
        this.#stack(cursor, event, state, pid, timeNs),
        event.event,
        period >= 0 ? period : fixedPeriod(event.attributes),
        ranInKernel(cursor.misc, ipHigh),
      );
    }
    if (layout.hasRead) this.#readings.take(event, words, this.#readAt, origin);
    else if (period >= 0) this.#readings.takePeriod(event, words[0], words[1], period, origin);
    if (switchFields) this.#switches.schedSwitch(switchFields, words, rawAt, state, timeNs, pid);
  }

  #stack(
    cursor: RecordCursor,
    event: PlannedEvent,
    state: CpuState,
    pid: number,
    timeNs: Nanoseconds,
  ): StackIndex {
    const { ip } = event.attributes.layout;
    if (ip < 0) return NONE;
    const { words, misc } = cursor;
    const ipHigh = words[ip * 2 + 1];
    const chains = this.#chains;
    chains.open(words, this.#chainAt, this.#chainLength, words[ip * 2], ipHigh, ranInKernel(misc, ipHigh));
    return chains.intern(chains.needsSpace ? this.#spaceOf(state, pid, timeNs) : NONE, state.chains);
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

  /** PERF_RECORD_SWITCH: its id trailer names the thread that comes or goes. */
  #switch(cursor: RecordCursor, state: CpuState): void {
    const { words, wordCount, misc } = cursor;
    const event = wordCount > 0 ? this.#eventAt(words, wordCount - 1) : undefined;
    if (!event) return;
    const { trailerWords, trailerThread, trailerTime } = event.attributes.layout;
    if (trailerWords > wordCount || trailerThread < 0 || trailerTime < 0) return;
    const trailer = wordCount - trailerWords;
    const timeNs = this.#timeAt(words, trailer + trailerTime);
    if (Number.isNaN(timeNs)) return;
    const pid = words[(trailer + trailerThread) * 2];
    const tid = words[(trailer + trailerThread) * 2 + 1];
    if ((misc & MISC.switchOut) === 0) this.#switches.in(state, pid, tid, timeNs);
    else this.#switches.out(state, pid, tid, timeNs, (misc & MISC.switchOutPreempted) !== 0);
  }

  /** PERF_RECORD_READ: the last values of a thread that exits, once for every event of a group. */
  #read(cursor: RecordCursor, state: CpuState): void {
    const { words, wordCount } = cursor;
    const event = wordCount > 0 ? this.#eventAt(words, wordCount - 1) : undefined;
    if (!event) return;
    const { layout } = event.attributes;
    const trailer = wordCount - layout.trailerWords;
    // Process and thread id are the first word, the values follow.
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
}

/** The weight of a sample whose record does not say: its fixed period. A frequency is none. */
function fixedPeriod({ isFrequency, samplePeriod }: EventAttributes): number {
  return isFrequency ? 1 : Math.max(1, samplePeriod);
}
