import { expect, it } from 'vitest';
import { functionAnchors } from '../../src/report/functionAnchors.ts';

it('gives each function a place that its name tells, whatever the name holds', () => {
  const rows = [
    'ggml_vec_dot_q6_K_q8_K',
    'std::vector<int, std::allocator<int> >::push_back(int&&)',
    'memcpy',
    'memcpy',
    '"><script>',
    '…',
    'x'.repeat(100_000),
  ].map((name) => ({ name }));
  expect(functionAnchors(rows)).toEqual([
    'fn-ggml_vec_dot_q6_K_q8_K',
    'fn-std-vector-int-std-allocator-int-push_back-int',
    'fn-memcpy',
    'fn-memcpy-2',
    'fn-script',
    'fn-unnamed',
    `fn-${'x'.repeat(80)}`,
  ]);
});
