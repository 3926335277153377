import { describe, expect, it } from 'vitest';
import { classifyKernel } from '../../../src/llama/kernels/index.ts';
import { parseKleidiaiBuffer, parseKleidiaiPacking } from '../../../src/llama/kernels/kleidiai.ts';

/** Names of KleidiAI's headers with the tile, engine and technology that its tables of micro-kernels print beside them. */
const KERNELS: [
  name: string,
  tile: string | null,
  isa: string,
  shape: 'GEMM' | 'GEMV',
  instruction: string,
][] = [
  ['matmul_clamp_f32_qsi8d32p4x4_qsi4c32p4x4_16x4_neon_dotprod', '16x4', 'neon_dotprod', 'GEMM', 'SDOT'],
  ['matmul_clamp_f32_qsi8d32p1x4_qsi4c32p4x4_1x4_neon_dotprod', '1x4', 'neon_dotprod', 'GEMV', 'SDOT'],
  ['matmul_clamp_f32_qsi8d32p4x8_qsi4c32p4x8_16x4_neon_i8mm', '16x4', 'neon_i8mm', 'GEMM', 'SMMLA'],
  ['matmul_clamp_f32_qsi8d32p4x8_qsi4c32p4x8_8x4x32_neon_i8mm', '8x4x32', 'neon_i8mm', 'GEMM', 'SMMLA'],
  ['matmul_clamp_f32_qsi8d32p1x8_qsi4c32p4x8_1x4x32_neon_dotprod', '1x4x32', 'neon_dotprod', 'GEMV', 'SDOT'],
  ['matmul_clamp_f32_qsi8d32p4x8_qsi4c32p8x8_16x8_sve_i8mm', '16x8', 'sve_i8mm', 'GEMM', 'SMMLA'],
  ['matmul_clamp_f32_qsi8d32p1x8_qsi4c32p8x8_1x8_sve_dotprod', '1x8', 'sve_dotprod', 'GEMV', 'SDOT'],
  ['matmul_clamp_f32_qsi8d32p1vlx4_qsi4c32p4vlx4_1vlx4vl_sme2_mopa', '1vlx4vl', 'sme2_mopa', 'GEMM', 'SMOPA'],
  ['matmul_clamp_f32_qsi8d32p1x4_qsi4c32p4vlx4_1x4vl_sme2_sdot', '1x4vl', 'sme2_sdot', 'GEMV', 'SDOT'],
  ['matmul_clamp_f32_qai8dxp4x8_qsi8cxp4x8_16x4_neon_i8mm', '16x4', 'neon_i8mm', 'GEMM', 'SMMLA'],
  ['matmul_clamp_f32_qai8dxp1x4_qsi8cxp4vlx4_1x4vl_sme2_dot', '1x4vl', 'sme2_dot', 'GEMV', 'SDOT'],
  ['matmul_clamp_f32_qai8dxp1vlx4_qsi8cxp4vlx4_1vlx4vl_sme2_mopa', '1vlx4vl', 'sme2_mopa', 'GEMM', 'SMOPA'],
  ['matmul_clamp_f32_qai8dxp4x4_qsi4cxp8x4_8x8x32_neon_dotprod', '8x8x32', 'neon_dotprod', 'GEMM', 'SDOT'],
  ['matmul_clamp_f32_qai8dxp1x4_qsu2cxp4x4bf32sf32_1x4_neon_dotprod', '1x4', 'neon_dotprod', 'GEMV', 'SDOT'],
  ['matmul_clamp_f16_qai8dxp1x8_qsi8cxp4x8_1x4_neon_dotprod', '1x4', 'neon_dotprod', 'GEMV', 'SDOT'],
  ['matmul_clamp_bf16_qai8dxp4x8_qsi4c32p4x8_16x4_neon_i8mm', '16x4', 'neon_i8mm', 'GEMM', 'SMMLA'],
  ['matmul_clamp_f32_bf16p1x4_bf16p12x4b_1x36_neon_dot', '1x36', 'neon_dot', 'GEMV', 'BFDOT'],
  ['matmul_clamp_f32_bf16p8x4_bf16p12x4b_8x12_neon_mmla', '8x12', 'neon_mmla', 'GEMM', 'BFMMLA'],
  ['matmul_clamp_f32_bf16p2vlx2_bf16p2vlx2_2vlx2vl_sme2_mopa', '2vlx2vl', 'sme2_mopa', 'GEMM', 'BFMOPA'],
  ['matmul_clamp_f16_f16_f16p2vlx2b_1x16vl_sme2_dot', '1x16vl', 'sme2_dot', 'GEMV', 'FDOT'],
  ['matmul_clamp_f16_f16_f16p32x1b_6x32_neon_mla_cortexa55', '6x32', 'neon_mla', 'GEMM', 'FMLA'],
  ['matmul_clamp_f16_f16_f16p16vsx2bf16_6x16vs_sve2p1_dot', '6x16vs', 'sve2p1_dot', 'GEMM', 'FDOT'],
  ['matmul_clamp_f32_f32_f32p16vlx1b_1x16vl_sme2_mla', '1x16vl', 'sme2_mla', 'GEMV', 'FMLA'],
  ['matmul_clamp_f32_f32_f32p8x1biasf32_6x8x4_neon_mla', '6x8x4', 'neon_mla', 'GEMM', 'FMLA'],
  ['matmul_clamp_f32_f32_f32p4vsx1bf32_1x32vs_sme2_mla', '1x32vs', 'sme2_mla', 'GEMV', 'FMLA'],
  ['matmul_clamp_f32_f32p2vlx1_f32p2vlx1biasf32_sme2_mopa', null, 'sme2_mopa', 'GEMM', 'FMOPA'],
  ['matmul_clamp_f32_f32p4vsx1_f32p4vsx1bf32_4vsx16vs_sme2_mopa', '4vsx16vs', 'sme2_mopa', 'GEMM', 'FMOPA'],
  ['matmul_clamp_f32_f16p1vlx2_qsi4c32p4vlx2_1vlx4vl_sme2_mopa', '1vlx4vl', 'sme2_mopa', 'GEMM', 'FMOPA'],
  [
    'matmul_clamp_qai8_qai8p4vsx4_qsi8cxp4vsx4sf32bi32_2vsx32vs_sme2p1_mop4',
    '2vsx32vs',
    'sme2p1_mop4',
    'GEMM',
    'SMOPA',
  ],
];

describe('KleidiAI kernels', () => {
  it.each(KERNELS)('%s', (name, tile, isa, shape, instruction) => {
    const facts = {
      category: 'matmul',
      operator: 'MUL_MAT',
      family: 'KleidiAI',
      rule: 'K1',
      tile,
      isa,
      shape,
      instruction,
    };
    expect(classifyKernel(`kai_run_${name}`)).toMatchObject(facts);
    expect(classifyKernel(`kai_kernel_${name}`)).toMatchObject(facts);
  });

  it('is a GEMV exactly when the tile has one row', () => {
    const shapeOf = (tile: string) =>
      classifyKernel(`kai_run_matmul_clamp_f32_qsi8d32p1x4_qsi4c32p4x4_${tile}_neon_dotprod`).shape;
    expect(['1x4', '1x4x32', '1x4vl', '1x16vl', '1x36', '1x32vs'].map(shapeOf)).toEqual(
      Array(6).fill('GEMV'),
    );
    expect(['1vlx4vl', '2vlx2vl', '16x4', '4x8', '8x8x32', '11x4', '1vsx4vs'].map(shapeOf)).toEqual(
      Array(7).fill('GEMM'),
    );
  });

  it.each([
    [
      'kai_run_matmul_clamp_f32_qsi8d32p4x8_qsi4c32p4x8_16x4_neon_i8mm',
      'int8 matrix multiply (SMMLA), 16×4 output tile, 4-bit weights in blocks of 32, KleidiAI',
    ],
    [
      'kai_kernel_matmul_clamp_f32_qai8dxp1x4_qsi8cxp4vlx4_1x4vl_sme2_dot',
      'int8 matrix–vector multiply (SDOT, SME2), 1×4vl output tile, 8-bit weights with a scale per channel, KleidiAI',
    ],
    [
      'kai_run_matmul_clamp_f16_f16_f16p16vsx2bf16_6x16vs_sve2p1_dot',
      'fp16 matrix multiply (FDOT, SVE2.1), 6×16vs output tile, KleidiAI',
    ],
    [
      'kai_run_matmul_clamp_f32_f32p2vlx1_f32p2vlx1biasf32_sme2_mopa',
      'fp32 matrix multiply (FMOPA, SME2), KleidiAI',
    ],
  ])('says of %s what it is', (name, words) => {
    expect(classifyKernel(name).words).toBe(words);
  });

  it('gives the operands as they are spelled', () => {
    expect(
      classifyKernel('kai_run_matmul_clamp_f32_qsi8d32p1x8_qsi4c32p4x8_1x4x32_neon_dotprod').dtypes,
    ).toEqual({
      dst: 'f32',
      lhs: 'qsi8d32p1x8',
      rhs: 'qsi4c32p4x8',
    });
  });

  it('keeps a name of a later grammar a matrix product whose shape it does not know', () => {
    expect(classifyKernel('kai_run_matmul_clamp_f32_qsi8d32p4x8_new_thing_sme9_turbo')).toMatchObject({
      category: 'matmul',
      shape: 'AMBIGUOUS',
      tile: null,
      family: 'KleidiAI',
    });
  });
});

describe('the other functions of KleidiAI', () => {
  it.each([
    ['kai_run_lhs_quant_pack_qsi8d32p4x8sb_f32_neon', 'quantize', 'LHS_QUANT_PACK', null],
    ['kai_run_lhs_quant_pack_qai8dxp_f32', 'quantize', 'LHS_QUANT_PACK', null],
    ['kai_run_lhs_pack_bf16p2vlx2_f32_sme', 'pack', 'LHS_PACK', null],
    ['kai_run_matmul_pack_lhs_mxk_x32p4vsx1_x32_sme', 'pack', 'LHS_PACK', null],
    ['kai_run_rhs_pack_kxn_bf16p2vlx2b_f32_x32_sme', 'attention', 'RHS_PACK', 'prefill'],
    ['kai_run_rhs_pack_nxk_qsi4c32pscalef16_qsu4c32s16s0', 'load', 'RHS_PACK', 'load'],
    ['kai_run_matmul_pack_rhs_nxk_x32p4vsx1bx32_x32_x32_sme', 'load', 'RHS_PACK', 'load'],
    ['kai_run_dwconv_clamp_f32_f32_f32p1vlx1b_3x3_s1_4xc_sme2_mla', 'conv', 'CONV_2D_DW', null],
    [
      'kai_get_m_step_matmul_clamp_f32_qsi8d32p1x8_qsi4c32p4x8_1x4x32_neon_dotprod',
      'graph',
      'KAI_QUERY',
      null,
    ],
  ])('%s', (name, category, operator, stage) => {
    expect(classifyKernel(name)).toMatchObject({ category, operator, stage, shape: null, family: null });
  });

  it('say what they make of what', () => {
    expect(parseKleidiaiPacking('kai_run_lhs_quant_pack_qsi8d32p4x8sb_f32_neon')).toEqual({
      to: 'qsi8d32p4x8sb',
      from: 'f32',
    });
    expect(classifyKernel('kai_run_rhs_pack_nxk_qsi4c32pscalef16_qsu4c32s16s0').dtypes).toEqual({
      dst: 'qsi4c32pscalef16',
      lhs: null,
      rhs: 'qsu4c32',
    });
    expect(classifyKernel('kai_run_lhs_quant_pack_qai8dxp_f32').words).toBe(
      'quantises activations to 8 bit and packs them for a KleidiAI kernel',
    );
    expect(classifyKernel('kai_run_lhs_quant_pack_bf16p1x4_f32_neon').words).toBe(
      'quantises activations to bf16 and packs them for a KleidiAI kernel',
    );
  });

  it('are hand-over code when a kernel is only a template argument', () => {
    const name =
      'kernel_run_fn<&kai_run_matmul_clamp_f32_qsi8d32p4x8_qsi4c32p4x8_16x4_neon_i8mm>(unsigned long, float*)';
    expect(classifyKernel(name)).toMatchObject({
      category: 'graph',
      operator: 'KLEIDIAI_DISPATCH',
      shape: null,
    });
  });

  it('are unknown by number only: labels of the SVE objects', () => {
    expect(classifyKernel('label_3')).toMatchObject({
      category: 'matmul',
      shape: 'AMBIGUOUS',
      family: 'KleidiAI',
      rule: 'K0',
    });
    expect(classifyKernel('label_x').category).toBe('other');
  });
});

describe('buffers of KleidiAI names', () => {
  it.each([
    ['qsi4c32p4x8', { isInteger: true, bits: 4, float: null, scale: 'block of 32' }],
    ['qai8dxp1vlx4', { isInteger: true, bits: 8, float: null, scale: 'row' }],
    ['qsi8cxp4vlx4', { isInteger: true, bits: 8, float: null, scale: 'channel' }],
    ['qsu2cxp4x4bf32sf32', { isInteger: true, bits: 2, float: null, scale: 'channel' }],
    ['qsi4cx', { isInteger: true, bits: 4, float: null, scale: 'channel' }],
    ['bf16p12x4b', { isInteger: false, bits: 16, float: 'bf16', scale: null }],
    ['f32', { isInteger: false, bits: 32, float: 'f32', scale: null }],
  ])('%s', (buffer, facts) => {
    expect(parseKleidiaiBuffer(buffer)).toEqual(facts);
  });
});
