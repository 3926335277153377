/**
 * PERF_ATTRS frames: which events were opened, and what perf needs to make sense of their records. A frame holds any
 * number of messages, none included.
 */
import { attributesSize, isBigEndian, parseAttributes } from './eventAttributes.ts';
import type { EventAttributes } from './eventAttributes.ts';
import { PackedReader } from './packed.ts';

/** Message codes (gator daemon/linux/perf/PerfAttrsBuffer.h, `enum class CodeType`). */
const Message = {
  attributes: 1,
  keys: 2,
  format: 3,
  maps: 4,
  comm: 5,
  keysOld: 6,
  onlineCpu: 7,
  offlineCpu: 8,
  kallsyms: 9,
  counters: 10,
  headerPage: 11,
  headerEvent: 12,
  metricEventKey: 13,
  kernelBuildId: 14,
  moduleBuildId: 15,
} as const;

/** Receives what the messages say. Byte arrays are views that are valid during the call. */
export interface PerfAttributesSink {
  attributes(attributes: EventAttributes): void;
  /** The event with this id (two halves) belongs to a key. */
  key(idLow: number, idHigh: number, key: number): void;
  /** Text of a tracepoint's `format` file. */
  format(text: string): void;
  /** Text of /proc/<pid>/maps at the start of the capture. */
  maps(pid: number, text: string): void;
  /** A thread that ran at the start; the path is empty for kernel threads. */
  comm(pid: number, tid: number, executable: string, name: string): void;
  onlineCpu(cpu: number): void;
  kallsyms(text: Uint8Array): void;
  /** A counter's level at a time, nanoseconds from the start. */
  level(timeNs: number, cpu: number, key: number, value: number): void;
  metricEvent(metricKey: number, eventCode: number, eventKey: number): void;
  kernelBuildId(buildId: Uint8Array): void;
}

/** How the reading of a frame ended. */
export type FrameOutcome = 'complete' | 'damaged' | 'unknown-message' | 'big-endian';

/** Reads the messages of one PERF_ATTRS frame. A message has no length, so an unknown one ends the frame. */
export function readPerfAttributes(body: Uint8Array, sink: PerfAttributesSink): FrameOutcome {
  const reader = new PackedReader(body);
  reader.int32(); // a core number that is always 0
  while (reader.remaining > 0) {
    const outcome = readMessage(reader, sink);
    if (outcome !== 'complete') return outcome;
  }
  return reader.overrun ? 'damaged' : 'complete';
}

function readMessage(reader: PackedReader, sink: PerfAttributesSink): FrameOutcome {
  const code = reader.int32();
  switch (code) {
    case Message.attributes:
      return readEventAttributes(reader, sink);
    case Message.keys:
      readKeys(reader, sink);
      break;
    case Message.format: {
      const text = reader.cString();
      if (!reader.overrun) sink.format(text);
      break;
    }
    case Message.maps: {
      const pid = reader.int32();
      reader.int32(); // tid
      const text = reader.cString();
      if (!reader.overrun) sink.maps(pid, text);
      break;
    }
    case Message.comm: {
      const pid = reader.int32();
      const tid = reader.int32();
      const executable = reader.cString();
      const name = reader.cString();
      if (!reader.overrun) sink.comm(pid, tid, executable, name);
      break;
    }
    case Message.onlineCpu:
    case Message.offlineCpu: {
      reader.packed(); // time
      const cpu = reader.int32();
      if (!reader.overrun && code === Message.onlineCpu) sink.onlineCpu(cpu);
      break;
    }
    case Message.kallsyms: {
      const text = reader.cBytes();
      if (!reader.overrun) sink.kallsyms(text);
      break;
    }
    case Message.counters:
      readLevels(reader, sink);
      break;
    case Message.headerPage:
    case Message.headerEvent:
      reader.cBytes();
      break;
    case Message.metricEventKey: {
      const metricKey = reader.int32();
      const eventCode = reader.int32();
      const eventKey = reader.int32();
      reader.int32(); // whether it counts cycles, branch returns or something else
      if (!reader.overrun) sink.metricEvent(metricKey, eventCode, eventKey);
      break;
    }
    case Message.kernelBuildId: {
      const buildId = reader.raw(reader.int32());
      if (!reader.overrun) sink.kernelBuildId(buildId);
      break;
    }
    case Message.moduleBuildId:
      // The module's addresses are known by name from kallsyms only, so there is nothing to attach the id to.
      reader.raw(reader.int32());
      reader.raw(reader.int32());
      break;
    default:
      return 'unknown-message';
  }
  return reader.overrun ? 'damaged' : 'complete';
}

function readEventAttributes(reader: PackedReader, sink: PerfAttributesSink): FrameOutcome {
  const size = attributesSize(reader.bytes, reader.position);
  if (size === null) return isBigEndian(reader.bytes, reader.position) ? 'big-endian' : 'damaged';
  const struct = reader.raw(size);
  const key = reader.int32();
  if (reader.overrun) return 'damaged';
  sink.attributes(parseAttributes(struct, key));
  return 'complete';
}

function readKeys(reader: PackedReader, sink: PerfAttributesSink): void {
  const count = reader.int32();
  for (let index = 0; index < count && !reader.overrun; index++) {
    reader.packed();
    const { low, high } = reader;
    const key = reader.int32();
    if (!reader.overrun) sink.key(low, high, key);
  }
}

/** Starting levels (CPU frequencies), ended by a CPU of -1. */
function readLevels(reader: PackedReader, sink: PerfAttributesSink): void {
  const timeNs = reader.int64();
  while (!reader.overrun) {
    const cpu = reader.int32();
    if (cpu === -1) return;
    const key = reader.int32();
    const value = reader.int64();
    if (!reader.overrun) sink.level(timeNs, cpu, key, value);
  }
}
