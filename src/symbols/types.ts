/** Symbols of one image, whatever they were read from, and the functions a Profile's frames resolve to. */

/** A PT_LOAD segment: file offsets `[offset, offset + fileSize)` are loaded at `vaddr`. */
export interface LoadSegment {
  offset: bigint;
  vaddr: bigint;
  fileSize: bigint;
}

/** Functions of one image in ascending order of start address, without overlaps that matter: the inner one wins. */
export interface SymbolTable {
  /** Lower-case hex, null when the image has none. */
  buildId: string | null;
  /** Path of the image on the target as the source names it; null when it does not. */
  path: string | null;
  source: 'elf' | 'compact' | 'listing';
  loads: LoadSegment[];
  functions: FunctionSymbol[];
}

/** One function. Addresses are ELF virtual addresses. */
export interface FunctionSymbol {
  start: bigint;
  /** Exclusive; a symbol of size 0 reaches to the next one. */
  end: bigint;
  /** As in the symbol table. */
  rawName: string;
  /** Demangled; equal to rawName when it is no mangled name. */
  name: string;
}

/** Row of {@link FunctionTable.functions}. */
export type FunctionIndex = number;

/** A function that samples were seen in: one per (function, image). */
export interface ResolvedFunction {
  /** Demangled. `[kernel]` for kernel code without symbols, `image+0xoffset` for user code without. */
  name: string;
  rawName: string;
  /** Path or name of the image: `/root/bin/llama-cli`, `[kernel.kallsyms]`, `[vdso]`, `[unknown]`. */
  image: string;
  isKernel: boolean;
  /** False when no symbol was found and the name is a placeholder. */
  hasSymbol: boolean;
}

/** What a Profile's frames resolve to. */
export interface FunctionTable {
  functions: ResolvedFunction[];
  /** For each row of the profile's frame table the row of `functions`. */
  functionOfFrame: Int32Array;
  /** Images that samples hit, with the share of frames that found a symbol and, if none did, what to give gemview. */
  images: ImageCoverage[];
}

export interface ImageCoverage {
  image: string;
  buildId: string | null;
  frames: number;
  resolvedFrames: number;
  /** `compact`, `elf`, `listing`, `kallsyms`, `capture` (text formats); null when nothing matched. */
  source: string | null;
}
