/** From the tables of a perf script text to a Profile. */
import type { ProfileBuilder } from '../../profile/builder.ts';
import type { Counter, SampledEvent } from '../../profile/types.ts';
import { parsePerfEventName } from '../perfEventName.ts';
import { UnknownPids } from '../unknownPid.ts';
import type { HeaderEvent } from './fileHeader.ts';
import { findGroups, forEachRun } from './groups.ts';
import type { EventGroup } from './groups.ts';
import type { RecordReader } from './recordReader.ts';
import type { HitCollector } from './tracepoints.ts';

/** PERF_TYPE_TRACEPOINT of `enum perf_type_id`. */
const TYPE_TRACEPOINT = 2;

/** Whether hits of an event are no profile samples: as the header states, else by the form of its name. */
export function isTracepointEvent(stated: HeaderEvent | undefined, looksLikeOne: boolean): boolean {
  return stated?.type === undefined || stated.type === null ? looksLikeOne : stated.type === TYPE_TRACEPOINT;
}

/** Fills the builder with everything but target and facts. Times count from the first record. */
export function buildProfile(
  builder: ProfileBuilder,
  reader: RecordReader,
  collector: HitCollector,
  isTracepoint: (event: string) => boolean,
): void {
  const zeroNs = firstTimeNs(reader, collector);
  const threads = addThreads(builder, reader);
  const groups = findGroups(reader);
  addEvents(builder, reader, groups, isTracepoint);
  addSamples(builder, reader, groups, threads, zeroNs);
  addHits(builder, reader, collector, threads, zeroNs);
  addSwitches(builder, reader, collector, threads, zeroNs);
  if (reader.baseSeconds !== null) {
    const startNs = BigInt(reader.baseSeconds) * 1_000_000_000n + BigInt(zeroNs);
    builder.clock.startNs = String(startNs);
  }
}

/** The earliest time in the text, in the reader's nanoseconds. */
function firstTimeNs(reader: RecordReader, collector: HitCollector): number {
  let first = Infinity;
  for (let row = 0; row < reader.timeNs.length; row++) first = Math.min(first, reader.timeNs.data[row]);
  for (const hit of collector.hits) first = Math.min(first, hit.timeNs);
  const { switches } = collector;
  for (let row = 0; row < switches.length; row++) first = Math.min(first, switches.timeNs.data[row]);
  return Number.isFinite(first) ? first : 0;
}

/** Profile rows of the reader's threads. */
function addThreads(builder: ProfileBuilder, reader: RecordReader): number[] {
  const unknownPids = new UnknownPids();
  const namedProcesses = new Set<number>();
  let withoutPid = 0;
  const rows = reader.threads.map(({ pid, tid, comm }) => {
    const isIdle = tid === 0;
    const known = pid >= 0 ? pid : isIdle ? 0 : null;
    const name = comm === '' ? (tid === null ? 'unknown' : `:${tid}`) : comm;
    const id = known ?? unknownPids.of(name);
    if (known === null) {
      withoutPid++;
      if (!namedProcesses.has(id)) builder.nameProcess(id, name);
      namedProcesses.add(id);
    }
    builder.nameThread(id, tid ?? id, name);
    return builder.thread(id, tid ?? id);
  });
  if (withoutPid > 1) {
    builder.warn(
      'pids-missing',
      `The text names ${withoutPid} threads without their process: threads of one command name are taken as one process (${namedProcesses.size} in all)`,
      'Write the text with: perf script -F +pid',
    );
  }
  return rows;
}

/** Events and, for sampled groups, their counters. Rows are those of the reader. */
function addEvents(
  builder: ProfileBuilder,
  reader: RecordReader,
  groups: readonly EventGroup[],
  isTracepoint: (event: string) => boolean,
): void {
  const stated = new Map(reader.header.events.map((event) => [event.name, event]));
  const groupOf = new Map(groups.flatMap((group) => group.map((event) => [event, group])));
  reader.events.forEach((text, row) => {
    const name = text === '' ? 'unnamed' : text;
    const parsed = parsePerfEventName(name, builder.target.kernel);
    const group = groupOf.get(row);
    const counter = group ? builder.counters.push(groupCounter(name, parsed)) - 1 : null;
    builder.events.push({
      name,
      role: isTracepoint(text) ? 'tracepoint' : group && group[0] !== row ? 'group-member' : 'sampling',
      code: parsed.code,
      mnemonic: parsed.mnemonic,
      unit: parsed.unit,
      period: stated.get(text)?.period ?? null,
      frequencyHz: stated.get(text)?.frequencyHz ?? null,
      counter,
    } satisfies SampledEvent);
  });
}

function groupCounter(name: string, parsed: ReturnType<typeof parsePerfEventName>): Counter {
  return {
    name,
    code: parsed.code,
    mnemonic: parsed.mnemonic,
    unit: parsed.unit,
    kind: 'delta',
    multiplier: 1,
    status: 'counted',
    pmu: parsed.pmu,
    runningShare: null,
    unavailable: null,
    excludesKernel: parsed.excludesKernel,
  };
}

/** One sample a record; the records of a group's members are one sample and one reading. */
function addSamples(
  builder: ProfileBuilder,
  reader: RecordReader,
  groups: readonly EventGroup[],
  threads: readonly number[],
  zeroNs: number,
): void {
  const groupOf = new Int32Array(reader.events.length).fill(-1);
  groups.forEach((group, index) => group.forEach((event) => (groupOf[event] = index)));
  const readings = groups.map((group) =>
    builder.addReadings(group.map((event) => builder.events[event].counter ?? 0)),
  );
  const columnOf = new Int32Array(reader.events.length);
  for (const group of groups) group.forEach((event, column) => (columnOf[event] = column));
  const deltas = groups.map((group) => new Float64Array(group.length));
  /** Per thread and group the time of the reading before. */
  const before = groups.map(() => new Map<number, number>());

  forEachRun(reader, groupOf, (from, to) => {
    const first = reader.event.data[from];
    const group = groupOf[first];
    const event = group === -1 ? first : groups[group][0];
    const thread = threads[reader.thread.data[from]];
    const timeNs = reader.timeNs.data[from] - zeroNs;
    const cpu = reader.cpu.data[from];
    const period = weightOf(reader, from, to, event);
    const isKernel = reader.isKernel.data[from] === 1;
    const sample = builder.addSample(timeNs, thread, cpu, reader.stack.data[from], event, period, isKernel);
    if (group === -1) return;
    const row = deltas[group].fill(0);
    for (let at = from; at < to; at++) row[columnOf[reader.event.data[at]]] = reader.period.data[at];
    const startNs = Math.min(before[group].get(thread) ?? 0, timeNs);
    readings[group].push(startNs, timeNs, thread, cpu, sample, row);
    before[group].set(thread, timeNs);
  });
}

/** The printed period of `event` among the records of one sample: 1 when none was printed, 0 when the event counted nothing. */
function weightOf(reader: RecordReader, from: number, to: number, event: number): number {
  for (let row = from; row < to; row++) {
    if (reader.event.data[row] !== event) continue;
    return reader.period.data[row] >= 0 ? reader.period.data[row] : 1;
  }
  return 0;
}

function addHits(
  builder: ProfileBuilder,
  reader: RecordReader,
  collector: HitCollector,
  threads: readonly number[],
  zeroNs: number,
): void {
  for (const { timeNs, thread, cpu, event, stack, isReturn, arguments: values } of collector.hits) {
    builder.probeHits.push({
      timeNs: timeNs - zeroNs,
      thread: threads[thread],
      cpu,
      name: reader.events[event],
      isReturn,
      arguments: values,
      stack,
    });
  }
  if (collector.leftOut > 0) {
    builder.warn(
      'too-many-hits',
      `${collector.leftOut} tracepoint hits beyond the first ${collector.hits.length} were left out`,
      'Record the probes of llama_decode only',
    );
  }
}

function addSwitches(
  builder: ProfileBuilder,
  reader: RecordReader,
  collector: HitCollector,
  threads: readonly number[],
  zeroNs: number,
): void {
  const { switches } = collector;
  if (switches.length === 0) return;
  const rowOfTid = new Map<number, number>();
  reader.threads.forEach(({ tid }, row) => {
    if (tid !== null && !rowOfTid.has(tid)) rowOfTid.set(tid, threads[row]);
  });
  for (let row = 0; row < switches.length; row++) {
    const textThread = switches.thread.data[row];
    const thread = textThread >= 0 ? threads[textThread] : rowOfTid.get(switches.tid.data[row]);
    // A thread that the text never names otherwise has nothing else to show.
    if (thread === undefined) continue;
    builder.addSwitch(
      switches.timeNs.data[row] - zeroNs,
      thread,
      switches.cpu.data[row],
      switches.directionAt(row),
    );
  }
}
