import { describe, expect, it } from 'vitest';
import { matchEvents, type EventSeries } from '../../src/profile/matchEvents.ts';

const MS = 1e6;
const series = (
  name: string,
  timesMs: number[],
  sizes: (number | null)[] = timesMs.map(() => 1),
): EventSeries => ({ name, timesNs: timesMs.map((ms) => ms * MS), sizes });

describe('matchEvents', () => {
  // A prompt of 82 tokens and four tokens after it, as one observer saw them.
  const calls = series('call', [100, 900, 960, 1021, 1080], [82, 1, 1, 1, 1]);

  it('finds the offset of a series and says how far the worst pair is off', () => {
    // The other clock is 5,000 ms ahead; one call was noted 3 ms late.
    const other = series('call', [5100, 5900, 5963, 6021, 6080], [82, 1, 1, 1, 1]);
    // Nine tenths of five pairs must agree: all of them.
    expect(matchEvents([calls], [other])).toEqual({ offsetNs: -5000 * MS, residualNs: 3 * MS, pairs: 5 });
  });

  it('finds the part of the run that a recorder saw', () => {
    const run = series('call', [100, 900, 960, 1040, 1080], [82, 1, 1, 1, 1]);
    const part = series('call', [0, 60, 140], [1, null, 1]);
    expect(matchEvents([run], [part])).toEqual({ offsetNs: 900 * MS, residualNs: 0, pairs: 3 });
    expect(matchEvents([part], [run])).toEqual({ offsetNs: -900 * MS, residualNs: 0, pairs: 3 });
  });

  it('does not choose between places that fit alike', () => {
    const regular = series('call', [0, 20, 40, 60, 80, 100]);
    expect(matchEvents([regular], [series('call', [7, 27, 47])])).toBeNull();
  });

  it('refuses other sizes and other distances', () => {
    expect(matchEvents([calls], [series('call', [100, 900, 960, 1021, 1080], [78, 1, 1, 1, 1])])).toBeNull();
    expect(matchEvents([calls], [series('call', [100, 500, 530, 560, 590], [82, 1, 1, 1, 1])])).toBeNull();
  });

  it('accepts the drift of a slewed clock over a long run', () => {
    // 200 s at 100 ppm are 20 ms.
    const times = Array.from({ length: 201 }, (_, second) => second * 1000 + (second % 7));
    const other = series(
      'call',
      times.map((ms) => ms * 1.0001),
    );
    const match = matchEvents([series('call', times)], [other]);
    expect(match!.offsetNs / MS).toBeCloseTo(-10, 0);
    expect(match!.residualNs! / MS).toBeCloseTo(10, 0);
  });

  it('pairs events that happen once, and knows that one pair proves nothing', () => {
    const run = [series('call', [700, 800, 900]), series('warm-up', [300]), series('generation', [700])];
    expect(matchEvents(run, [series('generation', [650])])).toEqual({
      offsetNs: 50 * MS,
      residualNs: null,
      pairs: 1,
    });
    expect(matchEvents(run, [series('warm-up', [252]), series('generation', [650])])).toEqual({
      offsetNs: 49 * MS,
      residualNs: 1 * MS,
      pairs: 2,
    });
    // Warming up and the prompt lie 400 ms apart in one, 40 ms in the other: another run.
    expect(matchEvents(run, [series('warm-up', [610]), series('generation', [650])])).toBeNull();
    expect(matchEvents(run, [])).toBeNull();
  });

  it('gives long regular series up within bounds', () => {
    const long = series(
      'call',
      Array.from({ length: 60_000 }, (_, row) => row * 20),
    );
    const short = series(
      'call',
      Array.from({ length: 30_000 }, (_, row) => row * 20),
    );
    expect(matchEvents([long], [short])).toBeNull();
  });
});
