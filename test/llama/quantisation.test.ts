import { GGMLFileQuantizationType, GGMLQuantizationType } from '@huggingface/gguf';
import { describe, expect, it } from 'vitest';
import {
  bitsPerWeight,
  bytesOfWeights,
  fileTypeName,
  TENSOR_TYPES,
  tensorTypeById,
  tensorTypeByName,
} from '../../src/llama/quantisation.ts';

describe('tensor types', () => {
  it.each([
    ['f32', 32],
    ['bf16', 16],
    ['q4_0', 4.5],
    ['q8_0', 8.5],
    ['q2_K', 2.625],
    ['q3_K', 3.4375],
    ['q4_K', 4.5],
    ['q5_K', 5.5],
    ['q6_K', 6.5625],
    ['iq1_s', 1.5625],
    ['iq2_xxs', 2.0625],
    ['iq3_s', 3.4375],
    ['iq4_xs', 4.25],
    ['tq1_0', 1.6875],
    ['mxfp4', 4.25],
    ['nvfp4', 4.5],
    ['q1_0', 1.125],
    ['q2_0', 2.25],
  ])('%s takes %f bits a weight', (name, bits) => {
    const type = tensorTypeByName(name);
    expect(type && bitsPerWeight(type)).toBe(bits);
  });

  it('have the numbers that another table of ggml gives them', () => {
    const current = TENSOR_TYPES.filter((type) => !type.removed);
    const theirs = current.map((type) => GGMLQuantizationType[type.id]?.toLowerCase() ?? null);
    expect(theirs).toEqual(current.map((type) => type.name.toLowerCase()));
    expect(new Set(TENSOR_TYPES.map((type) => type.id)).size).toBe(TENSOR_TYPES.length);
  });

  it('are found by number and name, unknown ones are null', () => {
    expect(tensorTypeById(14)?.name).toBe('q6_K');
    expect(tensorTypeById(4)).toBeNull();
    expect(tensorTypeByName('q4_2')).toBeNull();
  });

  it('make bytes of rows of whole blocks', () => {
    const q4 = tensorTypeByName('q4_0')!;
    expect(bytesOfWeights(q4, 1024, 151_936)).toBe(87_515_136);
    expect(bytesOfWeights(q4, 33, 2)).toBe(2 * 2 * 18);
  });
});

describe('file types', () => {
  it('have the names that another table of llama.cpp gives them', () => {
    const values = Array.from({ length: 42 }, (_, value) => value).filter(
      (value) => fileTypeName(value) !== null,
    );
    expect(values.map(fileTypeName)).toEqual(values.map((value) => GGMLFileQuantizationType[value]));
    expect(values).toHaveLength(39);
  });

  it('may be marked as guessed', () => {
    expect(fileTypeName(1024 + 15)).toBe('Q4_K_M');
    expect(fileTypeName(999)).toBeNull();
  });
});
