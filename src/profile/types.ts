/**
 * The Profile: ONE run on ONE clock. Readers fill it (through ProfileBuilder), analysis reads it.
 *
 * Tables are columns: a row is an index, its fields are the same index of several typed arrays. `-1` in an index column
 * means "none". Times are nanoseconds from the start of the capture as JavaScript numbers; what clock they were on and
 * how they were aligned is in `clock`. Wall-clock nanoseconds and 64-bit identifiers never go through a number: they are
 * decimal strings, BigInts, or two 32-bit columns.
 */
import type { ModelInfo } from './model.ts';

/** Nanoseconds from the start of the capture. May be negative: annotations can be older than the capture. */
export type Nanoseconds = number;
/** Row of {@link Profile.strings}. */
export type StringIndex = number;
/** Row of {@link Profile.threads}. */
export type ThreadIndex = number;
/** Row of {@link Profile.processes}. */
export type ProcessIndex = number;
/** Row of {@link Profile.addressSpaces}; {@link KERNEL_SPACE} is the kernel's. */
export type AddressSpaceIndex = number;
/** Row of {@link FrameTable}. */
export type FrameIndex = number;
/** Row of {@link StackTable}; -1 is the empty stack. */
export type StackIndex = number;
/** Row of {@link Profile.events}. */
export type EventIndex = number;
/** Row of {@link Profile.counters}. */
export type CounterIndex = number;

export const NONE = -1;
export const KERNEL_SPACE: AddressSpaceIndex = 0;

/** Where a run comes from. Decides what may be concluded from it; null when the files cannot say. */
export type Origin = 'hardware' | 'vm' | 'emulated' | 'simulated' | 'reported';

/** How a number was obtained. */
export type NumberStatus = 'counted' | 'sampled' | 'modelled' | 'estimated';

/** One file (or directory, or archive) of the run as it was recognised. */
export interface InputFile {
  /** As given by the caller, never an absolute path of its own making. */
  path: string;
  /** Format name of the reader: `apc`, `perf.data`, `llama-log`…; null when nothing recognised it. */
  format: string | null;
  /** The recording tool with version when the file says: `gator 9.7.2`, `perf 6.12.1`. */
  tool: string | null;
  bytes: number;
}

/** Something the reader could not do or that the user should mend. Never silent, never a crash. */
export interface Warning {
  /** Stable kebab-case code: `apc-cut-frame`, `markers-missing`. */
  code: string;
  /** One sentence with counts and units. */
  message: string;
  /** What to do about it, a command or flag where there is one; null when nothing can be done. */
  fix: string | null;
}

/** The clock that times of a fragment were on before they became nanoseconds from its start. */
export interface Clock {
  /** `CLOCK_MONOTONIC_RAW`, `CLOCK_MONOTONIC`, `perf` (scheduler clock), `CLOCK_REALTIME`, `none` (text without times). */
  name: string;
  /** Value of that clock at time 0, decimal nanoseconds; null when unknown. */
  startNs: string | null;
  /** The same instant on other clocks where the capture says, decimal nanoseconds. */
  anchors: { realtimeNs: string | null; monotonicNs: string | null; monotonicRawNs: string | null };
  /** How times of other inputs were brought onto this clock; empty for a run of one input. */
  alignments: ClockAlignment[];
}

/** How one input's times were aligned with the run's clock. */
export interface ClockAlignment {
  path: string;
  /** `same-clock`, `stated-offset`, `matched-events`, `none`. */
  method: string;
  offsetNs: number;
  /** Largest disagreement seen after alignment; null when it cannot be told. */
  residualNs: number | null;
}

/** A fact about the target or the recording, and whether it says something about people or machines: such facts are withheld. */
export interface Fact {
  /** `host-name`, `command-line`, `prompt`, `kernel-release`, `user-home`, `cpu-features`, `compiler`… (kebab-case). */
  name: string;
  value: string;
  /** Path of the input it came from. */
  source: string;
  /** Private facts stay out of the Report unless run.yaml allows them. */
  private: boolean;
}

/** One CPU of the target. Unknown is null. */
export interface Cpu {
  cpu: number;
  /** `Neoverse-V1`; null when neither the file nor the MIDR table knows. */
  name: string | null;
  /** Main ID Register as hex text, at least implementer and part: `0x411fd402`, or gator's short `0x41d40`. */
  midr: string | null;
}

/** What is known about the machine that ran the program. */
export interface Target {
  /** `aarch64`, `x86_64`…; null when unknown. */
  arch: string | null;
  cpuCount: number | null;
  cpus: Cpu[];
  /** Kernel release, `6.12.117+deb13-arm64`. */
  kernel: string | null;
  /** Bytes of a page, from the capture. */
  pageBytes: number | null;
}

export interface Process {
  /** Negative when the text did not print it: threads of one command name are then taken as one process. */
  pid: number;
  /** Last name (COMM) seen. */
  name: string;
  /** Path of the main executable when known. */
  executable: string | null;
}

export interface Thread {
  process: ProcessIndex;
  pid: number;
  tid: number;
  /** Last name (COMM) seen; the process name when the thread never had one. */
  name: string;
  startNs: Nanoseconds | null;
  endNs: Nanoseconds | null;
}

/** One executable mapping of an address space. 64-bit values are BigInts: there are few mappings. */
export interface Mapping {
  start: bigint;
  end: bigint;
  /** Offset in the file that `start` maps. */
  fileOffset: bigint;
  path: string;
  /** Lower-case hex build-id when the record carried one. */
  buildId: string | null;
  kind: 'file' | 'kernel' | 'module' | 'anonymous' | 'vdso';
}

/**
 * What a process had mapped during a part of its life. A new space begins at exec and when a mapping replaces part of an
 * older one; a frame names its space, so an address means one thing for good.
 */
export interface AddressSpace {
  /** -1 for the kernel. */
  pid: number;
  mappings: Mapping[];
}

/** Distinct code positions. Addresses are two 32-bit halves; text formats that come with symbols use `name`. */
export interface FrameTable {
  length: number;
  addressLow: Uint32Array;
  addressHigh: Uint32Array;
  space: Int32Array;
  /** 1: the address is a return address, look up the byte before it. */
  isReturnAddress: Uint8Array;
  /** 1: executed in the kernel (or hypervisor). */
  isKernel: Uint8Array;
  /** Symbol that came with the capture (perf script text), else -1. */
  name: Int32Array;
  /** Image (DSO) that came with the capture, else -1: then the space's mappings tell. */
  image: Int32Array;
}

/** Call stacks as a prefix tree: a row is its caller's row plus one frame; `prefix` is always smaller than the row itself. */
export interface StackTable {
  length: number;
  prefix: Int32Array;
  frame: Int32Array;
}

/** An event that produced samples (or names the members of a sampled group). */
export interface SampledEvent {
  /** As the tool prints it: `cycles`, `cpu-clock`, `probe_llama:llama_decode`. */
  name: string;
  /**
   * `sampling`: its records are profile samples. `group-member`: counted in the READ of its leader's samples (then the
   * leader is `sampling` and has `counter` too). `tracepoint`: probes and tracepoints, no profile samples.
   */
  role: 'sampling' | 'group-member' | 'tracepoint' | 'context-switch';
  /** PMU event code as hex text, `0x11`; null for what is no PMU event. */
  code: string | null;
  /** Architectural mnemonic, `CPU_CYCLES`; null when there is none. */
  mnemonic: string | null;
  /** `cycles`, `instructions`, `ns`, `events`. */
  unit: string;
  /** Sampling period in units of the event; null for frequency mode. */
  period: number | null;
  /** Requested samples a second in frequency mode. */
  frequencyHz: number | null;
  /** The counter that holds this event's READ deltas when it belongs to a group, else null. */
  counter: CounterIndex | null;
}

/** Profile samples in time order: records of events whose role is `sampling`, nothing else. */
export interface SampleTable {
  length: number;
  timeNs: Float64Array;
  thread: Int32Array;
  /** -1 when the record carried no CPU. */
  cpu: Int32Array;
  stack: Int32Array;
  event: Int32Array;
  /** Weight in units of the event (PERIOD, or the fixed period, or 1). */
  period: Float64Array;
  /** 1: the instruction pointer was in the kernel. */
  isKernel: Uint8Array;
}

/** A counted quantity. */
export interface Counter {
  /** The tool's name: gator `title: name` of events.xml, perf's event name. */
  name: string;
  code: string | null;
  mnemonic: string | null;
  unit: string;
  /** `delta`: readings add up. `absolute`: readings are levels. */
  kind: 'delta' | 'absolute';
  /** Shown value = raw × multiplier. */
  multiplier: number;
  status: NumberStatus;
  /** Name of the PMU or source (`armv8_pmuv3`, `software`, `Linux`); null when unknown. */
  pmu: string | null;
  /** Share of its enabled time that the counter ran, 0…1; null when the file does not say or pinning makes it meaningless. */
  runningShare: number | null;
  /** Why there is no usable value: "reads a constant 0 while cycles advance: not implemented by this target"; else null. */
  unavailable: string | null;
  /** Which privilege levels it counted: user-only captures must say so beside totals. */
  excludesKernel: boolean;
  /** Path of the input that counted it, set where inputs are fused: two inputs may count the same event of one run. */
  input?: string;
}

/**
 * Readings of counters that were read together (a perf group, or one polled counter): rows are readings in time order,
 * one delta column per counter. A reading covers (startNs, timeNs] of one thread on one CPU.
 */
export interface CounterReadings {
  counters: CounterIndex[];
  length: number;
  startNs: Float64Array;
  timeNs: Float64Array;
  /** -1 for system-wide readings that belong to a CPU only. */
  thread: Int32Array;
  cpu: Int32Array;
  /** Row of {@link SampleTable} that carried this reading, else -1. */
  sample: Int32Array;
  /** deltas[k] belongs to counters[k]. Levels for `absolute` counters. */
  deltas: Float64Array[];
}

/** An instantaneous annotation: Streamline markers. */
export interface Marker {
  timeNs: Nanoseconds;
  thread: ThreadIndex;
  text: string;
  /** `#rrggbb` when the marker had an explicit colour. */
  colour: string | null;
}

/** One hit of a uprobe, kprobe or tracepoint, raw: src/llama gives it meaning. */
export interface ProbeHit {
  timeNs: Nanoseconds;
  thread: ThreadIndex;
  cpu: number;
  /** `probe_llama:llama_decode`, `probe_llama:llama_decode__return`. */
  name: string;
  isReturn: boolean;
  /** Arguments by name; 64-bit values as BigInt. */
  arguments: ReadonlyMap<string, bigint | string>;
  stack: StackIndex;
}

/** A Streamline channel: spans of one channel of one group do not nest. */
export interface SpanChannel {
  thread: ThreadIndex;
  group: number;
  groupName: string;
  channel: number;
  name: string;
}

/** Channel annotations in order of start. */
export interface SpanTable {
  length: number;
  startNs: Float64Array;
  endNs: Float64Array;
  /** Row of {@link Profile.spanChannels}. */
  channel: Int32Array;
  text: Int32Array;
  /** 1: it was still open when its thread or the capture ended. */
  endIsEstimated: Uint8Array;
}

/** Context switches in time order. */
export interface SwitchTable {
  length: number;
  timeNs: Float64Array;
  thread: Int32Array;
  cpu: Int32Array;
  /** 0 in, 1 out (blocked), 2 out (preempted). */
  kind: Uint8Array;
}

/**
 * A line of a log that carries a time and tells of a call of llama_decode, raw: src/llama gives it meaning.
 *
 * - `warm-up`: warming up begins with the next call.
 * - `generation`: the loop over prompt and generation begins; its first call evaluates the prompt.
 * - `prompt`: a server puts `tokens` tokens of a prompt into the next call.
 * - `call`: the next call evaluates `tokens` tokens; null when the log does not say how many.
 */
export interface LogEvent {
  timeNs: Nanoseconds;
  kind: 'warm-up' | 'generation' | 'prompt' | 'call';
  tokens: number | null;
}

/** One block of llama.cpp's own timings. Counts are what happened, not the printed `max(1, n)`. */
export interface LlamaTimings {
  /** `llama_print_timings`, `llama_perf_context_print`, `common_perf_print`, `server`, `cli-rates`. */
  era: string;
  loadMs: number | null;
  promptMs: number | null;
  promptTokens: number | null;
  evalMs: number | null;
  evalRuns: number | null;
  samplingMs: number | null;
  samplingRuns: number | null;
  totalMs: number | null;
  unaccountedMs: number | null;
  graphsReused: number | null;
  /** Tokens that a request to a server generated: the first comes out of the prompt, so these are no runs. */
  generatedTokens?: number | null;
  /** Rates that were printed without counts (new llama-cli), tokens per second. */
  promptTokensPerSecond: number | null;
  evalTokensPerSecond: number | null;
}

/** A number that somebody measured or published outside this capture's records (llama-bench rows, STREAM, reported figures). */
export interface ReportedFigure {
  /** `rate`, `counter-total`, `function-share`, `metric`, `peak` (what the machine can do at most, as measured on it). */
  kind: string;
  /** What it is of: `pp512`, `stall_backend`, a function name. */
  subject: string;
  value: number;
  unit: string;
  /** Sample standard deviation or published ±; null when none. */
  spread: number | null;
  /** The single repetitions where known. */
  repetitions: number[];
  /** Settings it was measured with (threads, batch, depth…), as text by name. */
  settings: Record<string, string>;
  source: string;
}

/** Settings llama.cpp printed about the run. Unknown is null. */
export interface LlamaSettings {
  build: string | null;
  compiler: string | null;
  threads: number | null;
  threadsBatch: number | null;
  contextLength: number | null;
  batch: number | null;
  microBatch: number | null;
  flashAttention: string | null;
  /** Types of the K and V cache (`f16`, `q8_0`); absent or null when the log does not say. */
  cacheTypes?: { key: string; value: string } | null;
  /** `system_info` features: name → value (`NEON` → `1`). */
  features: Record<string, string>;
  /** Buffer types with MiB as printed: `CPU_KLEIDIAI`, `CPU_REPACK`, `CPU_Mapped`. */
  buffers: Record<string, number>;
}

/** What a recorder lost or skipped. */
export interface Losses {
  /** Records the kernel reported lost (LOST, LOST_SAMPLES). */
  records: number;
  throttles: number;
}

/** One run on one clock. See the comment at the top of this file. */
export interface Profile {
  inputs: InputFile[];
  origin: { value: Origin | null; reason: string };
  target: Target;
  clock: Clock;
  strings: string[];
  processes: Process[];
  threads: Thread[];
  addressSpaces: AddressSpace[];
  /** `address type name [module]` of /proc/kallsyms, parsed; empty when hidden. Shared by all frames of KERNEL_SPACE. */
  kernelSymbols: KernelSymbols | null;
  /** Build-ids by path, from lists beside the capture; mappings that state none are given these where inputs are fused. */
  buildIds: Map<string, string>;
  frames: FrameTable;
  stacks: StackTable;
  events: SampledEvent[];
  samples: SampleTable;
  counters: Counter[];
  readings: CounterReadings[];
  markers: Marker[];
  probeHits: ProbeHit[];
  spanChannels: SpanChannel[];
  spans: SpanTable;
  switches: SwitchTable;
  /** In time order; empty for logs without times. */
  logEvents: LogEvent[];
  timings: LlamaTimings[];
  settings: LlamaSettings | null;
  model: ModelInfo | null;
  /** What inputs other than the model file say of the model they ran (logs, benchmarks), each as it was read. */
  modelDescriptions?: ModelInfo[];
  figures: ReportedFigure[];
  facts: Fact[];
  losses: Losses;
  warnings: Warning[];
}

/** Code symbols of the kernel, sorted by address, one per address; 64-bit addresses in two halves (`parseKallsyms`). */
export interface KernelSymbols {
  length: number;
  addressLow: Uint32Array;
  addressHigh: Uint32Array;
  /** UTF-8 of all names one after the other; name `row` is `[nameStart[row], nameStart[row + 1])`. See `kernelSymbolName`. */
  nameBytes: Uint8Array;
  nameStart: Uint32Array;
  /** Row of `modules` for each symbol. */
  module: Uint16Array;
  /** Names of modules; the first is '', the kernel proper. */
  modules: string[];
}
