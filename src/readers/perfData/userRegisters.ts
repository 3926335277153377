/**
 * The user's program counter from the registers of a sample. Recordings made for unwinding with DWARF
 * (`perf record --call-graph dwarf`) have no user part in their call chains; of a sample taken in the kernel the registers
 * at least say which user code was on its way there.
 */
import type { RecordView } from './recordWalker.ts';
import type { SampleLayout } from './sampleLayout.ts';

/** Bit of the program counter in the register mask, by architecture (`arch/…/include/uapi/asm/perf_regs.h`). */
export const PROGRAM_COUNTER_BITS: ReadonlyMap<string, number> = new Map([
  ['aarch64', 32],
  ['x86_64', 8],
  ['riscv64', 0],
]);

/** Words of a branch stack entry: from, to, flags. */
const BRANCH_WORDS = 6;
const COUNTER_WORDS = 2;

/**
 * Index of the first word of the user's program counter; -1 when the record has none.
 *
 * @param at word after the call chain
 * @param end word after the record
 * @param low index of the low word within a 64-bit field
 * @param programCounterBit from {@link PROGRAM_COUNTER_BITS}
 */
export function userProgramCounterAt(
  record: RecordView,
  layout: SampleLayout,
  at: number,
  end: number,
  low: 0 | 1,
  programCounterBit: number,
): number {
  const { words } = record;
  const bit = BigInt(programCounterBit);
  if (((layout.userRegisters >> bit) & 1n) === 0n) return -1;
  if (layout.hasRaw) {
    if (at >= end) return -1;
    at += (4 + words[at]) >>> 2;
  }
  if (layout.branch) {
    if (at + 2 > end) return -1;
    const entryWords = BRANCH_WORDS + (layout.branch.hasCounters ? COUNTER_WORDS : 0);
    at += 2 + (layout.branch.hasHardwareIndex ? 2 : 0) + words[at + low] * entryWords;
  }
  // u64 ABI: 0 when the kernel thread has no user registers.
  if (at + 2 > end || words[at + low] === 0) return -1;
  const registersBefore = bitCount(layout.userRegisters & ((1n << bit) - 1n));
  const programCounterAt = at + 2 + registersBefore * 2;
  return programCounterAt + 2 <= end ? programCounterAt : -1;
}

function bitCount(mask: bigint): number {
  return mask.toString(2).replaceAll('0', '').length;
}
