import { describe, expect, it } from 'vitest';
import {
  formatCount,
  formatMoment,
  formatPlural,
  formatPrefixed,
  formatRatio,
  formatShare,
  formatText,
} from '../../src/charts/format.ts';

/** Expected texts are written with plain spaces. */
const plain = (text: string): string => text.replaceAll('\u00A0', ' ');

describe('numbers as the site prints them', () => {
  it.each([
    [0.634341, 's', '634 ms'],
    [1.726487, 's', '1.73 s'],
    [22.4, 'ms', '22.4 ms'],
    [634.341, 'ms', '634 ms'],
    [634341, 'us', '634 ms'],
    [0.0000024, 's/position', '2.40 µs/position'],
    [5400, 's', '5,400 s'],
    [0, 's', '0 s'],
    [7343090, 'B', '7.34 MB'],
    [11.2e9, 'B/s', '11.2 GB/s'],
    [512, 'B', '512 B'],
  ])('gives %s %s an SI prefix', (value, unit, expected) => {
    expect(plain(formatText(value, unit))).toBe(expected);
  });

  it.each([
    [1734, 'samples', '1,734 samples'],
    [99999, 'samples', '99,999 samples'],
    [100000, 'samples', '100 k samples'],
    [1475316128, 'cycles', '1.48 G cycles'],
    [2882568.8, 'instructions', '2.88 M instructions'],
    [0.5, 'instructions/cycle', '0.500 instructions/cycle'],
    [1, 'events/1000 instructions', '1.00 events/1000 instructions'],
    [72100, 'events/token', '72.1 k events/token'],
    [20, '', '20'],
    [1, 'calls', '1 call'],
    [1, 'stretches', '1 stretch'],
    [1, 'misses', '1 miss'],
    [1, 'per 1,000 instructions', '1 per 1,000 instructions'],
    [0, 'calls', '0 calls'],
    [1.5, 'calls', '1.50 calls'],
    [1090.4, 'tokens/s', '1,090 tokens/s'],
    [261.2, 'tokens/s', '261 tokens/s'],
    [1234567, 'tokens/s', '1.23 M tokens/s'],
  ])('prints %s %s', (value, unit, expected) => {
    expect(plain(formatText(value, unit))).toBe(expected);
  });

  it.each([
    [0.507, 'share', '50.7 %'],
    [0.12, 'share', '12.0 %'],
    [1, 'share', '100 %'],
    [0, 'share', '0 %'],
    [43.3281, '%', '43.3 %'],
    [0.931, 'share of time', '93.1 % of time'],
  ])('prints %s %s as percent', (value, unit, expected) => {
    expect(plain(formatText(value, unit))).toBe(expected);
  });

  it('rounds up to the next prefix instead of printing four digits', () => {
    expect(plain(formatText(0.9996, 's'))).toBe('1.00 s');
    expect(plain(formatText(999.6e6, 'cycles'))).toBe('1.00 G cycles');
    expect(plain(formatText(999.4e6, 'cycles'))).toBe('999 M cycles');
  });

  it('prints negative numbers with a minus sign', () => {
    expect(plain(formatText(-0.0024, 's'))).toBe('−2.40 ms');
    expect(plain(formatText(-12, 'samples'))).toBe('−12 samples');
  });

  it('prints what is below a millionth as a power of ten, and never NaN', () => {
    expect(plain(formatText(1.234e-9, 'refills/instruction'))).toBe('1.23e−9 refills/instruction');
    expect(plain(formatText(Number.NaN, 's'))).not.toContain('NaN');
    expect(plain(formatText(Number.POSITIVE_INFINITY, 's'))).not.toContain('Infinity');
  });

  it('keeps every digit of a count', () => {
    expect(formatCount(1475316128)).toBe('1,475,316,128');
    expect(formatCount(999)).toBe('999');
  });

  it('tells one from many', () => {
    expect(plain(formatPlural(1, 'sample'))).toBe('1 sample');
    expect(plain(formatPlural(0, 'sample'))).toBe('0 samples');
    expect(plain(formatPlural(2, 'branch', 'branches'))).toBe('2 branches');
  });

  it('has no share of nothing', () => {
    expect(formatShare(0, 0)).toBe('–');
    expect(plain(formatShare(289, 1734))).toBe('16.7 %');
  });

  it('prints ratios, moments and bare prefixes', () => {
    expect(formatRatio(68.59)).toBe('68.6×');
    expect(plain(formatMoment(4.3219))).toBe('4.322 s');
    expect(plain(formatMoment(-0.5))).toBe('−0.500 s');
    expect(plain(formatPrefixed(72100))).toBe('72.1 k');
    expect(plain(formatPrefixed(310))).toBe('310');
  });
});
