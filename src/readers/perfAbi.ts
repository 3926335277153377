/**
 * Numbers of Linux' perf interface (include/uapi/linux/perf_event.h), one place each: whatever records with it, perf or
 * gator, leaves them in its files.
 */

/** `enum perf_event_type`: records that the kernel writes. */
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
} as const;

/** Bits of `perf_event_header.misc`; some mean different things in different records. */
export const MISC = {
  cpuModeMask: 7,
  /** MMAP of data, not of code. */
  mmapData: 1 << 13,
  commExec: 1 << 13,
  switchOut: 1 << 13,
  switchOutPreempted: 1 << 14,
  /** MMAP2 states a build-id in place of device and inode. */
  mmapBuildId: 1 << 14,
} as const;

/** `misc & cpuModeMask`. */
export const CPU_MODE = {
  unknown: 0,
  kernel: 1,
  user: 2,
  hypervisor: 3,
  guestKernel: 4,
  guestUser: 5,
} as const;

/** `enum perf_event_sample_format`: bits of `perf_event_attr.sample_type`. */
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

/** `enum perf_event_read_format`: bits of `perf_event_attr.read_format`. */
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

/** `enum perf_type_id`: `perf_event_attr.type`; from `firstDynamic` on the kernel numbers PMUs as they register. */
export const EVENT_TYPE = {
  hardware: 0,
  software: 1,
  tracepoint: 2,
  hardwareCache: 3,
  raw: 4,
  breakpoint: 5,
  firstDynamic: 6,
} as const;

/** `enum perf_sw_ids`: configs of software events that readers treat in a way of their own. */
export const SOFTWARE_EVENT = { cpuClock: 0, taskClock: 1, dummy: 9 } as const;

/**
 * `enum perf_callchain_context`: entries of a call chain that are no addresses but say where the following ones ran. As
 * low halves, signed; the high half of a marker is all ones, and everything from `lowest` up is one.
 */
export const CHAIN_CONTEXT = {
  hypervisor: -32,
  kernel: -128,
  user: -512,
  userDeferred: -640,
  guest: -2048,
  guestKernel: -2176,
  guestUser: -2560,
  lowest: -4095,
} as const;

/** `perf_event_attr.clockid` of the kernel's clocks: `include/uapi/linux/time.h`. */
export const CLOCK_NAMES: ReadonlyMap<number, string> = new Map([
  [0, 'CLOCK_REALTIME'],
  [1, 'CLOCK_MONOTONIC'],
  [4, 'CLOCK_MONOTONIC_RAW'],
  [7, 'CLOCK_BOOTTIME'],
  [11, 'CLOCK_TAI'],
]);

/** `PROT_EXEC` of mmap(2). */
export const PROT_EXEC = 4;
