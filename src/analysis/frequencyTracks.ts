/** Recorded frequencies of CPUs, as levels that hold from one reading to the next. */
import type { Counter, Profile } from '../profile/types.ts';

export interface FrequencyTrack {
  cpu: number;
  /** Ascending. */
  timeNs: number[];
  hertz: number[];
}

const HERTZ_IN: Record<string, number> = { hz: 1, khz: 1e3, mhz: 1e6, ghz: 1e9 };

/** Track of one CPU's frequency in its name: `cpu4-mhz`. */
const TRACK_NAME = /^cpu(\d{1,5})[-_ ](?:.*[-_ ])?([kmg]?hz)$/i;

/** Frequencies whose CPU is known, by the reading or by the name of the track; clocks of anything else are left out. */
export function frequencyTracks({ counters, readings }: Profile): FrequencyTrack[] {
  return readings.flatMap((table) =>
    table.counters.flatMap((counter, column) => {
      const unit = frequencyUnit(counters[counter]);
      if (!unit) return [];
      const tracks = new Map<number, FrequencyTrack>();
      for (let row = 0; row < table.length; row++) {
        const cpu = table.cpu[row] >= 0 ? table.cpu[row] : unit.cpu;
        if (cpu < 0) continue;
        let track = tracks.get(cpu);
        if (!track) tracks.set(cpu, (track = { cpu, timeNs: [], hertz: [] }));
        track.timeNs.push(table.timeNs[row]);
        track.hertz.push(table.deltas[column][row] * unit.hertz);
      }
      return [...tracks.values()];
    }),
  );
}

/** Hertz of one unit of a counter, and the CPU that its name says; null for what is no frequency. */
function frequencyUnit({ name, unit, kind, multiplier }: Counter): { hertz: number; cpu: number } | null {
  if (kind !== 'absolute') return null;
  const named = TRACK_NAME.exec(name);
  const hertz = HERTZ_IN[unit.toLowerCase()] ?? (named ? HERTZ_IN[named[2].toLowerCase()] : undefined);
  return hertz === undefined ? null : { hertz: hertz * multiplier, cpu: named ? Number(named[1]) : -1 };
}
