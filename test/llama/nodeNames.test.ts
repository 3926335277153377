import { describe, expect, it } from 'vitest';
import { laneOperator, parseNodeText, productOf, productOperations } from '../../src/llama/nodeNames.ts';

describe('parseNodeText', () => {
  it('reads a name that stands twice (Arm’s Learning Path)', () => {
    expect(parseNodeText(' ffn_up-3, ffn_up-3')).toEqual({ name: 'ffn_up-3', operands: [] });
    expect(parseNodeText(' result_output, result_output').name).toBe('result_output');
  });

  it('reads shapes joined by underscores (Arm’s Learning Path)', () => {
    expect(parseNodeText('ffn_up-0 ffn_up-0 1024_2816_1 1024_78_1')).toEqual({
      name: 'ffn_up-0',
      operands: [
        { type: null, dimensions: [1024, 2816, 1] },
        { type: null, dimensions: [1024, 78, 1] },
      ],
    });
  });

  it('reads types and shapes in brackets', () => {
    expect(parseNodeText('ffn_gate-0 q4_0[512 1408 1 1] x f32[512 109 1 1]')).toEqual({
      name: 'ffn_gate-0',
      operands: [
        { type: 'q4_0', dimensions: [512, 1408, 1, 1] },
        { type: 'f32', dimensions: [512, 109, 1, 1] },
      ],
    });
    expect(parseNodeText('Qcur-0 (view) (permuted) f32[64 8 109 1]').name).toBe('Qcur-0 (view) (permuted)');
    expect(parseNodeText(' (copy) f32[256 128 1 1] x f16[256 128 1 1]').name).toBe(' (copy)');
  });

  it('takes any other text as a name', () => {
    expect(parseNodeText('what, ever')).toEqual({ name: 'what, ever', operands: [] });
    expect(parseNodeText('')).toEqual({ name: '', operands: [] });
  });
});

describe('productOf', () => {
  it('goes by names, else by the number of matrices', () => {
    expect(productOf(parseNodeText(' kq-0, kq-0'))).toBe('attention');
    expect(productOf(parseNodeText(' kqv-11, kqv-11'))).toBe('attention');
    expect(productOf(parseNodeText(' kqv_out-0, kqv_out-0'))).toBe('weights');
    expect(productOf(parseNodeText(' result_output, result_output'))).toBe('weights');
    expect(productOf(parseNodeText('node_7 f16[64 256 16 1] x f32[64 1 16 1]'))).toBe('attention');
    expect(productOf(parseNodeText('node_7 q4_0[512 512 1 1] x f32[512 1 1 1]'))).toBe('weights');
    expect(productOf(parseNodeText(' node_7, node_7'))).toBeNull();
  });
});

describe('productOperations', () => {
  it('counts 2 · ne00 · ne01 · ne11 · ne12', () => {
    // 2 × 1024 × 2816 × 78 = 449,839,104.
    expect(productOperations(parseNodeText('ffn_up-0 ffn_up-0 1024_2816_1 1024_78_1'))).toBe(449_839_104);
    expect(productOperations(parseNodeText('ffn_up-0'))).toBeNull();
  });
});

describe('laneOperator', () => {
  it('goes by the channel’s name; only channels 0 and 1 are known by number', () => {
    expect(laneOperator(7, 'GEMV')).toEqual({ operator: 'MUL_MAT', shape: 'GEMV', doesWork: true });
    expect(laneOperator(9, 'MUL_MAT_GEMM')).toEqual({ operator: 'MUL_MAT', shape: 'GEMM', doesWork: true });
    expect(laneOperator(0, '')).toEqual({ operator: 'MUL_MAT', shape: 'GEMV', doesWork: true });
    expect(laneOperator(49, 'rope')).toEqual({ operator: 'ROPE', shape: null, doesWork: true });
    expect(laneOperator(49, '')).toEqual({ operator: 'channel 49', shape: null, doesWork: true });
    expect(laneOperator(34, 'CONT').operator).toBe('CPY');
    expect(laneOperator(38, 'VIEW').doesWork).toBe(false);
  });
});
