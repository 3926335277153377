/** Return addresses that a program has signed. */

/** Bit 55 of an address, which tells the kernel's half from the program's, in its high word. */
const KERNEL_HALF = 1 << 23;
/** Bits 48 to 63: the tag, bit 55 and the signature. Code of programs lies below. */
const ADDRESS_BITS = 0xffff;

/**
 * The high word of an arm64 address of a program without the signature of pointer authentication, which stands in bits 48
 * to 54 (Linux, arch/arm64/include/asm/pointer_auth.h, `ptrauth_user_pac_mask`). The kernel takes it off the call chains
 * it records since Linux 5.10; those of older kernels carry it. Addresses of the kernel come back as they are.
 */
export function withoutPointerAuthentication(high: number): number {
  return (high & KERNEL_HALF) === 0 ? high & ADDRESS_BITS : high;
}
