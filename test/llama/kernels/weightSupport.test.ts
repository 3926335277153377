import { describe, expect, it } from 'vitest';
import { whyDotProducts, type BuildFacts } from '../../../src/llama/kernels/weightSupport.ts';

/** A build with kernels for packed q4_0 and q4_K, weights as given. */
function build(more: Partial<BuildFacts> = {}): BuildFacts {
  const names = [
    'ggml_gemv_q4_0_4x8_q8_0',
    'ggml_gemm_q4_K_8x8_q8_K',
    'kai_run_matmul_clamp_f32_qsi8d32p4x8_qsi4c32p4x8_16x4_neon_i8mm',
  ];
  return {
    features: new Set(['NEON', 'DOTPROD', 'MATMUL_INT8', 'KLEIDIAI', 'REPACK']),
    buffers: ['CPU_Mapped', 'CPU_KLEIDIAI'],
    defines: (pattern) => names.some((name) => pattern.test(name)),
    ...more,
  };
}

describe('whyDotProducts', () => {
  it('says that nobody has written a kernel', () => {
    expect(whyDotProducts('iq2_xxs', build())).toEqual({
      kind: 'no-kernel',
      words: "neither KleidiAI nor ggml's repacking has an Arm kernel for iq2_xxs",
      fix: null,
    });
    expect(whyDotProducts('constructor', build()).kind).toBe('no-kernel');
  });

  it('says that this build has none, and which has', () => {
    expect(whyDotProducts('q6_K', build())).toEqual({
      kind: 'not-in-build',
      words:
        'KleidiAI has no kernel for q6_K, and this build has none for repacked q6_K; llama.cpp has one since January 2026 (pull request 18888)',
      fix: 'Use a llama.cpp of January 2026 or later',
    });
  });

  it('names the request for cores without i8mm where that is what runs', () => {
    // 18888 and 18860 need MATMUL_INT8; 19360, 19356 and 17494 brought the same to cores with DOTPROD alone.
    const dotprod = new Set(['NEON', 'DOTPROD', 'REPACK']);
    const none = { features: dotprod, defines: () => false };
    expect(whyDotProducts('q6_K', build(none))).toMatchObject({
      kind: 'not-in-build',
      words:
        'KleidiAI has no kernel for q6_K, and this build has none for repacked q6_K; llama.cpp has one for cores without i8mm since pull request 19360',
      fix: 'Use a newer llama.cpp',
    });
    expect(whyDotProducts('q5_K', build(none)).words).toContain('pull request 19356');
    expect(whyDotProducts('q4_K', build(none)).words).toContain('pull request 17494');
    // One pull request brought both of q8_0's.
    expect(whyDotProducts('q8_0', build({ ...none, features: null })).words).not.toContain('i8mm');
  });

  it('says that the weights were not packed, by the buffers that the log lists', () => {
    const reason = whyDotProducts('q4_0', build({ buffers: ['CPU_Mapped'] }));
    expect(reason.kind).toBe('not-repacked');
    expect(reason.words).toBe(
      'the weights were not repacked: the log lists no CPU_KLEIDIAI or CPU_REPACK buffer, only CPU_Mapped',
    );
    expect(reason.fix).toContain('--no-repack');
  });

  it('adds the age of a kernel that Arm got later than the build may be', () => {
    expect(whyDotProducts('q4_K', build({ buffers: ['CPU_Mapped'] })).words).toContain(
      'llama.cpp packs q4_K on Arm since November 2025 (pull request 16739)',
    );
  });

  it('names what the build or the core lacks', () => {
    expect(whyDotProducts('q4_0', build({ features: new Set(['NEON', 'DOTPROD']) }))).toMatchObject({
      kind: 'built-without',
      fix: 'cmake -DGGML_CPU_KLEIDIAI=ON -DGGML_CPU_REPACK=ON',
    });
    expect(whyDotProducts('q4_0', build({ features: new Set(['NEON', 'REPACK']) })).kind).toBe('no-feature');
  });

  it('says what cannot be told', () => {
    const unknown: BuildFacts = { features: null, buffers: null, defines: null };
    expect(whyDotProducts('q4_0', unknown)).toMatchObject({
      kind: 'unclear',
      fix: expect.stringContaining('stderr') as string,
    });
    expect(whyDotProducts('q4_0', build()).words).toContain('why these were not cannot be told');
  });
});
