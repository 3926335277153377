/**
 * Tracks: what a script noted while the program ran (frequency, temperature, power), one value a line:
 *
 *     t,name,value
 *     0.5,cpu4-mhz,2400
 *
 * `t` is in seconds: of the wall clock when it is as large as that, else from when the script started. A `unit` and a
 * `cpu` column may follow.
 */
import type { ProfileBuilder } from '../../profile/builder.ts';
import { unknownClock } from '../../profile/builder.ts';
import { float64Column, int32Column } from '../../profile/columns.ts';
import { NONE } from '../../profile/types.ts';

/** A table with more tracks than this is no table of tracks. */
const MAX_TRACKS = 1000;
/** 2001-09-09: smaller times are durations. */
const FIRST_WALL_CLOCK_SECOND = 1_000_000_000;
const TIME = /^(-?)(\d{1,12})(?:\.(\d{1,18}))?$/;
const NUMBER = /^[-+]?(?:\d{1,20}(?:\.\d{1,20})?|\.\d{1,20})(?:e[-+]?\d{1,3})?$/i;

/** Positions of the columns. */
export interface TrackColumns {
  t: number;
  name: number;
  value: number;
  unit: number | null;
  cpu: number | null;
}

/** The columns when a line is the heading of tracks; null otherwise. */
export function trackColumns(line: string): TrackColumns | null {
  const headings = line
    .slice(0, 1024)
    .split(',')
    .map((heading) => unquoted(heading).toLowerCase());
  const at = (heading: string): number | null => {
    const index = headings.indexOf(heading);
    return index === -1 ? null : index;
  };
  const [t, name, value] = [at('t'), at('name'), at('value')];
  if (t === null || name === null || value === null) return null;
  return { t, name, value, unit: at('unit'), cpu: at('cpu') };
}

interface Track {
  name: string;
  unit: string;
  seconds: ReturnType<typeof float64Column>;
  nanoseconds: ReturnType<typeof int32Column>;
  values: ReturnType<typeof float64Column>;
  cpus: ReturnType<typeof int32Column>;
}

/** Reads rows into counters of the builder. */
export class TrackRows {
  readonly #columns: TrackColumns;
  readonly #tracks = new Map<string, Track>();
  rejected = 0;
  rows = 0;

  constructor(columns: TrackColumns) {
    this.#columns = columns;
  }

  add(line: string): void {
    if (line.trim() === '' || line.startsWith('#')) return;
    const { t, name, value, unit, cpu } = this.#columns;
    const fields = line.slice(0, 4096).split(',').map(unquoted);
    const time = TIME.exec(fields[t] ?? '');
    const number = NUMBER.test(fields[value] ?? '') ? Number(fields[value]) : NaN;
    const trackName = fields[name] ?? '';
    const isKnown = this.#tracks.has(trackName) || this.#tracks.size < MAX_TRACKS;
    if (!time || !Number.isFinite(number) || trackName === '' || !isKnown) {
      this.rejected++;
      return;
    }
    this.rows++;
    const track = this.#track(trackName, unit === null ? '' : (fields[unit] ?? ''));
    const sign = time[1] === '-' ? -1 : 1;
    track.seconds.push(sign * Number(time[2]));
    track.nanoseconds.push(sign * Number((time[3] ?? '').slice(0, 9).padEnd(9, '0')));
    track.values.push(number);
    const cpuText = cpu === null ? '' : (fields[cpu] ?? '');
    track.cpus.push(/^\d{1,5}$/.test(cpuText) ? Number(cpuText) : NONE);
  }

  #track(name: string, unit: string): Track {
    let track = this.#tracks.get(name);
    if (!track) {
      track = {
        name,
        unit,
        seconds: float64Column(),
        nanoseconds: int32Column(),
        values: float64Column(),
        cpus: int32Column(),
      };
      this.#tracks.set(name, track);
    }
    return track;
  }

  finish(builder: ProfileBuilder): void {
    const tracks = [...this.#tracks.values()];
    let firstSecond = Infinity;
    for (const { seconds } of tracks) {
      for (let row = 0; row < seconds.length; row++) firstSecond = Math.min(firstSecond, seconds.data[row]);
    }
    if (!Number.isFinite(firstSecond)) return;
    const isWallClock = firstSecond >= FIRST_WALL_CLOCK_SECOND;
    const zero = isWallClock ? firstSecond : 0;
    builder.clock = unknownClock(isWallClock ? 'CLOCK_REALTIME' : 'tracks');
    if (isWallClock) builder.clock.startNs = String(BigInt(zero) * 1_000_000_000n);
    for (const track of tracks) addTrack(builder, track, zero);
  }
}

function addTrack(builder: ProfileBuilder, track: Track, zeroSeconds: number): void {
  const counter = builder.counters.push({
    name: track.name,
    code: null,
    mnemonic: null,
    unit: track.unit,
    kind: 'absolute',
    multiplier: 1,
    status: 'counted',
    pmu: null,
    runningShare: null,
    unavailable: null,
    excludesKernel: false,
  });
  const readings = builder.addReadings([counter - 1]);
  const before = new Map<number, number>();
  for (let row = 0; row < track.values.length; row++) {
    const timeNs = (track.seconds.data[row] - zeroSeconds) * 1e9 + track.nanoseconds.data[row];
    const cpu = track.cpus.data[row];
    readings.push(Math.min(before.get(cpu) ?? timeNs, timeNs), timeNs, NONE, cpu, NONE, [
      track.values.data[row],
    ]);
    before.set(cpu, timeNs);
  }
}

function unquoted(field: string): string {
  const text = field.trim();
  return text.length > 1 && text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1).trim() : text;
}
