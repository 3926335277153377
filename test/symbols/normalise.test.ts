import { describe, expect, it } from 'vitest';
import { normaliseName } from '../../src/symbols/normalise.ts';

describe('normaliseName', () => {
  it.each([
    ['  ggml_barrier\n', 'ggml_barrier'],
    ['memcpy@plt', 'memcpy'],
    ['memcpy@@GLIBC_2.14', 'memcpy'],
    ['memcpy@GLIBC_2.2.5', 'memcpy'],
    ['ggml_graph_compute_thread.isra.0', 'ggml_graph_compute_thread'],
    ['f.constprop.12', 'f'],
    ['f.part.0', 'f'],
    ['f.cold', 'f'],
    ['f.cold.1', 'f'],
    ['f.lto_priv.3', 'f'],
    ['f.llvm.1234567890123456789', 'f'],
    ['f.isra.0.constprop.0.part.1.cold', 'f'],
    ['_ZN5llama4evalEv.isra.0', '_ZN5llama4evalEv'],
    ['llama::eval() [clone .isra.0]', 'llama::eval()'],
    ['llama::eval() [clone .isra.0] [clone .cold]', 'llama::eval()'],
    // The body of an OpenMP region is a function of its own.
    ['ggml_graph_compute._omp_fn.0', 'ggml_graph_compute._omp_fn.0'],
    ['ggml_graph_compute._omp_fn.0.constprop.0', 'ggml_graph_compute._omp_fn.0'],
    ['f() [clone ._omp_fn.1] [clone .cold]', 'f() [clone ._omp_fn.1]'],
    // Nothing to take off.
    ['main', 'main'],
    ['', ''],
    ['.cold', '.cold'],
    ['f.isra', 'f.isra'],
    ['isra.0', 'isra.0'],
    ['?f@@YAHH@Z', '?f@@YAHH@Z'],
    ['-[Thing do:]', '-[Thing do:]'],
    ['operator@ something else', 'operator@ something else'],
  ])('%j is %j', (name, normalised) => {
    expect(normaliseName(name)).toBe(normalised);
    expect(normaliseName(normalised)).toBe(normalised);
  });
});
