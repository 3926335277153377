/** SUMMARY frames: when the capture began, on which clocks, and what the target is. */
import { PackedReader } from './packed.ts';

/**
 * What gator writes first into its summary: all line ends there are. A file that went through a transfer in text mode
 * has lost some of them, and every other frame is damaged too.
 */
const CANARY = '1\n2\r\n3\r4\n\r5';

const MESSAGE_SUMMARY = 1;
const MESSAGE_CORE_NAME = 3;

/** The summary of a capture. Clock values are unsigned 64-bit nanoseconds. */
export interface Summary {
  canaryIsIntact: boolean;
  realtimeNs: bigint;
  boottimeNs: bigint;
  /** CLOCK_MONOTONIC_RAW at time zero of the capture. */
  monotonicRawNs: bigint;
  /** CLOCK_MONOTONIC at the same instant; null in captures of gator 9.0, which does not say. */
  monotonicNs: bigint | null;
  /** `uname`, `PAGESIZE`, `nosync`, `perf.devices.<pmu>.type`… */
  attributes: ReadonlyMap<string, string>;
}

/** A CPU and what core it is. */
export interface CoreName {
  cpu: number;
  /** Implementer and part number of its MIDR: `implementer << 12 | part`. */
  cpuid: number;
  name: string;
}

export interface SummaryMessages {
  summary: Summary | null;
  cores: CoreName[];
  /** The frame ended within a message, or had one of an unknown kind. */
  damaged: boolean;
}

/** Reads the messages of one SUMMARY frame. */
export function readSummaryFrame(body: Uint8Array): SummaryMessages {
  const reader = new PackedReader(body);
  const result: SummaryMessages = { summary: null, cores: [], damaged: false };
  while (reader.remaining > 0) {
    const message = reader.int32();
    if (message === MESSAGE_SUMMARY) {
      result.summary ??= readSummary(reader);
    } else if (message === MESSAGE_CORE_NAME) {
      const core = { cpu: reader.int32(), cpuid: reader.int32(), name: reader.string() };
      if (!reader.overrun) result.cores.push(core);
    } else {
      result.damaged = true;
      return result;
    }
  }
  result.damaged = reader.overrun;
  return result;
}

/** Null when the frame ends before the clocks do. */
function readSummary(reader: PackedReader): Summary | null {
  const canaryIsIntact = reader.string() === CANARY;
  const realtimeNs = reader.uint64();
  const boottimeNs = reader.uint64();
  const monotonicRawNs = reader.uint64();
  const monotonicNs = nextIsUname(reader) ? null : reader.uint64();
  if (reader.overrun && canaryIsIntact) return null;
  const attributes = new Map<string, string>();
  while (!reader.overrun) {
    const key = reader.string();
    if (key === '') break;
    const value = reader.string();
    if (!reader.overrun) attributes.set(key, value);
  }
  return { canaryIsIntact, realtimeNs, boottimeNs, monotonicRawNs, monotonicNs, attributes };
}

/** Protocols before 910 have no CLOCK_MONOTONIC: the first attribute, `uname`, follows at once. */
function nextIsUname(reader: PackedReader): boolean {
  const ahead = new PackedReader(reader.bytes, reader.position, reader.end);
  return ahead.string() === 'uname';
}

/** The parts of `uname`: sysname, nodename, release, version, machine, `GNU/Linux`. Null for what is not there. */
export function unameParts(uname: string): {
  hostName: string | null;
  release: string | null;
  version: string | null;
  machine: string | null;
} {
  const words = uname.trim().split(/\s+/);
  const last = words.at(-1) === 'GNU/Linux' ? words.length - 2 : words.length - 1;
  const hasAll = last >= 4;
  return {
    hostName: words[1] ?? null,
    release: words[2] ?? null,
    version: hasAll ? words.slice(3, last).join(' ') : null,
    machine: hasAll ? words[last] : null,
  };
}
