/**
 * `inspect` on the Streamline captures that ship with the project. The expectations were derived from the raw captures by an
 * independent decoder in another language, and from what llama.cpp printed; none comes from gemview.
 */
import { describe, expect, it } from 'vitest';
import { analyseInputs } from '../../src/pipeline/analyseInputs.ts';
import { openInputs } from '../../src/platform/node/inputs.ts';
import { nodeServices } from '../../src/platform/node/services.ts';
import { inspectResult, type InspectResult } from '../../src/report/inspect.ts';

async function inspect(run: string): Promise<InspectResult> {
  const opened = await openInputs([`captures/${run}`], { cwd: process.cwd() });
  try {
    return inspectResult((await analyseInputs(opened.inputs, opened.runYaml, nodeServices)).analysis);
  } finally {
    await opened.close();
  }
}

interface Truth {
  run: string;
  /** The prompt's marker, then one token a marker from `decodeFrom` on. */
  firstMarker: string;
  decodeFrom: number;
  markers: number;
  firstMarkerNs: number;
  lastMarkerNs: number;
  /** Thread id → samples of the sampling clock. */
  threads: Record<string, number>;
  samples: number;
  durationNs: number;
  cycles: number;
  instructions: number;
  cpuClockNs: number;
  /** Channel → name and number of spans, over all threads. */
  channels: Record<string, readonly [name: string, count: number]>;
  /** Functions with most samples of their own. */
  functions: readonly (readonly [rawName: string, self: number])[];
  log: { promptTokens: number; promptMs: number; evalRuns: number; evalMs: number; loadMs: number };
}

const truths: Truth[] = [
  {
    run: 'gator-app-t1',
    firstMarker: 'past 0, n_eval 109',
    decodeFrom: 109,
    markers: 20,
    firstMarkerNs: 1692320384,
    lastMarkerNs: 2733858144,
    threads: { 2171: 1713, 2177: 18, 2175: 3 },
    samples: 1734,
    durationNs: 1726486816,
    cycles: 1475316128,
    instructions: 737658064,
    cpuClockNs: 1726786944,
    channels: {},
    functions: [
      ['kai_run_matmul_clamp_f32_qsi8d32p4x8_qsi4c32p4x8_16x4_neon_i8mm', 289],
      ['ggml_vec_dot_q6_K_q8_K', 180],
      ['ggml_compute_forward_flash_attn_ext', 180],
      ['kai_run_matmul_clamp_f32_qsi8d32p1x8_qsi4c32p4x8_1x4x32_neon_dotprod', 152],
      ['ggml_vec_dot_f16', 90],
      ['ggml_cpu_fp32_to_fp16', 59],
      ['kai_run_rhs_pack_nxk_qsi4c32pscalef16_qsu4c32s16s0', 56],
    ],
    log: { promptTokens: 109, promptMs: 630.96, evalRuns: 19, evalMs: 422.85, loadMs: 401.52 },
  },
  {
    run: 'gator-channels-t2',
    firstMarker: 'past 0, n_eval 109',
    decodeFrom: 109,
    markers: 12,
    firstMarkerNs: 1728637312,
    lastMarkerNs: 2700745184,
    threads: { 2396: 1512, 2402: 18, 2403: 33, 2400: 3, 2404: 932 },
    samples: 2498,
    durationNs: 1669924432,
    cycles: 2198582554,
    instructions: 1099291277,
    cpuClockNs: 2560562688,
    channels: {
      0: ['GEMV', 654],
      1: ['GEMM', 100],
      4: ['ADD', 520],
      9: ['MUL', 234],
      26: ['RMS_NORM', 234],
      35: ['CPY', 26],
      37: ['RESHAPE', 416],
      38: ['VIEW', 520],
      39: ['PERMUTE', 312],
      41: ['GET_ROWS', 78],
      43: ['SET_ROWS', 208],
      49: ['ROPE', 208],
      71: ['FLASH_ATTN_EXT', 104],
      91: ['GLU', 104],
    },
    functions: [
      ['kai_run_matmul_clamp_f32_qsi8d32p4x8_qsi4c32p4x8_16x4_neon_i8mm', 586],
      ['ggml_compute_forward_flash_attn_ext', 215],
      ['ggml_vec_dot_q6_K_q8_K', 214],
      ['kai_run_matmul_clamp_f32_qsi8d32p1x8_qsi4c32p4x8_1x4x32_neon_dotprod', 169],
      ['ggml_barrier', 152],
      ['ggml_vec_dot_f16', 112],
      ['ggml_graph_compute_secondary_thread', 108],
      ['ggml_cpu_fp32_to_fp16', 76],
    ],
    log: { promptTokens: 109, promptMs: 702.54, evalRuns: 11, evalMs: 296.58, loadMs: 436.81 },
  },
  {
    run: 'gator-qwen05b-t1',
    firstMarker: 'past 0, n_eval 71',
    decodeFrom: 71,
    markers: 10,
    firstMarkerNs: 9600010112,
    lastMarkerNs: 21678393232,
    threads: { 2624: 20737, 2628: 21, 2630: 27 },
    samples: 20785,
    durationNs: 21303055312,
    cycles: 18927015194,
    instructions: 9463507597,
    cpuClockNs: 21238333888,
    channels: {},
    functions: [
      ['kai_run_matmul_clamp_f32_qsi8d32p4x8_qsi4c32p4x8_16x4_neon_i8mm', 5480],
      ['ggml_vec_dot_q6_K_q8_K', 3597],
      ['kai_run_matmul_clamp_f32_qsi8d32p1x8_qsi4c32p4x8_1x4x32_neon_dotprod', 1868],
      ['kai_run_rhs_pack_nxk_qsi4c32pscalef16_qsu4c32s16s0', 1492],
      ['ggml_compute_forward_flash_attn_ext', 819],
      ['ggml_cpu_fp32_to_fp16', 363],
      ['__strlen_asimd', 333],
      ['ggml_vec_dot_f16', 302],
    ],
    log: { promptTokens: 71, promptMs: 7164.56, evalRuns: 9, evalMs: 5409.83, loadMs: 8329.2 },
  },
];

describe.each(truths)('inspect $run', (truth) => {
  it('agrees with what an independent decoder found', async () => {
    const result = await inspect(truth.run);
    const decodeMarkers = Array.from(
      { length: truth.markers - 1 },
      (_, token) => `past ${truth.decodeFrom + token}, n_eval 1`,
    );
    expect(result.markers.map(({ text }) => text)).toEqual([truth.firstMarker, ...decodeMarkers]);
    expect(result.markers[0].t * 1e9).toBeCloseTo(truth.firstMarkerNs, 0);
    expect((result.markers.at(-1)?.t ?? 0) * 1e9).toBeCloseTo(truth.lastMarkerNs, 0);

    expect(result.samples).toMatchObject({ count: truth.samples, lost: 0 });
    expect(
      Object.fromEntries(
        result.threads.filter(({ samples }) => samples > 0).map(({ tid, samples }) => [tid, samples]),
      ),
    ).toEqual(truth.threads);
    expect((result.duration_s ?? 0) * 1e9).toBeCloseTo(truth.durationNs, 0);

    const total = (name: string): number | null | undefined =>
      result.counters.find(({ event, mnemonic }) => event === name || mnemonic === name)?.total;
    expect(total('CPU_CYCLES')).toBe(truth.cycles);
    expect(total('INST_RETIRED')).toBe(truth.instructions);
    expect(total('cpu-clock')).toBe(truth.cpuClockNs);

    expect(
      Object.fromEntries(result.spans.channels.map(({ channel, name, count }) => [channel, [name, count]])),
    ).toEqual(truth.channels);
    const self = new Map(result.functions.map(({ raw_name, self }) => [raw_name, self]));
    for (const [rawName, samples] of truth.functions) expect(self.get(rawName), rawName).toBe(samples);
    expect(result.functions[0].raw_name).toBe(truth.functions[0][0]);

    expect(result.log).toMatchObject({
      prompt_tokens: truth.log.promptTokens,
      prompt_ms: truth.log.promptMs,
      eval_runs: truth.log.evalRuns,
      eval_ms: truth.log.evalMs,
      load_ms: truth.log.loadMs,
    });
    expect(result.origin).toBe('emulated');
    const tokens = result.tokens.filter(({ stage }) => stage === 'decode');
    expect(tokens.length).toBe(truth.log.evalRuns);
    expect(result.stages.find(({ stage }) => stage === 'prefill')?.tokens).toBe(truth.log.promptTokens);
  });
});
