/** What the run is: machine, model, build, capture, and what its origin allows to conclude. */
import type { RunAnalysis } from '../../analysis/analyseRun.ts';
import { printersOf, recordersOf } from '../../analysis/recorders.ts';
import { formatCount } from '../../analysis/format.ts';
import type { Origin, Profile } from '../../profile/types.ts';
import type { Report } from '../schema.ts';

const ORIGINS: Record<Origin, { label: string; sentence: string }> = {
  hardware: {
    label: 'hardware',
    sentence: 'Recorded on hardware: times, rates and counters are those of this machine.',
  },
  vm: {
    label: 'hardware in a virtual machine',
    sentence:
      'Recorded on hardware inside a virtual machine: times are those of this machine, some counters may be missing or read zero.',
  },
  emulated: {
    label: 'emulated',
    sentence:
      'Recorded on an emulated target: functions, stacks, markers and the order of events are real; times, cycles and rates are those of the emulator and say nothing about hardware.',
  },
  simulated: {
    label: 'simulated',
    sentence:
      'Simulated: executed instructions are exact, cache counters come from a model, and time is an instruction count; no rate on this page is a speed of hardware.',
  },
  reported: {
    label: 'reported elsewhere',
    sentence:
      'Figures published elsewhere and entered by hand: shown with their source, not measured by this capture.',
  },
};

const NOT_STATED = 'origin not stated';

/** What a run's origin is called, wherever it is named. */
export const originLabels: readonly string[] = [
  ...Object.values(ORIGINS).map(({ label }) => label),
  NOT_STATED,
];

export function originSection(profile: Profile): Report['origin'] {
  const { value } = profile.origin;
  if (value === null) {
    return {
      value: null,
      label: NOT_STATED,
      sentence:
        'The files do not say whether this ran on hardware: state it in run.yaml (origin: hardware, vm, emulated or simulated) before quoting a speed.',
    };
  }
  return { value, ...ORIGINS[value] };
}

export { timeIsHardwareTime } from '../../analysis/origin.ts';

type IdentityRow = Report['identity'][number];

/**
 * Label and value rows; what is unknown is left out.
 *
 * @param targetNote run.yaml's sentence on the target
 * @param allowed names of private facts that may be published
 */
export function identitySection(
  analysis: RunAnalysis,
  targetNote: string | null,
  allowed: readonly string[],
): IdentityRow[] {
  const { profile } = analysis;
  const { target, model, settings } = profile;
  const rows: IdentityRow[] = [];
  const add = (
    group: IdentityRow['group'],
    label: string,
    value: string | number | null | undefined,
  ): void => {
    if (value !== null && value !== undefined && value !== '')
      rows.push({ group, label, value: typeof value === 'number' ? formatCount(value) : value });
  };

  add('machine', 'Target', targetNote);
  add(
    'machine',
    'CPUs',
    coresText(profile) ?? factValue(profile, 'cpu-description') ?? cpuCountText(profile),
  );
  add('machine', 'Architecture', target.arch);
  add('machine', 'Kernel', target.kernel);

  add('model', 'Model', model?.name);
  add('model', 'Architecture', model?.architecture);
  add('model', 'Quantisation', model?.fileType);
  add('model', 'Parameters', model?.parameterCount === null ? null : countText(model?.parameterCount));
  add('model', 'File size', model?.fileBytes ? `${(model.fileBytes / 2 ** 20).toFixed(1)} MiB` : null);
  add('model', 'Layers', model?.layers);
  add('model', 'Embedding length', model?.embeddingLength);
  add('model', 'Vocabulary', model?.vocabulary);

  add('build', 'llama.cpp', settings?.build);
  add('build', 'Compiler', settings?.compiler);
  add('build', 'Threads', settings?.threads);
  add('build', 'Batch', settings?.batch);
  add('build', 'Micro-batch', settings?.microBatch);
  add('build', 'Context', settings?.contextLength);
  add('build', 'Flash attention', settings?.flashAttention);
  add('build', 'Features', featuresText(settings?.features));
  add('build', 'Buffers', buffersText(settings?.buffers));

  for (const tool of recordersOf(profile.inputs)) add('capture', 'Recorded with', tool);
  for (const tool of printersOf(profile.inputs)) add('capture', 'Printed by', tool);
  add('capture', 'Sampled event', analysis.weight?.name);
  add('capture', 'Clock', profile.clock.name === 'none' ? null : profile.clock.name);
  for (const fact of profile.facts) {
    if (fact.private && allowed.includes(fact.name)) add('capture', factLabel(fact.name), fact.value);
  }
  return rows;
}

function factValue({ facts }: Profile, name: string): string | null {
  return facts.find((fact) => fact.name === name && !fact.private)?.value ?? null;
}

/** `command-line` → `Command line`. */
function factLabel(name: string): string {
  const words = name.replaceAll('-', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** `2 CPUs, core not known`: all that a log says of its machine. */
function cpuCountText({ target: { cpuCount } }: Profile): string | null {
  return cpuCount === null ? null : `${cpuCount} ${cpuCount === 1 ? 'CPU' : 'CPUs'}, core not known`;
}

/** `2 × Neoverse-V1`; null when no core is listed. */
function coresText({ target }: Profile): string | null {
  const counts = new Map<string, number>();
  for (const cpu of target.cpus) {
    const name = cpu.name ?? cpu.midr ?? 'unknown core';
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  if (counts.size === 0) return null;
  return [...counts].map(([name, count]) => `${count} × ${name}`).join(', ');
}

function countText(count: number | undefined): string | null {
  if (count === undefined) return null;
  return count >= 1e9 ? `${(count / 1e9).toFixed(2)} billion` : `${(count / 1e6).toFixed(2)} million`;
}

function featuresText(features: Record<string, string> | undefined): string | null {
  if (!features) return null;
  return Object.entries(features)
    .filter(([, value]) => value !== '0')
    .map(([name, value]) => (value === '1' ? name : `${name} = ${value}`))
    .join(', ');
}

function buffersText(buffers: Record<string, number> | undefined): string | null {
  if (!buffers) return null;
  return Object.entries(buffers)
    .map(([name, mebibytes]) => `${name} ${mebibytes} MiB`)
    .join(', ');
}
