import { describe, expect, it } from 'vitest';
import { buildCallTree } from '../../src/analysis/callTree.ts';
import { countFunctions } from '../../src/analysis/functions.ts';
import { groupCounts } from '../../src/analysis/stageGroups.ts';
import { weightEvent, weightOf } from '../../src/analysis/weight.ts';
import { profileViolations } from '../../src/profile/integrity.ts';
import { functionsFromText, profileFromText } from '../support/profileFromText.ts';

const drawing = `
  main    main    main    main    main
  decode  decode  decode  sample  decode
  gemm    gemv    gemv            decode
                                  gemv
`;
// Stage groups of the five samples: prefill, decode, decode, other, decode.
const groups = Uint8Array.of(1, 2, 2, 3, 2);

function counted() {
  const profile = profileFromText(drawing);
  const functions = functionsFromText(profile);
  const weight = weightOf(profile, weightEvent(profile)!);
  return { profile, functions, weight };
}

describe('countFunctions', () => {
  it('gives self to the leaf and total once to every function of the stack', () => {
    const { profile, functions, weight } = counted();
    expect(profileViolations(profile)).toEqual([]);
    const counts = countFunctions(profile, functions, weight, groups);
    const rows = Object.fromEntries(
      functions.functions.map(({ name }, row) => [
        name,
        { self: groupCounts(counts.self, row), total: groupCounts(counts.total, row) },
      ]),
    );
    expect(rows.main.self.all).toBe(0);
    expect(rows.main.total).toEqual({ all: 5, load: 0, prefill: 1, decode: 3, other: 1 });
    // decode recurs in the last stack and still counts once for it.
    expect(rows.decode.total).toEqual({ all: 4, load: 0, prefill: 1, decode: 3, other: 0 });
    expect(rows.gemv.self).toEqual({ all: 3, load: 0, prefill: 0, decode: 3, other: 0 });
    expect(rows.gemm.self).toEqual({ all: 1, load: 0, prefill: 1, decode: 0, other: 0 });
    expect(rows.sample.self.other).toBe(1);
  });
});

describe('buildCallTree', () => {
  it('keeps recursion as nodes of its own and sums totals upwards', () => {
    const { profile, functions, weight } = counted();
    const tree = buildCallTree(profile, functions, weight, groups);
    const lines: string[] = [];
    const print = (parent: number, indent: string): void => {
      for (let node = 0; node < tree.length; node++) {
        if (tree.parent[node] !== parent) continue;
        const total = groupCounts(tree.total, node).all;
        const self = groupCounts(tree.self, node).all;
        lines.push(`${indent}${functions.functions[tree.function[node]].name} ${total} ${self}`);
        print(node, `${indent}  `);
      }
    };
    print(-1, '');
    expect(lines).toEqual([
      'main 5 0',
      '  decode 4 0',
      '    gemm 1 1',
      '    gemv 2 2',
      '    decode 1 0',
      '      gemv 1 1',
      '  sample 1 1',
    ]);
  });
});

describe('weightEvent', () => {
  it('prefers cycles-like events, then clocks, then what sampled first', () => {
    const { profile } = counted();
    const event = profile.events[0];
    profile.events = [
      { ...event, name: 'probe_llama:llama_decode', role: 'tracepoint', code: null },
      { ...event, name: 'instructions', code: '0x8' },
      { ...event, name: 'cpu-clock', code: null },
    ];
    expect(weightEvent(profile)).toBe(2);
    expect(weightEvent(profile, 'instructions')).toBe(1);
    expect(weightEvent(profile, 'unheard-of')).toBeNull();
    expect(weightEvent({ ...profile, events: profile.events.slice(0, 2) })).toBe(1);
    expect(weightEvent({ ...profile, events: profile.events.slice(0, 1) })).toBeNull();
  });

  it('weights the member of a sampled group by its READ deltas and leaves out zero deltas', () => {
    const { profile } = counted();
    profile.events.push({ ...profile.events[0], name: 'instructions', role: 'group-member', counter: 0 });
    profile.readings = [
      {
        counters: [0],
        length: 3,
        startNs: Float64Array.of(0, 0, 1e6),
        timeNs: Float64Array.of(0, 1e6, 2e6),
        thread: Int32Array.of(0, 0, 0),
        cpu: Int32Array.of(0, 0, 0),
        sample: Int32Array.of(0, 1, 2),
        deltas: [Float64Array.of(70, 0, 30)],
      },
    ];
    const weight = weightOf(profile, 1);
    expect([...weight.rows]).toEqual([0, 2]);
    expect([...weight.weights]).toEqual([70, 30]);
  });
});
