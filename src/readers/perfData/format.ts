/**
 * Numbers of the perf.data format: file header, features and records of the tool itself
 * (`tools/perf/util/header.h`, `tools/lib/perf/include/perf/event.h`). What the kernel numbers is in `perfAbi.ts`.
 */

/** `type` of the records that the tool writes, not the kernel. */
export const TOOL_RECORD = {
  headerAttr: 64,
  eventType: 65,
  tracingData: 66,
  buildId: 67,
  finishedRound: 68,
  idIndex: 69,
  auxtraceInfo: 70,
  auxtrace: 71,
  auxtraceError: 72,
  threadMap: 73,
  cpuMap: 74,
  statConfig: 75,
  stat: 76,
  statRound: 77,
  eventUpdate: 78,
  timeConv: 79,
  headerFeature: 80,
  compressed: 81,
  finishedInit: 82,
  compressed2: 83,
} as const;

/** First type number of the records that the kernel does not write. */
export const FIRST_TOOL_RECORD = 64;
/** Types of perf's tool end well below this; what lies above is another writer's, or not a record at all. */
export const LAST_TOOL_RECORD = 255;
/** simpleperf numbers its own records from here, with a 32-bit size in place of `misc` and `size`. */
export const FIRST_SIMPLEPERF_RECORD = 32768;
export const LAST_SIMPLEPERF_RECORD = 33000;

/** Bit of a BUILD_ID record's `misc`: its size byte counts. */
export const BUILD_ID_HAS_SIZE = 1 << 15;

/** Bits of the file header's feature bitmap. */
export const FEATURE = {
  tracingData: 1,
  buildId: 2,
  hostname: 3,
  osRelease: 4,
  version: 5,
  arch: 6,
  cpuCount: 7,
  cpuDescription: 8,
  cpuId: 9,
  totalMemory: 10,
  commandLine: 11,
  eventDescriptions: 12,
  cpuTopology: 13,
  pmuMappings: 16,
  groupDescriptions: 17,
  stat: 19,
  cache: 20,
  sampleTime: 21,
  directoryFormat: 24,
  compressed: 27,
  clockData: 29,
  simpleperfFirst: 128,
  simpleperfFiles: 128,
  simpleperfMetaInfo: 129,
  simpleperfFiles2: 132,
  simpleperfInitialMaps: 134,
} as const;
