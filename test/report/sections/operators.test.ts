import { describe, expect, it } from 'vitest';
import { operatorSharesChart } from '../../../src/charts/operatorShares/operatorSharesChart.ts';
import { operatorsSchema, estimatedStagesSchema } from '../../../src/report/schema/operators.ts';
import { estimatedStagesSection } from '../../../src/report/sections/estimatedStages.ts';
import { operatorsAnswer, operatorsCsv, operatorsSection } from '../../../src/report/sections/operators.ts';
import { operatorTreeRows } from '../../../src/components/tables/operatorTreeRows.ts';
import { analyseKernelRun } from '../../support/kernelRun.ts';
import { emulatedTinyReport } from '../../support/reportFixture.ts';
import { operatorsFixture } from '../../support/reportFixtureOperators.ts';

const plain = (text: string): string => text.replaceAll('\u00A0', ' ');

/** 100 samples of Prefill, 10 tokens of 10 samples. */
const analysis = analyseKernelRun({
  prompt: {
    tokens: 8,
    kernels: { ggml_gemm_q4_0_4x8_q8_0: 60, ggml_vec_dot_q6_K_q8_K: 10, ggml_barrier: 30 },
  },
  tokens: Array.from({ length: 10 }, () => ({ ggml_gemv_q4_0_4x8_q8_0: 6, ggml_vec_dot_q6_K_q8_K: 4 })),
});

describe('operators in the report', () => {
  const section = operatorsSection(analysis)!;

  it('fit the schema', () => {
    expect(operatorsSchema.parse(section)).toEqual(section);
    expect(operatorsSection(analyseKernelRun({ prompt: { tokens: 1, kernels: {} }, tokens: [] }))).toBeNull();
  });

  it('have samples and shares of each stage', () => {
    const [matmul, sync] = section.categories;
    expect(matmul).toMatchObject({
      category: 'matmul',
      label: 'Matrix multiplication',
      samples: 170,
      prefill: { samples: 70, share: 0.7, interval: null },
      decode: { samples: 100, share: 1, interval: [1, 1] },
    });
    expect(sync.prefill.share).toBe(0.3);
    expect(section.coverage[1].families.map(({ name, share }) => [name, share])).toEqual([
      ['repack', 0.6],
      ['generic', 0.4],
    ]);
  });

  it('open with whose kernels multiply', () => {
    expect(plain(operatorsAnswer(section))).toBe(
      'Prefill spends 70.0 % of its samples in matrix multiplication: of the products with weights, 85.7 % in ggml repack and 14.3 % in ggml dot products; Decode spends 100 %: 60.0 % in ggml repack and 40.0 % in ggml dot products.',
    );
    expect(operatorsAnswer(null)).toBe('There are no samples: what ran cannot be told.');
    const withoutStages = { ...operatorsFixture(), stageSamples: { prefill: 0, decode: 0 }, coverage: [] };
    expect(operatorsAnswer(withoutStages)).toContain('operators stand for the whole run');
  });

  it('open with the share that the first chart has, copies within a product included', () => {
    const whole = operatorsFixture();
    const report = { ...emulatedTinyReport(), operators: { ...whole } };
    const matmul = whole.groups.find(({ group }) => group === 'matmul')!;
    matmul.decode.samples += 4;
    matmul.decode.share = matmul.decode.samples / whole.stageSamples.decode;
    const [, inChart] = /and ([\d.]+)\u00A0% of Decode/.exec(operatorSharesChart.words(report).title)!;
    expect(plain(operatorsAnswer(whole))).toContain(`Decode spends ${inChart} %:`);
  });

  it('are complete in the CSV', () => {
    const lines = operatorsCsv(analysis).trim().split('\r\n');
    expect(lines[0]).toBe(
      'category,operator,shape,kernel,image,family,weights,samples all,samples load,samples prefill,samples decode,samples other,share of prefill,prefill interval low,prefill interval high,share of decode,decode interval low,decode interval high',
    );
    expect(lines).toContain(
      'matmul,MUL_MAT,GEMM,ggml_gemm_q4_0_4x8_q8_0,llama,repack,q4_0,60,0,60,0,0,0.6,,,0,,',
    );
    expect(lines).toHaveLength(1 + 5);
  });
});

describe('guessed stages in the report', () => {
  it('stand apart from the phases, with what they are worth', () => {
    const section = estimatedStagesSection(analysis);
    expect(estimatedStagesSchema.parse(section)).toEqual(section);
    expect(section.phases.map(({ stage, name }) => `${stage} ${name}`)).toEqual(['prefill 1', 'decode 1']);
    expect(section.score).toMatchObject({ callSamples: 200, outsideSamples: 0, ofOutsideSamples: null });
    expect(plain(section.score!.sentence)).toMatch(
      /^On this run the guess from kernels agrees with the markers for 9\d\.\d % of the time of Prefill and Decode calls \(\d+(?:\.\d)? % of 200 samples\)\.$/,
    );
  });
});

describe('rows of the operator table', () => {
  it('are those of at least half a percent of a stage, and count the others', () => {
    const { rows, omitted } = operatorTreeRows(operatorsFixture(), 50);
    expect(rows.map(({ level, name }) => `${level} ${name}`)).toEqual([
      '1 Matrix multiplication',
      '2 MUL_MAT',
      '3 kai_run_matmul_clamp_f32_qsi8d32p4x8_qsi4c32p4x8_16x4_neon_i8mm',
      '3 ggml_vec_dot_q6_K_q8_K',
      '2 MUL_MAT',
      '3 ggml_vec_dot_q6_K_q8_K',
      '3 kai_run_matmul_clamp_f32_qsi8d32p1x8_qsi4c32p4x8_1x4x32_neon_dotprod',
      '1 Attention',
      '2 FLASH_ATTN_EXT',
      '3 ggml_compute_forward_flash_attn_ext',
      '1 Rotary embedding',
    ]);
    // Three kernels beyond the list; copies: the category, its operator, and four kernels.
    expect(omitted).toBe(3 + 6);
  });

  it('are no more than the page shows', () => {
    const { rows, omitted } = operatorTreeRows(operatorsFixture(), 4);
    expect([rows.length, omitted]).toEqual([4, 9 + 7]);
  });

  it('go by the whole run where there are no stages', () => {
    const operators = { ...operatorsFixture(), stageSamples: { prefill: 0, decode: 0 } };
    // 2 of 1,504 samples are less than half a percent.
    expect(operatorTreeRows(operators, 50).rows.map(({ name }) => name)).not.toContain('Copy');
  });
});
