/** What gatord 9.7 asks of perf: the events it opens and what their records hold, for captures made up in tests. */
import { ByteWriter, wordsOf } from './apcBytes.ts';
import type { AttributeFields } from './apcBytes.ts';

export type ApcShape = 'system-wide' | 'per-thread-groups' | 'per-thread-periods';

/** A counter that the capture asks for. */
export interface ApcCounter {
  /** How this writer calls it in `counts`. */
  id: string;
  /** How the user asked for it: `ARMv8_Neoverse_V1_cnt0`. */
  type: string;
  /** Event code; left out for counters that gatord polls. */
  code?: number;
  title: string;
  name: string;
  units?: string;
  /** `absolute` for levels. */
  class?: 'absolute';
  multiplier?: number;
  perCpu?: boolean;
  /** Event-based sampling with this period: it takes the place of the sampling clock. */
  samplingPeriod?: number;
  /** The kernel did not open the event. */
  isRejected?: boolean;
  excludesKernel?: boolean;
  /** Text of a tracepoint's `format` file, for a counter that is one; its code is the tracepoint's id. */
  tracepoint?: string;
  /** `perf_event_attr.type`; the core's PMU otherwise. */
  pmuType?: number;
}

export interface ApcOptions {
  shape: ApcShape;
  counters?: readonly ApcCounter[];
  cpuCount?: number;
  coreName?: string;
  cpuid?: number;
  protocol?: number;
  product?: number | null;
  /** Leave CALLCHAIN out, as `gatord -u no` does. */
  withoutStacks?: boolean;
  /** CLOCK_MONOTONIC_RAW at time zero. */
  zeroNs?: bigint;
  uname?: string;
  /** Attributes of the summary besides the usual ones; undefined takes one away. */
  summaryAttributes?: Record<string, string | undefined>;
  /** Text of /proc/kallsyms. */
  kallsyms?: string;
  withoutXml?: readonly ('captured.xml' | 'events.xml' | 'counters.xml')[];
  /** Keep the sample rate at 0: no sampling clock. */
  withoutClock?: boolean;
}

/** Keys of gatord's own events. */
export const HEADER_KEY = 0x7fff_fffe;
export const LEADER_KEY = 0x7fff_ffff;
export const CLOCK_KEY = 0x7fff_fffd;
const FIRST_COUNTER_KEY = 10;

export const CLOCK_PERIOD_NS = 991_080;
export const PMU_TYPE = 10;
export const SCHED_SWITCH_ID = 250;

/** Bits of `sample_type`. */
export const IP = 0x1;
export const READ = 0x10;
export const CALLCHAIN = 0x20;
export const PERIOD = 0x100;
export const RAW = 0x400;
export const TID = 0x2;
/** TIME, STREAM_ID and IDENTIFIER, which every event has. */
const ALWAYS = 0x10204;
export const READ_ONE = 0x7;
const READ_GROUP = 0xf;
const FLAG_INHERIT = 1;
const FLAG_PINNED = 2;
const FLAG_EXCLUDE_KERNEL = 5;
const FLAG_FREQ = 10;

export const SCHED_SWITCH_FORMAT = `name: sched_switch
ID: ${SCHED_SWITCH_ID}
format:
	field:unsigned short common_type;	offset:0;	size:2;	signed:0;
	field:int common_pid;	offset:4;	size:4;	signed:1;

	field:char prev_comm[16];	offset:8;	size:16;	signed:0;
	field:pid_t prev_pid;	offset:24;	size:4;	signed:1;
	field:int prev_prio;	offset:28;	size:4;	signed:1;
	field:long prev_state;	offset:32;	size:8;	signed:1;
	field:char next_comm[16];	offset:40;	size:16;	signed:0;
	field:pid_t next_pid;	offset:56;	size:4;	signed:1;
	field:int next_prio;	offset:60;	size:4;	signed:1;
`;

/** What gatord 9.7 asks of perf in each shape. */
export function eventsOf(options: ApcOptions): {
  header: AttributeFields;
  leader: AttributeFields;
  clock: AttributeFields;
  counter: (counter: ApcCounter) => AttributeFields;
} {
  const chain = options.withoutStacks ? 0 : CALLCHAIN;
  const software = (
    config: number,
    sampleType: number,
    readFormat: number,
    flags: number[],
  ): AttributeFields => ({
    type: 1,
    config,
    sampleType,
    readFormat,
    flags,
  });
  const pmu = (
    counter: ApcCounter,
    sampleType: number,
    readFormat: number,
    flags: number[],
  ): AttributeFields => ({
    type: counter.pmuType ?? PMU_TYPE,
    config: counter.code ?? 0,
    samplePeriod: counter.samplingPeriod ?? 0,
    sampleType,
    readFormat,
    flags: counter.excludesKernel ? [...flags, FLAG_EXCLUDE_KERNEL] : flags,
  });
  switch (options.shape) {
    case 'system-wide':
      return {
        header: software(9, ALWAYS, READ_ONE, [FLAG_PINNED]),
        leader: {
          type: 2,
          config: SCHED_SWITCH_ID,
          samplePeriod: 1,
          sampleType: ALWAYS | TID | READ | RAW | PERIOD,
          readFormat: READ_GROUP,
          flags: [FLAG_PINNED],
        },
        clock: {
          ...software(0, ALWAYS | IP | TID | READ | chain, READ_GROUP, []),
          samplePeriod: CLOCK_PERIOD_NS,
        },
        counter: (counter) =>
          counter.samplingPeriod === undefined
            ? pmu(counter, ALWAYS | READ, READ_GROUP, [])
            : pmu(counter, ALWAYS | IP | TID | READ | chain, READ_ONE, [FLAG_PINNED]),
      };
    case 'per-thread-groups':
      return {
        header: software(9, ALWAYS | TID, READ_ONE, [FLAG_INHERIT, FLAG_PINNED]),
        leader: {
          ...software(3, ALWAYS | IP | TID | READ | chain, READ_GROUP, [FLAG_INHERIT, FLAG_PINNED]),
          samplePeriod: 1,
        },
        clock: {
          ...software(0, ALWAYS | IP | TID | READ | chain, READ_GROUP, [FLAG_INHERIT]),
          samplePeriod: CLOCK_PERIOD_NS,
        },
        counter: (counter) =>
          counter.samplingPeriod === undefined
            ? pmu(counter, ALWAYS | TID | READ, READ_GROUP, [FLAG_INHERIT])
            : pmu(counter, ALWAYS | IP | TID | READ | chain, READ_ONE, [FLAG_INHERIT, FLAG_PINNED]),
      };
    case 'per-thread-periods':
      return {
        header: software(9, ALWAYS | TID, READ_ONE, [FLAG_INHERIT, FLAG_PINNED]),
        leader: software(9, ALWAYS | TID, READ_ONE, [FLAG_INHERIT, FLAG_PINNED]),
        clock: {
          ...software(0, ALWAYS | IP | TID | PERIOD | chain, READ_ONE, [FLAG_INHERIT]),
          samplePeriod: CLOCK_PERIOD_NS,
        },
        counter: (counter) =>
          counter.samplingPeriod === undefined
            ? {
                ...pmu(counter, ALWAYS | TID | PERIOD, READ_ONE, [FLAG_INHERIT, FLAG_FREQ]),
                samplePeriod: 1009,
              }
            : pmu(counter, ALWAYS | IP | TID | PERIOD | chain, READ_ONE, [FLAG_INHERIT, FLAG_PINNED]),
      };
  }
}

/** A counter that is a tracepoint, whose samples carry its fields. */
export function tracepointEvent(counter: ApcCounter): AttributeFields {
  return {
    type: 2,
    config: counter.code ?? 0,
    samplePeriod: 1,
    sampleType: ALWAYS | TID | RAW,
    readFormat: READ_ONE,
  };
}

/** RAW of a sample: a 32-bit size and the data, filled up to whole words. */
export function rawWords(data: Uint8Array): bigint[] {
  const sizeBytes = Math.ceil((data.length + 4) / 8) * 8 - 4;
  return wordsOf(new ByteWriter().u32(sizeBytes).bytes(data).finish());
}

/** Who goes and who comes in a sched_switch. */
export interface SchedSwitch {
  previousTid: number;
  nextTid: number;
  couldRunOn: boolean;
}

/** The fields of {@link SCHED_SWITCH_FORMAT}. */
export function schedSwitchData({ previousTid, nextTid, couldRunOn }: SchedSwitch): Uint8Array {
  const fields = new DataView(new ArrayBuffer(68));
  fields.setUint16(0, SCHED_SWITCH_ID, true);
  fields.setInt32(24, previousTid, true);
  fields.setBigInt64(32, couldRunOn ? 0n : 1n, true);
  fields.setInt32(56, nextTid, true);
  return new Uint8Array(fields.buffer);
}

/** gatord gives counters even keys in the order of registration. */
export function keyOf(index: number): number {
  return FIRST_COUNTER_KEY + index * 2;
}
