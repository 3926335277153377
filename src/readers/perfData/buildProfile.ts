/** From what the first pass found to the Profile: the samples are read in between. */
import { ProfileBuilder } from '../../profile/builder.ts';
import type { CounterIndex, InputFile, KernelSymbols, Profile, ThreadIndex } from '../../profile/types.ts';
import type { RawInput, ReadContext } from '../reader.ts';
import { corePmus, describeEvents, sampledEvent, type EventDescription } from './eventNames.ts';
import type { EventTable } from './eventTable.ts';
import type { HeaderFacts } from './features.ts';
import type { FileLayout } from './fileHeader.ts';
import { addFacts, describeClock, describeTarget, toolOf } from './machine.ts';
import { Problems } from './problems.ts';
import { walkRecords, type RecordRange } from './recordWalker.ts';
import { SampleReader } from './sampleReader.ts';
import { applySideBand } from './sideBand.ts';
import { nameFrames } from './simpleperfNames.ts';
import type { Survey } from './survey.ts';
import { ThreadRegister } from './threadRegister.ts';
import type { TracingData } from './tracepointFormats.ts';
import { PROGRAM_COUNTER_BITS } from './userRegisters.ts';

export const PERF_DATA_FORMAT = 'perf.data';

/** Everything that is known before the samples are read. */
export interface Recording {
  layout: FileLayout;
  header: HeaderFacts;
  events: EventTable;
  range: RecordRange;
  survey: Survey;
  tracingData: TracingData;
  kernelSymbols: KernelSymbols | null;
  problems: Problems;
}

/** Reads the samples of a recording and puts its Profile together. */
export async function buildProfile(
  input: RawInput,
  context: ReadContext,
  recording: Recording,
): Promise<Profile> {
  const { header, events, survey, tracingData, problems } = recording;
  const file: InputFile = {
    path: input.path,
    format: PERF_DATA_FORMAT,
    tool: toolOf(header),
    bytes: input.bytes,
  };
  const builder = new ProfileBuilder(file);
  const threads = new ThreadRegister(builder);
  const earliestNs = survey.earliestNs();
  const startNs = earliestNs ?? 0n;
  builder.target = describeTarget(header, tracingData.pageBytes || null);
  builder.clock = describeClock(events.attributes, header, earliestNs);
  builder.kernelSymbols = recording.kernelSymbols;
  addFacts(header, builder);

  const descriptions = describeEvents(events, {
    header,
    updates: survey.updates,
    formats: tracingData.formats,
  });
  const isStat = header.isStat || !survey.stat.isEmpty;
  // Events of perf stat never sample, and a dummy carries side-band records only.
  const eventRows = descriptions.map((description, event) =>
    isStat || description.isDummy
      ? -1
      : builder.events.push(sampledEvent(events.attributes[event], description)) - 1,
  );

  const threadStarts = new Map<ThreadIndex, number>();
  const processFacts = applySideBand(
    survey.sideBand,
    startNs,
    header.buildIds,
    builder.addressSpaces,
    threads,
    (thread, beganNs, endedNs) => {
      builder.threadLifetime(thread, beganNs, endedNs);
      if (beganNs !== null) threadStarts.set(thread, beganNs);
    },
  );

  const samples = new SampleReader(
    {
      littleEndian: recording.layout.littleEndian,
      events,
      descriptions,
      eventRows,
      declaredGroups: declaredGroups(header, descriptions.length),
      idTargets: survey.idTargets,
      startNs,
      stripsPointerAuthentication: header.arch === 'aarch64',
      programCounterBit: PROGRAM_COUNTER_BITS.get(header.arch ?? '') ?? null,
    },
    builder,
    threads,
    problems,
  );
  builder.reserveSamples(survey.sampleCount);
  // What is wrong with the structure of the file was noted in the first pass.
  await walkRecords(recording.range, context.services, new Problems(), samples.visit);
  samples.end();

  const counters = new Counters(builder, recording, descriptions, threadStarts);
  counters.addGroups(samples, eventRows);
  counters.addThreadReadings(threads, startNs);
  if (isStat) {
    const canScale = corePmus(header).length <= 1;
    survey.stat.addCounters(builder, threads, events, descriptions, survey.updates, canScale);
    for (const [tid, name] of survey.stat.threadNames()) processFacts.threadNames.set(tid, name);
  }
  threads.nameAll(processFacts);

  builder.losses.records = survey.lostRecords;
  builder.losses.throttles = survey.throttles;
  noteLosses(recording);
  noteMissedThreads(recording, samples);
  problems.warn(builder);
  const profile = builder.finish();
  nameFrames(profile, header.simpleperfFiles);
  return profile;
}

/** Events by the leader of their group, itself first; descriptions that reach beyond the file's events are left out. */
function declaredGroups(header: HeaderFacts, events: number): Map<number, number[]> {
  return new Map(
    header.groups
      .filter(({ leader, members }) => leader + members <= events)
      .map(({ leader, members }) => [leader, Array.from({ length: members }, (_, k) => leader + k)]),
  );
}

/** Adds the counters that stand in samples and READ records. */
class Counters {
  readonly #builder: ProfileBuilder;
  readonly #recording: Recording;
  readonly #descriptions: readonly EventDescription[];
  readonly #threadStarts: ReadonlyMap<ThreadIndex, number>;
  /** Events that have a counter. */
  readonly #counted = new Set<number>();

  constructor(
    builder: ProfileBuilder,
    recording: Recording,
    descriptions: readonly EventDescription[],
    threadStarts: ReadonlyMap<ThreadIndex, number>,
  ) {
    this.#builder = builder;
    this.#recording = recording;
    this.#descriptions = descriptions;
    this.#threadStarts = threadStarts;
  }

  addGroups(samples: SampleReader, eventRows: readonly number[]): void {
    const { header, survey, problems } = this.#recording;
    for (const group of samples.groups.values()) {
      const counters = group.members.map((event) => {
        const counter = this.#add(event);
        if (eventRows[event] >= 0) this.#builder.events[eventRows[event]].counter = counter;
        return counter;
      });
      const startOf = (thread: ThreadIndex): number | null => this.#threadStarts.get(thread) ?? null;
      const share = group.finish(counters, survey.idTargets, startOf, this.#builder, problems);
      // On machines with several kinds of cores a counter stops while its thread is on the other kind.
      if (share === null || corePmus(header).length > 1) continue;
      for (const counter of counters) this.#builder.counters[counter].runningShare = share;
      if (share < FULL_SHARE) problems.add('perf-multiplexed', null, counters.length);
    }
  }

  addThreadReadings(threads: ThreadRegister, startNs: bigint): void {
    this.#recording.survey.threadReadings.addCounters(
      this.#builder,
      startNs,
      (pid, tid) => threads.row(pid, tid),
      (thread) => this.#threadStarts.get(thread) ?? null,
      (event) => (this.#counted.has(event) ? null : this.#add(event)),
    );
  }

  #add(event: number): CounterIndex {
    this.#counted.add(event);
    const { name, code, mnemonic, unit, pmu } = this.#descriptions[event];
    return (
      this.#builder.counters.push({
        name,
        code,
        mnemonic,
        unit,
        kind: 'delta',
        multiplier: 1,
        status: 'counted',
        pmu,
        runningShare: null,
        unavailable: null,
        excludesKernel: this.#recording.events.attributes[event].excludeKernel,
      }) - 1
    );
  }
}

/** Counters that ran less than this share of their time had to share: the last reading may lag behind a little. */
const FULL_SHARE = 0.99;

function noteLosses({ survey, events, problems }: Recording): void {
  const { lostRecords, throttles, traceBytes } = survey;
  if (lostRecords > 0) problems.add('perf-lost', null, lostRecords);
  if (throttles > 0) problems.add('perf-throttled', null, throttles);
  if (traceBytes > 0) problems.add('perf-trace-data-skipped', null, traceBytes);
  if (events.ids.duplicates > 0) problems.add('perf-duplicate-id', null, events.ids.duplicates);
}

/**
 * Kernels before 6.12 refuse to let new threads inherit an event whose samples carry counters, and perf then records the
 * threads that existed when it began, without a word.
 */
function noteMissedThreads({ survey, events, problems }: Recording, samples: SampleReader): void {
  const leaders = [...samples.groups.keys()];
  const isPerThread = [...survey.idTargets].some(
    ([row, { tid }]) => tid >= 0 && leaders.includes(events.ids.eventOf(row)),
  );
  if (!isPerThread || leaders.some((event) => events.attributes[event].inherit)) return;
  const missed = survey.sideBand.filter(
    (event) =>
      event.kind === 'fork' &&
      event.timeNs > 0n &&
      event.pid === event.parentPid &&
      !samples.hasThread(event.pid, event.tid),
  );
  if (missed.length > 0) problems.add('perf-threads-missing', null, missed.length);
}
