/**
 * Context switches: PERF_RECORD_SWITCH in captures of single programs, the sched_switch tracepoint in system-wide ones.
 * Both also tell which thread runs on a CPU, and since when.
 */
import type { ProfileBuilder } from '../../profile/builder.ts';
import type { Nanoseconds } from '../../profile/types.ts';
import { DEAD_THREAD } from './cpuState.ts';
import type { CpuState } from './cpuState.ts';
import type { TracepointFormat } from './kernelTexts.ts';
import { RAW_ID_MASK, int32At, rawDataAt, rawDataBytes } from './perfRecords.ts';
import type { PlannedEvent } from './recordingPlan.ts';
import type { ThreadDirectory } from './threads.ts';

/** The low byte of sched_switch's `prev_state` holds why a thread sleeps; 0 means it could have run on. */
const SLEEP_STATE_MASK = 0xff;
const FIELD_BYTES = 4;

/** Byte offsets in the raw data of a sched_switch; they differ between kernels. */
export interface SwitchFields {
  prevPid: number;
  prevState: number;
  nextPid: number;
}

/** Writes context switches into a Profile. The idle thread is left out: it runs when nobody else does. */
export class ContextSwitches {
  readonly #builder: ProfileBuilder;
  readonly #threads: ThreadDirectory;
  readonly #formats: ReadonlyMap<number, TracepointFormat>;
  readonly #fields = new Map<number, SwitchFields | null>();

  constructor(
    builder: ProfileBuilder,
    threads: ThreadDirectory,
    formats: ReadonlyMap<number, TracepointFormat>,
  ) {
    this.#builder = builder;
    this.#threads = threads;
    this.#formats = formats;
  }

  /** Where the fields of a sched_switch stand in the raw data at word `rawAt`; null when these are not those of one. */
  fieldsOf(event: PlannedEvent, words: Int32Array, rawAt: number, end: number): SwitchFields | null {
    if (event.use !== 'context-switch') return null;
    const id = Number(event.attributes.config);
    let fields = this.#fields.get(id);
    if (fields === undefined) {
      fields = switchFields(this.#formats.get(id));
      this.#fields.set(id, fields);
    }
    if (!fields) return null;
    const needed = Math.max(fields.prevPid, fields.prevState, fields.nextPid) + FIELD_BYTES;
    const isOfEvent = (int32At(words, rawDataAt(rawAt)) & RAW_ID_MASK) === id;
    return isOfEvent && rawDataBytes(words, rawAt, end) >= needed ? fields : null;
  }

  /** The thread that a sched_switch takes off its CPU. */
  previousTid(fields: SwitchFields, words: Int32Array, rawAt: number): number {
    return int32At(words, rawDataAt(rawAt) + fields.prevPid);
  }

  /** A sched_switch. Its raw data name both threads; the sample says which process the one that goes is of. */
  schedSwitch(
    fields: SwitchFields,
    words: Int32Array,
    rawAt: number,
    state: CpuState,
    timeNs: Nanoseconds,
    previousPid: number,
  ): void {
    const data = rawDataAt(rawAt);
    const previous = this.previousTid(fields, words, rawAt);
    const next = int32At(words, data + fields.nextPid);
    const couldRunOn = (int32At(words, data + fields.prevState) & SLEEP_STATE_MASK) === 0;
    this.out(state, previousPid, previous, timeNs, couldRunOn);
    this.in(state, this.#threads.pidOf(next), next, timeNs);
  }

  /** A thread stops to run on a CPU: it waits for something, or it was preempted. */
  out(state: CpuState, pid: number, tid: number, timeNs: Nanoseconds, isPreempted: boolean): void {
    state.runningPid = DEAD_THREAD;
    state.runningTid = DEAD_THREAD;
    if (tid <= 0) return;
    const thread = state.threadOf(this.#threads, pid, tid);
    this.#builder.addSwitch(timeNs, thread, state.cpu, isPreempted ? 'preempted' : 'out');
  }

  /** A thread begins to run on a CPU. */
  in(state: CpuState, pid: number, tid: number, timeNs: Nanoseconds): void {
    state.switchedInNs = timeNs;
    state.runningPid = pid;
    state.runningTid = tid;
    if (tid <= 0) return;
    this.#builder.addSwitch(timeNs, state.threadOf(this.#threads, pid, tid), state.cpu, 'in');
  }
}

function switchFields(format: TracepointFormat | undefined): SwitchFields | null {
  const prevPid = format?.offsets.get('prev_pid');
  const prevState = format?.offsets.get('prev_state');
  const nextPid = format?.offsets.get('next_pid');
  if (prevPid === undefined || prevState === undefined || nextPid === undefined) return null;
  return { prevPid, prevState, nextPid };
}
