/** What is wrong with how the program was run on its machine: threads, CPUs, events, frequency, warm-up. */
import { coreHasEvent } from '../arm/coreEvents.ts';
import type { StageTimeline } from '../llama/types.ts';
import type { Profile, Warning } from '../profile/types.ts';

/** The governor that keeps cores at their highest frequency. */
const STEADY_GOVERNOR = 'performance';
/** A load stage shorter than this was not recorded: the recorder was attached to a running program. */
const LEAST_LOAD_NS = 1e6;

export function lintTarget(profile: Profile, timeline: StageTimeline): Warning[] {
  return [
    ...lintThreads(profile),
    ...lintCpus(profile, timeline),
    ...lintEvents(profile),
    ...lintGovernor(profile),
    ...lintWarmup(profile, timeline),
  ];
}

/** More threads than CPUs: they take turns, and spinning ones hold up working ones. */
function lintThreads({ settings, target }: Profile): Warning[] {
  const threads = Math.max(settings?.threads ?? 0, settings?.threadsBatch ?? 0);
  const cpus = target.cpuCount;
  if (cpus === null || cpus === 0 || threads <= cpus) return [];
  return [
    {
      code: 'threads-overcommitted',
      message: `llama.cpp was given ${threads} threads for ${cpus} CPUs: threads that spin at a barrier keep others from working.`,
      fix: `llama-cli -t ${cpus}`,
    },
  ];
}

/** Several threads, and no record of where they ran. */
function lintCpus({ samples, threads }: Profile, { pid }: StageTimeline): Warning[] {
  if (samples.length === 0 || samples.cpu.some((cpu) => cpu >= 0)) return [];
  const seen = new Uint8Array(threads.length);
  for (const thread of samples.thread) seen[thread] = 1;
  const own = threads.filter((thread, row) => seen[row] === 1 && (pid === null || thread.pid === pid));
  if (own.length < 2) return [];
  return [
    {
      code: 'cpus-missing',
      message: `${own.length} threads were sampled, and no sample says on which CPU: core types and moves between cores are not known.`,
      fix: 'perf record --sample-cpu',
    },
  ];
}

/** Events that a core of the machine lacks though the recorder gave a number: it is of the other cores, or of none. */
function lintEvents({ counters, target }: Profile): Warning[] {
  const cores = [...new Set(target.cpus.flatMap((cpu) => (cpu.name ? [cpu.name] : [])))];
  const lacking = new Map<string, string[]>();
  for (const { mnemonic, unavailable } of counters) {
    if (mnemonic === null || unavailable !== null) continue;
    const without = cores.filter((core) => coreHasEvent(core, mnemonic) === false);
    if (without.length === 0) continue;
    const key = without.join(', ');
    const events = lacking.get(key) ?? [];
    if (!events.includes(mnemonic)) events.push(mnemonic);
    lacking.set(key, events);
  }
  return [...lacking].map(([names, events]) => ({
    code: 'event-not-on-core',
    message: `${names} ${names.includes(',') ? 'have' : 'has'} no ${events.join(', ')}: what was counted is of other cores, or means nothing.`,
    fix: 'Pin the program to cores of one type (taskset -c …) and record events that perf list shows for them',
  }));
}

function lintGovernor({ facts, origin }: Profile): Warning[] {
  if (origin.value === 'emulated' || origin.value === 'simulated') return [];
  const governors = facts.filter(({ name }) => name === 'cpu-governor').map(({ value }) => value);
  const unsteady = governors.filter((value) => value.split(', ').some((name) => name !== STEADY_GOVERNOR));
  if (unsteady.length === 0) return [];
  return [
    {
      code: 'frequency-unsteady',
      message: `The frequency governor was ${unsteady[0]}: cores may have changed their frequency during the run, and times between runs may differ for it.`,
      fix: 'cpupower frequency-set -g performance',
    },
  ];
}

/** A first call that pays for page faults and first touches because nothing warmed the model up. */
function lintWarmup({ facts }: Profile, { source, phases }: StageTimeline): Warning[] {
  if (source === null || source === 'benchmark') return [];
  const isSwitchedOff = facts.some(
    ({ name, value }) => name === 'command-line' && value.split(/\s+/).includes('--no-warmup'),
  );
  // Markers are written for prompts and tokens only: only a probe would have seen the warm-up.
  const load = phases.find((phase) => phase.stage === 'load' && phase.name === 'load');
  const hasLoad = load !== undefined && load.endNs - load.startNs >= LEAST_LOAD_NS;
  const hasWarmup = phases.some((phase) => phase.name === 'warmup');
  const isUnseen = source === 'probes' && hasLoad && !hasWarmup;
  if (!isSwitchedOff && !isUnseen) return [];
  return [
    {
      code: 'warmup-missing',
      message: isSwitchedOff
        ? 'The program ran with --no-warmup: its first call pays for page faults and first touches of the weights.'
        : 'No warm-up call was seen before the first prompt: that call pays for page faults and first touches of the weights.',
      fix: 'Run without --no-warmup',
    },
  ];
}
