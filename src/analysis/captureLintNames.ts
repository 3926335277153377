/** Cores and PMU events that no table here has: they are named, and nothing is made of them. */
import { implementationEvent } from '../arm/coreEvents.ts';
import type { Profile, Warning } from '../profile/types.ts';
import { coreNames } from './coreTypes.ts';

const ARM = new Set(['aarch64', 'arm64']);

export function lintNames(profile: Profile): Warning[] {
  return [...lintUnknownCores(profile), ...lintUnknownEvents(profile)];
}

function lintUnknownCores({ target }: Profile): Warning[] {
  const cpusOf = new Map<string, number[]>();
  for (const { cpu, name, midr } of target.cpus) {
    if (name === null && midr !== null) cpusOf.set(midr, [...(cpusOf.get(midr) ?? []), cpu]);
  }
  return [...cpusOf].map(([midr, cpus]) => ({
    code: 'core-unknown',
    message: `${cpus.length === 1 ? `CPU ${cpus[0]} has` : `${cpus.length} CPUs have`} MIDR ${midr}, a core without an entry in the core table: its name, events, issue width and peaks are not known, and nothing that needs them is shown.`,
    fix: 'Say what core it is in target.json: { "cpus": [{ "cpu": 0, "name": … }] }',
  }));
}

function lintUnknownEvents(profile: Profile): Warning[] {
  const { counters, target } = profile;
  if (target.arch === null || !ARM.has(target.arch)) return [];
  const cores = coreNames(profile);
  const unknown = counters.flatMap(({ code, mnemonic, name }) =>
    code !== null && mnemonic === null && !cores.some((core) => implementationEvent(core, { code, name }))
      ? [name.includes(code) ? code : `${code} (${name})`]
      : [],
  );
  if (unknown.length === 0) return [];
  return [
    {
      code: 'event-unknown',
      message: `${unknown.length === 1 ? 'Event' : 'Events'} ${[...new Set(unknown)].join(', ')} ${unknown.length === 1 ? 'is' : 'are'} not in the event table: the counts are shown as they are, and no metric is made of them.`,
      fix: null,
    },
  ];
}
