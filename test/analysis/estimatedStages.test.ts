import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { analyseRun, type RunAnalysis } from '../../src/analysis/analyseRun.ts';
import type { EstimatedStages } from '../../src/analysis/estimatedStages.ts';
import { analyseInputs } from '../../src/pipeline/analyseInputs.ts';
import { openInputs } from '../../src/platform/node/inputs.ts';
import { nodeServices } from '../../src/platform/node/services.ts';
import { ProfileBuilder } from '../../src/profile/builder.ts';
import { describeWithSamples } from '../support/samples.ts';
import { functionsFromText } from '../support/profileFromText.ts';

const STACKS: Record<string, string[]> = {
  load: ['main', 'llama_model_load_from_file'],
  text: ['main', 'std::string::append'],
  gemm: ['main', 'llama_decode', 'kai_run_matmul_clamp_f32_qsi8d32p4x8_qsi4c32p4x8_16x4_neon_i8mm'],
  gemv: ['main', 'llama_decode', 'kai_run_matmul_clamp_f32_qsi8d32p1x8_qsi4c32p4x8_1x4x32_neon_dotprod'],
  dot: ['main', 'llama_decode', 'ggml_vec_dot_q6_K_q8_K'],
  attn: ['main', 'llama_decode', 'ggml_compute_forward_flash_attn_ext'],
  sample: ['main', 'common_sampler_sample', 'llama_sampler_apply'],
  wait: ['start_thread', 'ggml_graph_compute_secondary_thread'],
};

/**
 * A run without markers drawn as text, one word a row of samples 1 ms apart: `gemm*300 dot*10 sample gemv*8`. A group in
 * brackets repeats: `(gemv*8 dot*2 sample)*10`. With `waiting` a second thread polls all the time.
 */
function estimate(drawing: string, waiting = false): EstimatedStages {
  const builder = new ProfileBuilder({ path: 'drawn', format: 'drawing', tool: null, bytes: 0 });
  const [main, worker] = [builder.thread(100, 100), builder.thread(100, 101)];
  builder.nameThread(100, 100, 'llama-cli');
  builder.events.push({
    name: 'cycles',
    role: 'sampling',
    code: '0x11',
    mnemonic: 'CPU_CYCLES',
    unit: 'cycles',
    period: 1000,
    frequencyHz: null,
    counter: null,
  });
  builder.clock = { ...builder.clock, name: 'CLOCK_MONOTONIC', startNs: '0' };
  const stackOf = (names: readonly string[]): number => {
    let stack = -1;
    for (const name of names) {
      const frame = builder.frames.intern(
        0,
        0,
        -1,
        0,
        builder.strings.intern(name),
        builder.strings.intern('llama'),
      );
      stack = builder.stacks.intern(stack, frame);
    }
    return stack;
  };
  const flat = drawing.replace(/\(([^)]*)\)\*(\d+)/g, (_, group: string, times: string) =>
    `${group} `.repeat(Number(times)),
  );
  let timeMs = 0;
  for (const word of flat.trim().split(/\s+/)) {
    const [what, times = '1'] = word.split('*');
    for (let i = 0; i < Number(times); i++) {
      builder.addSample(timeMs * 1e6, main, 0, stackOf(STACKS[what]), 0, 1000, false);
      if (waiting) builder.addSample(timeMs * 1e6 + 1, worker, 1, stackOf(STACKS.wait), 0, 1000, false);
      timeMs++;
    }
  }
  const profile = builder.finish();
  return analyseRun(profile, functionsFromText(profile)).estimatedStages;
}

const drawn = ({ phases }: EstimatedStages): string[] =>
  phases.map(({ stage, name, startNs, endNs }) => `${stage} ${name}: ${startNs / 1e6} to ${endNs / 1e6}`);

describe('estimateStages', () => {
  it('tells a prompt from the tokens that follow', () => {
    const result = estimate('load*50 gemm*200 dot*10 sample*2 (gemv*10 attn*2 dot*5 sample)*20 text*10');
    // 50 + 200 + 10 samples; 2 of sampling; 20 tokens of 18, the last without its sampling.
    expect(drawn(result)).toEqual(['prefill 1: 50 to 260', 'decode 1: 260 to 620']);
    expect(result.basis).toBe(
      'Told from 200 samples in matrix–matrix kernels, 200 in matrix–vector kernels, 110 in functions that serve both.',
    );
    expect(result.score).toBeNull();
  });

  it('does not depend on how many threads wait', () => {
    const drawing = 'load*50 gemm*200 dot*10 sample*2 (gemv*10 attn*2 dot*5 sample)*20 text*10';
    expect(drawn(estimate(drawing, true)).map((text) => text.split(':')[0])).toEqual([
      'prefill 1',
      'decode 1',
    ]);
  });

  it('calls a short prompt before a pause the warm-up', () => {
    const result = estimate('load*20 gemm*20 text*10 gemm*100 sample (gemv*10 sample)*10');
    expect(drawn(result).map((text) => text.split(':')[0])).toEqual(['load warmup', 'prefill 1', 'decode 1']);
  });

  it('tells turns apart', () => {
    const turn = 'gemm*60 sample (gemv*10 sample)*8';
    expect(drawn(estimate(`${turn} text*20 ${turn}`)).map((text) => text.split(':')[0])).toEqual([
      'prefill 1',
      'decode 1',
      'prefill 2',
      'decode 2',
    ]);
  });

  it('tells tokens in dot products by what they lack, once a token was sampled', () => {
    const result = estimate('load*20 gemm*200 dot*10 sample (dot*30 sample)*10');
    expect(drawn(result)).toEqual(['prefill 1: 20 to 230', 'decode 1: 230 to 539']);
    expect(result.basis).toContain('without a matrix–matrix kernel is Decode');
  });

  it('leaves what cannot be told', () => {
    expect(estimate('load*20 gemm*200 dot*100').basis).toContain('only Prefill can be told');
    expect(estimate('load*20 dot*200 sample (dot*30 sample)*10')).toMatchObject({
      phases: [],
      reason: 'the matrix products run in functions that serve prompts and tokens alike',
    });
    expect(estimate('load*20 (gemv*30 sample)*10').reason).toContain('where a prompt begins cannot be told');
    expect(estimate('load*20 text*20').reason).toBe('next to no sample lies in a matrix product');
  });

  it('follows thousands of turns', () => {
    const drawing = (turns: number): string => `(gemm*60 sample gemv*10 sample gemv*10 sample)*${turns}`;
    expect(estimate(drawing(2000)).phases).toHaveLength(4000);
  });
});

async function analyse(paths: readonly string[]): Promise<RunAnalysis> {
  const opened = await openInputs(paths, { cwd: process.cwd() });
  try {
    return (await analyseInputs(opened.inputs, opened.runYaml, nodeServices)).analysis;
  } finally {
    await opened.close();
  }
}

describe('on shipped runs, against their markers and probes', () => {
  // Share of call time and of samples outside of calls that agreed when this was written, rounded down to half a percent.
  it.each([
    ['gator-app-t1', 0.99, 0.985],
    ['gator-channels-t2', 0.99, 0.98],
    ['gator-qwen05b-t1', 0.995, 0.99],
    ['perf-uprobe-t1', 0.985, 0.995],
    ['sim-tiny-t1', 0.995, 0.985],
    ['sim-qwen05b-t1', 0.995, 0.99],
    ['sim-qwen05b-t2', 0.995, 0.985],
    ['sim-qwen05b-t1-norepack', 0.995, 0.99],
  ])('%s', async (run, ofTime, ofOutside) => {
    const { estimatedStages, timeline } = await analyse([join('captures', run)]);
    const score = estimatedStages.score!;
    expect(score.agreeingNs / score.callNs).toBeGreaterThan(ofTime);
    expect(score.agreeing / score.samples).toBeGreaterThan(ofTime - 0.005);
    expect(score.outsideAgreeing / score.outside).toBeGreaterThan(ofOutside - 0.005);
    expect(estimatedStages.phases.map(({ stage, name }) => `${stage} ${name}`)).toEqual([
      'load warmup',
      'prefill 1',
      'decode 1',
    ]);
    // Guessed phases are no phases of the timeline.
    expect(timeline.source).not.toBeNull();
  });
});

describeWithSamples('recordings without markers', (folder) => {
  it('perf-group-t1: Prefill and Decode as long as llama.cpp’s log says', async () => {
    const symbols = join(folder, 'symbols', 'fd1f3e346969712cc60469ea1e6ce12e01ab71ec.nm.txt');
    const { estimatedStages, timeline } = await analyse([
      join(folder, 'captures', 'perf-group-t1', 'perf.data'),
      symbols,
    ]);
    expect(timeline.source).toBeNull();
    const msOf = (stage: string): number =>
      estimatedStages.phases
        .filter((phase) => phase.stage === stage)
        .reduce((sum, { startNs, endNs }) => sum + (endNs - startNs) / 1e6, 0);
    // prompt eval time = 506.99 ms; eval time = 416.70 ms and sampling time = 4.36 ms.
    expect(Math.abs(msOf('prefill') / 506.99 - 1)).toBeLessThan(0.02);
    expect(Math.abs(msOf('decode') / (416.7 + 4.36) - 1)).toBeLessThan(0.02);
  });
});
