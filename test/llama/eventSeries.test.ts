import { describe, expect, it } from 'vitest';
import { eventSeriesOf } from '../../src/llama/eventSeries.ts';
import { ProfileBuilder } from '../../src/profile/builder.ts';
import type { LogEvent, Profile } from '../../src/profile/types.ts';
import { runFromText } from '../support/llamaRun.ts';

const MS = 1e6;
const drawing = 'load/30 warmup:2/10 load/5 0+109/100 sample/2 109+1/20 sample/2 110+1/21';

function log(...events: [timeMs: number, kind: LogEvent['kind'], tokens?: number][]): Profile {
  const builder = new ProfileBuilder({ path: 'log', format: 'drawing', tool: null, bytes: 0 });
  builder.logEvents.push(
    ...events.map(([timeMs, kind, tokens]) => ({ timeNs: timeMs * MS, kind, tokens: tokens ?? null })),
  );
  return builder.finish();
}

const shown = (profile: Profile): string[] =>
  eventSeriesOf(profile).map(
    ({ name, timesNs, sizes }) =>
      `${name}: ${timesNs.map((ns, row) => `${ns / MS}/${sizes[row] ?? '?'}`).join(' ')}`,
  );

describe('eventSeriesOf', () => {
  it('names what a capture saw of calls, warm-up apart', () => {
    expect(shown(runFromText(drawing, { calls: 'probes' }))).toEqual([
      'call: 45/109 147/1 169/1',
      'prompt: 45/109',
      'warm-up: 30/2',
      'generation: 45/109',
    ]);
    expect(shown(runFromText(drawing, { calls: 'markers' }))[0]).toBe('call: 45/109 147/1 169/1');
    expect(shown(runFromText(drawing, { calls: 'none' }))).toEqual([]);
  });

  it('names the same of a log', () => {
    const profile = log(
      [29, 'warm-up'],
      [44, 'generation'],
      [45, 'call', 109],
      [147, 'call', 1],
      [169, 'call'],
    );
    expect(shown(profile)).toEqual(['call: 45/109 147/1 169/?', 'warm-up: 29/?', 'generation: 44/?']);
  });

  it('gives none of a simulated run, whose time is no time', () => {
    const run = runFromText(drawing, { calls: 'probes' });
    run.origin = { value: 'simulated', reason: 'drawn' };
    expect(eventSeriesOf(run)).toEqual([]);
  });
});
