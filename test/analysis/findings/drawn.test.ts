/** Findings of drawn runs: what shipped captures, none of them from hardware, cannot show. */
import { describe, expect, it } from 'vitest';
import { analyseRun } from '../../../src/analysis/analyseRun.ts';
import { findings } from '../../../src/analysis/findings/index.ts';
import { upperBound } from '../../../src/analysis/findings/negligible.ts';
import type { LlamaTimings, Origin, Profile } from '../../../src/profile/types.ts';
import { countCalls } from '../../support/countCalls.ts';
import { strayNumbers } from '../../support/findingNumbers.ts';
import { qwen05b } from '../../support/modelFixtures.ts';
import { functionsOfRun, runFromText, type RunOptions } from '../../support/llamaRun.ts';

/** One prompt and decode calls of given lengths, each straight after the other. */
function draw(promptTokens: number, promptMs: number, decodeMs: readonly number[], options: RunOptions = {}) {
  const decode = decodeMs.map((ms, token) => `${promptTokens + token}+1/${ms}`).join(' ');
  const profile = runFromText(`load/5 0+${promptTokens}/${promptMs} ${decode} close/4`, {
    calls: 'both',
    ...options,
  });
  return { profile, durationsMs: [promptMs, ...decodeMs] };
}

function sentences(profile: Profile, origin: Origin): Map<string, string> {
  const rows = findings(
    analyseRun({ ...profile, origin: { value: origin, reason: 'drawn' } }, functionsOfRun(profile)),
  );
  for (const row of rows) expect([row.id, strayNumbers(row)]).toEqual([row.id, []]);
  return new Map(rows.map(({ id, sentence }) => [id, sentence.replaceAll('\u00A0', ' ')]));
}

describe('stalls', () => {
  const counted = () => {
    const { profile, durationsMs } = draw(100, 200, [20, 20]);
    countCalls(profile, durationsMs, {
      CPU_CYCLES: [1000, 500, 500],
      STALL_BACKEND: [120, 250, 250],
      STALL_BACKEND_MEM: [12, 150, 100],
    });
    return profile;
  };

  it('are split on hardware', () => {
    const rows = sentences(counted(), 'hardware');
    expect(rows.get('stall-split')).toBe(
      'Memory holds up 10.0 % of Prefill’s and 50.0 % of Decode’s backend stall cycles.',
    );
    expect(rows.get('stalled-cycles')).toBe(
      'The back end stalls in 12.0 % of Prefill’s and 50.0 % of Decode’s cycles.',
    );
  });

  it('are silent on an emulator', () => {
    const rows = sentences(counted(), 'emulated');
    expect(rows.has('stall-split')).toBe(false);
    expect(rows.has('stalled-cycles')).toBe(false);
  });
});

describe('growth with the context', () => {
  const tokens = Array.from({ length: 300 }, (_, token) => token);

  it('is told in time on hardware', () => {
    const { profile } = draw(
      10,
      20,
      tokens.map((token) => 20 + 0.01 * token),
      { sampleMs: 0 },
    );
    expect(sentences(profile, 'hardware').get('context-growth')).toBe(
      'With the context, a decode call grows by 10.0 µs/position.',
    );
  });

  it('is told in instructions and refilled bytes where time is an instruction count', () => {
    const { profile, durationsMs } = draw(
      10,
      20,
      tokens.map(() => 20),
      { sampleMs: 0 },
    );
    countCalls(profile, durationsMs, {
      INST_RETIRED: [1e6, ...tokens.map((token) => 2e6 + 5000 * token)],
      L3D_CACHE_REFILL: [1e4, ...tokens.map((token) => 1e5 + 30 * token)],
    });
    expect(sentences(profile, 'simulated').get('context-growth')).toBe(
      'With the context, a decode call grows by 5.00 k instructions/position and 1.92 kB/position.',
    );
    expect(sentences(profile, 'emulated').has('context-growth')).toBe(false);
  });

  it('is silent over fewer positions than the cache is padded to', () => {
    const { profile } = draw(
      10,
      20,
      tokens.slice(0, 100).map((token) => 20 + token),
      { sampleMs: 0 },
    );
    expect(sentences(profile, 'hardware').has('context-growth')).toBe(false);
  });
});

describe('steadiness', () => {
  it('names a token that is slower than the others', () => {
    const decode = [20, 20, 20, 20, 30, 20, 20, 20, 20, 20];
    const { profile } = draw(50, 40, decode, { sampleMs: 0 });
    // Nine latencies; mean 21.111, standard deviation 3.333.
    expect(sentences(profile, 'hardware').get('token-steadiness')).toBe(
      'Token latency varies by 15.8 % from token to token; the token at position 54 takes 1.50 × the median.',
    );
    expect(sentences(profile, 'emulated').get('token-steadiness')).toBe(
      'Token latency varies by 15.8 % from token to token, in emulated time; the token at position 54 takes 1.50 × the median.',
    );
  });
});

describe('the clock', () => {
  const decode = Array.from({ length: 40 }, () => 20);
  const cycles = (
    hertzOfToken: (token: number) => number,
    { profile, durationsMs } = draw(50, 40, decode, { sampleMs: 0 }),
  ): Profile => {
    countCalls(profile, durationsMs, {
      CPU_CYCLES: [1e8, ...decode.map((ms, token) => (hertzOfToken(token) * ms) / 1000)],
    });
    return profile;
  };

  it('falls when the machine throttles', () => {
    const rows = sentences(
      cycles((token) => (token < 20 ? 2.8e9 : 2.1e9)),
      'hardware',
    );
    expect(rows.get('throttling')).toBe(
      'The clock falls from 2.80 GHz to 2.10 GHz during Decode, by 25.0 %, by cycles of decode calls per second.',
    );
  });

  type Level = [cpu: number, token: number, mhz: number];
  /** Readings of frequencies in MHz; everything ran on CPU 0. */
  const tracked = (levels: readonly Level[], profile: Profile = draw(50, 40, decode).profile): Profile => {
    profile.clock = { ...profile.clock, name: 'CLOCK_MONOTONIC' };
    profile.counters.push({
      name: 'Clock: Frequency',
      code: null,
      mnemonic: null,
      unit: 'MHz',
      kind: 'absolute',
      multiplier: 1,
      status: 'counted',
      pmu: null,
      runningShare: null,
      unavailable: null,
      excludesKernel: false,
    });
    // The prompt ends at 45 ms, tokens take 20 ms each; a level holds to the next reading of its CPU.
    const rows = levels.map(([cpu, token, mhz]) => ({ cpu, mhz, timeNs: (45 + 20 * token) * 1e6 }));
    rows.sort((a, b) => a.timeNs - b.timeNs);
    profile.readings.push({
      counters: [profile.counters.length - 1],
      length: rows.length,
      startNs: Float64Array.from(rows, ({ timeNs }) => timeNs),
      timeNs: Float64Array.from(rows, ({ timeNs }) => timeNs),
      thread: new Int32Array(rows.length).fill(-1),
      cpu: Int32Array.from(rows, ({ cpu }) => cpu),
      sample: new Int32Array(rows.length).fill(-1),
      deltas: [Float64Array.from(rows, ({ mhz }) => mhz)],
    });
    return profile;
  };

  it('falls by the frequencies of the CPU that Decode runs on, however often they were read', () => {
    // 3 GHz for 30 tokens, then 2.4 GHz: the last quarter is ten tokens. Read twice only.
    const rows = sentences(
      tracked([
        [0, 0, 3000],
        [0, 30, 2400],
      ]),
      'hardware',
    );
    expect(rows.get('throttling')).toBe(
      'The clock falls from 3.00 GHz to 2.40 GHz during Decode, by 20.0 %, by recorded frequencies of the CPUs that ran Decode.',
    );
  });

  it('does not fall where only idle CPUs slow down', () => {
    const rows = sentences(
      tracked([
        [0, 0, 3000],
        [1, 0, 3000],
        [2, 0, 3000],
        [1, 10, 600],
        [2, 10, 600],
      ]),
      'hardware',
    );
    expect(rows.has('throttling')).toBe(false);
  });

  it('does not fall where a slower CPU is first read in the middle of Decode', () => {
    // Samples on CPUs 0 and 4 by turns, whose clocks never change: 1.8 and 3 GHz.
    const onTwo = (levels: readonly Level[]): Profile => {
      const profile = tracked(levels);
      profile.samples.cpu.forEach((_, row) => (profile.samples.cpu[row] = row % 2 === 0 ? 0 : 4));
      return profile;
    };
    const late: Level[] = [
      [4, 0, 3000],
      [0, 20, 1800],
    ];
    expect(sentences(onTwo(late), 'hardware').has('throttling')).toBe(false);
    // Both are known from token 20 on: ten tokens at (3.0 + 1.8) ÷ 2, then ten at (2.0 + 1.8) ÷ 2.
    const sentence = sentences(onTwo([...late, [4, 30, 2000]]), 'hardware').get('throttling');
    expect(sentence).toMatch(/^The clock falls from 2\.40 GHz to 1\.90 GHz during Decode, by 20\.8 %,/);
  });

  it('falls by its cycles where frequencies were read at the very end only', () => {
    const sampled = draw(50, 40, decode);
    const counted = cycles((token) => (token < 20 ? 2.8e9 : 2.1e9), sampled);
    const rows = sentences(tracked([[0, 36, 2100]], counted), 'hardware');
    expect(rows.get('throttling')).toBe(
      'The clock falls from 2.80 GHz to 2.10 GHz during Decode, by 25.0 %, by cycles of decode calls per second.',
    );
  });

  it('falls by all frequencies where samples tell no CPU, if every CPU falls', () => {
    const withoutCpus = (levels: readonly Level[]): Profile => {
      const profile = tracked(levels);
      profile.samples.cpu.fill(-1);
      return profile;
    };
    const levels: Level[] = [
      [0, 0, 3000],
      [1, 0, 2000],
      [0, 30, 1500],
    ];
    expect(sentences(withoutCpus(levels), 'hardware').has('throttling')).toBe(false);
    expect(sentences(withoutCpus([...levels, [1, 30, 1500]]), 'hardware').get('throttling')).toBe(
      'The clock falls from 2.50 GHz to 1.50 GHz during Decode, by 40.0 %, by recorded frequencies of all CPUs, each of which falls.',
    );
  });

  it('is not told of a process with several threads of which nobody says how many computed', () => {
    const profile = cycles((token) => (token < 20 ? 11.2e9 : 8.4e9));
    const other = { ...profile.threads[0], tid: profile.threads[0].tid + 1 };
    const several = { ...profile, threads: [...profile.threads, other] };
    expect(sentences(several, 'hardware').has('throttling')).toBe(false);
  });

  it('is no finding when it holds, or when it is an emulator’s', () => {
    expect(
      sentences(
        cycles(() => 2.8e9),
        'hardware',
      ).has('throttling'),
    ).toBe(false);
    expect(
      sentences(
        cycles((token) => 2.8e9 / (1 + token)),
        'emulated',
      ).has('throttling'),
    ).toBe(false);
  });
});

describe('prompts', () => {
  it('in several micro-batches read the weights several times', () => {
    const { profile } = draw(1100, 200, [20, 20]);
    profile.settings = {
      build: null,
      compiler: null,
      threads: 1,
      threadsBatch: null,
      contextLength: null,
      batch: 2048,
      microBatch: 512,
      flashAttention: null,
      features: {},
      buffers: {},
    };
    expect(sentences(profile, 'hardware').get('prompt-in-pieces')).toBe(
      'The prompt of 1,100 tokens is evaluated in 3 pieces of at most 512 tokens: each reads the weights again.',
    );
    profile.settings.microBatch = 2048;
    expect(sentences(profile, 'hardware').has('prompt-in-pieces')).toBe(false);
  });
});

/** Renames the leaf of calls, and gives the first samples of the prompt another leaf. */
function withLeaves(profile: Profile, leafOfCalls: string, leafOfFirst: string, count: number): Profile {
  const rename = (from: string, to: string): void => {
    profile.strings[profile.strings.indexOf(from)] = to;
  };
  const { samples, stacks, frames } = profile;
  const loading = profile.strings.indexOf('llama_model_load_from_file');
  const stack = frames.name.indexOf(loading);
  const other = stacks.frame.indexOf(stack);
  const firstOfPrompt = samples.timeNs.findIndex((timeNs) => timeNs > profile.probeHits[0].timeNs);
  for (let row = firstOfPrompt; row < firstOfPrompt + count; row++) samples.stack[row] = other;
  rename('gemm', leafOfCalls);
  rename('llama_model_load_from_file', leafOfFirst);
  return profile;
}

describe('GEMV kernels in Prefill', () => {
  it('are told by the rows that a repacked GEMM leaves over', () => {
    // 78 tokens are 76 rows of a kernel that takes four at a time, and two more.
    const { profile } = draw(78, 200, [20, 20]);
    withLeaves(profile, 'ggml_gemm_q4_0_4x8_q8_0', 'ggml_gemv_q4_0_4x8_q8_0', 10);
    expect(sentences(profile, 'hardware').get('tail-rows-prefill')).toBe(
      'Prefill runs 5.00 % of its matrix-product samples in GEMV kernels: 2 rows are left over where its GEMM kernel takes 4 rows at a time.',
    );
  });

  it('are the last layer’s one row where none is left over', () => {
    const { profile } = draw(80, 200, [20, 20]);
    withLeaves(profile, 'ggml_gemm_q4_0_4x8_q8_0', 'ggml_gemv_q4_0_4x8_q8_0', 10);
    expect(sentences(profile, 'hardware').get('tail-rows-prefill')).toBe(
      'Prefill runs 5.00 % of its matrix-product samples in GEMV kernels: the end of the last layer and the output evaluate one row only.',
    );
  });
});

describe('GEMV kernels in Prefill beside products of another library', () => {
  it('are the output’s one row, however many rows a repacked GEMM would leave over', () => {
    const { profile } = draw(78, 200, [20, 20]);
    const kleidi = 'kai_run_matmul_clamp_f32_qsi8d32p4x8_qsi4c32p4x8_16x4_neon_i8mm';
    withLeaves(profile, kleidi, 'ggml_gemv_q6_K_8x8_q8_K', 10);
    expect(sentences(profile, 'hardware').get('tail-rows-prefill')).toBe(
      'Prefill runs 5.00 % of its matrix-product samples in GEMV kernels: the end of the last layer and the output evaluate one row only.',
    );
  });
});

describe('traffic', () => {
  const refills = (profile: Profile, durationsMs: readonly number[], event: string, lines: number[]) =>
    countCalls(profile, durationsMs, { INST_RETIRED: lines.map(() => 1e6), [event]: lines });

  it('of a call for several requests is not that of one token', () => {
    const profile = runFromText('load/5 0+40/100 40+4/20 44+4/20 48+4/20 52+4/20 close/4', {
      program: 'llama-server',
      calls: 'both',
    });
    refills(profile, [100, 20, 20, 20, 20], 'L3D_CACHE_REFILL', [1e6, 2e5, 2e5, 2e5, 2e5]);
    expect(sentences(profile, 'hardware').get('traffic-per-token')).toBe(
      'By L3D_CACHE_REFILL, a decode call brings in 12.8 MB for 4 tokens, 3.20 MB each, and the prefill call 64.0 MB for 40 tokens: 1.60 MB each, because a micro-batch reads the weights once for all its tokens.',
    );
  });

  it('of such a call stands beside the demand of one request’s cache, which says so', () => {
    const drawn = (tokens: number): string | null | undefined => {
      const decode = [0, 1, 2, 3].map((call) => `${40 + call * tokens}+${tokens}/20`).join(' ');
      const profile = runFromText(`load/5 0+40/100 ${decode} close/4`, {
        program: 'llama-server',
        calls: 'both',
      });
      profile.model = qwen05b();
      profile.origin = { value: 'hardware', reason: 'drawn' };
      refills(profile, [100, 20, 20, 20, 20], 'L3D_CACHE_REFILL', [1e6, 2e5, 2e5, 2e5, 2e5]);
      return findings(analyseRun(profile, functionsOfRun(profile)))
        .find(({ id }) => id === 'traffic-against-model')
        ?.values.find(({ name }) => name === 'demanded')?.quantity.working?.note;
    };
    const limit = 'the cache of one request is counted: where the others stand is not known';
    expect(drawn(4)).toContain(limit);
    expect(drawn(1)).toContain('with a cache of');
    expect(drawn(1)).not.toContain(limit);
  });

  it('is not explained by sharing where nothing is shared, or where a token of the prompt brings in more', () => {
    const one = draw(1, 20, [20, 20]);
    refills(one.profile, one.durationsMs, 'L3D_CACHE_REFILL', [1e5, 1e5, 1e5]);
    expect(sentences(one.profile, 'hardware').get('traffic-per-token')).toBe(
      'By L3D_CACHE_REFILL, a decode call brings in 6.40 MB for one token and the prefill call 6.40 MB for 1 token.',
    );
    const dear = draw(10, 20, [20, 20]);
    refills(dear.profile, dear.durationsMs, 'L3D_CACHE_REFILL', [1e6, 1e4, 1e4]);
    expect(sentences(dear.profile, 'hardware').get('traffic-per-token')).toBe(
      'By L3D_CACHE_REFILL, a decode call brings in 640 kB for one token and the prefill call 64.0 MB for 10 tokens: 6.40 MB each.',
    );
  });

  it('is a lower bound where the event sees no prefetches', () => {
    const { profile, durationsMs } = draw(10, 20, [20, 20]);
    refills(profile, durationsMs, 'LL_CACHE_MISS_RD', [1e5, 1e5, 1e5]);
    expect(sentences(profile, 'hardware').get('traffic-per-token')).toBe(
      'By LL_CACHE_MISS_RD, which sees no prefetches, a decode call brings in at least 6.40 MB for one token, the prefill call at least 6.40 MB for 10 tokens: 640 kB each, because a micro-batch reads the weights once for all its tokens.',
    );
  });

  it('is no finding of counters that ran too little', () => {
    for (const [share, isTold] of [
      [0.2, false],
      [0.6, false],
      [0.8, true],
    ] as const) {
      const { profile, durationsMs } = draw(10, 200, [20, 20]);
      refills(profile, durationsMs, 'L3D_CACHE_REFILL', [1e6, 1e6, 1e6]);
      for (const counter of profile.counters) counter.runningShare = share;
      const rows = sentences(profile, 'hardware');
      expect([share, rows.has('traffic-per-token'), rows.has('instructions-per-token')]).toEqual([
        share,
        isTold,
        isTold,
      ]);
    }
  });
});

describe('page faults', () => {
  it('are silent where later calls hold no sample', () => {
    const { profile } = draw(80, 200, [0.2, 0.2]);
    withLeaves(profile, 'ggml_vec_dot_q4_0_q8_0', 'do_page_fault', 20);
    expect(sentences(profile, 'hardware').has('page-faults-first-call')).toBe(false);
  });

  it('of the first call are told beside those of later ones', () => {
    const { profile } = draw(80, 200, [20, 20]);
    withLeaves(profile, 'ggml_vec_dot_q4_0_q8_0', 'do_page_fault', 20);
    expect(sentences(profile, 'hardware').get('page-faults-first-call')).toBe(
      'Page faults take 10.0 % of the first call’s samples and 0 % of those of later calls.',
    );
  });

  it('are silent when there are few', () => {
    const { profile } = draw(80, 200, [20, 20]);
    withLeaves(profile, 'ggml_vec_dot_q4_0_q8_0', 'do_page_fault', 2);
    expect(sentences(profile, 'hardware').has('page-faults-first-call')).toBe(false);
  });
});

describe('the log', () => {
  it('is contradicted with both numbers, before anything else', () => {
    const { profile } = draw(100, 200, [20, 20]);
    const timings: LlamaTimings = {
      era: 'llama_perf_context_print',
      loadMs: null,
      promptMs: null,
      promptTokens: 99,
      evalMs: null,
      evalRuns: 2,
      samplingMs: null,
      samplingRuns: null,
      totalMs: null,
      unaccountedMs: null,
      graphsReused: null,
      promptTokensPerSecond: null,
      evalTokensPerSecond: null,
    };
    profile.timings.push(timings);
    const rows = sentences(profile, 'hardware');
    expect([...rows][0]).toEqual([
      'log-disagrees-prompt-tokens',
      'Prompt tokens: the log says 99 tokens, the probes say 100 tokens.',
    ]);
  });
});

describe('a run of hardware', () => {
  it('splits its time between the stages and tells what lies between calls', () => {
    const profile = runFromText('load/5 0+100/300 sample/2 100+1/50 sample/2 101+1/46 close/4', {
      calls: 'both',
    });
    const rows = sentences(profile, 'hardware');
    expect(rows.get('stage-split')).toBe(
      'Prefill takes 300 ms and Decode 96.0 ms: 75.8 % and 24.2 % of the time in both.',
    );
    expect(rows.get('sampling-share')).toMatch(
      /^Choosing and printing tokens takes \S+ % of the time from token to token\.$/,
    );
  });

  it('is silent about what nothing was recorded of', () => {
    const { profile } = draw(100, 200, [20, 20], { calls: 'none' });
    expect([...sentences(profile, 'hardware').keys()]).toEqual([]);
  });
});

describe('an upper bound', () => {
  it('is the exact one-sided 95 % limit of a binomial share', () => {
    // Nothing in 300: 1 − 0.05^(1/300), next to the rule of three's 3/300.
    expect(upperBound(0, 300)).toBeCloseTo(1 - 0.05 ** (1 / 300), 9);
    // Nothing, and one, in 20: 0.1391 and 0.2161 in tables of Clopper and Pearson.
    expect(upperBound(0, 20)).toBeCloseTo(0.1391, 4);
    expect(upperBound(1, 20)).toBeCloseTo(0.2161, 4);
    expect(upperBound(20, 20)).toBe(1);
  });

  it('holds for counts whose probabilities underflow', () => {
    const bound = upperBound(2000, 1_000_000);
    // 2,000 ± 1.645 √2,000 for a share so small that it is nearly a Poisson count.
    expect(bound).toBeGreaterThan(0.00206);
    expect(bound).toBeLessThan(0.00209);
  });
});
