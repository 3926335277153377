import { describe, expect, it } from 'vitest';
import { ProfileBuilder } from '../../src/profile/builder.ts';
import { fuse } from '../../src/profile/fuse.ts';
import { profileViolations } from '../../src/profile/integrity.ts';
import type { Clock } from '../../src/profile/types.ts';
import { profileFromText } from '../support/profileFromText.ts';

function clock(name: string, startNs: string | null, anchors: Partial<Clock['anchors']> = {}): Clock {
  return {
    name,
    startNs,
    anchors: { realtimeNs: null, monotonicNs: null, monotonicRawNs: null, ...anchors },
    alignments: [],
  };
}

/** Samples at 0, 1, 2 ms of a capture that began at 5 s on CLOCK_MONOTONIC_RAW and at 7 s on CLOCK_MONOTONIC. */
function sampled() {
  const profile = profileFromText('a b c');
  profile.clock = clock('CLOCK_MONOTONIC_RAW', '5000000000', { monotonicNs: '7000000000' });
  return profile;
}

/** One marker at `timeNs` of a capture with its own clock, by thread 100 of process 100 and by a thread of its own. */
function marked(ofClock: Clock, timeNs: number) {
  const builder = new ProfileBuilder({ path: 'markers', format: 'drawing', tool: null, bytes: 1 });
  builder.clock = ofClock;
  const thread = builder.thread(100, 101);
  builder.nameThread(100, 101, 'worker');
  builder.markers.push({ timeNs, thread, text: 'past 0, n_eval 9', colour: null });
  const readings = builder.addReadings([
    builder.counters.push({
      name: 'temperature',
      code: null,
      mnemonic: null,
      unit: '°C',
      kind: 'absolute',
      multiplier: 1,
      status: 'counted',
      pmu: null,
      runningShare: null,
      unavailable: null,
      excludesKernel: false,
    }) - 1,
  ]);
  readings.push(timeNs, timeNs, thread, -1, -1, [55]);
  return builder.finish();
}

describe('fuse', () => {
  it('puts times of the same clock on the run’s zero', () => {
    const run = fuse([marked(clock('CLOCK_MONOTONIC_RAW', '5000500000'), 100), sampled()]);
    expect(profileViolations(run)).toEqual([]);
    expect(run.markers.map((marker) => marker.timeNs)).toEqual([500_100]);
    expect(run.readings[0].timeNs[0]).toBe(500_100);
    expect(run.clock.alignments).toEqual([
      { path: 'markers', method: 'same-clock', offsetNs: 500_000, residualNs: null },
    ]);
    expect(run.threads.map((thread) => [thread.tid, thread.name])).toEqual([
      [100, 'llama-cli'],
      [101, 'worker'],
    ]);
    expect(run.threads[run.markers[0].thread].tid).toBe(101);
  });

  it('uses an instant that the capture states on two clocks', () => {
    const run = fuse([sampled(), marked(clock('CLOCK_MONOTONIC', '7000002000'), 0)]);
    expect(run.markers[0].timeNs).toBe(2_000);
    expect(run.clock.alignments[0].method).toBe('stated-offset');
  });

  it('warns when nothing relates two clocks, and keeps the input at its own start', () => {
    const run = fuse([sampled(), marked(clock('perf', '123'), 40)]);
    expect(run.markers[0].timeNs).toBe(40);
    expect(run.warnings.map((warning) => warning.code)).toEqual(['clock-unrelated']);
  });

  it('keeps samples of two inputs in time order with their stacks', () => {
    const later = profileFromText('x y');
    later.clock = clock('CLOCK_MONOTONIC_RAW', '5000500000');
    const run = fuse([sampled(), later]);
    expect(profileViolations(run)).toEqual([]);
    const { samples, stacks, frames, strings } = run;
    const leaf = (row: number): string => strings[frames.name[stacks.frame[samples.stack[row]]]];
    expect(Array.from({ length: 5 }, (_, row) => leaf(row))).toEqual(['a', 'x', 'b', 'y', 'c']);
  });
});
