import type { Cpu, Profile } from '../../src/profile/types.ts';
import { runFromText, type RunOptions } from './llamaRun.ts';

export interface CountedGroup {
  /** Architectural names; a PMU other than `armv8_pmuv3` after `@`: `CPU_CYCLES@armv8_cortex_a55`. */
  events: readonly string[];
  /** `[from ms, to ms, what each event advanced by, CPU]`, in order of their ends. */
  readings: readonly (readonly [number, number, readonly number[], number?])[];
  runningShare?: number | null;
  /** Whether each reading was carried by the first sample at or after its end. */
  onSamples?: boolean;
}

export interface CountedRunOptions extends RunOptions {
  cpus?: readonly (string | Partial<Cpu>)[];
  origin?: Profile['origin']['value'];
  slots?: number;
}

/** A drawn run (see {@link runFromText}) with counters; CPUs are names of cores in order. */
export function countedRun(
  drawing: string,
  groups: readonly CountedGroup[],
  { cpus = [], origin = 'hardware', slots, ...options }: CountedRunOptions = {},
): Profile {
  const profile = runFromText(drawing, options);
  profile.origin = { value: origin, reason: 'drawn' };
  profile.clock = { ...profile.clock, name: 'CLOCK_MONOTONIC' };
  profile.target.cpus = cpus.map((core, cpu) =>
    typeof core === 'string' ? { cpu, name: core, midr: null } : { cpu, name: null, midr: null, ...core },
  );
  if (slots !== undefined) {
    profile.facts.push({ name: 'pmu-slots', value: String(slots), source: 'drawn', private: false });
  }
  for (const { events, readings, runningShare = 1, onSamples = false } of groups) {
    const first = profile.counters.length;
    for (const event of events) {
      const [mnemonic, pmu = 'armv8_pmuv3'] = event.split('@');
      profile.counters.push({
        name: event,
        code: null,
        mnemonic,
        unit: 'events',
        kind: 'delta',
        multiplier: 1,
        status: 'counted',
        pmu,
        runningShare,
        unavailable: null,
        excludesKernel: false,
      });
    }
    const { samples } = profile;
    profile.readings.push({
      counters: events.map((_, column) => first + column),
      length: readings.length,
      startNs: Float64Array.from(readings, ([fromMs]) => fromMs * 1e6),
      timeNs: Float64Array.from(readings, ([, toMs]) => toMs * 1e6),
      thread: new Int32Array(readings.length),
      cpu: Int32Array.from(readings, ([, , , cpu = 0]) => cpu),
      sample: Int32Array.from(readings, ([, toMs]) => (onSamples ? samples.timeNs.indexOf(toMs * 1e6) : -1)),
      deltas: events.map((_, column) => Float64Array.from(readings, ([, , deltas]) => deltas[column])),
    });
  }
  return profile;
}
