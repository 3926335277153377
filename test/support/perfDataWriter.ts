/**
 * Writes perf.data files and pipe streams as perf does, with chosen events, groups, samples, probes and counters.
 *
 *     const file = new PerfDataWriter();
 *     const [cycles, instructions] = file.group([{ name: 'cycles' }, { name: 'instructions', config: 1 }]);
 *     file.comm({ pid: 100, name: 'llama-cli' });
 *     file.mmap({ pid: 100, start: 0x400000n, bytes: 0x1000n, path: '/bin/llama-cli' });
 *     file.sample(cycles, { pid: 100, timeNs: 1_000_000, ip: 0x400010n, counts: [1000, 500] });
 *     const bytes = file.toFile();
 *
 * What perf.data must hold follows from the kernel's `include/uapi/linux/perf_event.h` and perf's own headers. Nothing
 * here is shared with the reader.
 */
import { createZstdCompress } from 'node:zlib';
import { Bytes } from './perfDataBytes.ts';

export type SampleField =
  | 'identifier'
  | 'ip'
  | 'tid'
  | 'time'
  | 'addr'
  | 'id'
  | 'streamId'
  | 'cpu'
  | 'period'
  | 'read'
  | 'callchain'
  | 'raw'
  | 'branchStack'
  | 'regsUser'
  | 'stackUser'
  | 'weight';

const FIELD_BITS: Record<SampleField, number> = {
  ip: 0,
  tid: 1,
  time: 2,
  addr: 3,
  read: 4,
  callchain: 5,
  id: 6,
  cpu: 7,
  period: 8,
  streamId: 9,
  raw: 10,
  branchStack: 11,
  regsUser: 12,
  stackUser: 13,
  weight: 14,
  identifier: 16,
};

export type ReadField = 'enabled' | 'running' | 'id' | 'group' | 'lost';
const READ_BITS: Record<ReadField, number> = { enabled: 0, running: 1, id: 2, group: 3, lost: 4 };

export interface EventOptions {
  name: string;
  /** `perf_event_attr.type`; 0 (hardware) by default. */
  type?: number;
  config?: number | bigint;
  /** Sampling period; 0 for a member of a group. */
  period?: number;
  frequencyHz?: number;
  fields?: readonly SampleField[];
  read?: readonly ReadField[];
  /** How often the event was opened (CPUs × threads): that many ids. */
  instances?: number;
  inherit?: boolean;
  excludeKernel?: boolean;
  /** Records other than samples carry no trailer. */
  withoutTrailer?: boolean;
  clockId?: number;
  /** Mask of user registers. */
  registers?: bigint;
  /** Size of `perf_event_attr` in the file. */
  attributeBytes?: number;
}

/** An event that was added to a writer. */
export interface WrittenEvent {
  index: number;
  options: EventOptions;
  ids: bigint[];
  /** Events of its group in order, itself first, when it leads one. */
  members: WrittenEvent[];
  format: ProbeFormat | null;
}

export interface SampleOptions {
  pid: number;
  tid?: number;
  timeNs?: number | bigint;
  cpu?: number;
  ip?: number | bigint;
  mode?: 'user' | 'kernel' | 'hypervisor' | 'unknown';
  period?: number;
  /** Entries as the kernel writes them, innermost first, contexts (`-128n`, `-512n`) among them; made of `ip` when left out. */
  chain?: readonly bigint[];
  /** Which instance of the event: row of its ids. */
  instance?: number;
  /** Id to write instead of the instance's. */
  id?: bigint;
  /** What the group counted since the sample before of the same instance, one for each member. */
  counts?: readonly number[];
  /** Cumulative values, instead of `counts`. */
  values?: readonly (number | bigint)[];
  enabledNs?: number;
  runningNs?: number;
  raw?: Uint8Array;
  /** Values of the registers in the mask, low bit first. */
  registerValues?: readonly bigint[];
  stack?: Uint8Array;
}

export interface RecordTime {
  /** 0: perf made the record up before it began. */
  timeNs?: number | bigint;
  cpu?: number;
}

/** Type of a probe's argument as perf probe names it; `string` is a `__data_loc`. */
export type ArgumentType = 's32' | 'u32' | 's64' | 'u64' | 'u8' | 'string';

export interface ProbeOptions {
  /** `probe_llama:llama_decode`. */
  name: string;
  isReturn?: boolean;
  arguments: Record<string, ArgumentType>;
}

interface ProbeFormat {
  id: number;
  system: string;
  name: string;
  text: string;
  isReturn: boolean;
  arguments: [name: string, type: ArgumentType][];
}

export interface Descriptions {
  hostName?: string;
  osRelease?: string;
  version?: string;
  arch?: string;
  cpus?: number;
  cpuDescription?: string;
  cpuId?: string;
  commandLine?: string[];
  pmus?: Record<number, string>;
  buildIds?: { path: string; id: string; isKernel?: boolean }[];
  clockData?: { clockId: number; wallNs: bigint; clockNs: bigint };
  /** The file is `perf stat record`'s. */
  isStat?: boolean;
  isDirectory?: boolean;
  simpleperfMeta?: Record<string, string>;
}

const MISC = { kernel: 1, user: 2, hypervisor: 3, unknown: 0 } as const;
const DEFAULT_FIELDS: SampleField[] = ['identifier', 'ip', 'tid', 'time', 'cpu', 'period', 'callchain'];
const FILE_HEADER_BYTES = 104;
const ARGUMENT_BYTES: Record<ArgumentType, number> = { s32: 4, u32: 4, s64: 8, u64: 8, u8: 1, string: 4 };
const HEADER_PAGE = [
  '\tfield: u64 timestamp;\toffset:0;\tsize:8;\tsigned:0;\n',
  '\tfield: local_t commit;\toffset:8;\tsize:8;\tsigned:1;\n',
  '\tfield: int overwrite;\toffset:8;\tsize:1;\tsigned:1;\n',
  '\tfield: char data;\toffset:16;\tsize:4080;\tsigned:1;\n',
].join('');
const HEADER_EVENT = '# compressed entry header\n\ttype_len    :    5 bits\n\ttime_delta  :   27 bits\n';
export const CONTEXT_KERNEL = -128n;
export const CONTEXT_USER = -512n;

export class PerfDataWriter {
  readonly littleEndian: boolean;
  readonly events: WrittenEvent[] = [];
  /** Records in the order they were added. */
  readonly records: Uint8Array[] = [];
  /** Payloads of features by number; those of {@link describe} are added when the file is made. */
  readonly features = new Map<number, Uint8Array>();
  readonly #formats: ProbeFormat[] = [];
  readonly #groups: { leader: number; members: number }[] = [];
  readonly #totals = new Map<bigint, bigint>();
  #descriptions: Descriptions = {};
  #nextId = 100n;

  constructor({ byteOrder = 'little' }: { byteOrder?: 'little' | 'big' } = {}) {
    this.littleEndian = byteOrder === 'little';
  }

  /** Adds an event that samples for itself. */
  event(options: EventOptions): WrittenEvent {
    const ids = Array.from({ length: options.instances ?? 1 }, () => this.#nextId++);
    const event: WrittenEvent = { index: this.events.length, options, ids, members: [], format: null };
    this.events.push(event);
    return event;
  }

  /** Adds a group that is read with each sample of its leader: `{leader,member,…}:S`. */
  group(options: readonly EventOptions[]): WrittenEvent[] {
    const fields = options[0].fields ?? [...DEFAULT_FIELDS, 'read'];
    const read = options[0].read ?? ['enabled', 'running', 'id', 'group'];
    const members = options.map((option, k) =>
      this.event({ period: k === 0 ? 1000 : 0, ...option, fields, read, instances: options[0].instances }),
    );
    members[0].members = members;
    this.#groups.push({ leader: members[0].index, members: members.length });
    return members;
  }

  /** Adds a uprobe (or uretprobe) with its format text. */
  probe(options: ProbeOptions): WrittenEvent {
    const [system, name] = options.name.split(':');
    const id = 1500 + this.#formats.length;
    const args = Object.entries(options.arguments);
    const common = [
      'field:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;',
      'field:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;',
      'field:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;',
      'field:int common_pid;\toffset:4;\tsize:4;\tsigned:1;',
    ];
    const own = options.isReturn
      ? [
          'field:unsigned long __probe_func;\toffset:8;\tsize:8;\tsigned:0;',
          'field:unsigned long __probe_ret_ip;\toffset:16;\tsize:8;\tsigned:0;',
        ]
      : ['field:unsigned long __probe_ip;\toffset:8;\tsize:8;\tsigned:0;'];
    let offset = options.isReturn ? 24 : 16;
    for (const [argument, type] of args) {
      const declaration = type === 'string' ? `__data_loc char[] ${argument}` : `${type} ${argument}`;
      const bytes = ARGUMENT_BYTES[type];
      own.push(
        `field:${declaration};\toffset:${offset};\tsize:${bytes};\tsigned:${type.startsWith('s') && type !== 'string' ? 1 : 0};`,
      );
      offset += bytes;
    }
    const lines = (fields: string[]): string => fields.map((field) => `\t${field}\n`).join('');
    const printed = args.map(([argument, type]) => {
      const conversion = type === 'string' ? String.raw`\"%s\"` : ARGUMENT_BYTES[type] === 8 ? '%Ld' : '%d';
      return `${argument}=${conversion}`;
    });
    const values = args.map(([argument, type]) =>
      type === 'string' ? `__get_str(${argument})` : `REC->${argument}`,
    );
    const place = options.isReturn ? '(%lx <- %lx)' : '(%lx)';
    const places = options.isReturn ? ['REC->__probe_func', 'REC->__probe_ret_ip'] : ['REC->__probe_ip'];
    const print = `print fmt: "${[place, ...printed].join(' ')}", ${[...places, ...values].join(', ')}`;
    const text = `name: ${name}\nID: ${id}\nformat:\n${lines(common)}\n${lines(own)}\n${print}\n`;
    const event = this.event({
      name: options.name,
      type: 2,
      config: id,
      period: 1,
      fields: [...DEFAULT_FIELDS, 'raw'],
    });
    event.format = { id, system, name, text, isReturn: options.isReturn ?? false, arguments: args };
    this.#formats.push(event.format);
    return event;
  }

  /** A hit of a probe. `address` is the probed function, `returnTo` where a return probe goes back to. */
  hit(
    probe: WrittenEvent,
    options: SampleOptions & {
      address?: bigint;
      returnTo?: bigint;
      arguments: Record<string, number | bigint | string>;
    },
  ): void {
    const { format } = probe;
    if (!format) throw new TypeError('this event is no probe');
    const raw = new Bytes(this.littleEndian);
    raw
      .u16(format.id)
      .u8(0)
      .u8(0)
      .u32(options.tid ?? options.pid);
    raw.u64(options.address ?? 0);
    if (format.isReturn) raw.u64(options.returnTo ?? 0);
    const fixedEnd = format.arguments.reduce((sum, [, type]) => sum + ARGUMENT_BYTES[type], raw.length);
    const strings = new Bytes(this.littleEndian);
    for (const [name, type] of format.arguments) {
      const value = options.arguments[name];
      if (typeof value === 'string') {
        const start = fixedEnd + strings.length;
        strings.text(value).u8(0);
        raw.u32(start | ((fixedEnd + strings.length - start) << 16));
      } else if (ARGUMENT_BYTES[type] === 8) raw.u64(value);
      else if (ARGUMENT_BYTES[type] === 4) raw.u32(Number(BigInt.asUintN(32, BigInt(value))));
      else raw.u8(Number(value));
    }
    raw.bytes(strings.done());
    // The record's size and its RAW part together are a multiple of 8.
    while ((raw.length + 4) % 8 !== 0) raw.u8(0);
    this.sample(probe, { period: 1, ip: options.address ?? 0n, ...options, raw: raw.done() });
  }

  describe(descriptions: Descriptions): void {
    this.#descriptions = { ...this.#descriptions, ...descriptions };
  }

  /** Any record: its body without header, `misc` as it is. */
  record(type: number, misc: number, body: Uint8Array): void {
    const bytes = new Bytes(this.littleEndian);
    bytes
      .u32(type)
      .u16(misc)
      .u16(8 + body.length)
      .bytes(body);
    this.records.push(bytes.done());
  }

  sample(event: WrittenEvent, sample: SampleOptions): void {
    const { options } = event;
    const tid = sample.tid ?? sample.pid;
    const instance = sample.instance ?? 0;
    const id = sample.id ?? event.ids[instance];
    const ip = BigInt(sample.ip ?? 0);
    const mode = sample.mode ?? 'user';
    const context = mode === 'user' ? CONTEXT_USER : CONTEXT_KERNEL;
    const chain = sample.chain ?? [context, ip];
    const body = new Bytes(this.littleEndian);
    const write: Record<SampleField, () => void> = {
      identifier: () => body.u64(id),
      ip: () => body.u64(ip),
      tid: () => body.u32(sample.pid >>> 0).u32(tid >>> 0),
      time: () => body.u64(sample.timeNs ?? 0),
      addr: () => body.u64(0x1234),
      id: () => body.u64(id),
      streamId: () => body.u64(id),
      cpu: () => body.u32(sample.cpu ?? 0).u32(0),
      period: () => body.u64(sample.period ?? options.period ?? 1),
      read: () => this.#writeRead(body, event, sample, instance),
      callchain: () => {
        body.u64(chain.length);
        for (const entry of chain) body.u64(entry);
      },
      raw: () => {
        const raw = sample.raw ?? new Uint8Array(4);
        body.u32(raw.length).bytes(raw);
      },
      branchStack: () => body.u64(1).u64(0x10).u64(0x20).u64(0),
      regsUser: () => {
        const values = sample.registerValues;
        body.u64(values ? 2 : 0);
        for (const value of values ?? []) body.u64(value);
      },
      stackUser: () => {
        const stack = sample.stack ?? new Uint8Array(0);
        body.u64(stack.length);
        if (stack.length > 0) body.bytes(stack).u64(stack.length);
      },
      weight: () => body.u64(7),
    };
    for (const field of Object.keys(write) as SampleField[]) {
      if (fieldsOf(options).includes(field)) write[field]();
    }
    this.record(9, MISC[mode], body.done());
  }

  #writeRead(body: Bytes, event: WrittenEvent, sample: SampleOptions, instance: number): void {
    const read = event.options.read ?? [];
    const members = event.members.length > 0 ? event.members : [event];
    const values = members.map((member, k) => {
      if (sample.values) return BigInt(sample.values[k]);
      // Counts of an event that threads inherit are kept for each of them.
      const key =
        member.ids[instance] + (event.options.inherit ? BigInt(sample.tid ?? sample.pid) << 32n : 0n);
      const total = (this.#totals.get(key) ?? 0n) + BigInt(sample.counts?.[k] ?? 0);
      this.#totals.set(key, total);
      return total;
    });
    const times = (): void => {
      if (read.includes('enabled')) body.u64(sample.enabledNs ?? 0);
      if (read.includes('running')) body.u64(sample.runningNs ?? sample.enabledNs ?? 0);
    };
    if (read.includes('group')) {
      body.u64(members.length);
      times();
    }
    members.forEach((member, k) => {
      body.u64(values[k]);
      if (!read.includes('group')) times();
      if (read.includes('id')) body.u64(member.ids[instance]);
      if (read.includes('lost')) body.u64(0);
    });
  }

  /** Ends the body of a kernel record with who, when and where, and writes it. */
  #kernelRecord(
    type: number,
    misc: number,
    body: Bytes,
    at: RecordTime & { pid: number; tid?: number },
  ): void {
    const event = this.events[0];
    const fields = fieldsOf(event.options);
    if (!event.options.withoutTrailer) {
      const timeNs = at.timeNs ?? 0;
      const isMadeUp = BigInt(timeNs) === 0n;
      const id = isMadeUp ? 0n : event.ids[0];
      if (fields.includes('tid')) {
        body.u32(isMadeUp ? 0 : at.pid >>> 0).u32(isMadeUp ? 0 : (at.tid ?? at.pid) >>> 0);
      }
      if (fields.includes('time')) body.u64(timeNs);
      if (fields.includes('id')) body.u64(id);
      if (fields.includes('streamId')) body.u64(id);
      if (fields.includes('cpu')) body.u32(at.cpu ?? 0).u32(0);
      if (fields.includes('identifier')) body.u64(id);
    }
    this.record(type, misc, body.done());
  }

  /** COMM: a thread's name. */
  comm(options: RecordTime & { pid: number; tid?: number; name: string; isExec?: boolean }): void {
    const body = new Bytes(this.littleEndian);
    body
      .u32(options.pid)
      .u32(options.tid ?? options.pid)
      .text(options.name)
      .u8(0)
      .pad(8);
    this.#kernelRecord(3, options.isExec ? 1 << 13 : 0, body, options);
  }

  /** MMAP2 of code; of the kernel with pid -1. */
  mmap(
    options: RecordTime & {
      pid: number;
      start: bigint;
      bytes: bigint;
      path: string;
      fileOffset?: bigint;
      buildId?: string;
      isKernel?: boolean;
      protection?: number;
    },
  ): void {
    const body = new Bytes(this.littleEndian);
    body.u32(options.pid >>> 0).u32(options.pid >>> 0);
    body
      .u64(options.start)
      .u64(options.bytes)
      .u64(options.fileOffset ?? 0n);
    if (options.buildId === undefined) body.u32(8).u32(1).u64(4711).u64(0);
    else {
      const id = Buffer.from(options.buildId, 'hex');
      body
        .u8(id.length)
        .zeros(3)
        .bytes(id)
        .zeros(20 - id.length);
    }
    body
      .u32(options.protection ?? 5)
      .u32(2)
      .text(options.path)
      .u8(0)
      .pad(8);
    const misc = (options.isKernel ? MISC.kernel : MISC.user) | (options.buildId === undefined ? 0 : 1 << 14);
    this.#kernelRecord(10, misc, body, options);
  }

  /** FORK, or EXIT: a new thread of a process when pid and parentPid are the same. */
  fork(
    options: RecordTime & {
      pid: number;
      tid?: number;
      parentPid: number;
      parentTid?: number;
      isExit?: boolean;
    },
  ): void {
    const { pid, parentPid } = options;
    const body = new Bytes(this.littleEndian);
    body
      .u32(pid)
      .u32(parentPid)
      .u32(options.tid ?? pid)
      .u32(options.parentTid ?? parentPid);
    body.u64(options.timeNs ?? 0);
    this.#kernelRecord(options.isExit ? 4 : 7, 0, body, options);
  }

  /** SWITCH: a thread starts to run, stops because it waits, or is preempted. */
  switch(options: RecordTime & { pid: number; tid?: number; kind: 'in' | 'out' | 'preempted' }): void {
    const misc = options.kind === 'in' ? 0 : options.kind === 'out' ? 1 << 13 : (1 << 13) | (1 << 14);
    this.#kernelRecord(14, misc, new Bytes(this.littleEndian), options);
  }

  lost(count: number): void {
    const body = new Bytes(this.littleEndian).u64(this.events[0].ids[0]).u64(count);
    this.#kernelRecord(2, 0, body, { pid: 0 });
  }

  lostSamples(count: number): void {
    this.#kernelRecord(13, 0, new Bytes(this.littleEndian).u64(count), { pid: 0 });
  }

  throttle(timeNs: number): void {
    const id = this.events[0].ids[0];
    this.#kernelRecord(5, 0, new Bytes(this.littleEndian).u64(timeNs).u64(id).u64(id), { pid: 0, timeNs });
  }

  /** READ: what an event counted in a thread that ends. */
  read(event: WrittenEvent, options: RecordTime & { pid: number; tid?: number; value: number }): void {
    const body = new Bytes(this.littleEndian).u32(options.pid).u32(options.tid ?? options.pid);
    this.#writeRead(body, event, { pid: options.pid, values: [options.value] }, 0);
    this.#kernelRecord(8, 0, body, options);
  }

  finishedRound(): void {
    this.record(68, 0, new Uint8Array(0));
  }

  /** ID_INDEX: which CPU and thread the ids of events were opened for. */
  idIndex(rows: readonly { id: bigint; cpu: number; tid: number }[]): void {
    const body = new Bytes(this.littleEndian).u64(rows.length);
    rows.forEach(({ id, cpu, tid }, index) => body.u64(id).u64(index).u64(cpu).u64(tid));
    this.record(69, 0, body.done());
  }

  /** EVENT_UPDATE: unit and scale of an event's values. */
  eventUnit(event: WrittenEvent, unit: string, scale: number): void {
    const id = event.ids[0];
    this.record(78, 0, new Bytes(this.littleEndian).u64(0).u64(id).text(unit).u8(0).pad(8).done());
    this.record(78, 0, new Bytes(this.littleEndian).u64(1).u64(id).f64(scale).done());
  }

  threadMap(rows: readonly { pid: number; name: string }[]): void {
    const body = new Bytes(this.littleEndian).u64(rows.length);
    for (const { pid, name } of rows)
      body
        .u64(pid)
        .text(name)
        .zeros(16 - name.length);
    this.record(73, 0, body.done());
  }

  /** STAT: what an event counted since the start. */
  stat(
    id: bigint,
    options: { cpu: number; thread: number; value: number; enabledNs: number; runningNs: number },
  ): void {
    const body = new Bytes(this.littleEndian)
      .u64(id)
      .u32(options.cpu >>> 0)
      .u32(options.thread);
    this.record(76, 0, body.u64(options.value).u64(options.enabledNs).u64(options.runningNs).done());
  }

  statRound(timeNs: number): void {
    this.record(77, 0, new Bytes(this.littleEndian).u64(0).u64(timeNs).done());
  }

  // Files and streams

  /** A file; without `descriptions` it has no features at all, as a killed recording. */
  toFile({ descriptions = true, isKilled = false } = {}): Uint8Array<ArrayBuffer> {
    return this.#file(joined(this.records), descriptions && !isKilled, isKilled);
  }

  /**
   * A file whose records are compressed as `perf record -z` does it: one zstd stream that is flushed and never ended, cut
   * into records anywhere. The first `plain` records stay as they are. Since 6.16 the records are COMPRESSED2 (83), which
   * state their size and are padded.
   */
  async toCompressedFile({ plain = 0, pieceBytes = 1000, type = 81 as 81 | 83 } = {}): Promise<
    Uint8Array<ArrayBuffer>
  > {
    const data = new Bytes(this.littleEndian).bytes(joined(this.records.slice(0, plain)));
    const records = joined(this.records.slice(plain));
    const stream = createZstdCompress();
    const out: Uint8Array[] = [];
    stream.on('data', (piece: Uint8Array) => out.push(piece));
    for (let at = 0; at < records.length; at += pieceBytes) {
      stream.write(records.subarray(at, at + pieceBytes));
      await new Promise<void>((resolve) => stream.flush(() => resolve()));
      const piece = joined(out.splice(0));
      const body = new Bytes(this.littleEndian);
      if (type === 83) body.u64(piece.length).bytes(piece).pad(8);
      else body.bytes(piece);
      data
        .u32(type)
        .u16(0)
        .u16(8 + body.length)
        .bytes(body.done());
    }
    this.features.set(27, new Bytes(this.littleEndian).u32(0).u32(1).u32(1).u32(4).u32(528384).done());
    return this.#file(data.done(), true, false);
  }

  #file(data: Uint8Array, hasFeatures: boolean, isKilled: boolean): Uint8Array<ArrayBuffer> {
    const { littleEndian } = this;
    const attributeBytes = Math.max(...this.events.map(({ options }) => options.attributeBytes ?? 136));
    const ids = new Bytes(littleEndian);
    const attributes = new Bytes(littleEndian);
    for (const event of this.events) {
      attributes
        .bytes(attribute(event.options, littleEndian))
        .zeros(attributeBytes - (event.options.attributeBytes ?? 136));
      attributes.u64(FILE_HEADER_BYTES + ids.length).u64(event.ids.length * 8);
      for (const id of event.ids) ids.u64(id);
    }
    const attributesAt = FILE_HEADER_BYTES + ids.length;
    const dataAt = attributesAt + attributes.length;
    const features = hasFeatures ? [...this.#allFeatures(false)].sort(([a], [b]) => a - b) : [];

    const file = new Bytes(littleEndian);
    file
      .text(littleEndian ? 'PERFILE2' : '2ELIFREP')
      .u64(FILE_HEADER_BYTES)
      .u64(attributeBytes + 16);
    file
      .u64(attributesAt)
      .u64(attributes.length)
      .u64(dataAt)
      .u64(isKilled ? 0 : data.length)
      .u64(0)
      .u64(0);
    const bits = [0n, 0n, 0n, 0n];
    for (const [bit] of features) bits[bit >> 6] |= 1n << BigInt(bit & 63);
    for (const word of bits) file.u64(word);
    file.bytes(ids.done()).bytes(attributes.done()).bytes(data);
    let payloadAt = dataAt + data.length + features.length * 16;
    for (const [, payload] of features) {
      file.u64(payloadAt).u64(payload.length);
      payloadAt += payload.length;
    }
    for (const [, payload] of features) file.bytes(payload);
    return file.done();
  }

  /** A pipe stream (`perf record -o -`): everything is a record. */
  toPipe(): Uint8Array<ArrayBuffer> {
    const { littleEndian } = this;
    const stream = new Bytes(littleEndian);
    stream.text(littleEndian ? 'PERFILE2' : '2ELIFREP').u64(16);
    const record = (type: number, body: Uint8Array): void => {
      stream
        .u32(type)
        .u16(0)
        .u16(8 + body.length)
        .bytes(body);
    };
    for (const event of this.events) {
      const body = new Bytes(littleEndian).bytes(attribute(event.options, littleEndian));
      for (const id of event.ids) body.u64(id);
      record(64, body.done());
    }
    for (const [feature, payload] of this.#allFeatures(true)) {
      record(80, new Bytes(littleEndian).u64(feature).bytes(payload).pad(8).done());
    }
    record(80, new Bytes(littleEndian).u64(32).done());
    if (this.#formats.length > 0) {
      const blob = this.#tracingData();
      const padded = new Bytes(littleEndian).bytes(blob).pad(8).done();
      record(66, new Bytes(littleEndian).u32(padded.length).u32(0).done());
      stream.bytes(padded);
    }
    return stream.bytes(joined(this.records)).done();
  }

  #allFeatures(isPipe: boolean): Map<number, Uint8Array> {
    const { hostName, osRelease, version, arch, cpus, cpuDescription, cpuId, ...more } = this.#descriptions;
    const features = new Map<number, Uint8Array>();
    const add = (feature: number, fill: (bytes: Bytes) => void): void => {
      const bytes = new Bytes(this.littleEndian);
      fill(bytes);
      features.set(feature, bytes.done());
    };
    const text = (feature: number, value: string | undefined): void => {
      if (value !== undefined) add(feature, (bytes) => string(bytes, value));
    };
    if (this.#formats.length > 0 && !isPipe) features.set(1, this.#tracingData());
    if (more.buildIds && !isPipe) add(2, (bytes) => buildIds(bytes, more.buildIds ?? []));
    text(3, hostName);
    text(4, osRelease);
    text(5, version);
    text(6, arch);
    if (cpus !== undefined) add(7, (bytes) => bytes.u32(cpus).u32(cpus));
    text(8, cpuDescription);
    text(9, cpuId);
    if (more.commandLine) {
      add(11, (bytes) => {
        bytes.u32(more.commandLine?.length ?? 0);
        for (const argument of more.commandLine ?? []) string(bytes, argument);
      });
    }
    add(12, (bytes) => this.#eventDescriptions(bytes));
    if (more.pmus) {
      const pmus = Object.entries(more.pmus);
      add(16, (bytes) => {
        bytes.u32(pmus.length);
        for (const [type, name] of pmus) string(bytes.u32(Number(type)), name);
      });
    }
    if (this.#groups.length > 0) {
      add(17, (bytes) => {
        bytes.u32(this.#groups.length);
        for (const { leader, members } of this.#groups) {
          string(bytes, '{anon_group}');
          bytes.u32(leader).u32(members);
        }
      });
    }
    if (more.isStat) add(19, () => {});
    if (more.isDirectory) add(24, (bytes) => bytes.u64(1));
    if (more.clockData) {
      const { clockId, wallNs, clockNs } = more.clockData;
      add(29, (bytes) => bytes.u32(1).u32(clockId).u64(wallNs).u64(clockNs));
    }
    if (more.simpleperfMeta) {
      const meta = Object.entries(more.simpleperfMeta);
      add(129, (bytes) => {
        for (const [key, value] of meta) bytes.text(key).u8(0).text(value).u8(0);
      });
    }
    for (const [feature, payload] of this.features) features.set(feature, payload);
    return features;
  }

  #eventDescriptions(bytes: Bytes): void {
    bytes.u32(this.events.length).u32(136);
    for (const { options, ids } of this.events) {
      bytes.bytes(attribute({ ...options, attributeBytes: 136 }, this.littleEndian));
      bytes.u32(ids.length);
      string(bytes, options.name);
      for (const id of ids) bytes.u64(id);
    }
  }

  /** The copy of tracefs that comes with tracepoints: `tools/perf/util/trace-event-info.c`. */
  #tracingData(): Uint8Array {
    const bytes = new Bytes(this.littleEndian);
    bytes.u8(0x17).u8(0x08).u8(0x44).text('tracing').text('0.6').u8(0);
    bytes
      .u8(this.littleEndian ? 0 : 1)
      .u8(8)
      .u32(4096);
    bytes.text('header_page').u8(0).u64(HEADER_PAGE.length).text(HEADER_PAGE);
    bytes.text('header_event').u8(0).u64(HEADER_EVENT.length).text(HEADER_EVENT);
    bytes.u32(0);
    const systems = [...new Set(this.#formats.map(({ system }) => system))];
    bytes.u32(systems.length);
    for (const system of systems) {
      const formats = this.#formats.filter((format) => format.system === system);
      bytes.text(system).u8(0).u32(formats.length);
      for (const { text } of formats) bytes.u64(text.length).text(text);
    }
    return bytes.u32(0).u32(0).u64(0).done();
  }
}

function fieldsOf(options: EventOptions): readonly SampleField[] {
  return options.fields ?? DEFAULT_FIELDS;
}

/** `struct perf_event_attr` in the size asked for, 136 bytes by default. */
function attribute(options: EventOptions, littleEndian: boolean): Uint8Array {
  const bytes = options.attributeBytes ?? 136;
  const bits = (set: readonly number[]): bigint => set.reduce((mask, bit) => mask | (1n << BigInt(bit)), 0n);
  const flags: number[] = [];
  if (options.inherit) flags.push(1);
  if (options.excludeKernel) flags.push(5);
  if (options.frequencyHz !== undefined) flags.push(10);
  if (!options.withoutTrailer) flags.push(18);
  if (options.clockId !== undefined) flags.push(25);
  const attr = new Bytes(littleEndian);
  attr
    .u32(options.type ?? 0)
    .u32(bytes)
    .u64(options.config ?? 0);
  attr.u64(options.frequencyHz ?? options.period ?? 1000);
  attr.u64(bits(fieldsOf(options).map((field) => FIELD_BITS[field])));
  attr.u64(bits((options.read ?? []).map((field) => READ_BITS[field])));
  // Bit fields count from the other end on big-endian machines.
  attr.u64(bits(flags.map((flag) => (littleEndian ? flag : 63 - flag))));
  attr
    .u32(0)
    .u32(0)
    .u64(0)
    .u64(0)
    .u64(0)
    .u64(options.registers ?? 0n);
  attr.u32(options.fields?.includes('stackUser') ? 4096 : 0).u32(options.clockId ?? 0);
  attr.zeros(Math.max(0, bytes - attr.length));
  return attr.done().subarray(0, bytes);
}

/** `perf_header_string`: padded to 64 bytes. */
function string(bytes: Bytes, text: string): void {
  const padded = Math.ceil((text.length + 1) / 64) * 64;
  bytes
    .u32(padded)
    .text(text)
    .zeros(padded - text.length);
}

function buildIds(bytes: Bytes, rows: NonNullable<Descriptions['buildIds']>): void {
  for (const { path, id, isKernel } of rows) {
    const nameBytes = Math.ceil((path.length + 1) / 64) * 64;
    const raw = Buffer.from(id, 'hex');
    bytes
      .u32(67)
      .u16((isKernel ? MISC.kernel : MISC.user) | (1 << 15))
      .u16(36 + nameBytes)
      .u32(0xffff_ffff);
    bytes
      .bytes(raw)
      .zeros(20 - raw.length)
      .u8(raw.length)
      .zeros(3);
    bytes.text(path).zeros(nameBytes - path.length);
  }
}

function joined(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
