/** How tables of a page are sorted, as its address says it: `?sort=calls.samples.down&sort=phases.start.up`. No DOM in here. */

export interface TableOrder {
  /** Key of the column. */
  column: string;
  isDescending: boolean;
}

const NAME = 'sort';

/** A column by what its header says: `To the next` is `to-the-next`. */
export function columnKey(header: string): string {
  return (
    header
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '-')
      .replaceAll(/^-|-$/g, '') || 'column'
  );
}

/** The key, with a number where another column has it already. */
export function freeKey(taken: ReadonlyMap<string, unknown>, key: string): string {
  let free = key;
  for (let number = 2; taken.has(free); number++) free = `${key}-${number}`;
  return free;
}

/** The order of a table; null where the address names none. */
export function readOrder(query: URLSearchParams, table: string): TableOrder | null {
  const own = query.getAll(NAME).find((value) => value.startsWith(`${table}.`));
  const [, column, direction] = /^[^.]*\.([^.]+)\.(up|down)$/.exec(own ?? '') ?? [];
  return column === undefined ? null : { column, isDescending: direction === 'down' };
}

/** Writes the order of one table and leaves those of the others. */
export function writeOrder(
  query: URLSearchParams,
  table: string,
  { column, isDescending }: TableOrder,
): void {
  const others = query.getAll(NAME).filter((value) => !value.startsWith(`${table}.`));
  query.delete(NAME);
  for (const value of [...others, `${table}.${column}.${isDescending ? 'down' : 'up'}`]) {
    query.append(NAME, value);
  }
}
