/**
 * Call chains to stacks. The kernel writes a chain leaf first, with markers that say where the following entries ran:
 *
 *     [KERNEL, leaf, return…, USER, leaf, return…]
 *
 * A stack of the Profile goes from the outermost caller to the frame that holds the sample's instruction pointer. When
 * kernel chains are excluded, a sample taken in the kernel has a user chain only: its instruction pointer then is the
 * leaf and the user chain hangs above it. Chains are the kernel's frame-pointer unwinding; a leaf function without a
 * frame hides its caller, which the link register of REGS_USER could tell only with the function's code at hand, so it
 * is not guessed here.
 */
import type { FrameInterner, StackInterner } from '../../profile/interning.ts';
import { KERNEL_SPACE, NONE } from '../../profile/types.ts';
import type { AddressSpaceIndex, FrameIndex, StackIndex } from '../../profile/types.ts';
import { CHAIN_CONTEXT, CPU_MODE, MISC } from '../perfAbi.ts';
import { withoutPointerAuthentication } from '../pointerAuthentication.ts';

/** The longest chain fits one record of 64 KiB. */
const MAX_ENTRIES = 8192 + 1;

/** Flags of {@link FrameInterner.intern}. */
const RETURN_ADDRESS = 1;
const IN_KERNEL = 2;

/** The last chain of a CPU with the stack row of each frame: the next one mostly differs in its last frames only. */
export class ChainCache {
  length = 0;
  space: AddressSpaceIndex = NONE;
  low = new Int32Array(64);
  high = new Int32Array(64);
  flags = new Uint8Array(64);
  stack = new Int32Array(64);

  /** Makes room for a chain of `length` frames. */
  reserve(length: number): void {
    if (length <= this.low.length) return;
    const capacity = length * 2;
    this.low = grown(this.low, new Int32Array(capacity));
    this.high = grown(this.high, new Int32Array(capacity));
    this.flags = grown(this.flags, new Uint8Array(capacity));
    this.stack = grown(this.stack, new Int32Array(capacity));
  }
}

function grown<A extends Int32Array | Uint8Array>(old: A, larger: A): A {
  larger.set(old);
  return larger;
}

/** Reads chains; one at a time: {@link open} takes it apart, {@link intern} gives its stack. */
export class CallChains {
  readonly #frames: FrameInterner;
  readonly #stacks: StackInterner;
  readonly #mayBeSigned: boolean;
  /** The frames of the open chain, leaf first. */
  readonly #low = new Int32Array(MAX_ENTRIES);
  readonly #high = new Int32Array(MAX_ENTRIES);
  readonly #flags = new Uint8Array(MAX_ENTRIES);
  #length = 0;
  /** True when the open chain has frames outside the kernel: they need the address space of the process. */
  needsSpace = false;

  /** `mayBeSigned`: the target is an arm64 one, where return addresses can carry a signature. */
  constructor(frames: FrameInterner, stacks: StackInterner, mayBeSigned: boolean) {
    this.#frames = frames;
    this.#stacks = stacks;
    this.#mayBeSigned = mayBeSigned;
  }

  /**
   * Takes apart the chain of `count` entries at word `at`, for a sample that hit `ip` in the given mode (`misc` of the
   * record). A chain of no entries leaves the instruction pointer alone.
   */
  open(
    words: Int32Array,
    at: number,
    count: number,
    ipLow: number,
    ipHigh: number,
    ipIsKernel: boolean,
  ): void {
    const [low, high, flags] = [this.#low, this.#high, this.#flags];
    let length = 0;
    let context = ipIsKernel ? IN_KERNEL : 0;
    let isReturn = 0;
    let needsSpace = !ipIsKernel;
    for (let index = 0, word = at * 2; index < count; index++, word += 2) {
      const entryLow = words[word];
      const entryHigh = words[word + 1];
      if (entryHigh === -1 && entryLow >= CHAIN_CONTEXT.lowest && entryLow < 0) {
        context = isKernelContext(entryLow) ? IN_KERNEL : 0;
        isReturn = 0;
        continue;
      }
      if (length === 0 && (entryLow !== ipLow || entryHigh !== ipHigh)) {
        low[0] = ipLow;
        high[0] = ipHigh;
        flags[0] = ipIsKernel ? IN_KERNEL : 0;
        length = 1;
      }
      low[length] = entryLow;
      high[length] = entryHigh;
      flags[length] = context | isReturn;
      length++;
      isReturn = RETURN_ADDRESS;
      if (context === 0) needsSpace = true;
    }
    if (length === 0) {
      low[0] = ipLow;
      high[0] = ipHigh;
      flags[0] = ipIsKernel ? IN_KERNEL : 0;
      length = 1;
    }
    this.#length = length;
    this.needsSpace = needsSpace;
  }

  /** The stack of the open chain; `space` is that of its user frames. */
  intern(space: AddressSpaceIndex, cache: ChainCache): StackIndex {
    const length = this.#length;
    cache.reserve(length);
    let isSame = cache.space === space;
    let stack: StackIndex = NONE;
    for (let depth = 0, index = length - 1; index >= 0; depth++, index--) {
      const low = this.#low[index];
      const high = this.#high[index];
      const flags = this.#flags[index];
      if (
        isSame &&
        depth < cache.length &&
        cache.low[depth] === low &&
        cache.high[depth] === high &&
        cache.flags[depth] === flags
      ) {
        stack = cache.stack[depth];
        continue;
      }
      isSame = false;
      stack = this.#stacks.intern(stack, this.#frame(low, high, flags, space));
      cache.low[depth] = low;
      cache.high[depth] = high;
      cache.flags[depth] = flags;
      cache.stack[depth] = stack;
    }
    cache.length = length;
    cache.space = space;
    return stack;
  }

  #frame(low: number, high: number, flags: number, space: AddressSpaceIndex): FrameIndex {
    if ((flags & IN_KERNEL) !== 0) return this.#frames.intern(low >>> 0, high >>> 0, KERNEL_SPACE, flags);
    const isSigned = this.#mayBeSigned && flags === RETURN_ADDRESS;
    const plainHigh = isSigned ? withoutPointerAuthentication(high) : high;
    return this.#frames.intern(low >>> 0, plainHigh >>> 0, space, flags);
  }
}

/** True for a sample whose instruction pointer was in a kernel or hypervisor (`PERF_RECORD_MISC_CPUMODE`). */
export function ranInKernel(misc: number, ipHigh: number): boolean {
  const mode = misc & MISC.cpuModeMask;
  // Mode 0 is unknown: on 64-bit Linux the upper half of the addresses is the kernel's.
  if (mode === 0) return ipHigh < 0;
  return mode !== CPU_MODE.user && mode !== CPU_MODE.guestUser;
}

function isKernelContext(marker: number): boolean {
  return (
    marker === CHAIN_CONTEXT.kernel ||
    marker === CHAIN_CONTEXT.hypervisor ||
    marker === CHAIN_CONTEXT.guestKernel
  );
}
