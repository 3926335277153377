/** From an address of a process to an address of an image's symbol table, through the mappings of its address space. */
import type { AddressSpace, Mapping } from '../profile/types.ts';
import { lastAtOrBefore } from './functionRanges.ts';
import type { SymbolTable } from './types.ts';

/** Adding `shift` turns process addresses `[start, end)` into the table's. */
interface Piece {
  start: number;
  end: number;
  shift: number;
}

interface MappedImage<Image> {
  image: Image;
  pieces: Piece[];
}

/** The mappings of one address space in order of address. What is known of their images is asked for on first use. */
export class AddressMap<Image extends { table: SymbolTable | null }> {
  readonly #mappings: Mapping[];
  readonly #start: Float64Array;
  readonly #end: Float64Array;
  readonly #imageOf: (mapping: Mapping) => Image;
  readonly #images: (MappedImage<Image> | undefined)[] = [];

  constructor(space: AddressSpace, imageOf: (mapping: Mapping) => Image) {
    this.#mappings = [...space.mappings].sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0));
    this.#start = Float64Array.from(this.#mappings, ({ start }) => Number(start));
    this.#end = Float64Array.from(this.#mappings, ({ end }) => Number(end));
    this.#imageOf = imageOf;
  }

  /** Row of the mapping that holds an address, -1 when none does. */
  mappingAt(address: number): number {
    const row = lastAtOrBefore(this.#start.length, (index) => this.#start[index], address);
    return row >= 0 && address < this.#end[row] ? row : -1;
  }

  image(mappingRow: number): Image {
    return this.#mapped(mappingRow).image;
  }

  /** The address in terms of the image's symbol table; NaN when its segments do not load it. */
  symbolAddress(mappingRow: number, address: number): number {
    for (const piece of this.#mapped(mappingRow).pieces) {
      if (piece.start <= address && address < piece.end) return address + piece.shift;
    }
    return NaN;
  }

  #mapped(mappingRow: number): MappedImage<Image> {
    let mapped = this.#images[mappingRow];
    if (!mapped) {
      const mapping = this.#mappings[mappingRow];
      const image = this.#imageOf(mapping);
      mapped = { image, pieces: image.table === null ? [] : piecesOf(mapping, image.table) };
      this.#images[mappingRow] = mapped;
    }
    return mapped;
  }
}

/**
 * A mapping shows a stretch of the file, a PT_LOAD segment says at which virtual address a stretch of the file was linked.
 * That is so for position-independent and for static programs alike.
 */
function piecesOf(mapping: Mapping, table: SymbolTable): Piece[] {
  if (table.loads.length === 0) return [guessedPiece(mapping, table)];
  const fileStart = mapping.fileOffset;
  const fileEnd = fileStart + (mapping.end - mapping.start);
  return table.loads.flatMap((load) => {
    const from = load.offset > fileStart ? load.offset : fileStart;
    const loadEnd = load.offset + load.fileSize;
    const to = loadEnd < fileEnd ? loadEnd : fileEnd;
    if (from >= to) return [];
    const start = mapping.start + (from - fileStart);
    const shift = load.vaddr - load.offset + fileStart - mapping.start;
    return [{ start: Number(start), end: Number(start + (to - from)), shift: Number(shift) }];
  });
}

/**
 * Without segments: a program that is linked to fixed addresses has its functions inside the mapping; of others the
 * virtual addresses mostly equal the offsets in the file.
 */
function guessedPiece(mapping: Mapping, table: SymbolTable): Piece {
  const start = Number(mapping.start);
  const end = Number(mapping.end);
  const firstFunction = table.functions.start[0];
  const isFixed = start <= firstFunction && firstFunction < end;
  return { start, end, shift: isFixed ? 0 : Number(mapping.fileOffset) - start };
}
