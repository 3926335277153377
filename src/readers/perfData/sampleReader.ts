/** The second pass over the records: samples, probe hits, context switches and the counter values they carry. */
import type { ProfileBuilder } from '../../profile/builder.ts';
import {
  KERNEL_SPACE,
  NONE,
  type AddressSpaceIndex,
  type StackIndex,
  type ThreadIndex,
} from '../../profile/types.ts';
import { CPU_MODE, MISC, RECORD } from '../perfAbi.ts';
import { CallChains } from './callChains.ts';
import type { EventDescription } from './eventNames.ts';
import { UNKNOWN_EVENT, type EventTable } from './eventTable.ts';
import { GroupReadings } from './groupReadings.ts';
import { NO_ID } from './idTable.ts';
import type { Problems } from './problems.ts';
import { wordOrder, type RecordView } from './recordWalker.ts';
import { ABSENT, type ReadLayout, type SampleLayout } from './sampleLayout.ts';
import type { IdTarget } from './survey.ts';
import type { ThreadRegister } from './threadRegister.ts';
import { readArguments } from './tracepointFormats.ts';
import { userProgramCounterAt } from './userRegisters.ts';

/** What the first pass found out. */
export interface SampleContext {
  littleEndian: boolean;
  events: EventTable;
  /** By event. */
  descriptions: readonly EventDescription[];
  /** Row of the profile's events by event of the file; -1 for events that are not shown. */
  eventRows: readonly number[];
  /** Members of the group that an event leads, itself first, by GROUP_DESC. */
  declaredGroups: ReadonlyMap<number, readonly number[]>;
  idTargets: ReadonlyMap<number, IdTarget>;
  /** The clock's value at time 0. */
  startNs: bigint;
  stripsPointerAuthentication: boolean;
  /** Bit of the program counter in register masks; null when the machine is unknown. */
  programCounterBit: number | null;
}

const TWO_32 = 2 ** 32;

/** Hits kept of one capture: each is an object. llama.cpp's probes make some thousands. */
const MAX_HITS = 500_000;

/** Beyond 2^53 ns from the start (104 days) a time is not exact any more, and never true. */
const MAX_TIME_NS = Number.MAX_SAFE_INTEGER;

/** What is remembered of a thread between two of its samples. */
interface ThreadState {
  pid: number;
  row: ThreadIndex;
  space: AddressSpaceIndex;
  /** The space is known to be right from here… */
  spaceFromNs: number;
  /** …to here. */
  spaceUntilNs: number;
}

export class SampleReader {
  readonly groups = new Map<number, GroupReadings>();

  readonly #context: SampleContext;
  readonly #events: EventTable;
  readonly #builder: ProfileBuilder;
  readonly #threads: ThreadRegister;
  readonly #problems: Problems;
  readonly #chains: CallChains;
  readonly #lowWord: number;
  readonly #highWord: number;
  readonly #startLow: number;
  readonly #startHigh: number;
  /** Period of each event's samples that do not state one. */
  readonly #fixedPeriods: number[];
  /** By tid. */
  readonly #states = new Map<number, ThreadState>();
  #lastTid = NaN;
  #lastState: ThreadState | null = null;

  constructor(context: SampleContext, builder: ProfileBuilder, threads: ThreadRegister, problems: Problems) {
    this.#context = context;
    this.#events = context.events;
    this.#builder = builder;
    this.#threads = threads;
    this.#problems = problems;
    const { low, high } = wordOrder(context.littleEndian);
    this.#lowWord = low;
    this.#highWord = high;
    this.#startLow = Number(context.startNs & 0xffff_ffffn);
    this.#startHigh = Number(context.startNs >> 32n);
    this.#chains = new CallChains(
      builder.frames,
      builder.stacks,
      context.littleEndian,
      context.stripsPointerAuthentication,
    );
    this.#fixedPeriods = context.events.attributes.map((attribute) =>
      attribute.isFrequency || attribute.periodOrFrequency === 0n ? 1 : Number(attribute.periodOrFrequency),
    );
  }

  readonly visit = (record: RecordView): void => {
    if (record.type === RECORD.sample) this.#readSample(record);
    else if (record.type === RECORD.switch || record.type === RECORD.switchCpuWide) this.#readSwitch(record);
  };

  /** Whether a sample or hit of the thread was read. */
  hasThread(pid: number, tid: number): boolean {
    return this.#states.get(tid)?.pid === pid;
  }

  /** Call when all records have been visited. */
  end(): void {
    if (this.#chains.deferred > 0) this.#problems.add('perf-chains-deferred', null, this.#chains.deferred);
  }

  #readSample(record: RecordView): void {
    const event = this.#events.eventOfSample(record);
    if (event === UNKNOWN_EVENT) return this.#problems.add('perf-unknown-id', record.offset);
    if (this.#events.isAmbiguous) this.#problems.add('perf-ambiguous-events', record.offset);
    const idRow = this.#events.lastIdRow;
    const layout = this.#events.sampleLayouts[event];
    const role = this.#context.descriptions[event].role;
    const eventRow = this.#context.eventRows[event];
    if (eventRow < 0 || role === 'group-member') {
      return this.#problems.add('perf-unexpected-sample', record.offset);
    }

    // Fields of variable length: each is checked against the end of the record before the next is looked for.
    const { words, word } = record;
    const end = word + (record.size >>> 2);
    let at = word + layout.fixedWords;
    if (at > end) return this.#problems.add('perf-bad-record', record.offset);
    let readAt = -1;
    if (layout.read !== null) {
      readAt = at;
      at += this.#readWords(words, at, end, layout.read);
    }
    let chainAt = at;
    let chainWords = 0;
    if (layout.hasChain) {
      if (at + 2 > end || words[at + this.#highWord] !== 0) at = Infinity;
      else {
        chainAt = at + 2;
        chainWords = words[at + this.#lowWord] * 2;
        at = chainAt + chainWords;
      }
    }
    if (at > end) return this.#problems.add('perf-bad-record', record.offset);

    const timeNs = layout.time === ABSENT ? this.#noTime() : this.#time(words, word + layout.time);
    if (!(Math.abs(timeNs) <= MAX_TIME_NS)) return this.#problems.add('perf-impossible-time', record.offset);
    const pid = layout.tid === ABSENT ? -1 : words[word + layout.tid] | 0;
    const tid = layout.tid === ABSENT ? -1 : words[word + layout.tid + 1] | 0;
    const thread = this.#thread(pid, tid, timeNs);
    const cpu = layout.cpu === ABSENT ? this.#cpuOfId(idRow) : words[word + layout.cpu] | 0;
    const ipAt = layout.ip === ABSENT ? -1 : word + layout.ip;
    const isKernel = this.#isKernel(record.misc, words, ipAt);
    let stack: StackIndex = NONE;
    if (layout.hasUserStack && !this.#chains.hasUserPart(words, chainAt, chainWords)) {
      this.#problems.add('perf-stacks-not-unwound');
      stack = this.#stackToUser(record, layout, ipAt, chainAt, chainWords, end, isKernel, thread.space);
    } else if (ipAt >= 0 || chainWords > 0) {
      stack = this.#chains.stackOf(words, ipAt, chainAt, chainWords, isKernel, thread.space);
    }

    if (role === 'tracepoint') {
      this.#addHit(record, layout, event, at, end, timeNs, thread.row, cpu, stack);
      return;
    }
    const period =
      layout.period === ABSENT ? this.#fixedPeriods[event] : this.#u64(words, word + layout.period);
    const sample = this.#builder.addSample(timeNs, thread.row, cpu, stack, eventRow, period, isKernel);
    if (readAt >= 0) {
      const group = this.groups.get(event) ?? this.#newGroup(event);
      const isRead = group.add(record, readAt, idRow, tid, timeNs, thread.row, cpu, sample);
      if (!isRead) this.#problems.add('perf-bad-read', record.offset);
    }
  }

  /** The stack of a sample whose user part waits to be unwound: from the kernel down to the first user frame. */
  #stackToUser(
    record: RecordView,
    layout: SampleLayout,
    ipAt: number,
    chainAt: number,
    chainWords: number,
    end: number,
    isKernel: boolean,
    space: AddressSpaceIndex,
  ): StackIndex {
    const bit = this.#context.programCounterBit;
    const low = this.#lowWord === 0 ? 0 : 1;
    const userAt =
      isKernel && bit !== null
        ? userProgramCounterAt(record, layout, chainAt + chainWords, end, low, bit)
        : -1;
    const { words } = record;
    return userAt < 0
      ? this.#chains.stackOf(words, ipAt, chainAt, chainWords, isKernel, space)
      : this.#chains.stackWithUserFrame(words, ipAt, chainAt, chainWords, isKernel, space, userAt);
  }

  /** Words that a reading takes; Infinity when it does not fit. */
  #readWords(words: Uint32Array, at: number, end: number, layout: ReadLayout): number {
    if (!layout.isGroup) {
      return layout.entryWords + (layout.hasEnabled ? 2 : 0) + (layout.hasRunning ? 2 : 0);
    }
    if (at + 2 > end || words[at + this.#highWord] !== 0) return Infinity;
    return layout.firstValue + words[at + this.#lowWord] * layout.entryWords;
  }

  #u64(words: Uint32Array, at: number): number {
    return words[at + this.#highWord] * TWO_32 + words[at + this.#lowWord];
  }

  /** Nanoseconds from the start; a time of 0 is none, and stands at the start. */
  #time(words: Uint32Array, at: number): number {
    const low = words[at + this.#lowWord];
    const high = words[at + this.#highWord];
    if ((low | high) === 0) return this.#noTime();
    return (high - this.#startHigh) * TWO_32 + (low - this.#startLow);
  }

  #noTime(): number {
    this.#problems.add('perf-no-time');
    return 0;
  }

  #cpuOfId(idRow: number): number {
    return idRow === NO_ID ? NONE : (this.#context.idTargets.get(idRow)?.cpu ?? NONE);
  }

  #isKernel(misc: number, words: Uint32Array, ipAt: number): boolean {
    switch (misc & MISC.cpuModeMask) {
      case CPU_MODE.kernel:
      case CPU_MODE.hypervisor:
      case CPU_MODE.guestKernel:
        return true;
      case CPU_MODE.unknown:
        // The upper half of the address space is the kernel's on arm64 and x86_64.
        return ipAt >= 0 && words[ipAt + this.#highWord] >= 0x8000_0000;
      default:
        return false;
    }
  }

  /** The thread with the address space of its process at a time. */
  #thread(pid: number, tid: number, timeNs: number): ThreadState {
    let state = this.#lastState;
    if (state === null || tid !== this.#lastTid || state.pid !== pid) {
      state = this.#states.get(tid) ?? null;
      if (state === null || state.pid !== pid) {
        const row = this.#threads.row(pid, tid);
        state = { pid, row, space: KERNEL_SPACE, spaceFromNs: Infinity, spaceUntilNs: -Infinity };
        this.#states.set(tid, state);
      }
      this.#lastTid = tid;
      this.#lastState = state;
    }
    if (timeNs < state.spaceFromNs || timeNs >= state.spaceUntilNs) {
      this.#findSpace(state, timeNs);
    }
    return state;
  }

  #findSpace(state: ThreadState, timeNs: number): void {
    // What an exited process ran last has no process any more.
    const found =
      state.pid < 0
        ? { space: NONE, fromNs: -Infinity, untilNs: Infinity }
        : this.#builder.addressSpaces.spaceUntil(state.pid, timeNs);
    state.space = found.space;
    state.spaceFromNs = found.fromNs;
    state.spaceUntilNs = found.untilNs;
  }

  #newGroup(event: number): GroupReadings {
    const declared = this.#context.declaredGroups.get(event) ?? [event];
    const group = new GroupReadings(this.#events, event, declared, this.#context.littleEndian);
    this.groups.set(event, group);
    return group;
  }

  #addHit(
    record: RecordView,
    layout: SampleLayout,
    event: number,
    rawAt: number,
    end: number,
    timeNs: number,
    thread: ThreadIndex,
    cpu: number,
    stack: number,
  ): void {
    const { format, name } = this.#context.descriptions[event];
    // A record that stands for several hits is one of them: the others left no trace. Without a frequency the period is a
    // weight that some tracepoints give themselves (sched_stat_runtime: nanoseconds).
    const isThinned = this.#events.attributes[event].isFrequency && layout.period !== ABSENT;
    const hits = isThinned ? this.#u64(record.words, record.word + layout.period) : 1;
    if (hits > 1) this.#problems.add('perf-hits-sampled', record.offset, hits - 1);
    if (this.#builder.probeHits.length >= MAX_HITS)
      return this.#problems.add('perf-too-many-hits', record.offset);
    let values: ReadonlyMap<string, bigint | string> = new Map();
    if (layout.hasRaw && format) {
      const rawBytes = rawAt < end ? record.words[rawAt] : Infinity;
      const start = record.byte + (rawAt - record.word) * 4 + 4;
      if (start + rawBytes > record.byte + record.size)
        return this.#problems.add('perf-bad-record', record.offset);
      const raw = record.bytes.subarray(start, start + rawBytes);
      const { values: read, missing } = readArguments(format, raw, this.#context.littleEndian);
      if (missing > 0) this.#problems.add('perf-bad-raw-fields', record.offset);
      values = read;
    } else if (layout.hasRaw) this.#problems.add('perf-missing-format', record.offset);
    this.#builder.probeHits.push({
      timeNs,
      thread,
      cpu,
      name,
      // perf probe names return probes so; uretprobes have the field whatever they are called.
      isReturn: name.endsWith('__return') || values.has('__probe_ret_ip'),
      arguments: values,
      stack,
    });
  }

  #readSwitch(record: RecordView): void {
    const event = this.#events.eventOfOther(record);
    if (event === UNKNOWN_EVENT) return;
    const trailer = this.#events.trailerLayouts[event];
    const trailerAt = record.word + (record.size >>> 2) - trailer.words;
    if (trailer.tid === ABSENT || trailer.time === ABSENT || trailerAt < record.word + 2) return;
    const { words } = record;
    const timeNs = this.#time(words, trailerAt + trailer.time);
    if (!(Math.abs(timeNs) <= MAX_TIME_NS)) return this.#problems.add('perf-impossible-time', record.offset);
    const thread = this.#threads.row(
      words[trailerAt + trailer.tid] | 0,
      words[trailerAt + trailer.tid + 1] | 0,
    );
    const cpu =
      trailer.cpu === ABSENT ? this.#cpuOfId(this.#events.lastIdRow) : words[trailerAt + trailer.cpu] | 0;
    const isOut = (record.misc & MISC.switchOut) !== 0;
    const isPreempted = (record.misc & MISC.switchOutPreempted) !== 0;
    this.#builder.addSwitch(timeNs, thread, cpu, !isOut ? 'in' : isPreempted ? 'preempted' : 'out');
  }
}
