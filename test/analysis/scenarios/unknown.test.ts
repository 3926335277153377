/** Cores and events that no table has: named in warnings, and nothing is invented of them. */
import { describe, expect, it } from 'vitest';
import type { RawInput } from '../../../src/readers/reader.ts';
import { apcInputs, perfDataInputs, reportOf, type CoreKind, type Scenario } from '../../support/scenario.ts';
import { TUTORIAL } from '../../support/scenarioTutorial.ts';

const NEW_CORE: CoreKind = { name: 'Unknown', midr: '0x411ff9f0', pmu: 'armv8_pmuv3_0' };

function withNews(core: CoreKind): Scenario {
  const [worker] = TUTORIAL.threads;
  const counted = (of: 'prefill' | 'decode') => ({
    ...worker[of],
    perMs: { ...worker[of].perMs, NEW_EVENT: 1000 },
  });
  return {
    ...TUTORIAL,
    cores: Array.from({ length: 8 }, () => core),
    counters: [...TUTORIAL.counters, 'NEW_EVENT'],
    extraCodes: { NEW_EVENT: 0x3ffe },
    prefill: { tokens: 78, ms: 100 },
    decode: { calls: 10, ms: 20 },
    threads: [{ prefill: counted('prefill'), decode: counted('decode') }],
  };
}

describe.each<[recorder: string, make: (run: Scenario) => RawInput[]]>([
  ['perf.data', perfDataInputs],
  ['.apc', apcInputs],
])('a core and an event that are not in the tables, in %s', (_, make) => {
  it('are named in warnings', async () => {
    const { report } = await reportOf(make(withNews(NEW_CORE)));
    const warning = (code: string) => report.warnings.find((row) => row.code === code)?.message;
    expect(warning('core-unknown')).toContain('0x411ff9f0');
    expect(warning('event-unknown')).toContain('0x3ffe');
  });

  it('make no number: no issue width, no topdown, no mnemonic; what was counted stays', async () => {
    const { report, inspect } = await reportOf(make(withNews(NEW_CORE)));
    const event = inspect.counters.find(({ code }) => code === '0x3ffe');
    expect(event).toMatchObject({ mnemonic: null, total: expect.any(Number) });
    // 100 ms of Prefill and 200 ms of Decode, 1,000 a millisecond.
    expect(event!.total! / 300_000).toBeCloseTo(1, 2);
    expect(inspect.target.cores.every(({ name }) => name === null)).toBe(true);
    const topdown = report.metrics.coreTypes[0].groups.find(({ id }) => id === 'topdown');
    expect((topdown?.rows ?? []).every(({ decode }) => decode.value === null)).toBe(true);
    // Stalls of an unknown core still say what they say; how wide it issues they do not.
    expect(report.verdicts.decode.class).toBe('memory');
    expect(report.verdicts.prefill.class).toBe('insufficient');
    expect(report.verdicts.prefill.witnesses.map(({ metric }) => metric)).not.toContain(
      'instructions per cycle over issue width',
    );
  });
});

it('is silent about cores and events that it knows', async () => {
  const { report } = await reportOf(perfDataInputs({ ...TUTORIAL, decode: { calls: 5, ms: 20 } }));
  expect(report.warnings.map(({ code }) => code)).not.toContain('core-unknown');
  expect(report.warnings.map(({ code }) => code)).not.toContain('event-unknown');
});
