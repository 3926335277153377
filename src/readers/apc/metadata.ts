/**
 * The first of two passes over a capture: everything that later records need to make sense. What events there are, the
 * names and mappings of processes, kernel symbols. These are spread over the file, and side-band records of one CPU may
 * stand behind the samples of another that need them.
 */
import type { ByteSource } from '../../platform/bytes.ts';
import { int32Column } from '../../profile/columns.ts';
import { parseKallsyms } from '../../profile/kallsyms.ts';
import type { KernelSymbols, Mapping } from '../../profile/types.ts';
import { RECORD } from '../perfAbi.ts';
import { InputError } from '../reader.ts';
import type { EventAttributes } from './eventAttributes.ts';
import { EventIds } from './eventIds.ts';
import { FrameReader, FrameType, OLD_FRAME_TYPES } from './frames.ts';
import type { CutFrame } from './frames.ts';
import { parseProcessMaps, parseTracepointFormat } from './kernelTexts.ts';
import type { TracepointFormat } from './kernelTexts.ts';
import { readPerfAttributes } from './perfAttributes.ts';
import type { PerfAttributesSink } from './perfAttributes.ts';
import { RecordCursor } from './perfRecords.ts';
import type { Problems } from './problems.ts';
import { readSummaryFrame } from './summary.ts';
import type { CoreName, Summary } from './summary.ts';

/** A counter's level at a time before its first reading. */
export interface StartLevel {
  timeNs: number;
  cpu: number;
  key: number;
  value: number;
}

/** An event that a metric is computed from, opened under a key of its own. */
export interface MetricEvent {
  metricKey: number;
  eventCode: number;
}

/** What the first pass found. */
export class CaptureMetadata {
  summary: Summary | null = null;
  readonly cores = new Map<number, CoreName>();
  readonly onlineCpus = new Set<number>();
  /** Rows that keys were given, in order of appearance. */
  readonly rowOfKey = new Map<number, number>();
  /** By row of the key; a key that only KEYS named has none. */
  readonly attributes: (EventAttributes | undefined)[] = [];
  /** Perf event id to row of its key. */
  readonly ids = new EventIds();
  /** Rows of keys that at least one id belongs to: the events the kernel opened. */
  readonly openedRows = new Set<number>();
  readonly formats = new Map<number, TracepointFormat>();
  readonly comms: { pid: number; tid: number; executable: string; name: string }[] = [];
  readonly maps: { pid: number; mappings: Mapping[] }[] = [];
  readonly levels: StartLevel[] = [];
  /** By key of the event. */
  readonly metricEvents = new Map<number, MetricEvent>();
  kernelSymbols: KernelSymbols | null = null;
  /** Lower-case hex. */
  kernelBuildId: string | null = null;
  /** Samples by row of the key, as far as keys stood before them: how large tables will be. */
  readonly sampleCounts: number[] = [];
  /** Side-band records one after the other: type, misc, number of words, then the halves of those words. */
  readonly sideBand = int32Column();
  hasPerfData = false;
  hasOldFrames = false;
  cut: CutFrame | null = null;

  rowOf(key: number): number {
    let row = this.rowOfKey.get(key);
    if (row === undefined) {
      row = this.rowOfKey.size;
      this.rowOfKey.set(key, row);
    }
    return row;
  }
}

/** Records that change what names and addresses mean. */
const SIDE_BAND: ReadonlySet<number> = new Set([
  RECORD.mmap,
  RECORD.mmap2,
  RECORD.comm,
  RECORD.fork,
  RECORD.exit,
]);

/**
 * Reads the frames of a capture for the first time. `path` is for messages. Throws an InputError when the capture was
 * recorded on a big-endian target.
 */
export async function readMetadata(
  source: ByteSource,
  path: string,
  problems: Problems,
): Promise<CaptureMetadata> {
  const metadata = new CaptureMetadata();
  const sink = metadataSink(metadata);
  const cursor = new RecordCursor();
  const reader = new FrameReader(source);
  for await (const frame of reader.frames()) {
    switch (frame.type) {
      case FrameType.summary: {
        const messages = readSummaryFrame(frame.body);
        metadata.summary ??= messages.summary;
        for (const core of messages.cores) metadata.cores.set(core.cpu, core);
        if (messages.damaged) problems.count('apc-damaged-frames');
        break;
      }
      case FrameType.perfAttributes: {
        const outcome = readPerfAttributes(frame.body, sink);
        if (outcome === 'big-endian') {
          throw new InputError(
            path,
            'the capture was recorded on a big-endian target, which gemview does not read',
            {
              offset: frame.offset,
              fix: 'Give gemview the text of perf script instead',
            },
          );
        }
        if (outcome === 'damaged') problems.count('apc-damaged-frames');
        if (outcome === 'unknown-message') problems.count('apc-unknown-messages');
        break;
      }
      case FrameType.perfData:
        metadata.hasPerfData = true;
        collectSideBand(frame.body, cursor, metadata);
        break;
      case FrameType.perfAux:
        problems.count('apc-spe');
        break;
      // Relates the clocks of SPE and, on kernels before 4.1, of perf; those also by the names of threads.
      case FrameType.perfSync:
      case FrameType.blockCounter:
      case FrameType.external:
        break;
      default:
        problems.count('apc-unknown-frames');
        metadata.hasOldFrames ||= OLD_FRAME_TYPES.has(frame.type);
    }
  }
  metadata.cut = reader.cut;
  problems.count('apc-damaged-records', cursor.damagedSections);
  return metadata;
}

function collectSideBand(body: Uint8Array, cursor: RecordCursor, metadata: CaptureMetadata): void {
  cursor.open(body);
  while (cursor.nextSection()) {
    while (cursor.next()) {
      if (cursor.type === RECORD.sample) {
        const row = cursor.readFirst() ? metadata.ids.get(cursor.words[0], cursor.words[1]) : -1;
        if (row >= 0) metadata.sampleCounts[row] = (metadata.sampleCounts[row] ?? 0) + 1;
        continue;
      }
      if (!SIDE_BAND.has(cursor.type) || !cursor.read()) continue;
      const { sideBand } = metadata;
      sideBand.push(cursor.type);
      sideBand.push(cursor.misc);
      sideBand.push(cursor.wordCount);
      for (let at = 0; at < cursor.wordCount * 2; at++) sideBand.push(cursor.words[at]);
    }
  }
}

function metadataSink(metadata: CaptureMetadata): PerfAttributesSink {
  return {
    attributes(attributes) {
      metadata.attributes[metadata.rowOf(attributes.key)] = attributes;
    },
    key(idLow, idHigh, key) {
      const row = metadata.rowOf(key);
      metadata.ids.set(idLow, idHigh, row);
      metadata.openedRows.add(row);
    },
    format(text) {
      const format = parseTracepointFormat(text);
      if (format) metadata.formats.set(format.id, format);
    },
    maps(pid, text) {
      metadata.maps.push({ pid, mappings: parseProcessMaps(text) });
    },
    comm(pid, tid, executable, name) {
      metadata.comms.push({ pid, tid, executable, name });
    },
    onlineCpu(cpu) {
      metadata.onlineCpus.add(cpu);
    },
    kallsyms(text) {
      metadata.kernelSymbols = parseKallsyms(text) ?? metadata.kernelSymbols;
    },
    level(timeNs, cpu, key, value) {
      metadata.levels.push({ timeNs, cpu, key, value });
    },
    metricEvent(metricKey, eventCode, eventKey) {
      metadata.metricEvents.set(eventKey, { metricKey, eventCode });
    },
    kernelBuildId(buildId) {
      metadata.kernelBuildId = Array.from(buildId, (byte) => byte.toString(16).padStart(2, '0')).join('');
    },
  };
}
