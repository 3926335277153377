import { describe, expect, it } from 'vitest';
import { ProfileBuilder } from '../../src/profile/builder.ts';
import { samplesByEvent } from '../../src/profile/eventTotals.ts';
import type { Counter, SampledEvent } from '../../src/profile/types.ts';

function event(name: string, role: SampledEvent['role'], counter: number | null = null): SampledEvent {
  return {
    name,
    role,
    code: null,
    mnemonic: null,
    unit: 'events',
    period: null,
    frequencyHz: null,
    counter,
  };
}

const counter: Counter = {
  name: '',
  code: null,
  mnemonic: null,
  unit: 'events',
  kind: 'delta',
  multiplier: 1,
  status: 'counted',
  pmu: null,
  runningShare: null,
  unavailable: null,
  excludesKernel: false,
};

describe('samplesByEvent', () => {
  it('counts groups by their differences, other events by their samples, probes by their hits', () => {
    const builder = new ProfileBuilder({ path: 'x', format: null, tool: null, bytes: 0 });
    builder.counters.push({ ...counter }, { ...counter }, { ...counter });
    builder.events.push(
      event('leader', 'sampling', 0),
      event('member', 'group-member', 1),
      event('alone', 'sampling'),
      event('probe', 'tracepoint'),
      event('sched', 'context-switch'),
      event('silent', 'sampling'),
    );
    const thread = builder.thread(1, 1);
    // Periods of a group are nominal: its readings say what was counted.
    const first = builder.addSample(10, thread, 0, -1, 0, 999, false);
    const second = builder.addSample(20, thread, 0, -1, 0, 999, false);
    builder.addSample(30, thread, 0, -1, 2, 7, false);
    builder.addSample(40, thread, 0, -1, 2, 8, false);
    const group = builder.addReadings([0, 1]);
    group.push(0, 10, thread, 0, first, [1000, 0]);
    group.push(10, 20, thread, 0, second, [1200, 33]);
    // A reading that came with no sample: a total, not a record of the event.
    group.push(20, 50, thread, 0, -1, [5, 5]);
    builder.probeHits.push({
      timeNs: 15,
      thread,
      cpu: 0,
      name: 'probe',
      isReturn: false,
      arguments: new Map(),
      stack: -1,
    });
    expect(samplesByEvent(builder.finish())).toEqual([
      { event: 'leader', count: 2, periodSum: 2200 },
      { event: 'member', count: 1, periodSum: 33 },
      { event: 'alone', count: 2, periodSum: 15 },
      { event: 'probe', count: 1, periodSum: 1 },
      { event: 'silent', count: 0, periodSum: 0 },
    ]);
  });
});
