/**
 * What the recorder wrote about the machine and the recording: the feature sections of a file, the HEADER_FEATURE records
 * of a pipe (`tools/perf/util/header.c`, functions `process_*`).
 */
import { MAX_ATTRIBUTE_BYTES, readAttribute, type EventAttribute } from './eventAttribute.ts';
import { FieldReader, hex, MalformedField } from './fieldReader.ts';
import { BUILD_ID_HAS_SIZE, FEATURE } from './format.ts';
import type { Problems } from './problems.ts';
import { readFiles, readFiles2, type SimpleperfFile } from './simpleperfFiles.ts';

/** An event as EVENT_DESC names it. */
export interface EventName {
  attribute: EventAttribute;
  name: string;
  ids: bigint[];
}

/** A group of events: consecutive attributes. */
export interface EventGroup {
  name: string;
  /** Index of the leader's attribute. */
  leader: number;
  /** Number of events, the leader included. */
  members: number;
}

export interface CacheDescription {
  level: number;
  lineBytes: number;
  sets: number;
  ways: number;
  /** `Data`, `Instruction`, `Unified`. */
  type: string;
  /** As sysfs prints it: `64K`. */
  size: string;
  /** CPUs that share it: `0-1`. */
  cpus: string;
}

/** Facts of the header. Unknown is null or empty. */
export interface HeaderFacts {
  hostName: string | null;
  osRelease: string | null;
  perfVersion: string | null;
  arch: string | null;
  cpusAvailable: number | null;
  cpusOnline: number | null;
  cpuDescription: string | null;
  /** MIDR in hex on arm64, vendor and model elsewhere. */
  cpuId: string | null;
  totalMemoryKib: bigint | null;
  commandLine: string[];
  eventNames: EventName[];
  /** PMU names by event type. */
  pmuNames: Map<number, string>;
  /** Build-ids in hex by path. */
  buildIds: Map<string, string>;
  groups: EventGroup[];
  /** Lists of CPUs that share a package: one entry a package. */
  packages: string[];
  caches: CacheDescription[];
  /** The same instant on the wall clock and on the clock of the records. */
  clockData: { clockId: number; wallNs: bigint; clockNs: bigint } | null;
  /** The file is `perf stat record`'s. */
  isStat: boolean;
  /** The file is the header of a directory (`perf record --threads`). */
  isDirectory: boolean;
  /** simpleperf's own keys and values; null for perf. */
  simpleperfMeta: Map<string, string> | null;
  /** Files that simpleperf lists with the functions of theirs that samples hit. */
  simpleperfFiles: SimpleperfFile[];
}

export function emptyHeaderFacts(): HeaderFacts {
  return {
    hostName: null,
    osRelease: null,
    perfVersion: null,
    arch: null,
    cpusAvailable: null,
    cpusOnline: null,
    cpuDescription: null,
    cpuId: null,
    totalMemoryKib: null,
    commandLine: [],
    eventNames: [],
    pmuNames: new Map(),
    buildIds: new Map(),
    groups: [],
    packages: [],
    caches: [],
    clockData: null,
    isStat: false,
    isDirectory: false,
    simpleperfMeta: null,
    simpleperfFiles: [],
  };
}

type FeatureParser = (reader: FieldReader, facts: HeaderFacts) => void;

const PARSERS: ReadonlyMap<number, FeatureParser> = new Map<number, FeatureParser>([
  [FEATURE.buildId, readBuildIds],
  [FEATURE.hostname, (reader, facts) => (facts.hostName = textOf(reader))],
  [FEATURE.osRelease, (reader, facts) => (facts.osRelease = textOf(reader))],
  [FEATURE.version, (reader, facts) => (facts.perfVersion = textOf(reader))],
  [FEATURE.arch, (reader, facts) => (facts.arch = textOf(reader))],
  [FEATURE.cpuCount, readCpuCount],
  [FEATURE.cpuDescription, (reader, facts) => (facts.cpuDescription = textOf(reader))],
  [FEATURE.cpuId, (reader, facts) => (facts.cpuId = textOf(reader))],
  [FEATURE.totalMemory, (reader, facts) => (facts.totalMemoryKib = reader.u64())],
  [FEATURE.commandLine, (reader, facts) => (facts.commandLine = reader.stringList())],
  [FEATURE.eventDescriptions, readEventNames],
  [FEATURE.cpuTopology, (reader, facts) => (facts.packages = reader.stringList())],
  [FEATURE.pmuMappings, readPmuNames],
  [FEATURE.groupDescriptions, readGroups],
  [FEATURE.stat, (_reader, facts) => (facts.isStat = true)],
  [FEATURE.cache, readCaches],
  [FEATURE.directoryFormat, (_reader, facts) => (facts.isDirectory = true)],
  [FEATURE.clockData, readClockData],
  [FEATURE.simpleperfMetaInfo, readSimpleperfMeta],
  [FEATURE.simpleperfFiles, (reader, facts) => addFiles(readFiles(reader.take(reader.remaining)), facts)],
  [FEATURE.simpleperfFiles2, (reader, facts) => addFiles(readFiles2(reader.take(reader.remaining)), facts)],
]);

/** True for features whose payload is used: the others need not be read. */
export function isKnownFeature(feature: number): boolean {
  return PARSERS.has(feature);
}

/** Reads one feature's payload into `facts`. Padding at its end is normal; damage is noted and leaves the fact unknown. */
export function readFeature(
  feature: number,
  payload: Uint8Array,
  littleEndian: boolean,
  facts: HeaderFacts,
  problems: Problems,
  offset: number,
): void {
  if (feature >= FEATURE.simpleperfFirst) facts.simpleperfMeta ??= new Map();
  try {
    PARSERS.get(feature)?.(new FieldReader(payload, littleEndian), facts);
  } catch (error) {
    if (!(error instanceof MalformedField)) throw error;
    problems.add('perf-bad-feature', offset);
  }
}

/** An empty payload (seen for CPUDESC) and an empty text both say nothing. */
function textOf(reader: FieldReader): string | null {
  return reader.remaining === 0 ? null : reader.string() || null;
}

function readCpuCount(reader: FieldReader, facts: HeaderFacts): void {
  facts.cpusAvailable = reader.u32();
  facts.cpusOnline = reader.u32();
}

function readEventNames(reader: FieldReader, facts: HeaderFacts): void {
  const count = reader.u32();
  const attributeBytes = reader.u32();
  if (attributeBytes > MAX_ATTRIBUTE_BYTES) throw new MalformedField(`attribute of ${attributeBytes} bytes`);
  reader.count(count, attributeBytes + 8);
  for (let i = 0; i < count; i++) {
    const start = reader.at;
    reader.skip(attributeBytes);
    const attribute = readAttribute(reader.bytes, start, attributeBytes, reader.littleEndian);
    const idCount = reader.u32();
    const name = reader.string();
    reader.count(idCount, 8);
    facts.eventNames.push({ attribute, name, ids: Array.from({ length: idCount }, () => reader.u64()) });
  }
}

function readPmuNames(reader: FieldReader, facts: HeaderFacts): void {
  for (let left = reader.count(reader.u32(), 8); left > 0; left--) {
    const type = reader.u32();
    facts.pmuNames.set(type, reader.string());
  }
}

function readGroups(reader: FieldReader, facts: HeaderFacts): void {
  for (let left = reader.count(reader.u32(), 12); left > 0; left--) {
    facts.groups.push({ name: reader.string(), leader: reader.u32(), members: reader.u32() });
  }
}

function readCaches(reader: FieldReader, facts: HeaderFacts): void {
  const version = reader.u32();
  if (version !== 1) return;
  for (let left = reader.count(reader.u32(), 28); left > 0; left--) {
    facts.caches.push({
      level: reader.u32(),
      lineBytes: reader.u32(),
      sets: reader.u32(),
      ways: reader.u32(),
      type: reader.string(),
      size: reader.string(),
      cpus: reader.string(),
    });
  }
}

function readClockData(reader: FieldReader, facts: HeaderFacts): void {
  const version = reader.u32();
  if (version !== 1) return;
  facts.clockData = { clockId: reader.u32(), wallNs: reader.u64(), clockNs: reader.u64() };
}

/** Build-id records one after the other: u32 type, u16 misc, u16 size, s32 pid, id, path. */
function readBuildIds(reader: FieldReader, facts: HeaderFacts): void {
  const RECORD_HEAD_BYTES = 36;
  while (reader.remaining >= RECORD_HEAD_BYTES) {
    reader.skip(4);
    const misc = reader.u16();
    const size = reader.u16();
    if (size < RECORD_HEAD_BYTES) throw new MalformedField(`build-id record of ${size} bytes`);
    reader.skip(4);
    const id = reader.take(24);
    const path = reader.text(size - RECORD_HEAD_BYTES);
    facts.buildIds.set(path, buildIdText(id, (misc & BUILD_ID_HAS_SIZE) !== 0 ? id[20] : null));
  }
}

/** The id in hex. Where its size is not stated, groups of four zero bytes at the end are padding. */
export function buildIdText(id: Uint8Array, statedBytes: number | null): string {
  let bytes = Math.min(statedBytes ?? 20, 20);
  if (statedBytes === null) {
    while (bytes > 4 && id.subarray(bytes - 4, bytes).every((byte) => byte === 0)) bytes -= 4;
  }
  return hex(id.subarray(0, bytes));
}

/** Keys and values, each ended by a NUL. */
function readSimpleperfMeta(reader: FieldReader, facts: HeaderFacts): void {
  const meta = (facts.simpleperfMeta ??= new Map());
  while (reader.remaining > 0) {
    const key = reader.nulText();
    meta.set(key, reader.nulText());
  }
}

/** Keeps what could be read of a list of files; the damage behind it makes the feature a damaged one. */
function addFiles(files: (SimpleperfFile | null)[], facts: HeaderFacts): void {
  for (const file of files) {
    if (file === null) throw new MalformedField('a damaged list of files');
    facts.simpleperfFiles.push(file);
  }
}
