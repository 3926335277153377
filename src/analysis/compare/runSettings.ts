/** What a run's files say about how it was made, as names and values that can be compared with another run's. */
import type { RunAnalysis } from '../analyseRun.ts';
import { isFloatType } from '../../llama/kernels/weightType.ts';
import type { Profile } from '../../profile/types.ts';
import { timeIsHardwareTime } from '../origin.ts';
import { recordersOrFormatsOf } from '../recorders.ts';
import type { RunSettings } from './sets.ts';

/** What settings are read from. */
export type SettingsInput = Pick<RunAnalysis, 'profile' | 'timeline' | 'operators' | 'weight'>;

/** The KV cache is padded in steps up to this (256 with flash attention): depths within a step are one. */
const DEPTH_STEP = 256;
/** With fewer samples in matrix products a stage does not tell its kernels. */
const LEAST_PRODUCT_SAMPLES = 20;

/** All settings that are known; unknown ones are left out. */
export function runSettings(id: string, run: SettingsInput): RunSettings {
  const { profile } = run;
  const { settings, model } = profile;
  const known = new Map<string, string>();
  const add = (name: string, value: string | number | null | undefined): void => {
    if (value !== null && value !== undefined && value !== '') known.set(name, String(value));
  };
  add('architecture', model?.architecture);
  add('parameters', model?.parameterCount);

  add('threads', settings?.threads);
  add('quantisation', model?.fileType);
  add('matmul-path', matmulPath(run));
  add('context-depth', contextDepth(run));
  add('batch', settings?.batch);
  add('micro-batch', settings?.microBatch);
  // `enabled (auto)` computes what `enabled` does.
  add('flash-attention', settings?.flashAttention?.replace(/ \(auto\)$/, ''));
  add('machine', machine(profile));

  add('llama-build', settings?.build);
  add('compiler', settings?.compiler);
  add('cpu-features', cpuFeatures(profile));
  add('kernel', profile.target.kernel);
  add('governor', factOf(profile, 'cpu-governor'));
  add('frequency-limit', factOf(profile, 'cpu-limit-khz'));
  add('hypervisor', factOf(profile, 'hypervisor'));
  add('page-size', profile.target.pageBytes);
  add('huge-pages', factOf(profile, 'transparent-huge-pages') ?? factOf(profile, 'huge-pages'));
  // As many for the prompt as for generation is no further setting.
  add('threads-batch', settings?.threadsBatch === settings?.threads ? null : settings?.threadsBatch);
  add(
    'kv-cache',
    settings?.cacheTypes ? `${settings.cacheTypes.key} and ${settings.cacheTypes.value}` : null,
  );
  add('flags', runFlags(profile));
  add('origin', profile.origin.value);
  add('recorder', recordersOrFormatsOf(profile.inputs).join(', ') || null);
  add('sampling', sampling(run));
  add('prompt-tokens', promptTokens(run));
  return { id, settings: known };
}

/**
 * Which code multiplied the layers' weights: `KleidiAI`, or by stage where stages differ. The output layer often has a type
 * of its own and says nothing of the path. Without samples, the buffers that the log lists tell where weights were packed.
 */
function matmulPath({ operators, profile }: SettingsInput): string | null {
  const families = (['prefill', 'decode'] as const).flatMap((stage) => {
    const family = layerFamily(operators, stage);
    return family === null ? [] : [{ stage, family }];
  });
  if (families.length > 0) {
    const [first] = families;
    if (families.every(({ family }) => family === first.family)) return first.family;
    return families.map(({ stage, family }) => `${stage} ${family}`).join(', ');
  }
  const buffers = Object.keys(profile.settings?.buffers ?? {});
  if (buffers.length === 0) return null;
  if (buffers.some((name) => /KLEIDIAI/i.test(name))) return 'KleidiAI';
  return buffers.some((name) => /REPACK|AARCH64/i.test(name)) ? 'repack' : 'generic';
}

/** The kernel family with most samples in quantised weights of layers; null when too few tell. */
function layerFamily(operators: SettingsInput['operators'], stage: 'prefill' | 'decode'): string | null {
  const samples = new Map<string, number>();
  for (const type of operators?.tensorTypes ?? []) {
    if (type.isOutputOnly || isFloatType(type.type)) continue;
    for (const kernel of type.kernels) {
      if (kernel.stage !== stage || kernel.family === null) continue;
      samples.set(kernel.family, (samples.get(kernel.family) ?? 0) + kernel.samples);
    }
  }
  const [largest] = [...samples].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  return largest && largest[1] >= LEAST_PRODUCT_SAMPLES ? largest[0] : null;
}

/** Positions in the cache where Decode begins, in steps of the cache's padding. */
function contextDepth({ timeline }: SettingsInput): number | null {
  const past = timeline.tokens.find((token) => token.stage === 'decode')?.past ?? null;
  return past === null ? null : Math.floor(past / DEPTH_STEP) * DEPTH_STEP;
}

/** The CPUs; an emulated or simulated machine is not the one it stands for. */
function machine(profile: Profile): string | null {
  const { target } = profile;
  const counts = new Map<string, number>();
  for (const { name } of target.cpus) {
    if (name !== null) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const cores = [...counts].map(([name, count]) => `${count} × ${name}`).join(', ');
  const words = cores || factOf(profile, 'cpu-description');
  if (!words) return null;
  const { value } = profile.origin;
  return timeIsHardwareTime(profile) || value === null ? words : `${words} (${value})`;
}

/** Of `system_info`, which says what llama.cpp uses; else of the machine. */
function cpuFeatures(profile: Profile): string | null {
  const features = Object.entries(profile.settings?.features ?? {}).filter(([, value]) => value !== '0');
  const used = features.map(([name, value]) => (value === '1' ? name : `${name}=${value}`)).join(' ');
  return used || factOf(profile, 'cpu-features');
}

/** A public fact; what is private is no setting either. */
function factOf({ facts }: Profile, name: string): string | null {
  return facts.find((fact) => fact.name === name && !fact.private)?.value ?? null;
}

/**
 * Flags of llama.cpp (common/arg.cpp) that change how fast it runs and that no other setting shows, with what may follow
 * them. Only these words are read from a command line, which is private: it may hold prompts, paths and names.
 */
const RUN_FLAGS: readonly (readonly [flag: RegExp, name: string, value: RegExp | null])[] = [
  [/^--no-mmap$/, '--no-mmap', null],
  // llama-bench (tools/llama-bench/llama-bench.cpp) takes it as a number, or as a list of them.
  [/^(?:-mmp|--mmap)$/, '--mmap', /^[01](?:,[01])*$/],
  [/^--mlock$/, '--mlock', null],
  [/^--numa$/, '--numa', /^(?:distribute|isolate|numactl)$/],
  // Which CPUs goes with the number of threads; that there was a choice is what differs.
  [/^(?:-C|--cpu-mask|-Cr|--cpu-range)$/, '--cpu-mask', null],
  [/^--cpu-strict$/, '--cpu-strict', /^[01]$/],
  [/^--prio$/, '--prio', /^-?\d$/],
  [/^--poll$/, '--poll', /^\d{1,3}$/],
  [/^--no-warmup$/, '--no-warmup', null],
];

const PROGRAM = /^(?:\S*\/)?llama-[\w-]+(?:\.exe)?$/;
/** Programs that run the one behind their own options. */
const LAUNCHER =
  /^(?:\S*\/)?(?:taskset|numactl|env|nice|ionice|chrt|time|timeout|stdbuf|sudo|nohup|setarch|perf|simpleperf|gatord)$/;
/** Launchers whose use is a setting itself: they choose CPUs or memory. */
const PINNING = /^(?:\S*\/)?(taskset|numactl)$/;

interface ProgramWords {
  /** `taskset` and `numactl` before the program. */
  pinning: string[];
  /** The words behind the program. */
  own: string[];
}

/**
 * The words after llama.cpp's program: what comes before belongs to the recorder, whose `-C` means something else. The
 * program is the first `llama-…` in the place of a program: the first word, the first after `--`, or one that a launcher
 * starts; `-m llama-2-7b` names none. Null without one.
 */
function wordsOfProgram(commandLine: string): ProgramWords | null {
  const words = commandLine.trim().split(/\s+/);
  const pinning: string[] = [];
  let isLaunched = false;
  for (const [at, word] of words.entries()) {
    const before = words[at - 1];
    const isFirst = at === 0 || before === '--';
    if ((isFirst || isLaunched) && LAUNCHER.test(word)) {
      const pins = PINNING.exec(word);
      if (pins) pinning.push(pins[1]);
      isLaunched = true;
    } else if ((isFirst || (isLaunched && !words.includes('--', at))) && PROGRAM.test(word)) {
      // With `--` to come, the word belongs to the launcher's own options: `-o llama-out`.
      return { pinning, own: words.slice(at + 1) };
    }
  }
  return null;
}

/** `--cpu-mask, --no-mmap`; empty when there is a program without any, null when no command line names the program. */
function runFlags({ facts }: Profile): string | null {
  const lines = facts.flatMap(({ name, value }) => {
    const words = name === 'command-line' ? wordsOfProgram(value) : null;
    return words ? [words] : [];
  });
  const flags = lines.flatMap(({ pinning, own }) => [...pinning, ...own.flatMap((_, at) => flagAt(own, at))]);
  if (lines.length === 0) return null;
  return [...new Set(flags)].sort().join(', ') || 'none of note';
}

function flagAt(words: readonly string[], at: number): string[] {
  const known = RUN_FLAGS.find(([flag]) => flag.test(words[at]));
  if (!known) return [];
  const [, name, value] = known;
  if (value === null) return [name];
  return value.test(words[at + 1] ?? '') ? [`${name} ${words[at + 1]}`] : [];
}

function sampling({ profile, weight }: SettingsInput): string | null {
  if (!weight) return null;
  const { name, unit, period, frequencyHz } = profile.events[weight.event];
  if (period !== null) return `${name}, every ${period} ${unit}`;
  return frequencyHz === null ? name : `${name}, ${frequencyHz} Hz`;
}

function promptTokens({ timeline }: SettingsInput): number | null {
  const prefill = timeline.phases.filter((phase) => phase.stage === 'prefill');
  return prefill.length === 0 ? null : prefill.reduce((sum, phase) => sum + phase.tokens, 0);
}
