/** Hits of probes and tracepoints, and the context switches that some of them are. */
import { float64Column, int32Column } from '../../profile/columns.ts';
import { parseSchedSwitch, parseTraceText } from './traceText.ts';
import type { TraceRecord } from './recordReader.ts';
import type { SwitchDirection } from './sideRecords.ts';

/** Hits are objects. A text with more is a trace of something else than a program's calls. */
const MAX_HITS = 500_000;

const DIRECTIONS: readonly SwitchDirection[] = ['in', 'out', 'preempted'];

/** A hit with rows of the reader's tables. */
export interface TextHit {
  timeNs: number;
  thread: number;
  cpu: number;
  event: number;
  stack: number;
  isReturn: boolean;
  arguments: ReadonlyMap<string, bigint | string>;
}

/** Context switches; threads are rows of the reader's table, or thread ids where only the id is known. */
export class TextSwitches {
  readonly timeNs = float64Column();
  readonly thread = int32Column();
  readonly tid = int32Column();
  readonly cpu = int32Column();
  readonly direction = int32Column();

  get length(): number {
    return this.timeNs.length;
  }

  ofThread(timeNs: number, thread: number, cpu: number, direction: SwitchDirection): void {
    this.#push(timeNs, thread, -1, cpu, direction);
  }

  ofTid(timeNs: number, tid: number, cpu: number, direction: SwitchDirection): void {
    this.#push(timeNs, -1, tid, cpu, direction);
  }

  directionAt(row: number): SwitchDirection {
    return DIRECTIONS[this.direction.data[row]];
  }

  #push(timeNs: number, thread: number, tid: number, cpu: number, direction: SwitchDirection): void {
    this.timeNs.push(timeNs);
    this.thread.push(thread);
    this.tid.push(tid);
    this.cpu.push(cpu);
    this.direction.push(DIRECTIONS.indexOf(direction));
  }
}

/** Collects hits in file order. `sched:sched_switch` becomes two switches and no hit. */
export class HitCollector {
  readonly hits: TextHit[] = [];
  readonly switches = new TextSwitches();
  leftOut = 0;

  add(record: TraceRecord, eventName: string): void {
    const trace = parseTraceText(record.text);
    const change = eventName === 'sched:sched_switch' ? parseSchedSwitch(record.text, trace) : null;
    if (change) {
      const out = change.wasRunnable ? 'preempted' : 'out';
      this.switches.ofTid(record.timeNs, change.previousTid, record.cpu, out);
      this.switches.ofTid(record.timeNs, change.nextTid, record.cpu, 'in');
      return;
    }
    if (this.hits.length >= MAX_HITS) {
      this.leftOut++;
      return;
    }
    const { timeNs, thread, cpu, event, stack } = record;
    const isReturn = trace.isReturn || eventName.endsWith('__return');
    this.hits.push({ timeNs, thread, cpu, event, stack, isReturn, arguments: trace.arguments });
  }
}
