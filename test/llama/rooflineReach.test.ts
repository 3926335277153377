import { describe, expect, it } from 'vitest';
import { machineById } from '../../src/arm/machines.ts';
import { whatThisModelCouldReach } from '../../src/llama/rooflineReach.ts';
import { model, qwen05b, tensor } from '../support/modelFixtures.ts';

const machine = (id: string) => machineById(id)!;
const reach = (id: string, threads: number, more = {}) =>
  whatThisModelCouldReach(qwen05b(), machine(id), { threads, promptTokens: 78, ...more });

/** Decode at position 78 reads 301.5 MB of weights and 7.7 MB of cache: bandwidth ÷ 309.3 MB. */
describe('what Qwen1.5-0.5B could reach', () => {
  it('in Decode: memory sets it', () => {
    const measured = reach('raspberry-pi-5', 4).decode;
    expect(measured).toMatchObject({
      stage: 'decode',
      status: 'modelled',
      limit: 'memory',
      instruction: 'SDOT',
    });
    expect(measured?.bandwidth?.kind).toBe('measured');
    expect(measured?.tokensPerSecond).toBeCloseTo(37.5, 1);
    // Nobody measured three threads: the specification, 17.07 GB/s.
    const specified = reach('raspberry-pi-5', 3).decode;
    expect(specified?.bandwidth?.kind).toBe('theoretical');
    expect(specified?.tokensPerSecond).toBeCloseTo(55.2, 1);
    expect(reach('graviton2', 64).decode?.tokensPerSecond).toBeCloseTo(662, 0);
    expect(reach('graviton3', 64).decode?.memoryTokensPerSecond?.toFixed(0)).toBe('993');
  });

  it('in Prefill: arithmetic sets it, at the rate of the best instruction', () => {
    const v1 = reach('graviton3', 1).prefill;
    expect(v1).toMatchObject({ limit: 'arithmetic', instruction: 'SMMLA' });
    // 78 tokens of 47.669 billion operations at 665.6 billion a second.
    expect(v1?.tokensPerSecond).toBeCloseTo((78 * 665.6) / 47.669, 1);
    expect(v1?.intensity).toBeGreaterThan(v1?.ridge ?? Infinity);
    expect(reach('raspberry-pi-5', 4).prefill?.instruction).toBe('SDOT');
  });

  it('with a bandwidth that the user measured', () => {
    const decode = reach('graviton5', 1, { measuredBandwidth: 30.93e9 }).decode;
    expect(decode?.bandwidth?.source).toBe('measured by the user');
    expect(decode?.tokensPerSecond).toBeCloseTo(100, 0);
  });

  it('is open where a peak is not known', () => {
    const decode = reach('axion-c4a', 8).decode;
    expect(decode).toMatchObject({ tokensPerSecond: null, limit: null, ridge: null });
    const half = reach('graviton5', 8).decode;
    expect(half?.limit).toBeNull();
    expect(half?.tokensPerSecond).toBe(half?.arithmeticTokensPerSecond);
  });

  it('cannot be told without tensors', () => {
    const result = whatThisModelCouldReach(model(null), machine('graviton3'), {
      threads: 1,
      promptTokens: 1,
    });
    expect(result.decode).toBeNull();
    expect(result.reason).toMatch(/give the model file/);
  });
});

it('models of floats run on FMLA', () => {
  const instructions = (type: string) => {
    const floats = model([
      tensor('token_embd.weight', type, 64, 64),
      tensor('blk.0.ffn_up.weight', type, 64, 64),
    ]);
    const { prefill, decode } = whatThisModelCouldReach(floats, machine('graviton3'), {
      threads: 1,
      promptTokens: 8,
    });
    return [prefill?.instruction, decode?.instruction];
  };
  expect(instructions('f16')).toEqual(['FMLA fp16', 'FMLA fp16']);
  expect(instructions('f32')).toEqual(['FMLA fp32', 'FMLA fp32']);
  expect(instructions('q4_K')).toEqual(['SMMLA', 'SDOT']);
});
