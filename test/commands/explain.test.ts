import { describe, expect, it } from 'vitest';
import { explainCommand } from '../../scripts/commands/explain.ts';
import { UsageError } from '../../scripts/usage.ts';

async function run(...args: string[]) {
  let out = '';
  const code = await explainCommand(args, {
    cwd: '/',
    stdout: async (data) => {
      out += data as string;
    },
    stderr: () => undefined,
    stderrIsTerminal: false,
  });
  return { code, out };
}

const I8MM = 'kai_run_matmul_clamp_f32_qsi8d32p4x8_qsi4c32p4x8_16x4_neon_i8mm';

describe('gemview explain', () => {
  it('answers in JSON with the agreed fields, in the order given', async () => {
    const { code, out } = await run(` ${I8MM}.part.0`, '--json', 'ggml_barrier');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual([
      {
        symbol: ` ${I8MM}.part.0`,
        normalised: I8MM,
        category: 'matmul',
        operator: 'MUL_MAT',
        shape: 'GEMM',
        dtypes: { dst: 'f32', lhs: 'qsi8d32p4x8', rhs: 'qsi4c32p4x8' },
        tile: '16x4',
        isa: 'neon_i8mm',
        words: 'int8 matrix multiply (SMMLA), 16×4 output tile, 4-bit weights in blocks of 32, KleidiAI',
      },
      {
        symbol: 'ggml_barrier',
        normalised: 'ggml_barrier',
        category: 'sync',
        operator: 'BARRIER',
        shape: null,
        dtypes: { dst: null, lhs: null, rhs: null },
        tile: null,
        isa: null,
        words: 'spins at the barrier between graph nodes',
      },
    ]);
  });

  it('takes what follows -- for symbols', async () => {
    const { out } = await run('--json', '--', '--json', '-[Thing do:]');
    expect((JSON.parse(out) as { symbol: string }[]).map(({ symbol }) => symbol)).toEqual([
      '--json',
      '-[Thing do:]',
    ]);
  });

  it('reads mangled names', async () => {
    const raw = '_ZN12_GLOBAL__N_18tinyBLASILi8E13__Float16x8_tS1_ttfE6mnpackILi4ELi6ELi4EEEvlll';
    const { out } = await run('--json', raw);
    expect(JSON.parse(out)).toMatchObject([
      {
        symbol: raw,
        category: 'attention',
        operator: 'MUL_MAT_KQ_KQV',
        shape: 'GEMM',
        dtypes: { rhs: 'f16' },
      },
    ]);
  });

  it('says it in words without --json', async () => {
    const { code, out } = await run('ggml_vec_dot_q4_0_q8_0', 'who_knows');
    expect(code).toBe(0);
    expect(out).toBe(`ggml_vec_dot_q4_0_q8_0
  int8 dot products, one output at a time, 4-bit weights in blocks of 32 (q4_0), ggml without repacking
  category     matmul
  operator     MUL_MAT
  shape        GEMM in Prefill, GEMV in Decode: the stage tells
  output       f32
  activations  q8_0
  weights      q4_0

who_knows
  no rule knows this name
  category     other
`);
  });

  it('is used wrongly without symbols and with unknown options', async () => {
    await expect(run()).rejects.toThrow(UsageError);
    await expect(run('--jsno', 'main')).rejects.toThrow(UsageError);
  });
});
