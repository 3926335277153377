import { describe, expect, it } from 'vitest';
import { widestCounter, widestWords } from '../../src/report/widestCounter.ts';
import { hardwareServerReport } from '../support/reportFixtureVariants.ts';

const [template] = hardwareServerReport().counters;

function counter(name: string, mnemonic: string | null, prefill: number | null, decode: number | null) {
  return {
    ...template,
    name,
    mnemonic,
    prefillPerToken: { ...template.prefillPerToken, value: prefill },
    decodePerToken: { ...template.decodePerToken, value: decode },
  };
}

describe('the counter that differs most between the stages', () => {
  const counters = [
    counter('cycles', 'CPU_CYCLES', 100, 650),
    counter('instructions', 'INST_RETIRED', 50, 300),
    counter('context-switches', null, 1, 9),
  ];

  it('is one of the core, and is said to be, beside counters that are none', () => {
    const widest = widestCounter({ counters, origin: { value: 'hardware' } })!;
    expect(widest).toMatchObject({ name: 'CPU_CYCLES', ratio: 6.5, isOfAll: false });
    expect(widestWords(widest)).toBe('Of the core’s events, CPU_CYCLES differs most per token');
  });

  it('is never the cycles of what is no hardware', () => {
    for (const value of ['emulated', 'simulated', null] as const) {
      expect(widestCounter({ counters, origin: { value } })).toMatchObject({
        name: 'INST_RETIRED',
        ratio: 6,
      });
      const two = [...counters, counter('loads', 'LD_SPEC', 10, 50)];
      expect(widestWords(widestCounter({ counters: two, origin: { value } })!)).toBe(
        'Of the core’s events but its cycles, INST_RETIRED differs most per token',
      );
    }
  });

  it('is the widest of all where all are of one kind', () => {
    const ofCore = counters.slice(0, 2);
    const widest = widestCounter({ counters: ofCore, origin: { value: 'vm' } })!;
    expect(widestWords(widest)).toBe('Per token, CPU_CYCLES differs most');
    const others = widestCounter({ counters: counters.slice(2), origin: { value: 'emulated' } })!;
    expect(widestWords(others)).toBe('context-switches per token');
  });

  it('is not the widest of any where it stands alone', () => {
    const alone = widestCounter({ counters, origin: { value: 'emulated' } })!;
    expect([alone.isOnly, widestWords(alone)]).toEqual([true, 'INST_RETIRED per token']);
  });

  it('may be the one that falls, and none where a stage has no count', () => {
    const falling = [counter('a', 'LL_CACHE_RD', 80, 10), counter('b', 'INST_RETIRED', 1, 2)];
    expect(widestCounter({ counters: falling, origin: { value: 'hardware' } })?.name).toBe('LL_CACHE_RD');
    const none = [counter('a', 'INST_RETIRED', null, 10), counter('b', 'LD_SPEC', 0, 2)];
    expect(widestCounter({ counters: none, origin: { value: 'hardware' } })).toBeNull();
  });
});
