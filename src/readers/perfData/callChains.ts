/** Call chains of samples → rows of the stack table. */
import { uint32Column } from '../../profile/columns.ts';
import type { FrameInterner, StackInterner } from '../../profile/interning.ts';
import {
  KERNEL_SPACE,
  NONE,
  type AddressSpaceIndex,
  type FrameIndex,
  type StackIndex,
} from '../../profile/types.ts';
import { CHAIN_CONTEXT } from '../perfAbi.ts';
import { withoutPointerAuthentication } from '../pointerAuthentication.ts';
import { LeafStacks } from './leafStacks.ts';
import { wordOrder } from './recordWalker.ts';

/** Bits of a frame in {@link FrameInterner.intern}. */
const RETURN_ADDRESS = 1;
const KERNEL = 2;

const ALL_ONES = 0xffff_ffff;
/** Entries of a chain that say where the following ones ran, as words of the file; from the first on all are such. */
const KERNEL_CONTEXTS: ReadonlySet<number> = new Set([
  CHAIN_CONTEXT.kernel >>> 0,
  CHAIN_CONTEXT.hypervisor >>> 0,
  CHAIN_CONTEXT.guestKernel >>> 0,
]);
const USER_CONTEXT = CHAIN_CONTEXT.user >>> 0;
const USER_DEFERRED_CONTEXT = CHAIN_CONTEXT.userDeferred >>> 0;
const FIRST_CONTEXT = CHAIN_CONTEXT.lowest >>> 0;

/** Nothing executes below: such entries end a damaged chain. */
const LOWEST_ADDRESS = 2;

/** Places of the words of a remembered chain. */
const ENTRY = { hash: 0, context: 1, chainWords: 2, stack: 3, ip: 4, chain: 6 } as const;

/** Words of remembered chains at most (128 MiB); then all are forgotten and interned anew as they come. */
const MEMORY_WORDS = 1 << 25;

/**
 * Interns call chains. Loops run at many addresses and are reached by few ways: so the callers of a sample, all but its
 * innermost frame, are recognised as a whole by the words of the record, and cost neither frame nor stack look-ups.
 */
export class CallChains {
  /** Chains whose user part was recorded apart, each as often as it was interned: tells that there are some. */
  deferred = 0;

  readonly #frames: FrameInterner;
  readonly #stacks: StackInterner;
  readonly #stripsPointerAuthentication: boolean;
  readonly #lowWord: number;
  readonly #highWord: number;

  /**
   * Remembered chains one after the other, each behind what it is told apart by: looking one up touches one place in
   * memory. See {@link ENTRY}.
   */
  readonly #memory = uint32Column(1 << 16);
  #rememberedCount = 0;
  /** Open addressing; a slot holds where in the memory an entry starts, + 1; 0 is empty. */
  #slots = new Int32Array(1 << 14);

  /** Stacks by the innermost frame and the place where the memory holds its callers. */
  readonly #leaves = new LeafStacks();

  // The frames of the chain at hand, innermost first.
  #low = new Uint32Array(256);
  #high = new Uint32Array(256);
  #flags = new Uint8Array(256);

  constructor(
    frames: FrameInterner,
    stacks: StackInterner,
    littleEndian: boolean,
    stripsPointerAuthentication: boolean,
  ) {
    this.#frames = frames;
    this.#stacks = stacks;
    this.#stripsPointerAuthentication = stripsPointerAuthentication;
    const order = wordOrder(littleEndian);
    this.#lowWord = order.low;
    this.#highWord = order.high;
  }

  /**
   * The stack of a sample.
   *
   * @param ipAt index of the instruction pointer's first word; -1 when the sample has none
   * @param chainAt index of the first word of the chain, innermost entry first
   * @param chainWords words of the chain; 0 when there is none
   * @param ipIsKernel whether the instruction pointer was in the kernel
   * @param space address space of the process
   */
  stackOf(
    words: Uint32Array,
    ipAt: number,
    chainAt: number,
    chainWords: number,
    ipIsKernel: boolean,
    space: AddressSpaceIndex,
  ): StackIndex {
    if (ipAt < 0 || !this.#beginsWithIp(words, chainAt, chainWords, ipIsKernel)) {
      return this.#stackAt(this.#remembered(words, ipAt, chainAt, chainWords, ipIsKernel, space, false));
    }
    const callers = this.#remembered(words, -1, chainAt + 4, chainWords - 4, ipIsKernel, space, true);
    const low = words[ipAt + this.#lowWord];
    const high = words[ipAt + this.#highWord];
    // An entry's place in the memory stands for its words and for where they ran.
    const found = this.#leaves.find(low | 0, high | 0, callers + 1);
    if (found >= 0) return found;
    const frame = this.#frameOf(low, high, ipIsKernel ? KERNEL : 0, space);
    const stack = this.#stacks.intern(this.#stackAt(callers), frame);
    this.#leaves.add(low | 0, high | 0, callers + 1, stack);
    return stack;
  }

  #stackAt(entry: number): StackIndex {
    return this.#memory.data[entry + ENTRY.stack] | 0;
  }

  /** Whether a chain begins as chains do: with where its first entries ran, and with the instruction pointer once more. */
  #beginsWithIp(words: Uint32Array, chainAt: number, chainWords: number, ipIsKernel: boolean): boolean {
    if (chainWords < 4 || words[chainAt + this.#highWord] !== ALL_ONES) return false;
    const context = words[chainAt + this.#lowWord];
    const isMarker =
      words[chainAt + 2 + this.#highWord] === ALL_ONES && words[chainAt + 2 + this.#lowWord] >= FIRST_CONTEXT;
    return !isMarker && (ipIsKernel ? KERNEL_CONTEXTS.has(context) : context === USER_CONTEXT);
  }

  /**
   * The place where the memory holds a chain, which it does from now on.
   *
   * @param areCallers whether the entries are what an innermost frame, which ran where `ipIsKernel` says, returns to
   */
  #remembered(
    words: Uint32Array,
    ipAt: number,
    chainAt: number,
    chainWords: number,
    ipIsKernel: boolean,
    space: AddressSpaceIndex,
    areCallers: boolean,
  ): number {
    const context = space * 8 + (areCallers ? 4 : 0) + (ipAt < 0 ? 2 : 0) + (ipIsKernel ? 1 : 0);
    // Two sums that take turns need not wait for one another.
    let hash = Math.imul(context, 0x85ebca6b);
    let other = 0x2c1b3c6d;
    const lowWord = this.#lowWord;
    const highWord = this.#highWord;
    if (ipAt >= 0) hash = mix(hash, words[ipAt + lowWord], words[ipAt + highWord]);
    const chainEnd = chainAt + chainWords;
    let at = chainAt;
    for (; at + 2 < chainEnd; at += 4) {
      hash = mix(hash, words[at + lowWord], words[at + highWord]);
      other = mix(other, words[at + 2 + lowWord], words[at + 2 + highWord]);
    }
    if (at < chainEnd) hash = mix(hash, words[at + lowWord], words[at + highWord]);
    hash = Math.imul(hash ^ ((other << 13) | (other >>> 19)), 0x2c1b3c6d);
    hash ^= hash >>> 15;
    hash = Math.imul(hash, 0x85ebca6b);
    hash ^= hash >>> 13;

    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = hash & mask;
    for (let entry = slots[slot]; entry !== 0; entry = slots[slot]) {
      if (this.#isSame(entry - 1, hash, context, words, ipAt, chainAt, chainWords)) {
        return entry - 1;
      }
      slot = (slot + 1) & mask;
    }
    const stack = this.#intern(words, ipAt, chainAt, chainEnd, ipIsKernel, space, areCallers);
    return this.#remember(hash, context, words, ipAt, chainAt, chainWords, stack);
  }

  #isSame(
    entry: number,
    hash: number,
    context: number,
    words: Uint32Array,
    ipAt: number,
    chainAt: number,
    chainWords: number,
  ): boolean {
    const memory = this.#memory.data;
    if (
      (memory[entry + ENTRY.hash] | 0) !== hash ||
      (memory[entry + ENTRY.context] | 0) !== context ||
      memory[entry + ENTRY.chainWords] !== chainWords
    ) {
      return false;
    }
    const ip = entry + ENTRY.ip;
    if (ipAt >= 0 && (memory[ip] !== words[ipAt] || memory[ip + 1] !== words[ipAt + 1])) return false;
    const chain = entry + ENTRY.chain;
    for (let i = 0; i < chainWords; i++) if (memory[chain + i] !== words[chainAt + i]) return false;
    return true;
  }

  #remember(
    hash: number,
    context: number,
    words: Uint32Array,
    ipAt: number,
    chainAt: number,
    chainWords: number,
    stack: StackIndex,
  ): number {
    if (this.#memory.length > MEMORY_WORDS) this.#forget();
    const entry = this.#memory.length;
    this.#memory.ensure(entry + ENTRY.chain + chainWords);
    const memory = this.#memory.data;
    memory[entry + ENTRY.hash] = hash;
    memory[entry + ENTRY.context] = context;
    memory[entry + ENTRY.chainWords] = chainWords;
    memory[entry + ENTRY.stack] = stack;
    memory[entry + ENTRY.ip] = ipAt < 0 ? 0 : words[ipAt];
    memory[entry + ENTRY.ip + 1] = ipAt < 0 ? 0 : words[ipAt + 1];
    for (let i = 0; i < chainWords; i++) memory[entry + ENTRY.chain + i] = words[chainAt + i];
    this.#memory.length = entry + ENTRY.chain + chainWords;
    this.#rememberedCount++;
    if (this.#rememberedCount * 2 > this.#slots.length) this.#grow();
    else this.#insert(entry);
    return entry;
  }

  #insert(entry: number): void {
    const mask = this.#slots.length - 1;
    let slot = this.#memory.data[entry + ENTRY.hash] & mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
    this.#slots[slot] = entry + 1;
  }

  #grow(): void {
    this.#slots = new Int32Array(this.#slots.length * 4);
    const memory = this.#memory.data;
    for (let entry = 0; entry < this.#memory.length;) {
      this.#insert(entry);
      entry += ENTRY.chain + memory[entry + ENTRY.chainWords];
    }
  }

  #forget(): void {
    this.#slots.fill(0);
    this.#memory.length = 0;
    this.#rememberedCount = 0;
    this.#leaves.forget();
  }

  #intern(
    words: Uint32Array,
    ipAt: number,
    chainAt: number,
    chainEnd: number,
    ipIsKernel: boolean,
    space: AddressSpaceIndex,
    areCallers: boolean,
  ): StackIndex {
    // Room for the instruction pointer too, which the chain may lack.
    this.#reserve((chainEnd - chainAt) / 2 + 1);
    let count = ipAt < 0 ? 0 : 1;
    let inKernel = ipIsKernel;
    // The first entry of each context is where it was interrupted; the others are where calls return to.
    let isFirst = !areCallers;
    let isInnermost = !areCallers;
    for (let at = chainAt; at < chainEnd; at += 2) {
      const low = words[at + this.#lowWord];
      const high = words[at + this.#highWord];
      if (high === ALL_ONES && low >= FIRST_CONTEXT) {
        if (low === USER_DEFERRED_CONTEXT) {
          this.deferred++;
          break;
        }
        inKernel = KERNEL_CONTEXTS.has(low);
        isFirst = true;
        continue;
      }
      const flags = (isFirst ? 0 : RETURN_ADDRESS) | (inKernel ? KERNEL : 0);
      // The innermost entry is the instruction pointer again, unless the chain leaves its context out.
      const repeatsIp = isInnermost && ipAt >= 0 && inKernel === ipIsKernel;
      isFirst = false;
      isInnermost = false;
      if (repeatsIp) continue;
      if (high === 0 && low < LOWEST_ADDRESS) continue;
      this.#low[count] = low;
      this.#high[count] = high;
      this.#flags[count] = flags;
      count++;
    }
    if (ipAt >= 0) {
      this.#low[0] = words[ipAt + this.#lowWord];
      this.#high[0] = words[ipAt + this.#highWord];
      this.#flags[0] = ipIsKernel ? KERNEL : 0;
    }
    let stack: StackIndex = NONE;
    for (let i = count - 1; i >= 0; i--) {
      stack = this.#stacks.intern(stack, this.#frameOf(this.#low[i], this.#high[i], this.#flags[i], space));
    }
    return stack;
  }

  #frameOf(low: number, high: number, flags: number, space: AddressSpaceIndex): FrameIndex {
    const address = this.#stripsPointerAuthentication ? withoutPointerAuthentication(high) : high;
    return this.#frames.intern(low, address, (flags & KERNEL) !== 0 ? KERNEL_SPACE : space, flags);
  }

  /** Whether a chain has a part that ran in user space. */
  hasUserPart(words: Uint32Array, chainAt: number, chainWords: number): boolean {
    for (let at = chainAt; at < chainAt + chainWords; at += 2) {
      if (words[at + this.#highWord] === ALL_ONES && words[at + this.#lowWord] === USER_CONTEXT) return true;
    }
    return false;
  }

  /**
   * The stack of a sample whose chain lacks its user part, with the one user frame that is known: as {@link stackOf}.
   *
   * @param userAt index of the user's program counter
   */
  stackWithUserFrame(
    words: Uint32Array,
    ipAt: number,
    chainAt: number,
    chainWords: number,
    ipIsKernel: boolean,
    space: AddressSpaceIndex,
    userAt: number,
  ): StackIndex {
    const joined = new Uint32Array(chainWords + 6);
    if (ipAt >= 0) joined.set(words.subarray(ipAt, ipAt + 2), 0);
    joined.set(words.subarray(chainAt, chainAt + chainWords), 2);
    joined[chainWords + 2 + this.#lowWord] = USER_CONTEXT;
    joined[chainWords + 2 + this.#highWord] = ALL_ONES;
    joined.set(words.subarray(userAt, userAt + 2), chainWords + 4);
    return this.stackOf(joined, ipAt < 0 ? -1 : 0, 2, chainWords + 4, ipIsKernel, space);
  }

  #reserve(frames: number): void {
    if (frames <= this.#low.length) return;
    this.#low = new Uint32Array(frames * 2);
    this.#high = new Uint32Array(frames * 2);
    this.#flags = new Uint8Array(frames * 2);
  }
}

/** One entry more in the sum of a chain. Turned, so that differences of high bits reach the low ones with the next entry. */
function mix(sum: number, low: number, high: number): number {
  const mixed = Math.imul(sum ^ low ^ Math.imul(high, 0x85ebca6b), 0x9e3779b1);
  return (mixed << 13) | (mixed >>> 19);
}
