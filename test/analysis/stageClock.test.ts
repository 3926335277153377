import { describe, expect, it } from 'vitest';
import { stageClock } from '../../src/analysis/stageClock.ts';
import type { Stage, StageInterval } from '../../src/llama/types.ts';

const interval = (stage: Stage, startNs: number, endNs: number): StageInterval => ({
  stage,
  startNs,
  endNs,
  phase: -1,
  token: -1,
});

// Load 0–10, prefill 10–30, a gap, two decode calls 40–50 and 50–60, sampling 60–65.
const clock = stageClock({
  intervals: [
    interval('load', 0, 10),
    interval('prefill', 10, 30),
    interval('decode', 40, 50),
    interval('decode', 50, 60),
    interval('sampling', 60, 65),
  ],
});
// Order of stage groups: load, prefill, decode, other.
const [LOAD, PREFILL, DECODE, OTHER] = [0, 1, 2, 3];

function timeOf(fromNs: number, toNs: number): number[] {
  const into = new Float64Array(4);
  clock.add(fromNs, toNs, into);
  return [...into];
}

describe('stageClock', () => {
  it('knows how long each stage is', () => {
    expect([...clock.lengthNs]).toEqual([10, 20, 20, 5]);
  });

  it('divides a stretch among the stages it covers; what no interval holds is other', () => {
    expect(timeOf(5, 45)).toEqual([5, 20, 5, 10]);
    expect(timeOf(-10, 100)).toEqual([10, 20, 20, 60]);
    expect(timeOf(45, 55)).toEqual([0, 0, 10, 0]);
    expect(timeOf(31, 33)).toEqual([0, 0, 0, 2]);
    expect(timeOf(70, 90)).toEqual([0, 0, 0, 20]);
  });

  it('adds to what is there', () => {
    const into = Float64Array.of(1, 1, 1, 1);
    clock.add(5, 45, into);
    expect([...into]).toEqual([6, 21, 6, 11]);
  });

  it('names the stage of an instant, in any order of asking', () => {
    const asked = [55, 5, 35, 10, 60, 0, 65, 29, 30, 40];
    expect(asked.map((at) => clock.groupAt(at))).toEqual([
      DECODE,
      LOAD,
      OTHER,
      PREFILL,
      OTHER,
      LOAD,
      OTHER,
      PREFILL,
      OTHER,
      DECODE,
    ]);
  });

  it('tells whether one interval, or one gap, holds a stretch', () => {
    expect(clock.soleGroup(11, 29)).toBe(PREFILL);
    expect(clock.soleGroup(10, 30)).toBe(PREFILL);
    expect(clock.soleGroup(9, 11)).toBe(-1);
    expect(clock.soleGroup(31, 40)).toBe(OTHER);
    expect(clock.soleGroup(31, 41)).toBe(-1);
    expect(clock.soleGroup(70, 80)).toBe(OTHER);
  });

  it('puts everything into other when there is no stage', () => {
    const empty = stageClock({ intervals: [] });
    expect(empty.groupAt(3)).toBe(OTHER);
    expect(empty.soleGroup(0, 9)).toBe(OTHER);
    const into = new Float64Array(4);
    empty.add(0, 9, into);
    expect([...into]).toEqual([0, 0, 0, 9]);
  });
});
