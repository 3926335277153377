/** Frames of user code: address → mapping → image → symbol. */
import type { Mapping, Profile } from '../../profile/types.ts';
import { AddressMap } from '../addressMap.ts';
import { functionAt } from '../functionRanges.ts';
import { buildIdsByPath, type ImageTables } from '../imageTables.ts';
import type { ImageCoverage, SymbolTable } from '../types.ts';
import { UNKNOWN, type FunctionRows } from './functionRows.ts';

/** One image of user code: its symbol table, the functions of it that were hit, and the counts of its coverage. */
interface UserImage {
  coverage: ImageCoverage;
  table: SymbolTable | null;
  /** Function row for each row of the table's functions, -1 while not hit. */
  functionRows: Int32Array;
}

/** Upper halves of an address without what Arm keeps in unused bits, for 52 and for 48 bits of address. */
const ADDRESS_MASKS = [0x000f_ffff, 0x0000_ffff];

export class UserFrames {
  readonly #profile: Profile;
  readonly #tables: ImageTables;
  readonly #rows: FunctionRows;
  readonly #buildIds: Map<string, string>;
  readonly #images = new Map<string, UserImage>();
  readonly #unmapped: ImageCoverage = emptyCoverage(UNKNOWN, null);
  readonly #spaces: (AddressMap<UserImage> | undefined)[] = [];

  constructor(profile: Profile, tables: ImageTables, rows: FunctionRows) {
    this.#profile = profile;
    this.#tables = tables;
    this.#rows = rows;
    this.#buildIds = buildIdsByPath(profile.addressSpaces.flatMap((space) => space.mappings));
  }

  /** Function row of a frame whose space is known. */
  resolve(frame: number): number {
    const space = this.#spaceOf(this.#profile.frames.space[frame]);
    const address = this.#mappedAddress(space, frame);
    if (address < 0) {
      this.#unmapped.frames++;
      return this.#rows.placeholder(UNKNOWN, false);
    }
    const mapping = space.mappingAt(address);
    const { coverage, table, functionRows } = space.image(mapping);
    coverage.frames++;
    const symbol = table ? functionAt(table.functions, space.symbolAddress(mapping, address)) : -1;
    if (!table || symbol < 0) return this.#rows.placeholder(coverage.image, false);
    coverage.resolvedFrames++;
    if (functionRows[symbol] < 0) {
      functionRows[symbol] = this.#rows.symbol(coverage.image, table.functions.rawNames[symbol], false);
    }
    return functionRows[symbol];
  }

  /** Path of the image that holds a frame's address; null when no mapping does. */
  imagePathOf(frame: number): string | null {
    if (this.#profile.frames.space[frame] < 0) return null;
    const space = this.#spaceOf(this.#profile.frames.space[frame]);
    const address = this.#mappedAddress(space, frame);
    return address < 0 ? null : space.image(space.mappingAt(address)).coverage.image;
  }

  coverage(): ImageCoverage[] {
    const images = [...this.#images.values()].map((image) => image.coverage);
    return [...images, this.#unmapped].filter((coverage) => coverage.frames > 0);
  }

  /** Raw names of the tables that images were matched with, each table once. */
  definedNames(): string[][] {
    const tables = [...this.#images.values()].flatMap(({ table }) =>
      table ? [table.functions.rawNames] : [],
    );
    return [...new Set(tables)];
  }

  /**
   * The address to look up, -1 when no mapping holds it. Of a return address it is the byte before, which is part of the
   * call. An address that no mapping holds may carry a pointer authentication code or a tag in its upper bits.
   */
  #mappedAddress(space: AddressMap<UserImage>, frame: number): number {
    const { addressLow, addressHigh, isReturnAddress } = this.#profile.frames;
    const low = addressLow[frame] - isReturnAddress[frame];
    const high = addressHigh[frame];
    const address = high * 0x1_0000_0000 + low;
    if (space.mappingAt(address) >= 0) return address;
    if (high >>> 16 === 0) return -1;
    for (const mask of ADDRESS_MASKS) {
      const plain = (high & mask) * 0x1_0000_0000 + low;
      if (space.mappingAt(plain) >= 0) return plain;
    }
    return -1;
  }

  #spaceOf(space: number): AddressMap<UserImage> {
    return (this.#spaces[space] ??= new AddressMap(this.#profile.addressSpaces[space], (mapping) =>
      this.#imageOf(mapping),
    ));
  }

  #imageOf(mapping: Mapping): UserImage {
    const path = mapping.path === '' ? '//anon' : mapping.path;
    const buildId = mapping.buildId ?? this.#buildIds.get(mapping.path) ?? null;
    const key = `${buildId ?? ''} ${path}`;
    let image = this.#images.get(key);
    if (!image) {
      image = this.#newImage(path, buildId, mapping.kind === 'file');
      this.#images.set(key, image);
    }
    return image;
  }

  /** Only files have symbols; but the vdso has a build-id, and somebody may have dumped it. */
  #newImage(path: string, buildId: string | null, isFile: boolean): UserImage {
    const coverage = emptyCoverage(path, buildId);
    if (!isFile && buildId === null) return { coverage, table: null, functionRows: new Int32Array(0) };
    const { table, fix } = this.#tables.match(path, buildId);
    coverage.source = table?.source ?? null;
    coverage.fix = isFile ? fix : null;
    return { coverage, table, functionRows: new Int32Array(table?.functions.length ?? 0).fill(-1) };
  }
}

function emptyCoverage(image: string, buildId: string | null): ImageCoverage {
  return { image, buildId, frames: 0, resolvedFrames: 0, source: null, fix: null };
}
