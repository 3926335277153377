/**
 * Reader of raw Arm Streamline captures (`.apc` folders and archives) as gatord 9 writes them on Linux.
 *
 * A capture is a stream of frames and a few XML files beside it. It is read in two passes: the first collects what gives
 * records their meaning (events, names, mappings, kernel symbols), the second reads the records. Source of the format:
 * gator's daemon (github.com/ARM-software/gator, daemon/) and Linux' perf_event_open(2).
 */
import type { ByteSource } from '../../platform/bytes.ts';
import { ProfileBuilder } from '../../profile/builder.ts';
import type { Profile } from '../../profile/types.ts';
import { InputError } from '../reader.ts';
import type { InputHead, RawInput, Reader } from '../reader.ts';
import { Annotations } from './annotations.ts';
import { captureData, captureText, hasCaptureData } from './bundle.ts';
import { CaptureClock } from './captureClock.ts';
import {
  NEWEST_PROTOCOL,
  OLDEST_PROTOCOL,
  parseCapturedXml,
  parsePmuRemarks,
  recorderName,
  releaseText,
} from './capturedXml.ts';
import type { CapturedXml } from './capturedXml.ts';
import { Connections } from './connections.ts';
import { CounterBook } from './counters.ts';
import { EventCatalogue } from './eventsXml.ts';
import { FrameReader, FrameType } from './frames.ts';
import { readMetadata } from './metadata.ts';
import type { CaptureMetadata } from './metadata.ts';
import { PerfSamples } from './perfSamples.ts';
import { PolledCounters } from './polledCounters.ts';
import { Problems } from './problems.ts';
import { planRecording } from './recordingPlan.ts';
import type { RecordingPlan } from './recordingPlan.ts';
import { playSideBand, syncedZeroNs } from './sideBand.ts';
import type { Summary } from './summary.ts';
import { describeCapture } from './target.ts';
import { ThreadDirectory } from './threads.ts';

const FORMAT = 'apc';

/** Reads `.apc` captures of gator 9.0 to 9.7. */
export const apcReader: Reader = {
  format: FORMAT,
  detect: (_head: InputHead, input: RawInput) => hasCaptureData(input),
  read,
};

async function read(input: RawInput): Promise<Profile> {
  const data = captureData(input);
  if (!data) throw new InputError(input.path, 'this is no .apc capture: it has no file 0000000000');
  const problems = new Problems();
  const captured = await readCapturedXml(input);
  refuseOldProtocol(input.path, captured);
  const metadata = await readMetadata(data, input.path, problems);
  const summary = soundSummary(input.path, metadata, captured);

  const builder = new ProfileBuilder({
    path: input.path,
    format: FORMAT,
    tool: recorderName(captured?.product ?? null),
    bytes: input.bytes,
  });
  const threads = new ThreadDirectory(builder);
  const book = new CounterBook(builder, {
    catalogue: await readCatalogue(input, builder),
    pmuNames: pmuNames(summary),
    coreNames: [...new Set([...metadata.cores.values()].map((core) => core.name))],
  });
  const plan = planRecording(metadata, captured?.counters ?? [], builder, book);
  const annotationClock = new CaptureClock(summary.monotonicRawNs);
  const perfClock = recordClock(metadata, summary, builder);
  playSideBand(metadata, perfClock, threads, builder.addressSpaces, problems);

  const samples = new PerfSamples(metadata, plan, perfClock, builder, threads, book, problems);
  const annotations = new Annotations(builder, annotationClock, threads, book, problems);
  await readRecords(data, {
    samples,
    connections: new Connections(annotations, problems),
    polled: new PolledCounters(builder, book, threads, problems),
  });
  annotations.finish(Math.max(samples.lastNs, annotations.lastNs, 0));
  describeCapture(builder, {
    metadata,
    summary,
    captured,
    plan,
    threads,
    pmuRemarks: parsePmuRemarks((await captureText(input, 'counters.xml')) ?? ''),
    launchedPid: annotations.firstPid,
  });
  threads.finish();
  warn(builder, metadata, plan, captured);
  problems.report(builder);
  const profile = builder.finish();
  book.judge(profile);
  return profile;
}

/** The second pass. */
async function readRecords(
  data: ByteSource,
  readers: { samples: PerfSamples; connections: Connections; polled: PolledCounters },
): Promise<void> {
  for await (const frame of new FrameReader(data).frames()) {
    if (frame.type === FrameType.perfData) readers.samples.frame(frame.body);
    else if (frame.type === FrameType.external) readers.connections.frame(frame.body);
    else if (frame.type === FrameType.blockCounter) readers.polled.frame(frame.body);
  }
  readers.connections.finish();
}

async function readCapturedXml(input: RawInput): Promise<CapturedXml | null> {
  const text = await captureText(input, 'captured.xml');
  return text === null ? null : parseCapturedXml(text);
}

function refuseOldProtocol(path: string, captured: CapturedXml | null): void {
  const protocol = captured?.protocol ?? null;
  if (protocol === null || protocol >= OLDEST_PROTOCOL) return;
  throw new InputError(
    path,
    `the capture is of gator ${releaseText(protocol)} (protocol ${protocol}); gemview reads gator ${releaseText(OLDEST_PROTOCOL)} and later`,
    { fix: 'Record again with a current gatord' },
  );
}

/** The summary, or the reason why nothing can be made of the capture. */
function soundSummary(path: string, metadata: CaptureMetadata, captured: CapturedXml | null): Summary {
  const { summary } = metadata;
  if (summary && !summary.canaryIsIntact) {
    throw new InputError(
      path,
      'line ends in the data were changed: the capture went through a transfer in text mode, which destroys it',
      { fix: 'Copy it again in binary mode' },
    );
  }
  if (summary && (metadata.hasPerfData || metadata.attributes.length > 0 || captured)) return summary;
  if (metadata.hasOldFrames) {
    throw new InputError(
      path,
      'the capture is of gator 8.4 or older, which recorded without perf; gemview reads gator 9.0 and later',
      { fix: 'Record again with a current gatord' },
    );
  }
  if (summary) return summary;
  throw new InputError(
    path,
    'the capture has no summary: it was cut before the recording began, or it is not gator data',
    {
      ...(metadata.cut ? { offset: metadata.cut.offset } : {}),
      fix: 'Copy the whole .apc folder or archive again, or record again',
    },
  );
}

async function readCatalogue(input: RawInput, builder: ProfileBuilder): Promise<EventCatalogue> {
  const text = await captureText(input, 'events.xml');
  const catalogue = text === null ? new EventCatalogue() : EventCatalogue.parse(text);
  if (text === null || catalogue.problem !== null) {
    builder.warn(
      'apc-events-xml',
      text === null
        ? 'events.xml is missing: counters are called by their event codes'
        : `events.xml is damaged (${catalogue.problem}): counters described behind that place are called by their event codes`,
      'Keep the whole .apc folder: events.xml says what the counters are called',
    );
  }
  return catalogue;
}

/** `perf.devices.<pmu>.type` of the summary: what PMU a `perf_event_attr.type` stands for. */
function pmuNames(summary: Summary): ReadonlyMap<number, string> {
  const names = new Map<number, string>();
  for (const [name, value] of summary.attributes) {
    const pmu = /^perf\.devices\.(.+)\.type$/.exec(name)?.[1];
    if (pmu !== undefined && /^\d+$/.test(value)) names.set(Number(value), pmu);
  }
  return names;
}

/** The clock of perf records: CLOCK_MONOTONIC_RAW, except on kernels before 4.1. */
function recordClock(metadata: CaptureMetadata, summary: Summary, builder: ProfileBuilder): CaptureClock {
  if (summary.attributes.has('nosync')) return new CaptureClock(summary.monotonicRawNs);
  const synced = syncedZeroNs(metadata);
  if (synced !== null) return new CaptureClock(synced);
  builder.warn(
    'apc-unsynchronised-clock',
    'samples are on a clock of the kernel that nothing in the capture relates to that of the markers',
    'Record on a kernel from 4.1 on',
  );
  return new CaptureClock(summary.monotonicRawNs);
}

function warn(
  builder: ProfileBuilder,
  metadata: CaptureMetadata,
  plan: RecordingPlan,
  captured: CapturedXml | null,
): void {
  const { cut } = metadata;
  if (cut) {
    builder.warn(
      'apc-cut-frame',
      `the data end within a frame at byte ${cut.offset}: it should have ${cut.claimedBytes} bytes and has ${cut.availableBytes}; what stands before was read`,
      'End gatord with Ctrl-C, not with kill -9, and copy the whole file',
    );
  }
  if (!captured) {
    builder.warn(
      'apc-no-captured-xml',
      'captured.xml is missing, as after a killed recording: counters were told from the events that were opened',
      'End gatord with Ctrl-C, not with kill -9, and keep the whole .apc folder',
    );
  } else if (captured.problem !== null) {
    builder.warn(
      'apc-captured-xml',
      `captured.xml is damaged (${captured.problem})`,
      'Copy the .apc folder again',
    );
  }
  if (captured?.protocol && captured.protocol > NEWEST_PROTOCOL) {
    builder.warn(
      'apc-newer-protocol',
      `the capture is of protocol ${captured.protocol}; gemview knows up to ${NEWEST_PROTOCOL} and read it as that`,
      null,
    );
  }
  if (builder.losses.records > 0) {
    builder.warn(
      'apc-lost-records',
      `the kernel lost ${builder.losses.records} records because they were not read in time: counts and samples are too low`,
      'Record with larger buffers (gatord -Z), fewer events, or a lower rate (-r low)',
    );
  }
  if (builder.losses.throttles > 0) {
    builder.warn(
      'apc-throttled',
      `the kernel held sampling back ${builder.losses.throttles} times`,
      'Record at a lower rate, or raise kernel.perf_event_max_sample_rate',
    );
  }
  if (plan.shape === 'per-thread-periods' && builder.counters.some((counter) => counter.code !== null)) {
    builder.warn(
      'apc-period-counters',
      'counters were recorded each by itself: what a thread counted after its last overflow is not in the totals',
      'Record on Linux 6.12 or later, or system-wide (gatord -S yes as root): then counters are read together',
    );
  }
}
