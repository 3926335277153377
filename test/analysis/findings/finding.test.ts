import { describe, expect, it } from 'vitest';
import { enumeration, finding, name, say, value } from '../../../src/analysis/findings/finding.ts';
import { quantity, unknown } from '../../../src/analysis/quantity.ts';
import { strayNumbers } from '../../support/findingNumbers.ts';

const share = value('share', quantity(54.4671, '%', 'sampled', { formula: 'a ÷ b' }));
const cost = value('cost', quantity(211_333_333, 'instructions', 'sampled', { formula: 'a ÷ b' }));
const facts = {
  id: 'x',
  kind: 'kernels',
  importance: 1,
  evidence: { chart: null, chapter: 'functions', selection: {} },
} as const;

describe('say', () => {
  it('prints values as the site does and keeps names apart', () => {
    const sentence = say`${share} of the samples are in ${name('ggml_vec_dot_q4_0_q8_0')}, ${cost}.`;
    expect(sentence).toEqual({
      text: '54.5\u00A0% of the samples are in ggml_vec_dot_q4_0_q8_0, 211\u00A0M\u00A0instructions.',
      values: [share, cost],
      names: ['ggml_vec_dot_q4_0_q8_0'],
    });
  });

  it('is silent when a value is not known', () => {
    expect(say`${value('x', unknown('%', 'not counted'))} of cycles`).toBeNull();
    expect(finding(facts, null)).toEqual([]);
  });

  it('nests sentences and enumerates them', () => {
    const part = (text: string) => ({ text, values: [], names: [text] });
    expect(enumeration(['a', 'b', 'c'].map(part)).text).toBe('a, b and c');
    expect(enumeration([part('a')]).text).toBe('a');
    expect(say`${enumeration([part('q4_0'), part('q6_K')])}: ${share}`?.names).toEqual(['q4_0', 'q6_K']);
  });
});

describe('a finding', () => {
  it('holds the numbers of its sentence, then known further ones', () => {
    const further = [cost, value('not known', unknown('%', 'no'))];
    expect(finding(facts, say`${share} of it.`, further)[0].values).toEqual([share, cost]);
  });

  it('is found out when its sentence holds another number', () => {
    const made = finding(facts, say`${share} of ${name('q4_0')}.`)[0];
    expect(strayNumbers(made)).toEqual([]);
    expect(strayNumbers({ ...made, sentence: `${made.sentence} And 54.5 times 7.` })).toEqual(['54.5', '7.']);
  });
});
