/** The rows of a FunctionTable while it is made. */
import { baseName } from '../paths.ts';
import type { ResolvedFunction } from '../types.ts';

/** Kernel code proper, as perf calls it. */
export const KERNEL_IMAGE = '[kernel.kallsyms]';
const KERNEL_PLACEHOLDER = '[kernel]';
/** Code that no mapping holds, or whose tool did not know it. */
export const UNKNOWN = '[unknown]';

/** The functions found so far, one row per (raw name, image). */
export class FunctionRows {
  readonly functions: ResolvedFunction[] = [];
  readonly #rows = new Map<string, Map<string, number>>();
  readonly #demangle: (rawName: string) => string;

  constructor(demangle: (rawName: string) => string) {
    this.#demangle = demangle;
  }

  symbol(image: string, rawName: string, isKernel: boolean): number {
    return this.#row(image, rawName, isKernel, true);
  }

  /** The function that stands for all code of an image that has no symbol. */
  placeholder(image: string, isKernel: boolean): number {
    return this.#row(image, isKernel ? KERNEL_PLACEHOLDER : placeholderName(image), isKernel, false);
  }

  #row(image: string, rawName: string, isKernel: boolean, hasSymbol: boolean): number {
    let rowsOfImage = this.#rows.get(image);
    if (!rowsOfImage) this.#rows.set(image, (rowsOfImage = new Map()));
    let row = rowsOfImage.get(rawName);
    if (row === undefined) {
      const name = hasSymbol ? this.#demangle(rawName) : rawName;
      row = this.functions.push({ name, rawName, image, isKernel, hasSymbol }) - 1;
      rowsOfImage.set(rawName, row);
    }
    return row;
  }
}

/** `[llama-cli]` for `/root/bin/llama-cli`, `[anon]` for `//anon`; names that are in brackets already stay. */
function placeholderName(image: string): string {
  return image.startsWith('[') ? image : `[${baseName(image) || 'anon'}]`;
}
