/** Symbols of one image, whatever they were read from, and the functions a Profile's frames resolve to. */
import type { Warning } from '../profile/types.ts';

/** A PT_LOAD segment: file offsets `[offset, offset + fileSize)` are loaded at `vaddr`. */
export interface LoadSegment {
  offset: bigint;
  vaddr: bigint;
  fileSize: bigint;
  executable: boolean;
}

/** What a table was read from. */
export type SymbolSource = 'elf' | 'compact' | 'listing';

/** The functions of one image. */
export interface SymbolTable {
  /** Lower-case hex, null when the image has none. */
  buildId: string | null;
  /** Path (or only the file name) of the image as the source names it; null when it does not. */
  path: string | null;
  source: SymbolSource;
  /** Empty when the source does not say: then addresses are matched with mappings as well as can be guessed. */
  loads: LoadSegment[];
  functions: FunctionRanges;
  /** What could not be read, and what to give gemview instead. */
  warnings: Warning[];
}

/**
 * Functions in ascending order of address, without overlaps: where one lies inside another the inner one wins, and the
 * outer one has a row for each part that is left. Addresses are ELF virtual addresses below 2^53.
 */
export interface FunctionRanges {
  length: number;
  start: Float64Array;
  /** Exclusive. */
  end: Float64Array;
  /** As in the symbol table, not demangled. */
  rawNames: string[];
}

/** Row of {@link FunctionTable.functions}. */
export type FunctionIndex = number;

/** A function that samples were seen in: one per (raw name, image). */
export interface ResolvedFunction {
  /**
   * Demangled. Without a symbol it is a placeholder that stands for all such code of its image, so that tables do not
   * grow by a row per address: `[kernel]` for kernel code, `[llama-cli]` for code of that file, `[unknown]` for addresses
   * that no mapping holds.
   */
  name: string;
  /** As in the symbol table or the capture; the placeholder when there is no symbol. */
  rawName: string;
  /** Path or name of the image: `/root/bin/llama-cli`, `[kernel.kallsyms]`, `[nf_tables]`, `[vdso]`, `[unknown]`. */
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
  /** Images that frames lie in, those with most frames first. */
  images: ImageCoverage[];
  /** Doubts about the tables that were used, and what they themselves could not read. */
  warnings: Warning[];
  /**
   * All raw names of the symbol tables that named frames here, seen by samples or not: what the build contains. Absent
   * when names came from the capture itself.
   */
  definedNames?: readonly (readonly string[])[];
}

/** How many frames of an image found a symbol. Frames are distinct addresses, not samples. */
export interface ImageCoverage {
  image: string;
  buildId: string | null;
  frames: number;
  resolvedFrames: number;
  /** Where its names came from: a symbol table, the kernel's own list, the capture's text; null when nothing matched. */
  source: SymbolSource | 'kallsyms' | 'capture' | null;
  /** What to give gemview when nothing matched; null when there is nothing to be done. */
  fix: string | null;
}
