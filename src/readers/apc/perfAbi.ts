/** Names for the numbers of Linux' perf interface (include/uapi/linux/perf_event.h) that a gator capture is made of. */

/** `enum perf_type_id` */
export const PerfType = { hardware: 0, software: 1, tracepoint: 2, cache: 3, raw: 4, breakpoint: 5 } as const;

/** `enum perf_sw_ids` and how perf spells them, by number. */
export const SOFTWARE_EVENT_NAMES = [
  'cpu-clock',
  'task-clock',
  'page-faults',
  'context-switches',
  'cpu-migrations',
  'minor-faults',
  'major-faults',
  'alignment-faults',
  'emulation-faults',
  'dummy',
] as const;
export const SoftwareEvent = { cpuClock: 0, taskClock: 1, contextSwitches: 3, dummy: 9 } as const;

/** `enum perf_event_sample_format` */
export const SampleBit = {
  ip: 0x1,
  tid: 0x2,
  time: 0x4,
  addr: 0x8,
  read: 0x10,
  callchain: 0x20,
  id: 0x40,
  cpu: 0x80,
  period: 0x100,
  streamId: 0x200,
  raw: 0x400,
  identifier: 0x10000,
} as const;

/** `enum perf_event_read_format` */
export const ReadBit = { timeEnabled: 1, timeRunning: 2, id: 4, group: 8, lost: 16 } as const;

/** `enum perf_event_type` */
export const RecordType = {
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
} as const;

/** Bits of `perf_event_header.misc`; some mean different things in different records. */
export const Misc = {
  cpuModeMask: 7,
  kernelMode: 1,
  userMode: 2,
  guestUserMode: 5,
  commExec: 0x2000,
  switchOut: 0x2000,
  switchOutPreempted: 0x4000,
  mmapBuildId: 0x4000,
} as const;

/** `PROT_EXEC` of mmap(2). */
export const PROT_EXEC = 4;

/**
 * `enum perf_callchain_context`: entries of a call chain that are no addresses but say where the following ones ran. As
 * low halves; the high half of a marker is all ones, and everything from `lowest` up is one.
 */
export const ChainContext = {
  hypervisor: -32,
  kernel: -128,
  user: -512,
  guest: -2048,
  guestKernel: -2176,
  guestUser: -2560,
  lowest: -4095,
} as const;
