import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MemorySource } from '../../src/platform/bytes.ts';
import { nodeServices } from '../../src/platform/node/services.ts';
import { ProfileBuilder, unknownClock } from '../../src/profile/builder.ts';
import { fuse } from '../../src/profile/fuse.ts';
import { matchCounts } from '../../src/profile/matchCounts.ts';
import type { Profile } from '../../src/profile/types.ts';
import { perfDataReader } from '../../src/readers/perfData/index.ts';
import { perfStatReader } from '../../src/readers/perfStat/index.ts';
import type { Reader } from '../../src/readers/reader.ts';
import { describeWithSamples } from '../support/samples.ts';

const MS = 1e6;

/** One counter read at the given times. */
function counted(mnemonic: string, timesMs: number[], deltas: number[], clock = 'perf-stat'): Profile {
  const builder = new ProfileBuilder({ path: `${clock}.txt`, format: 'drawing', tool: null, bytes: 1 });
  builder.clock = unknownClock(clock);
  builder.counters.push({
    name: mnemonic,
    code: null,
    mnemonic,
    unit: 'events',
    kind: 'delta',
    multiplier: 1,
    status: 'counted',
    pmu: null,
    runningShare: null,
    unavailable: null,
    excludesKernel: false,
  });
  const readings = builder.addReadings([0]);
  timesMs.forEach((timeMs, row) =>
    readings.push((timesMs[row - 1] ?? 0) * MS, timeMs * MS, -1, -1, -1, [deltas[row]]),
  );
  return builder.finish();
}

const everyTenth = Array.from({ length: 61 }, (_, row) => row * 10);
/** 600 ms: fast for 200, slow for 200, fast again. */
const busy = everyTenth.map((ms): number => (ms === 0 ? 0 : ms > 200 && ms <= 400 ? 10 : 100));

describe('matchCounts', () => {
  const recording = counted(
    'INST_RETIRED',
    everyTenth.map((ms) => ms + 4000),
    busy,
    'perf',
  );

  it('finds where both had counted as much', () => {
    // The intervals began 40 ms before the program did: 100 ms of the run lie in the first one.
    const inRun = (untilMs: number): number =>
      busy.reduce((sum, delta, row) => sum + (everyTenth[row] <= untilMs ? delta : 0), 0);
    const ends = [140, 240, 340, 440, 540, 640];
    const stat = counted(
      'INST_RETIRED',
      ends,
      ends.map((end, row) => inRun(end - 40) - (row ? inRun(ends[row - 1] - 40) : 0)),
    );
    const match = matchCounts(recording, stat);
    expect(match).toMatchObject({ offsetNs: 3960 * MS, pairs: 5 });
    // Samples 10 ms apart cannot tell it better.
    expect(match!.residualNs).toBe(10 * MS);
  });

  it('refuses what is not the same run, and too little', () => {
    const times = [100, 200, 300, 400, 500, 600];
    expect(matchCounts(recording, counted('INST_RETIRED', times, [900, 900, 900, 900, 900, 900]))).toBeNull();
    // As much in total, but evenly: no offset brings the steps together.
    const even = times.map(() => 700);
    expect(matchCounts(recording, counted('INST_RETIRED', times, even))).toBeNull();
    expect(matchCounts(recording, counted('INST_RETIRED', [200, 400, 600], [2000, 200, 2000]))).toBeNull();
    expect(matchCounts(recording, counted('BR_RETIRED', times, busy))).toBeNull();
  });

  it('is what fuse does with intervals that no clock places', () => {
    const stat = counted('INST_RETIRED', [100, 200, 300, 400, 500, 600], [1000, 1000, 100, 100, 1000, 1000]);
    recording.samples.length = 0;
    const run = fuse([recording, stat]);
    expect(run.clock.alignments).toEqual([
      { path: 'perf-stat.txt', method: 'matched-events', offsetNs: 4000 * MS, residualNs: 10 * MS },
    ]);
    expect(run.warnings).toEqual([]);
    expect(run.readings[1].timeNs[0]).toBe(4100 * MS);
    expect(run.counters.map(({ input }) => input)).toEqual(['perf.txt', 'perf-stat.txt']);
  });
});

describeWithSamples('perf stat -I beside a recording of the same program', (folder) => {
  const read = async (reader: Reader, ...path: string[]): Promise<Profile> => {
    const bytes = new Uint8Array(await readFile(join(folder, 'captures', ...path)));
    const content = { kind: 'file', source: new MemorySource(bytes) } as const;
    return reader.read({ path: path.join('/'), bytes: bytes.length, content }, { services: nodeServices });
  };

  it('finds the recording’s zero within one interval', async () => {
    const recording = await read(perfDataReader, 'perf-group-t1', 'perf.data');
    const stat = await read(perfStatReader, 'perf-stat-interval', 'stat.x.txt');
    const match = matchCounts(recording, stat);
    expect(match!.pairs).toBeGreaterThan(8);
    // Both counters start at the program's exec; the recording's zero is its first sample, one period later.
    expect(Math.abs(match!.offsetNs)).toBeLessThan(50 * MS);
    expect(match!.residualNs).toBeLessThan(50 * MS);
  });
});
