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

  it('notices stacks as deep as the kernel follows them', () => {
    const stackOf = (frames: number): string =>
      Array.from({ length: frames }, (_, at) => `f${at}`).join('\n');
    expect(codes(stackOf(127))).toContain('stacks-truncated');
    expect(codes(stackOf(126))).not.toContain('stacks-truncated');
  });

  it('asks for kernel symbols when samples lie in the kernel', () => {
    const inKernel = (profile: Profile): void => void profile.samples.isKernel.fill(1);
    expect(codes(deep, inKernel)).toContain('kernel-symbols-hidden');
    expect(codes(deep)).not.toContain('kernel-symbols-hidden');
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
      // The first of the two gave a number, and a Neoverse N1 has no such event.
      'event-not-on-core',
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

describe('images without symbols', () => {
  const withImage = (frames: number, sampled: boolean): string[] => {
    const profile = profileFromText(`
${'start '.repeat(3)}
${'main  '.repeat(3)}
${'gemm  '.repeat(3)}`);
    profile.origin = { value: 'hardware', reason: 'drawn' };
    const functions = functionsFromText(profile);
    if (sampled)
      functions.functions[2] = { ...functions.functions[2], image: '/lib/libx.so', hasSymbol: false };
    const image = { buildId: null, resolvedFrames: 0, source: null, fix: null };
    functions.images = [
      { ...image, image: '/bin/llama-cli', frames: 1000, resolvedFrames: 1000, source: 'elf' },
      { ...image, image: '/lib/libx.so', frames },
    ];
    return lintCapture(profile, functions, stages).map(({ code }) => code);
  };

  it('are named when samples lie in them, or much of the code', () => {
    expect(withImage(1, true)).toContain('symbols-missing');
    expect(withImage(100, false)).toContain('symbols-missing');
    expect(withImage(1, false)).not.toContain('symbols-missing');
  });
});

describe('how the program was run on its machine', () => {
  const counter = {
    name: 'stall_backend_mem',
    code: '0x4005',
    mnemonic: 'STALL_BACKEND_MEM',
    unit: 'cycles',
    kind: 'delta' as const,
    multiplier: 1,
    status: 'counted' as const,
    pmu: null,
    runningShare: null,
    unavailable: null,
    excludesKernel: false,
  };
  const phase = (stage: 'load' | 'prefill', name: string, startNs: number, endNs: number) => ({
    stage,
    name,
    startNs,
    endNs,
    endIsEstimated: false,
    firstToken: -1,
    calls: 0,
    tokens: 0,
    cachedTokens: 0,
    turn: 1,
  });
  const settings = {
    build: null,
    compiler: null,
    threads: 8,
    threadsBatch: null,
    contextLength: null,
    batch: null,
    microBatch: null,
    flashAttention: null,
    features: {},
    buffers: {},
  };

  it('notices more threads than CPUs', () => {
    const withCpus = (cpus: number | null) =>
      codes(deep, (profile) => {
        profile.settings = settings;
        profile.target.cpuCount = cpus;
      });
    expect(withCpus(4)).toContain('threads-overcommitted');
    expect(withCpus(8)).not.toContain('threads-overcommitted');
    expect(withCpus(null)).not.toContain('threads-overcommitted');
  });

  it('misses the CPU of samples only where several threads were sampled', () => {
    const without = (threads: number) =>
      codes(deep, (profile) => {
        profile.samples.cpu.fill(-1);
        if (threads > 1) {
          profile.threads.push({ ...profile.threads[0], tid: 101 });
          profile.samples.thread[1] = 1;
        }
      });
    expect(without(1)).not.toContain('cpus-missing');
    expect(without(2)).toContain('cpus-missing');
  });

  it('names events that a core of the machine lacks', () => {
    const on = (...names: string[]) =>
      codes(deep, (profile) => {
        profile.counters.push(counter);
        names.forEach((name, cpu) => profile.target.cpus.push({ cpu, name, midr: null }));
      });
    expect(on('Neoverse-V2')).not.toContain('event-not-on-core');
    expect(on('Cortex-A76')).toContain('event-not-on-core');
    expect(on('Cortex-X4', 'Cortex-A76')).toContain('event-not-on-core');
    expect(on('Unheard-Of-9')).not.toContain('event-not-on-core');
  });

  it('warns of a frequency that may change, on hardware', () => {
    const governed = (value: string, origin: Profile['origin']['value'] = 'hardware') =>
      codes(deep, (profile) => {
        profile.origin.value = origin;
        profile.facts.push({ name: 'cpu-governor', value, source: 'sysfs', private: false });
      });
    expect(governed('schedutil')).toContain('frequency-unsteady');
    expect(governed('performance, powersave')).toContain('frequency-unsteady');
    expect(governed('performance')).not.toContain('frequency-unsteady');
    expect(governed('schedutil', 'emulated')).not.toContain('frequency-unsteady');
  });

  it('misses the warm-up where a probe would have seen it, or the command line left it out', () => {
    const load = phase('load', 'load', 0, 9e6);
    const warmup = phase('load', 'warmup', 5e6, 6e6);
    const prefill = phase('prefill', '1', 9e6, 20e6);
    const probed = (...phases: ReturnType<typeof phase>[]) =>
      codes(deep, undefined, { ...stages, source: 'probes', phases });
    expect(probed(load, prefill)).toContain('warmup-missing');
    expect(probed(load, warmup, prefill)).not.toContain('warmup-missing');
    // Attached to a running server: nothing was loaded while recording.
    expect(probed(prefill)).not.toContain('warmup-missing');
    // Markers are not written for a warm-up.
    expect(codes(deep, undefined, { ...stages, phases: [load, prefill] })).not.toContain('warmup-missing');
    const told = codes(deep, (profile) =>
      profile.facts.push({
        name: 'command-line',
        value: 'llama-cli -m model.gguf --no-warmup',
        source: 'apc',
        private: true,
      }),
    );
    expect(told).toContain('warmup-missing');
  });
});
