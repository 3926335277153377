/** Growable typed columns: what readers append to while they do not know how many rows there will be. */

type ColumnArray = Float64Array | Int32Array | Uint32Array | Uint8Array;

interface ColumnConstructor<A extends ColumnArray> {
  new (length: number): A;
}

/** One column that doubles when it is full. `data` may be longer than `length` until {@link finish} cuts it. */
export class Column<A extends ColumnArray> {
  data: A;
  length = 0;
  readonly #make: ColumnConstructor<A>;

  constructor(make: ColumnConstructor<A>, capacity = 1024) {
    this.#make = make;
    this.data = new make(capacity);
  }

  push(value: number): void {
    if (this.length === this.data.length) this.#grow();
    this.data[this.length++] = value;
  }

  #grow(): void {
    const larger = new this.#make(this.data.length * 2);
    larger.set(this.data as never);
    this.data = larger;
  }

  /** The rows as an array of exactly `length` elements; no copy when it already fits. */
  finish(): A {
    return (this.data.length === this.length ? this.data : this.data.slice(0, this.length)) as A;
  }
}

export const float64Column = (capacity?: number): Column<Float64Array> => new Column(Float64Array, capacity);
export const int32Column = (capacity?: number): Column<Int32Array> => new Column(Int32Array, capacity);
export const uint32Column = (capacity?: number): Column<Uint32Array> => new Column(Uint32Array, capacity);
export const uint8Column = (capacity?: number): Column<Uint8Array> => new Column(Uint8Array, capacity);

/** Row order that sorts by time, earlier rows first among equals; null when the rows already are in order. */
export function timeOrder(timeNs: Float64Array): Uint32Array | null {
  let sorted = true;
  for (let row = 1; row < timeNs.length && sorted; row++) sorted = timeNs[row - 1] <= timeNs[row];
  if (sorted) return null;
  const order = new Uint32Array(timeNs.length);
  for (let row = 0; row < order.length; row++) order[row] = row;
  return order.sort((a, b) => timeNs[a] - timeNs[b] || a - b);
}

/** A column with its rows put in `order`. */
export function reorder<A extends ColumnArray>(column: A, order: Uint32Array | null): A {
  if (!order) return column;
  const result = new (column.constructor as ColumnConstructor<A>)(order.length);
  for (let row = 0; row < order.length; row++) result[row] = column[order[row]];
  return result;
}
