/**
 * Captures made up for tests: real bytes of gator 9.7 (frames, attributes, keys, packed perf records, annotation streams,
 * XML files) with chosen threads, samples, counts and markers.
 *
 *     const apc = new ApcWriter({ shape: 'per-thread-groups', counters: [CYCLES, INSTRUCTIONS] });
 *     const main = apc.thread(100, 100, 'llama-cli', '/bin/llama-cli');
 *     apc.sample({ timeNs: 1e6, cpu: 0, thread: main, user: [0x401000, 0x400500], counts: { cycles: 1000 } });
 *     apc.annotate(main).marker(2e6, 'past 0, n_eval 7');
 *     const profile = await apcReader.read(apc.input(), context);
 *
 * Times are nanoseconds from the start of the capture. Records of one CPU come out in the order they were given.
 */
import { MemorySource } from '../../src/platform/bytes.ts';
import type { RawInput } from '../../src/readers/reader.ts';
import { ByteWriter, concat, frame, pair, perfDataBody, perfEventAttr, record, wordsOf } from './apcBytes.ts';
import type { AttributeFields, Word } from './apcBytes.ts';
import { ApcConnection } from './apcConnection.ts';
import {
  CALLCHAIN,
  CLOCK_KEY,
  CLOCK_PERIOD_NS,
  HEADER_KEY,
  IP,
  LEADER_KEY,
  PERIOD,
  PMU_TYPE,
  RAW,
  READ,
  READ_ONE,
  SCHED_SWITCH_FORMAT,
  TID,
  eventsOf,
  keyOf,
  rawWords,
  schedSwitchData,
  tracepointEvent,
} from './apcEvents.ts';
import type { ApcOptions } from './apcEvents.ts';
import { capturedXml, countersXml, eventsXml } from './apcXml.ts';

export { CLOCK_PERIOD_NS } from './apcEvents.ts';
export type { ApcCounter, ApcOptions, ApcShape } from './apcEvents.ts';

const SUMMARY_CANARY = '1\n2\r\n3\r4\n\r5';

export interface ApcThread {
  pid: number;
  tid: number;
}

/** A sample; stacks are leaf first, return addresses as the kernel writes them. */
export interface ApcSample {
  timeNs: number;
  cpu: number;
  thread: ApcThread;
  user?: readonly Word[];
  kernel?: readonly Word[];
  /** Instruction pointer when it is not the first of the stack: kernel chains are excluded, say. */
  ip?: Word;
  isKernel?: boolean;
  /** What each counter counted since the reading before of this thread on this CPU. */
  counts?: Readonly<Record<string, number>>;
  /** What the record says its thread is, for threads that are dead by then. */
  shownThread?: ApcThread;
}

export interface ApcSwitch {
  timeNs: number;
  cpu: number;
  thread: ApcThread;
  isPreempted?: boolean;
  counts?: Readonly<Record<string, number>>;
  /** System-wide: who comes next; idle otherwise. */
  next?: ApcThread;
  shownThread?: ApcThread;
}

export interface ApcMapping {
  start: Word;
  length: Word;
  offset?: Word;
  path: string;
  /** 40 hex digits. */
  buildId?: string;
}

/** One event that was opened: its key, its attributes, and an id for each CPU. */
interface OpenedEvent {
  key: number;
  attributes: AttributeFields;
  /** Id on CPU n is `firstId + n`. */
  firstId: number;
}

export class ApcWriter {
  readonly options: ApcOptions;
  readonly zeroNs: bigint;
  readonly #cpuCount: number;
  readonly #header: OpenedEvent;
  readonly #leader: OpenedEvent;
  readonly #clock: OpenedEvent | null;
  /** Opened events of counters, by the counter's id. */
  readonly #counters = new Map<string, OpenedEvent>();
  /** Cumulative values by CPU, thread (where it counts for itself) and event key. */
  readonly #values = new Map<string, bigint>();
  /** Frames before the first data, and data frames in order. */
  readonly #setup: Uint8Array[] = [];
  readonly #data: Uint8Array[] = [];
  /** Records of each CPU that were not flushed yet. */
  readonly #pending = new Map<number, bigint[]>();
  readonly #connections = new Map<number, ApcConnection>();
  #nextId = 1000;
  #nextDescriptor = 25;

  constructor(options: ApcOptions) {
    this.options = options;
    this.zeroNs = options.zeroNs ?? 975_239_157_376n;
    this.#cpuCount = options.cpuCount ?? 2;
    const events = eventsOf(options);
    this.#header = this.#open(HEADER_KEY, events.header);
    this.#leader = this.#open(LEADER_KEY, events.leader);
    const samplesByEvent = (options.counters ?? []).some((counter) => counter.samplingPeriod !== undefined);
    this.#clock = samplesByEvent || options.withoutClock ? null : this.#open(CLOCK_KEY, events.clock);
    (options.counters ?? []).forEach((counter, index) => {
      if (counter.code === undefined) return;
      this.#counters.set(
        counter.id,
        this.#open(keyOf(index), counter.tracepoint ? tracepointEvent(counter) : events.counter(counter)),
      );
    });
    if (options.kallsyms !== undefined) this.attributes(new ByteWriter().packed(9).cString(options.kallsyms));
  }

  /** A thread that runs when the capture begins. */
  thread(pid: number, tid: number, name: string, executable = ''): ApcThread {
    this.attributes(new ByteWriter().packed(5).packed(pid).packed(tid).cString(executable).cString(name));
    return { pid, tid };
  }

  /** What a process has mapped when the capture begins: the text of its maps file. */
  maps(pid: number, text: string): void {
    this.attributes(new ByteWriter().packed(4).packed(pid).packed(pid).cString(text));
  }

  /** A PERF_ATTRS frame of the messages in `messages`. */
  attributes(messages: ByteWriter): void {
    this.#setup.push(frame(11, concat([new ByteWriter().packed(0).finish(), messages.finish()])));
  }

  /** Any frame, at this point among the data. */
  rawFrame(type: number, body: Uint8Array): void {
    this.flush();
    this.#data.push(frame(type, body));
  }

  /** Any record at this point of a CPU's data. */
  rawRecord(cpu: number, words: readonly bigint[]): void {
    const pending = this.#pending.get(cpu);
    if (pending) pending.push(...words);
    else this.#pending.set(cpu, [...words]);
  }

  /** A sample of the sampling clock. */
  sample(sample: ApcSample): void {
    if (!this.#clock) throw new Error('the capture has no sampling clock');
    this.#writeSample(this.#clock, sample);
    if (this.options.shape === 'per-thread-periods') this.#writePeriods(sample);
  }

  /** A sample of a counter with event-based sampling, which counted its period, or `count`. */
  overflow(counter: string, sample: ApcSample, count?: number): void {
    const period = this.options.counters?.find((each) => each.id === counter)?.samplingPeriod ?? 0;
    this.#writeSample(this.#eventOf(counter), sample, count ?? period);
  }

  /** A thread begins to run. Per-thread shapes only: system-wide, {@link switchOut} names who comes next. */
  switchIn(at: ApcSwitch): void {
    this.rawRecord(at.cpu, record(14, 0, this.#trailer(this.#leader, at.cpu, at.thread, at.timeNs)));
  }

  /** A thread stops to run: the leader reads the counters, and the switch is recorded. */
  switchOut(at: ApcSwitch): void {
    if (this.options.shape === 'system-wide') {
      this.#writeSample(this.#leader, at, 1, at);
      return;
    }
    if (this.options.shape === 'per-thread-groups') this.#writeSample(this.#leader, at);
    else this.#writePeriods(at);
    const misc = 0x2000 | (at.isPreempted ? 0x4000 : 0);
    this.rawRecord(at.cpu, record(14, misc, this.#trailer(this.#leader, at.cpu, at.thread, at.timeNs)));
  }

  /** A hit of a counter that is a tracepoint, with the fields of its format. */
  tracepoint(counter: string, { timeNs, cpu, thread }: ApcSwitch, data: readonly bigint[]): void {
    const id = this.#eventOf(counter).firstId + cpu;
    const bytes = new Uint8Array(BigUint64Array.from(data).buffer);
    this.rawRecord(
      cpu,
      record(9, 1, [id, pair(thread.pid, thread.tid), this.#absolute(timeNs), id, ...rawWords(bytes)]),
    );
  }

  /** The level of a counter before its first change. */
  startLevel(counter: string, timeNs: number, cpu: number, value: number): void {
    this.attributes(
      new ByteWriter()
        .packed(10)
        .packed(timeNs)
        .packed(cpu)
        .packed(this.keyOf(counter))
        .packed(value)
        .packed(-1),
    );
  }

  /** READ records at the end of an inherited thread: the last values, once for every member of the group. */
  lastReads(cpu: number, thread: ApcThread, timeNs: number, counts: Readonly<Record<string, number>>): void {
    const values = this.#readValues(this.#leader, cpu, thread, counts);
    for (const event of this.#groupMembers()) {
      this.rawRecord(
        cpu,
        record(8, 0, [pair(thread.pid, thread.tid), ...values, ...this.#trailer(event, cpu, thread, timeNs)]),
      );
    }
  }

  comm(cpu: number, thread: ApcThread, timeNs: number, name: string, isExec = false): void {
    const payload = [pair(thread.pid, thread.tid), ...wordsOf(new ByteWriter().cString(name).finish())];
    this.#sideBand(cpu, thread, timeNs, 3, isExec ? 0x2000 : 0, payload);
  }

  map(cpu: number, thread: ApcThread, timeNs: number, mapping: ApcMapping): void {
    const details = new ByteWriter();
    if (mapping.buildId === undefined) details.bytes(new Uint8Array(24));
    else {
      details.byte(20).bytes([0, 0, 0]);
      details.bytes((mapping.buildId.match(/../g) ?? []).map((digits) => Number.parseInt(digits, 16)));
    }
    const payload = [
      pair(thread.pid, thread.tid),
      BigInt(mapping.start),
      BigInt(mapping.length),
      BigInt(mapping.offset ?? 0),
      ...wordsOf(details.finish()),
      pair(5, 2),
      ...wordsOf(new ByteWriter().cString(mapping.path).finish()),
    ];
    this.#sideBand(cpu, thread, timeNs, 10, mapping.buildId === undefined ? 2 : 0x4002, payload);
  }

  fork(cpu: number, parent: ApcThread, child: ApcThread, timeNs: number): void {
    this.#life(cpu, 7, parent, child, timeNs);
  }

  exit(cpu: number, parent: ApcThread, thread: ApcThread, timeNs: number): void {
    this.#life(cpu, 4, parent, thread, timeNs);
  }

  lost(cpu: number, thread: ApcThread, timeNs: number, records: number): void {
    const id = BigInt(this.#leader.firstId + cpu);
    this.#sideBand(cpu, thread, timeNs, 2, 0, [id, BigInt(records)]);
  }

  throttle(cpu: number, thread: ApcThread, timeNs: number): void {
    const id = BigInt(this.#leader.firstId + cpu);
    this.#sideBand(cpu, thread, timeNs, 5, 0, [this.#absolute(timeNs), id, id]);
  }

  /** Polled values: a BLOCK_COUNTER frame of one time, for one CPU when given. */
  poll(
    timeNs: number,
    values: Readonly<Record<string, number>>,
    at: { cpu?: number; tid?: number } = {},
  ): void {
    const body = new ByteWriter().packed(0).packed(0).packed(timeNs);
    if (at.tid !== undefined) body.packed(1).packed(at.tid);
    if (at.cpu !== undefined) body.packed(2).packed(at.cpu);
    for (const [id, value] of Object.entries(values)) body.packed(this.keyOf(id)).packed(value);
    this.rawFrame(5, body.finish());
  }

  /** The connection of a thread that annotates; a new one when it has none, or closed it. */
  annotate(thread: ApcThread): ApcConnection {
    const open = this.#connections.get(thread.tid);
    if (open && !open.isClosed) return open;
    const connection = new ApcConnection(this, thread, this.#nextDescriptor++);
    this.#connections.set(thread.tid, connection);
    return connection;
  }

  /** The key of a counter in the capture. */
  keyOf(id: string): number {
    return keyOf((this.options.counters ?? []).findIndex((counter) => counter.id === id));
  }

  /** The id of a counter's event on a CPU; of the sampling clock and the leader by those names. */
  eventId(event: string, cpu: number): number {
    const opened =
      event === 'leader' ? this.#leader : event === 'clock' ? this.#clock : this.#counters.get(event);
    if (!opened) throw new Error(`no event ${event}`);
    return opened.firstId + cpu;
  }

  /** Writes out what CPUs have recorded: one frame each, as gatord does when it empties the ring buffers. */
  flush(): void {
    for (const [cpu, words] of [...this.#pending].sort(([a], [b]) => a - b)) {
      if (words.length > 0) this.#data.push(frame(12, perfDataBody(cpu, words)));
    }
    this.#pending.clear();
  }

  /** The file `0000000000`. */
  data(): Uint8Array {
    for (const connection of this.#connections.values()) connection.send();
    this.flush();
    return concat([...this.#opening(), ...this.#setup, ...this.#data]);
  }

  /** The files of the capture by name. */
  files(): Map<string, Uint8Array> {
    const files = new Map([['0000000000', this.data()]]);
    const add = (name: 'captured.xml' | 'events.xml' | 'counters.xml', text: string): void => {
      if (!this.options.withoutXml?.includes(name)) files.set(name, new TextEncoder().encode(text));
    };
    add('captured.xml', capturedXml(this.options, this.#cpuCount));
    add('events.xml', eventsXml(this.options.counters ?? []));
    add('counters.xml', countersXml(this.#cpuCount));
    return files;
  }

  /** The capture as a reader gets it. */
  input(path = 'made-up.apc'): RawInput {
    return inputOf(this.files(), path);
  }

  #open(key: number, attributes: AttributeFields): OpenedEvent {
    const firstId = this.#nextId;
    this.#nextId += this.#cpuCount;
    return { key, attributes, firstId };
  }

  #eventOf(counter: string): OpenedEvent {
    const event = this.#counters.get(counter);
    if (!event) throw new Error(`no counter ${counter}`);
    return event;
  }

  #absolute(timeNs: number): bigint {
    return this.zeroNs + BigInt(timeNs);
  }

  /** The events whose values are read together, leader first. */
  #groupMembers(): OpenedEvent[] {
    const counters = (this.options.counters ?? [])
      .filter(
        ({ samplingPeriod, isRejected, tracepoint }) =>
          samplingPeriod === undefined && !isRejected && !tracepoint,
      )
      .flatMap((counter) => this.#counters.get(counter.id) ?? []);
    return [this.#leader, ...(this.#clock ? [this.#clock] : []), ...counters];
  }

  #writeSample(event: OpenedEvent, sample: ApcSample | ApcSwitch, period = 0, schedSwitch?: ApcSwitch): void {
    const { sampleType } = event.attributes;
    const { timeNs, cpu, thread } = sample;
    const shown = sample.shownThread ?? thread;
    const id = event.firstId + cpu;
    const stack = 'user' in sample || 'kernel' in sample || 'ip' in sample ? sample : {};
    const { kernel = [], user = [] } = stack as ApcSample;
    const ip = (stack as ApcSample).ip ?? kernel[0] ?? user[0] ?? 0;
    const isKernel = (stack as ApcSample).isKernel ?? kernel.length > 0;
    const payload: Word[] = [id];
    if (sampleType & IP) payload.push(ip);
    if (sampleType & TID) payload.push(pair(shown.pid, shown.tid));
    payload.push(this.#absolute(timeNs), this.#streamId(id, thread));
    if (sampleType & PERIOD) payload.push(period || CLOCK_PERIOD_NS);
    if (sampleType & READ) payload.push(...this.#readValues(event, cpu, thread, sample.counts ?? {}, period));
    if (sampleType & CALLCHAIN) {
      const chain = [...(kernel.length ? [-128, ...kernel] : []), ...(user.length ? [-512, ...user] : [])];
      payload.push(chain.length, ...chain);
    }
    if (sampleType & RAW && schedSwitch) {
      const data = schedSwitchData({
        previousTid: thread.tid,
        nextTid: schedSwitch.next?.tid ?? 0,
        couldRunOn: schedSwitch.isPreempted ?? false,
      });
      payload.push(...rawWords(data));
    }
    this.rawRecord(cpu, record(9, isKernel ? 1 : 2, payload));
  }

  /** Each counter has overflowed by what it counted: one sample of its own event. */
  #writePeriods({ timeNs, cpu, thread, counts = {} }: ApcSample | ApcSwitch): void {
    for (const [counter, count] of Object.entries(counts)) {
      this.#writeSample(this.#eventOf(counter), { timeNs, cpu, thread }, count);
    }
  }

  /** Inherited events report their parent's id, and their own as stream id. */
  #streamId(id: number, thread: ApcThread): number {
    return thread.pid === thread.tid ? id : id + 100_000 + thread.tid;
  }

  /** Adds up what was counted and gives the READ values. */
  #readValues(
    event: OpenedEvent,
    cpu: number,
    thread: ApcThread,
    counts: Readonly<Record<string, number>>,
    ownCount = 0,
  ): Word[] {
    const instance = this.options.shape === 'system-wide' ? `${cpu}` : `${cpu} ${thread.tid}`;
    const value = (of: OpenedEvent, count: number): bigint => {
      const key = `${instance} ${of.key}`;
      const sum = (this.#values.get(key) ?? 0n) + BigInt(count);
      this.#values.set(key, sum);
      return sum;
    };
    const times = [this.zeroNs, this.zeroNs / 2n];
    if (event.attributes.readFormat === READ_ONE) {
      return [value(event, ownCount), ...times, event.firstId + cpu];
    }
    const idOf = new Map([...this.#counters].map(([id, opened]) => [opened.key, id]));
    const members = this.#groupMembers();
    return [
      members.length,
      ...times,
      ...members.flatMap((member) => {
        const own = member === this.#clock && event === this.#clock ? CLOCK_PERIOD_NS : 0;
        return [value(member, counts[idOf.get(member.key) ?? ''] ?? own), member.firstId + cpu];
      }),
    ];
  }

  #trailer(event: OpenedEvent, cpu: number, thread: ApcThread, timeNs: number): Word[] {
    const id = event.firstId + cpu;
    const shown = event.attributes.sampleType & TID ? [pair(thread.pid, thread.tid)] : [];
    return [...shown, this.#absolute(timeNs), this.#streamId(id, thread), id];
  }

  #sideBand(
    cpu: number,
    thread: ApcThread,
    timeNs: number,
    type: number,
    misc: number,
    payload: bigint[],
  ): void {
    this.rawRecord(
      cpu,
      record(type, misc, [...payload, ...this.#trailer(this.#header, cpu, thread, timeNs)]),
    );
  }

  #life(cpu: number, type: number, parent: ApcThread, thread: ApcThread, timeNs: number): void {
    this.#sideBand(cpu, thread, timeNs, type, 0, [
      pair(thread.pid, parent.pid),
      pair(thread.tid, parent.tid),
      this.#absolute(timeNs),
    ]);
  }

  /** The frames every capture begins with: formats and attributes, the summary, core names, keys. */
  #opening(): Uint8Array[] {
    const { options } = this;
    const events = [
      this.#header,
      this.#leader,
      ...(this.#clock ? [this.#clock] : []),
      ...this.#counters.values(),
    ];
    const attributes = new ByteWriter().packed(0).packed(3).cString(SCHED_SWITCH_FORMAT);
    for (const { tracepoint } of options.counters ?? []) {
      if (tracepoint !== undefined) attributes.packed(3).cString(tracepoint);
    }
    for (const event of events) attributes.packed(1).bytes(perfEventAttr(event.attributes)).packed(event.key);

    const opening = [frame(11, attributes.finish()), frame(11, new ByteWriter().packed(0).finish())];
    opening.push(frame(1, this.#summary()));
    for (let cpu = 0; cpu < this.#cpuCount; cpu++) {
      const core = new ByteWriter()
        .packed(3)
        .packed(cpu)
        .packed(options.cpuid ?? 0x41d40)
        .string(options.coreName ?? 'Neoverse-V1');
      opening.push(frame(1, core.finish()));
    }
    opening.push(frame(11, new ByteWriter().packed(0).packed(2).packed(0).finish()));
    const rejected = new Set(
      (options.counters ?? [])
        .filter((counter) => counter.isRejected)
        .map((counter) => this.keyOf(counter.id)),
    );
    for (let cpu = 0; cpu < this.#cpuCount; cpu++) {
      const opened = events.filter((event) => !rejected.has(event.key));
      const keys = new ByteWriter().packed(0).packed(2).packed(opened.length);
      for (const event of opened) keys.packed(event.firstId + cpu).packed(event.key);
      opening.push(frame(11, keys.packed(7).packed(1_000_000).packed(cpu).finish()));
    }
    return opening;
  }

  #summary(): Uint8Array {
    const { options } = this;
    const summary = new ByteWriter()
      .packed(1)
      .string(SUMMARY_CANARY)
      .packed(1_795_486_709_877_763_648n)
      .packed(this.zeroNs + 2_458_256n)
      .packed(this.zeroNs);
    if ((options.protocol ?? 950) >= 910) summary.packed(this.zeroNs + 160n);
    const attributes = {
      uname: options.uname ?? 'Linux lab 6.12.0-arm64 #1 SMP Debian 6.12-1 aarch64 GNU/Linux',
      PAGESIZE: '4096',
      nosync: '',
      'perf.devices.armv8_pmuv3.type': String(PMU_TYPE),
      'perf.devices.software.type': '1',
      'perf.is_system_wide': options.shape === 'system-wide' ? '1' : '0',
      ...options.summaryAttributes,
    };
    for (const [name, value] of Object.entries(attributes)) {
      if (value !== undefined) summary.string(name).string(value);
    }
    return summary.string('').finish();
  }
}

/** A capture's files as a reader gets them. */
export function inputOf(files: ReadonlyMap<string, Uint8Array>, path = 'made-up.apc'): RawInput {
  return {
    path,
    bytes: [...files.values()].reduce((sum, bytes) => sum + bytes.length, 0),
    content: {
      kind: 'bundle',
      members: new Map([...files].map(([name, bytes]) => [name, new MemorySource(bytes)])),
    },
  };
}
