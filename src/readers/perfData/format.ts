/**
 * Numbers of the perf.data format, one place each. Kernel records and attributes: `include/uapi/linux/perf_event.h`; file
 * header, features and records of the tool itself: `tools/perf/util/header.h` and `tools/lib/perf/include/perf/event.h`.
 */

/** `type` of a record. Below 64 the kernel wrote it, from 64 the tool. */
export const RECORD = {
  mmap: 1,
  lost: 2,
  comm: 3,
  exit: 4,
  throttle: 5,
  unthrottle: 6,
  fork: 7,
  read: 8,
  sample: 9,
  mmap2: 10,
  aux: 11,
  itraceStart: 12,
  lostSamples: 13,
  switch: 14,
  switchCpuWide: 15,
  namespaces: 16,
  ksymbol: 17,
  bpfEvent: 18,
  cgroup: 19,
  textPoke: 20,
  auxOutputHardwareId: 21,
  callchainDeferred: 22,
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

/** Bits of a record's `misc`. */
export const MISC = {
  cpuModeMask: 7,
  /** MMAP of data, COMM by exec, SWITCH out. */
  bit13: 1 << 13,
  /** MMAP2 with a build-id, SWITCH by preemption. */
  bit14: 1 << 14,
  /** The size byte of a BUILD_ID record counts. */
  buildIdSize: 1 << 15,
} as const;

/** `misc & 7`. */
export const CPU_MODE = {
  unknown: 0,
  kernel: 1,
  user: 2,
  hypervisor: 3,
  guestKernel: 4,
  guestUser: 5,
} as const;

/** Bits of `perf_event_attr.sample_type`. */
export const SAMPLE = {
  ip: 1 << 0,
  tid: 1 << 1,
  time: 1 << 2,
  addr: 1 << 3,
  read: 1 << 4,
  callchain: 1 << 5,
  id: 1 << 6,
  cpu: 1 << 7,
  period: 1 << 8,
  streamId: 1 << 9,
  raw: 1 << 10,
  branchStack: 1 << 11,
  regsUser: 1 << 12,
  stackUser: 1 << 13,
  identifier: 1 << 16,
} as const;

/** Bits of `perf_event_attr.read_format`. */
export const READ_FORMAT = { timeEnabled: 1, timeRunning: 2, id: 4, group: 8, lost: 16 } as const;

/** Bits of `perf_event_attr.branch_sample_type` that change the layout of a sample. */
export const BRANCH = { hardwareIndex: 1n << 17n, counters: 1n << 19n } as const;

/** Positions of the one-bit fields of `perf_event_attr`, counted from the first declared. */
export const FLAG = {
  inherit: 1,
  excludeKernel: 5,
  freq: 10,
  sampleIdAll: 18,
  useClockId: 25,
} as const;

/** `perf_event_attr.type`; from `firstDynamic` on the type of a PMU as PMU_MAPPINGS names it. */
export const EVENT_TYPE = {
  hardware: 0,
  software: 1,
  tracepoint: 2,
  hardwareCache: 3,
  raw: 4,
  breakpoint: 5,
  firstDynamic: 6,
} as const;

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
  simpleperfMetaInfo: 129,
} as const;

/** `perf_event_attr.clockid` of the kernel's clocks: `include/uapi/linux/time.h`. */
export const CLOCK_NAMES: ReadonlyMap<number, string> = new Map([
  [0, 'CLOCK_REALTIME'],
  [1, 'CLOCK_MONOTONIC'],
  [4, 'CLOCK_MONOTONIC_RAW'],
  [7, 'CLOCK_BOOTTIME'],
  [11, 'CLOCK_TAI'],
]);
