/** Kernel frames by the kernel's own list of symbols. */
import { kernelSymbolName } from '../../profile/kallsyms.ts';
import type { KernelSymbols } from '../../profile/types.ts';
import type { ImageCoverage } from '../types.ts';
import { KERNEL_IMAGE, type FunctionRows } from './functionRows.ts';

const FIX =
  'no kernel symbols: record as root, or after sudo sysctl kernel.kptr_restrict=0 kernel.perf_event_paranoid=-1';

const PAGE_BYTES = 4096;

/** Functions of modules belong to an image of their own, `[nf_tables]`. Without symbols all kernel code is `[kernel]`. */
export class KernelFrames {
  readonly #symbols: KernelSymbols | null;
  readonly #rows: FunctionRows;
  /** Function row for each symbol, -1 while not hit. */
  readonly #functionRows: Int32Array;
  readonly #coverage = new Map<string, ImageCoverage>();

  constructor(symbols: KernelSymbols | null, rows: FunctionRows) {
    this.#symbols = symbols;
    this.#rows = rows;
    this.#functionRows = new Int32Array(symbols?.length ?? 0).fill(-1);
  }

  /** Function row of an address; of a return address the byte before is looked up. */
  resolve(high: number, low: number, isReturnAddress: boolean): number {
    const symbols = this.#symbols;
    const borrows = isReturnAddress && low === 0;
    const row = symbols
      ? symbolAt(symbols, borrows ? high - 1 : high, isReturnAddress ? (low - 1) >>> 0 : low)
      : -1;
    if (!symbols || row < 0) {
      this.#coverageOf(KERNEL_IMAGE).frames++;
      return this.#rows.placeholder(KERNEL_IMAGE, true);
    }
    const module = symbols.modules[symbols.module[row]];
    const image = module === '' ? KERNEL_IMAGE : `[${module}]`;
    const coverage = this.#coverageOf(image);
    coverage.frames++;
    coverage.resolvedFrames++;
    if (this.#functionRows[row] < 0) {
      this.#functionRows[row] = this.#rows.symbol(image, kernelSymbolName(symbols, row), true);
    }
    return this.#functionRows[row];
  }

  coverage(): ImageCoverage[] {
    return [...this.#coverage.values()];
  }

  #coverageOf(image: string): ImageCoverage {
    let coverage = this.#coverage.get(image);
    if (!coverage) {
      const [source, fix] = this.#symbols ? (['kallsyms', null] as const) : [null, FIX];
      coverage = { image, buildId: null, frames: 0, resolvedFrames: 0, source, fix };
      this.#coverage.set(image, coverage);
    }
    return coverage;
  }
}

/**
 * Row of the function that holds an address, -1 when none does. Bit 55 tells kernel from user addresses on arm64, and the
 * bits above the address repeat it: where they do not, they carry a pointer authentication code and are set again, for 52
 * and then for 48 bits of address.
 */
function symbolAt(symbols: KernelSymbols, high: number, low: number): number {
  const isUpperHalf = (high & 0x0080_0000) !== 0;
  if (!isUpperHalf) return rowAt(symbols, high, low);
  const row = rowAt(symbols, (high | 0xfff0_0000) >>> 0, low);
  return row >= 0 ? row : rowAt(symbols, (high | 0xffff_0000) >>> 0, low);
}

function rowAt(symbols: KernelSymbols, high: number, low: number): number {
  const { addressHigh, addressLow, module } = symbols;
  let from = 0;
  let to = symbols.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    const isAtOrBefore =
      addressHigh[middle] < high || (addressHigh[middle] === high && addressLow[middle] <= low);
    if (isAtOrBefore) from = middle + 1;
    else to = middle;
  }
  const row = from - 1;
  if (row < 0) return -1;
  // The last function of the kernel or of a module ends somewhere before the next module: in its page or the next (perf).
  const isLastOfModule = row + 1 === symbols.length || module[row] !== module[row + 1];
  const distance = (high - addressHigh[row]) * 0x1_0000_0000 + (low - addressLow[row]);
  const limit = 2 * PAGE_BYTES - (addressLow[row] % PAGE_BYTES);
  return isLastOfModule && distance >= limit ? -1 : row;
}
