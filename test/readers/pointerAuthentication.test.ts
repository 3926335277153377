import { describe, expect, it } from 'vitest';
import { withoutPointerAuthentication } from '../../src/readers/pointerAuthentication.ts';

describe('withoutPointerAuthentication', () => {
  it.each([
    ['a plain address', 0x0000_aaaa, 0x0000_aaaa],
    ['a signature in bits 48 to 54', 0x007f_aaaa, 0x0000_aaaa],
    ['a signature and a tag', 0xb435_aaaa | 0, 0x0000_aaaa],
    ['an address of the kernel', 0xffff_8000, 0xffff_8000],
    ['an address of a kernel with 52 bits', 0xfff0_8000, 0xfff0_8000],
  ])('takes %s for its address', (_, high, plain) => {
    expect(withoutPointerAuthentication(high) >>> 0).toBe(plain);
  });
});
