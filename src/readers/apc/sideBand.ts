/** Side-band records in time order: what processes and threads are called and what they have mapped. */
import type { AddressSpaceBuilder } from '../../profile/addressSpaces.ts';
import type { Mapping, Nanoseconds } from '../../profile/types.ts';
import { MISC, PROT_EXEC, RECORD } from '../perfAbi.ts';
import type { CaptureClock } from './captureClock.ts';
import { mappingKind } from './kernelTexts.ts';
import type { CaptureMetadata } from './metadata.ts';
import { unsignedBigInt } from './packed.ts';
import { byteAt, hexAt, textAt } from './perfRecords.ts';
import type { Problems } from './problems.ts';
import type { ThreadDirectory } from './threads.ts';

type Entry =
  | { kind: 'map'; timeNs: Nanoseconds; pid: number; mapping: Mapping }
  | { kind: 'comm'; timeNs: Nanoseconds; pid: number; tid: number; name: string; isExec: boolean }
  | {
      kind: 'fork';
      timeNs: Nanoseconds;
      pid: number;
      tid: number;
      parentPid: number;
      parentTid: number;
    }
  | { kind: 'exit'; timeNs: Nanoseconds; pid: number; tid: number };

/** Before everything: the snapshots that gatord takes of running processes carry no time. */
const START_OF_CAPTURE = -Infinity;

/** Each event that reports a fork takes its own time, microseconds apart; a thread id does not come back that soon. */
const REPEATED_WITHIN_NS = 1e6;

/**
 * Plays the snapshots and then the records of a capture, in time order, into threads and address spaces. gatord lets
 * several events report the same thing, once for each CPU: repeats change nothing.
 */
export function playSideBand(
  metadata: CaptureMetadata,
  clock: CaptureClock,
  threads: ThreadDirectory,
  spaces: AddressSpaceBuilder,
  problems: Problems,
): void {
  for (const { pid, tid, executable, name } of metadata.comms) {
    threads.name(pid, tid, name);
    if (executable !== '') threads.executable(pid, executable);
  }
  for (const { pid, mappings } of metadata.maps) {
    for (const mapping of mappings) spaces.map(pid, START_OF_CAPTURE, mapping);
  }
  const entries = sideBandEntries(metadata, clock, problems).sort((a, b) => a.timeNs - b.timeNs);

  /** Processes that executed a program and have mapped nothing of it yet: a repeat of the record finds them so. */
  const freshlyExecuted = new Set<number>();
  /** When each thread began last. */
  const forkedAtNs = new Map<number, Nanoseconds>();
  for (const entry of entries) {
    switch (entry.kind) {
      case 'map':
        // The first file a program maps is the program itself; its interpreter and libraries come later.
        if (entry.mapping.kind === 'file' && freshlyExecuted.delete(entry.pid)) {
          threads.executable(entry.pid, entry.mapping.path);
        }
        spaces.map(entry.pid, entry.timeNs, entry.mapping);
        break;
      case 'comm':
        threads.name(entry.pid, entry.tid, entry.name);
        if (entry.isExec && !freshlyExecuted.has(entry.pid)) {
          freshlyExecuted.add(entry.pid);
          spaces.exec(entry.pid, entry.timeNs);
        }
        break;
      case 'fork':
        if (entry.timeNs - (forkedAtNs.get(entry.tid) ?? -Infinity) < REPEATED_WITHIN_NS) break;
        forkedAtNs.set(entry.tid, entry.timeNs);
        threads.fork(entry.pid, entry.tid, entry.parentPid, entry.parentTid, entry.timeNs);
        if (entry.pid !== entry.parentPid) spaces.fork(entry.pid, entry.parentPid, entry.timeNs);
        break;
      case 'exit':
        threads.exit(entry.pid, entry.tid, entry.timeNs);
        break;
    }
  }
}

/** Name of the thread by which gatord marks its time on kernels whose perf clock is not CLOCK_MONOTONIC_RAW. */
const SYNC_THREAD = /^gds-(\d{10})-$/;

/**
 * The value of the perf clock at time zero as told by gatord's sync threads, whose names say the microseconds since time
 * zero; null when the capture has none.
 */
export function syncedZeroNs(metadata: CaptureMetadata): bigint | null {
  for (const record of sideBandRecords(metadata)) {
    if (record.type !== RECORD.comm || record.timeLow === null || record.timeHigh === null) continue;
    const microseconds = SYNC_THREAD.exec(textAt(record.words, 8, record.payloadBytes))?.[1];
    if (microseconds !== undefined) {
      return unsignedBigInt(record.timeLow, record.timeHigh) - BigInt(microseconds) * 1000n;
    }
  }
  return null;
}

interface SideBandRecord {
  type: number;
  misc: number;
  words: Int32Array;
  /** Bytes before the id trailer. */
  payloadBytes: number;
  /** Time of the id trailer; null when the record's event is not known. */
  timeLow: number | null;
  timeHigh: number | null;
}

function* sideBandRecords(metadata: CaptureMetadata): Generator<SideBandRecord> {
  const { data, length } = metadata.sideBand;
  for (let at = 0; at < length;) {
    const [type, misc, wordCount] = [data[at], data[at + 1], data[at + 2]];
    const words = data.subarray(at + 3, at + 3 + wordCount * 2);
    at += 3 + wordCount * 2;
    const row = wordCount > 0 ? metadata.ids.get(words[wordCount * 2 - 2], words[wordCount * 2 - 1]) : -1;
    const layout = metadata.attributes[row]?.layout;
    const known = layout !== undefined && layout.trailerTime >= 0 && layout.trailerWords <= wordCount;
    const trailerWords = known ? layout.trailerWords : 0;
    const timeWord = known ? wordCount - trailerWords + layout.trailerTime : 0;
    yield {
      type,
      misc,
      words,
      payloadBytes: (wordCount - trailerWords) * 8,
      timeLow: known ? words[timeWord * 2] : null,
      timeHigh: known ? words[timeWord * 2 + 1] : null,
    };
  }
}

function sideBandEntries(metadata: CaptureMetadata, clock: CaptureClock, problems: Problems): Entry[] {
  const entries: Entry[] = [];
  for (const record of sideBandRecords(metadata)) {
    if (record.timeLow === null || record.timeHigh === null) {
      problems.count('apc-unknown-ids');
      continue;
    }
    const timeNs = clock.at(record.timeLow, record.timeHigh);
    if (Number.isNaN(timeNs)) {
      problems.count('apc-implausible-times');
      continue;
    }
    const entry = readEntry(record, timeNs);
    if (entry) entries.push(entry);
  }
  return entries;
}

/** Byte offsets in `struct perf_record_mmap2`, `…_mmap`, `…_comm` and `…_fork` behind the header. */
const MMAP2_BUILD_ID_SIZE = 32;
const MMAP2_BUILD_ID = 36;
const MMAP2_PROT = 56;
const MMAP2_PATH = 64;
const MMAP_PATH = 32;
const COMM_NAME = 8;
const FORK_BYTES = 24;
const MAX_BUILD_ID_BYTES = 20;

function readEntry(record: SideBandRecord, timeNs: Nanoseconds): Entry | null {
  const { words, misc, payloadBytes } = record;
  switch (record.type) {
    case RECORD.mmap2: {
      if (payloadBytes <= MMAP2_PATH || (words[MMAP2_PROT / 4] & PROT_EXEC) === 0) return null;
      const buildIdBytes = (misc & MISC.mmapBuildId) !== 0 ? byteAt(words, MMAP2_BUILD_ID_SIZE) : 0;
      const buildId =
        buildIdBytes > 0 && buildIdBytes <= MAX_BUILD_ID_BYTES
          ? hexAt(words, MMAP2_BUILD_ID, buildIdBytes)
          : null;
      return mapEntry(words, textAt(words, MMAP2_PATH, payloadBytes), buildId, timeNs);
    }
    case RECORD.mmap:
      if (payloadBytes <= MMAP_PATH) return null;
      return mapEntry(words, textAt(words, MMAP_PATH, payloadBytes), null, timeNs);
    case RECORD.comm:
      if (payloadBytes <= COMM_NAME) return null;
      return {
        kind: 'comm',
        timeNs,
        pid: words[0],
        tid: words[1],
        name: textAt(words, COMM_NAME, payloadBytes),
        isExec: (misc & MISC.commExec) !== 0,
      };
    case RECORD.fork:
      if (payloadBytes < FORK_BYTES) return null;
      return {
        kind: 'fork',
        timeNs,
        pid: words[0],
        tid: words[2],
        parentPid: words[1],
        parentTid: words[3],
      };
    case RECORD.exit:
      if (payloadBytes < FORK_BYTES) return null;
      return { kind: 'exit', timeNs, pid: words[0], tid: words[2] };
    default:
      return null;
  }
}

function mapEntry(
  words: Int32Array,
  path: string,
  buildId: string | null,
  timeNs: Nanoseconds,
): Entry | null {
  const start = unsignedBigInt(words[2], words[3]);
  const length = unsignedBigInt(words[4], words[5]);
  if (length === 0n || words[0] < 0) return null;
  return {
    kind: 'map',
    timeNs,
    pid: words[0],
    mapping: {
      start,
      end: start + length,
      fileOffset: unsignedBigInt(words[6], words[7]),
      path,
      buildId,
      kind: mappingKind(path),
    },
  };
}
