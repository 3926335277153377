/** The numbers were worked out by hand from the shapes of Qwen1.5-0.5B: 301,530,688 B of weights a token, 98,304 B a position. */
import { describe, expect, it } from 'vitest';
import type { RunRoofline } from '../../../src/analysis/runRoofline.ts';
import { model, qwen05b, tensor } from '../../support/modelFixtures.ts';
import { rooflineRun, SDOT_KERNEL, type RooflineRun } from '../../support/rooflineRun.ts';

const WEIGHTS = 301_530_688;
const CACHE = 98_304;
const rooflineOf = (run?: RooflineRun): RunRoofline => rooflineRun(run).roofline;

const RASPBERRY = { machine: 'Raspberry Pi 5 Model B Rev 1.0', core: 'Cortex-A76' };

describe('Decode of several requests at once', () => {
  const { stages } = rooflineOf({
    program: 'llama-server',
    drawing: 'load/5 0+40/100 40+4/20 44+4/20 48+4/20 52+4/20 close/4',
  });

  it('computes the logits of every request', () => {
    const { decode } = stages;
    expect(decode).toMatchObject({ calls: 4, tokens: 16 });
    // No row of the last layer is spared; attention over 50 positions in the mean.
    expect(decode.expected.operationsPerToken.value).toBe(616_562_688 + 311_164_928 + CACHE * 50);
  });

  it('reads the cache of each request, of which the calls tell one position', () => {
    expect(stages.decode.expected.bytesPerCall.working?.note).toContain(
      'the cache of one request is counted: where the others stand is not known',
    );
    expect(stages.prefill.expected.bytesPerCall.working?.note).not.toContain('one request');
  });
});

describe('a model of which another device holds weights', () => {
  const REASON =
    'part of the weights lies in the memory of another device: these cores do not do the work alone';
  // Decode is long enough for a verdict.
  const drawing = 'load/30 0+78/100 sample/2 78+1/20 sample/2 79+1/20 sample/2 80+1/20 close/4';
  const offloaded = rooflineRun({
    ...RASPBERRY,
    drawing,
    settings: { buffers: { CPU_Mapped: 83, Vulkan0: 288, 'Vulkan0 KV': 12 } },
  });

  it('has no rate against what the cores and their memory can do', () => {
    expect(offloaded.roofline.stages.decode.achievedBytesPerSecond).toMatchObject({
      value: null,
      reason: REASON,
    });
    expect(offloaded.roofline.stages.decode.bandwidthOfPeak.value).toBeNull();
  });

  it('has no verdict made of it, and says how to get one', () => {
    expect(offloaded.verdicts.decode.class).toBe('insufficient');
    expect(offloaded.verdicts.decode.reasons.join('; ')).toContain(REASON);
    expect(offloaded.verdicts.decode.next).toBe('llama-cli -ngl 0');
  });

  it('is not told to wait for its threads: they wait for the other device as well', () => {
    const sync = offloaded.verdicts.decode.witnesses.find(({ family }) => family === 'sync');
    expect(sync).toMatchObject({ vote: null, silentBecause: REASON });
  });

  it('is not one whose buffers are those of the CPU or lie in host memory', () => {
    const buffers = { CPU_Mapped: 83, CPU_KLEIDIAI: 200, Vulkan_Host: 82, 'Vulkan0 compute': 10, Vulkan0: 0 };
    const own = rooflineRun({ ...RASPBERRY, drawing, settings: { buffers } });
    expect(own.roofline.stages.decode.achievedBytesPerSecond.value).not.toBeNull();
    expect(own.verdicts.decode.class).toBe('memory');
  });
});

describe('a run on a Raspberry Pi 5 with four threads', () => {
  const { stages, settings } = rooflineOf(RASPBERRY);

  it('expects the weights and the cache before each token', () => {
    const { decode } = stages;
    expect(decode).toMatchObject({ source: 'calls', calls: 2, tokens: 2 });
    // Positions 78 and 79 read, one position written.
    expect(decode.expected.bytesPerToken.value).toBe(WEIGHTS + 78.5 * CACHE + CACHE);
    expect(decode.expected.cacheReadBytesPerCall.value).toBe(78.5 * CACHE);
    expect(decode.expected.cacheWriteBytesPerCall.value).toBe(CACHE);
    // 616.6 M + 311.2 M + 98,304 × 79.5
    expect(decode.expected.operationsPerToken.value).toBe(616_562_688 + 311_164_928 + CACHE * 79.5);
    expect(decode.intensity.value?.toFixed(2)).toBe('3.02');
  });

  it('reads in Prefill the weights once for all tokens', () => {
    const { expected } = stages.prefill;
    expect(expected.weightBytesPerCall.value).toBe(301_530_112 + 78 * 576);
    expect(expected.bytesPerCall.value).toBe(301_530_112 + 78 * 576 + 78 * CACHE);
    expect(expected.bytesPerToken.value).toBe((301_530_112 + 78 * 576) / 78 + CACHE);
    // 48.09 G − 1.332 G for the last layer's short rows + 0.311 G + 0.598 G
    expect(((expected.operationsPerCall.value ?? 0) / 1e9).toFixed(1)).toBe('47.7');
  });

  it('reached 15.5 GB/s in Decode, 133 % of what four threads read on such a board', () => {
    const { achievedBytesPerSecond, peakBandwidth, bandwidthOfPeak } = stages.decode;
    // Two tokens of 20 ms.
    const achieved = (2 * WEIGHTS + (78 + 79) * CACHE) / 0.04;
    expect(achievedBytesPerSecond.value).toBeCloseTo(achieved, -3);
    expect(achievedBytesPerSecond.status).toBe('modelled');
    expect(peakBandwidth).toEqual({
      bytesPerSecond: 11.59e9,
      kind: 'measured',
      status: 'measured',
      source: 'read-only test in llama.cpp issue 26484',
    });
    expect(bandwidthOfPeak.value).toBeCloseTo((100 * achieved) / 11.59e9, 6);
  });

  it('measures operations against the peak of the instruction that ran', () => {
    const { peakOperations, achievedOperationsPerSecond, operationsOfPeak, ridge } = stages.decode;
    // 4 cores × 2 pipes × 32 operations × 2.4 GHz
    expect(peakOperations).toMatchObject({ perSecond: 614.4e9, instructions: 'SDOT', kind: 'theoretical' });
    const achieved = (2 * (616_562_688 + 311_164_928) + CACHE * 159) / 0.04;
    expect(achievedOperationsPerSecond.value).toBeCloseTo(achieved, -3);
    expect(operationsOfPeak.value).toBeCloseTo((100 * achieved) / 614.4e9, 6);
    expect(ridge.value).toBeCloseTo(614.4 / 11.59, 9);
    expect(stages.decode.reason).toBeNull();
  });

  it('says which settings it took from where', () => {
    expect(settings.microBatch).toEqual({ value: 512, source: 'printed by llama.cpp' });
    expect(settings.cache).toEqual({ value: { key: 'f16', value: 'f16' }, source: 'llama.cpp’s default' });
    expect(stages.decode.expected.bytesPerCall.working?.note).toContain(
      'K cache f16, V cache f16 (llama.cpp’s default)',
    );
  });
});

describe('peaks', () => {
  const decode = (run: RooflineRun) => rooflineOf(run).stages.decode;

  it('measured on the machine win over the table', () => {
    const peaks = [
      { name: 'read-bandwidth', value: 12.5, unit: 'GB/s', threads: 4 },
      { name: 'sdot', value: 500, unit: 'GOP/s', threads: 4 },
    ];
    const { peakBandwidth, peakOperations } = decode({ ...RASPBERRY, peaks });
    expect(peakBandwidth).toMatchObject({ bytesPerSecond: 12.5e9, kind: 'measured' });
    expect(peakBandwidth?.source).toBe('read-bandwidth measured on this machine with 4 threads (run.yaml)');
    expect(peakOperations).toMatchObject({ perSecond: 500e9, kind: 'measured', instructions: 'SDOT' });
  });

  it('measured with other threads are no measured peak of these', () => {
    const peaks = [{ name: 'stream-triad', value: 200, unit: 'GB/s', threads: 64 }];
    const { peakBandwidth } = decode({ machine: 'AWS Graviton3', core: 'Neoverse-V1', peaks });
    expect(peakBandwidth).toMatchObject({ bytesPerSecond: 200e9, kind: 'theoretical', status: 'measured' });
    expect(peakBandwidth?.source).toBe(
      'stream-triad measured on this machine with 64 threads (run.yaml); this run has 4 threads',
    );
  });

  it('serve a machine that no table knows', () => {
    const peaks = [{ name: 'read-bandwidth', value: 40, unit: 'GB/s' }];
    const { peakBandwidth, peakOperations, peakOperationsReason } = decode({ core: 'Cortex-A510', peaks });
    expect(peakBandwidth?.bytesPerSecond).toBe(40e9);
    expect(peakOperations).toBeNull();
    expect(peakOperationsReason).toBe(
      'no SDOT peak was measured and the machine is not known: no machine of the table has Cortex-A510',
    );
  });

  it('are not guessed for a core that several machines have', () => {
    const { peakBandwidth, bandwidthOfPeak, achievedBytesPerSecond } = decode({ core: 'Neoverse-V2' });
    expect(peakBandwidth).toBeNull();
    expect(achievedBytesPerSecond.value).not.toBeNull();
    expect(bandwidthOfPeak.reason).toContain('its Neoverse-V2 cores do not tell the machine');
  });

  it('of arithmetic need a kernel whose instruction is known', () => {
    const { peakOperations, peakOperationsReason } = decode({
      ...RASPBERRY,
      kernel: 'ggml_vec_dot_q4_0_q8_0',
    });
    expect(peakOperations).toBeNull();
    expect(peakOperationsReason).toBe('what ggml_vec_dot_q4_0_q8_0 is made of depends on the build');
    const known = { kernel: 'ggml_vec_dot_q4_0_q8_0', settings: { features: { DOTPROD: '1' } } };
    expect(decode({ ...RASPBERRY, ...known }).peakOperations?.instructions).toBe('SDOT');
    expect(rooflineOf({ ...RASPBERRY, ...known }).stages.prefill.peakOperations).toBeNull();
  });
});

describe('a run that is not hardware', () => {
  it.each([
    ['emulated', 'the run was emulated: its time is no time of hardware'],
    ['simulated', 'the run was simulated: its time is a count of instructions'],
    ['reported', 'the figures were published elsewhere: no call was timed here'],
    [null, 'the files do not say whether this ran on hardware: state the origin in run.yaml'],
  ] as const)('has demand only: %s', (origin, reason) => {
    const roofline = rooflineOf({ ...RASPBERRY, origin });
    for (const stage of [roofline.stages.prefill, roofline.stages.decode]) {
      expect(stage.expected.bytesPerCall.value).not.toBeNull();
      expect(stage.intensity.value).not.toBeNull();
      expect(stage.achievedBytesPerSecond).toMatchObject({ value: null, reason });
      expect(stage.achievedOperationsPerSecond).toMatchObject({ value: null, reason });
      expect([stage.peakBandwidth, stage.peakOperations]).toEqual([null, null]);
      expect([stage.bandwidthOfPeak.value, stage.operationsOfPeak.value, stage.ridge.value]).toEqual([
        null,
        null,
        null,
      ]);
      expect(stage.reason).toBe(reason);
    }
    expect(roofline.kernels.every((kernel) => kernel.achievedBytesPerSecond.value === null)).toBe(true);
    expect(roofline.growth.impliedBandwidth.reason).toBe(reason);
    expect(roofline.reach.rows.some(({ isOwn }) => isOwn)).toBe(false);
  });
});

describe('without a model file', () => {
  it('nothing is expected, and the reason stands there', () => {
    const { stages, depths, tensors, reach, traffic, calls } = rooflineOf({ model: null });
    const reason = 'no model file was given, and no log describes the model';
    expect(stages.decode.expected.bytesPerCall).toMatchObject({ value: null, reason });
    expect(stages.decode.achievedBytesPerSecond.reason).toBe(reason);
    expect(stages.decode.reason).toBe(reason);
    expect([depths, tensors]).toEqual([[], []]);
    expect(reach).toMatchObject({ rows: [], reason });
    expect(traffic.decode.measured.reason).toBe(reason);
    expect(calls).toEqual([null, null, null]);
  });

  it('a description in the log is not enough', () => {
    const described = model(null, { architecture: 'qwen2', layers: 24, parameterCount: 619_570_176 });
    expect(rooflineOf({ model: described }).reason).toBe(
      'the sizes of the tensors are not known: give the model file or its compact form',
    );
  });

  it('one part of a split model is none', () => {
    const part = { ...qwen05b(), split: { part: 0, parts: 3, tensors: 291 } };
    expect(rooflineOf({ model: part }).stages.prefill.expected.intensity.reason).toBe(
      'part 1 of 3 is not the whole model: give all parts',
    );
  });
});

describe('other models', () => {
  const heads = { layers: 1, headCount: 4, headCountKv: 2, headLength: 16 };
  const attention = [
    tensor('blk.0.attn_q.weight', 'q8_0', 64, 64),
    tensor('blk.0.attn_k.weight', 'q8_0', 64, 32),
    tensor('blk.0.attn_v.weight', 'q8_0', 64, 32),
    tensor('blk.0.attn_output.weight', 'q8_0', 64, 64),
  ];

  it('read a tied table once, and name it as output', () => {
    const tied = model([tensor('token_embd.weight', 'q8_0', 64, 1000), ...attention], heads);
    const { tensors, stages } = rooflineOf({ model: tied });
    expect(tensors[0]).toMatchObject({ name: 'token_embd as output', bytesPerToken: 68_000 });
    expect(tensors.find(({ role }) => role === 'rows')).toMatchObject({ bytesPerToken: 68 });
    expect(stages.decode.expected.weightBytesPerCall.value).toBe((12_288 * 34) / 32 + 68_000 + 68);
  });

  it('read of their experts what the tokens chose, and say what is assumed', () => {
    const experts = model(
      [
        tensor('token_embd.weight', 'f16', 64, 10),
        tensor('output.weight', 'f16', 64, 10),
        ...attention,
        tensor('blk.0.ffn_up_exps.weight', 'q4_0', 64, 128, 8),
        tensor('blk.0.ffn_down_exps.weight', 'q4_0', 128, 64, 8),
      ],
      { ...heads, layers: 2, expertCount: 8, expertUsedCount: 2 },
    );
    const { stages, tensors } = rooflineOf({ model: experts });
    const all = (2 * 64 * 128 * 8 * 18) / 32;
    const rest = (12_288 * 34) / 32 + 1280;
    expect(stages.decode.expected.weightBytesPerCall.value).toBe(rest + all / 4 + 128);
    // 78 tokens together touch 1 − 0.75^78 of them.
    expect(stages.prefill.expected.weightBytesPerCall.value).toBeCloseTo(
      rest + all * (1 - 0.75 ** 78) + 78 * 128,
      3,
    );
    expect(tensors.find(({ name }) => name === 'ffn_up_exps')?.bytesPerToken).toBe(all / 8);
    expect(stages.decode.expected.bytesPerCall.working?.note).toContain(
      'Tokens of a batch are taken to choose their experts independently and evenly.',
    );
  });
});

describe('the log alone', () => {
  it('stands for calls of one prompt and one answer', () => {
    const analysis = rooflineRun({ ...RASPBERRY, drawing: 'load/30 idle/5' });
    expect(analysis.roofline.stages.decode.expected.bytesPerCall.reason).toBe(
      'neither calls nor timings of llama.cpp are known',
    );
  });

  it('of a Raspberry Pi gives the bandwidth of 20 tokens a second', () => {
    const analysis = rooflineRun({
      ...RASPBERRY,
      drawing: 'load/30',
      timings: { promptTokens: 78, promptMs: 500, evalRuns: 2, evalMs: 100 },
    });
    const { decode, prefill } = analysis.roofline.stages;
    expect(decode).toMatchObject({ source: 'log', calls: 2, tokens: 2 });
    expect(decode.achievedBytesPerSecond.value).toBeCloseTo((2 * WEIGHTS + 157 * CACHE) / 0.1, -3);
    expect(prefill).toMatchObject({ source: 'log', calls: 1, tokens: 78 });
    expect(((prefill.achievedOperationsPerSecond.value ?? 0) / 1e9).toFixed(1)).toBe('95.3');
    expect(decode.achievedBytesPerSecond.working?.note).toContain('one prompt and one answer');
  });
});

describe('micro-batches', () => {
  it('each read the weights once, the output only with the last', () => {
    const { stages } = rooflineOf({
      drawing: '0+1000/1000 1000+1/20 1001+1/20 close/2',
      settings: { microBatch: 256, batch: 2048 },
    });
    const output = 127_626_240;
    const lastFeedForward = 3 * 1_622_016 + 4096;
    const layers = 301_530_112 - output;
    // 256 + 256 + 256 + 232 tokens; those after the first find 256, 512 and 768 positions.
    expect(stages.prefill.expected.weightBytesPerCall.value).toBe(
      4 * layers - 3 * lastFeedForward + output + 1000 * 576,
    );
    expect(stages.prefill.expected.cacheReadBytesPerCall.value).toBe((256 + 512 + 768) * CACHE);
  });
});

describe('the cache', () => {
  it('grows by 96 KiB a position and equals the weights at 3,067', () => {
    const { growth, depths } = rooflineOf();
    expect(growth.bytesPerPosition.value).toBe(CACHE);
    expect(growth.equalsWeightsAt.value).toBe(3067);
    expect(depths.map(({ past }) => past)).toEqual([0, 78, 79, 128, 256, 512, 1024, 2048, 4096]);
    expect(depths.filter(({ isInRun }) => isInRun).map(({ past }) => past)).toEqual([78, 79]);
    const last = depths.at(-1)!;
    // 384 MiB at 4,096, as llama.cpp prints it.
    expect(last.cacheReadBytes / 2 ** 20).toBe(384);
    expect(last.layerBytes + last.outputBytes + last.embeddingBytes).toBe(WEIGHTS);
    expect(last.bytes).toBe(WEIGHTS + 4097 * CACHE);
  });

  it('takes the types that the log names', () => {
    const { growth } = rooflineOf({ settings: { cacheTypes: { key: 'q8_0', value: 'q8_0' } } });
    expect(growth.bytesPerPosition.value).toBe((CACHE * 34) / 64);
    expect(growth.bytesPerPosition.working?.note).toBe('K cache q8_0, V cache q8_0 (printed by llama.cpp)');
  });

  it('is told its bandwidth by tokens that grow with it', () => {
    // 20 ms and 10 µs a position: 98,304 B ÷ 10 µs = 9.83 GB/s.
    const tokens = Array.from({ length: 300 }, (_, row) => `${78 + row}+1/${(20 + row / 100).toFixed(2)}`);
    const { growth } = rooflineOf({ drawing: `0+78/100 ${tokens.join(' ')} close/2` });
    expect(((growth.impliedBandwidth.value ?? 0) / 1e9).toFixed(2)).toBe('9.83');
    expect(growth.impliedBandwidth.status).toBe('estimated');
  });

  it('has no bandwidth over fewer than 256 positions, nor where tokens do not grow', () => {
    expect(rooflineOf().growth.impliedBandwidth.reason).toContain('needs 256 positions');
    const flat = Array.from({ length: 300 }, (_, row) => `${78 + row}+1/${row % 2 ? 20 : 21}`);
    expect(rooflineOf({ drawing: `0+78/100 ${flat.join(' ')} close/2` }).growth.impliedBandwidth.reason).toBe(
      'calls do not grow measurably with the position',
    );
  });
});

describe('calls', () => {
  it('have their bytes and operations each', () => {
    const { calls } = rooflineOf();
    expect(calls.map((call) => call?.bytes)).toEqual([
      301_530_112 + 78 * 576 + 78 * CACHE,
      WEIGHTS + 79 * CACHE,
      WEIGHTS + 80 * CACHE,
    ]);
    expect(calls[1]).toMatchObject({ token: 1, weightBytes: WEIGHTS, cacheReadBytes: 78 * CACHE });
  });
});

describe('what the model could reach', () => {
  const { reach } = rooflineOf(RASPBERRY);

  it('on a Raspberry Pi 5 with four threads is 37.5 tokens a second, by memory', () => {
    const row = reach.rows.find(({ machine }) => machine.id === 'raspberry-pi-5');
    expect(reach).toMatchObject({ promptTokens: 78, threads: 4, reason: null });
    // 11.59 GB/s ÷ (301.5 + 7.67 MB), and the position that is written.
    expect(row?.decode.tokensPerSecond?.toFixed(1)).toBe('37.5');
    expect(row).toMatchObject({ isOwn: true, decode: { limit: 'memory', status: 'modelled' } });
  });

  it('takes the bandwidth that the run measured on its own machine only', () => {
    const peaks = [{ name: 'read', value: 17.07, unit: 'GB/s', threads: 4 }];
    const { rows } = rooflineOf({ ...RASPBERRY, peaks }).reach;
    const of = (id: string) => rows.find(({ machine }) => machine.id === id)?.decode;
    expect(of('raspberry-pi-5')?.tokensPerSecond?.toFixed(1)).toBe('55.2');
    expect(of('graviton2')?.bandwidth?.perSecond).toBe(204.8e9);
  });

  it('needs to know how many threads', () => {
    expect(rooflineOf({ settings: null }).reach).toMatchObject({
      rows: [],
      reason: 'the number of threads is not known',
    });
  });
});

describe('kernels of a run', () => {
  it('are given the tensors of their type in their share of the time', () => {
    const { kernels } = rooflineOf(RASPBERRY);
    const decode = kernels.find(({ stage }) => stage === 'decode');
    expect(decode).toMatchObject({ name: SDOT_KERNEL, weightType: 'q4_0', tensors: 168 });
    expect(decode?.bytesPerCall.value).toBe(173_408_256);
    expect(decode?.share.value).toBe(100);
    expect(decode?.achievedBytesPerSecond.value).toBeCloseTo((2 * 173_408_256) / 0.04, -3);
  });
});
