import { describe, expect, it } from 'vitest';
import { lintCapture } from '../../src/analysis/captureLint.ts';
import type { StageTimeline } from '../../src/llama/types.ts';
import type { Profile } from '../../src/profile/types.ts';
import { functionsFromText, profileFromText } from '../support/profileFromText.ts';

const noStages: StageTimeline = {
  source: null,
  reason: 'no markers',
  fix: 'perf probe …',
  calls: [],
  tokens: [],
  phases: [],
  intervals: [],
  pid: null,
  warnings: [],
};
const stages: StageTimeline = { ...noStages, source: 'markers', reason: null, fix: null };

function codes(
  drawing: string,
  change: (profile: Profile) => void = () => undefined,
  timeline = stages,
): string[] {
  const profile = profileFromText(drawing);
  profile.origin = { value: 'hardware', reason: 'drawn' };
  change(profile);
  return lintCapture(profile, functionsFromText(profile), timeline).map((warning) => warning.code);
}

const deep = `
  start  start
  main   main
  gemm   gemv
`;

describe('lintCapture', () => {
  it('has nothing to say about a sound capture but that the model is missing', () => {
    expect(codes(deep)).toEqual(['model-missing']);
  });

  it('asks for call stacks when there are none, and for frame pointers when they are stumps', () => {
    expect(codes('gemm gemv')).toContain('stacks-missing');
    expect(codes('main main\ngemm gemv')).toContain('frame-pointers-missing');
  });

  it('says that a recording holds no samples', () => {
    const empty = codes(deep, (profile) => {
      profile.samples = { ...profile.samples, length: 0 };
      profile.origin.value = null;
      profile.markers.push({ timeNs: 0, thread: 0, text: 'past 0, n_eval 9', colour: null });
    });
    expect(empty).toEqual(expect.arrayContaining(['no-samples', 'origin-unknown']));
  });

  it('passes on why stages are unknown', () => {
    expect(codes(deep, undefined, noStages)).toContain('stages-unknown');
  });

  it('names losses, throttling and counters that took turns', () => {
    const found = codes(deep, (profile) => {
      profile.losses.records = 3;
      profile.losses.throttles = 1;
      const counter = {
        name: 'stall_backend_mem',
        code: '0x4005',
        mnemonic: 'STALL_BACKEND_MEM',
        unit: 'cycles',
        kind: 'delta' as const,
        multiplier: 1,
        status: 'counted' as const,
        pmu: null,
        runningShare: 0.4,
        unavailable: null,
        excludesKernel: false,
      };
      profile.counters.push(counter, { ...counter, runningShare: null, unavailable: 'not supported' });
      profile.target.cpus.push({ cpu: 0, name: 'Neoverse-N1', midr: null });
    });
    expect(found).toEqual([
      'records-lost',
      'sampling-throttled',
      'counter-unavailable',
      'counters-overcommitted',
      'model-missing',
    ]);
  });

  it('labels targets that are no hardware, and asks when nobody said', () => {
    expect(codes(deep, (profile) => (profile.origin.value = 'emulated'))).toContain('target-not-hardware');
    expect(codes(deep, (profile) => (profile.origin.value = null))).toContain('origin-unknown');
  });

  it('counts samples per stage', () => {
    const phase = {
      stage: 'decode' as const,
      name: '1',
      startNs: 0,
      endNs: 5e6,
      endIsEstimated: false,
      firstToken: 0,
      calls: 1,
      tokens: 1,
      cachedTokens: 0,
      turn: 1,
    };
    expect(codes(deep, undefined, { ...stages, phases: [phase] })).toContain('few-samples-decode');
  });

  it('reports clocks that still disagree after alignment', () => {
    const found = codes(deep, (profile) => {
      profile.clock.alignments.push({ path: 'log', method: 'matched-events', offsetNs: 0, residualNs: 5e6 });
    });
    expect(found).toContain('clock-skew');
  });
});
