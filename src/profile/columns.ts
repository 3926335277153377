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

  /** Makes room for `rows` in all. */
  reserve(rows: number): void {
    if (rows > this.data.length) this.#resize(rows);
  }

  /** Makes room for `rows` in all, and for many more: memory that is not touched costs nothing, copies do. */
  ensure(rows: number): void {
    if (rows > this.data.length) this.#resize(Math.max(rows, this.data.length * 4));
  }

  #grow(): void {
    this.#resize(Math.max(16, this.data.length * 2));
  }

  #resize(rows: number): void {
    const larger = new this.#make(rows);
    larger.set(this.data.subarray(0, this.length) as never);
    this.data = larger;
  }

  /**
   * The rows as an array of exactly `length` elements; no copy when it already fits. The column is empty afterwards: of
   * millions of rows there should be one copy.
   */
  finish(): A {
    const rows = (this.data.length === this.length ? this.data : this.data.slice(0, this.length)) as A;
    this.data = new this.#make(0);
    this.length = 0;
    return rows;
  }
}

export const float64Column = (capacity?: number): Column<Float64Array> => new Column(Float64Array, capacity);
export const int32Column = (capacity?: number): Column<Int32Array> => new Column(Int32Array, capacity);
export const uint32Column = (capacity?: number): Column<Uint32Array> => new Column(Uint32Array, capacity);
export const uint8Column = (capacity?: number): Column<Uint8Array> => new Column(Uint8Array, capacity);

/**
 * Row order that sorts by time, earlier rows first among equals; null when the rows already are in order.
 *
 * Captures are sorted for the most part: what each CPU wrote is in order, and so are long stretches of the file. So the
 * ascending runs are merged, neighbours first, and of two neighbours only the part where they overlap.
 */
export function timeOrder(timeNs: Float64Array): Uint32Array | null {
  let runStarts = ascendingRuns(timeNs);
  if (runStarts.length <= 2) return null;
  const order = new Uint32Array(timeNs.length);
  for (let row = 0; row < order.length; row++) order[row] = row;
  const spare = new Uint32Array(order.length);
  while (runStarts.length > 2) {
    const merged = [0];
    for (let run = 0; run + 1 < runStarts.length; run += 2) {
      const end = runStarts[Math.min(run + 2, runStarts.length - 1)];
      if (run + 2 < runStarts.length) {
        mergeNeighbours(timeNs, order, spare, runStarts[run], runStarts[run + 1], end);
      }
      merged.push(end);
    }
    runStarts = merged;
  }
  return order;
}

/** First rows of the stretches that ascend, and the number of rows as the last entry. */
function ascendingRuns(timeNs: Float64Array): number[] {
  const starts = [0];
  for (let row = 1; row < timeNs.length; row++) if (timeNs[row] < timeNs[row - 1]) starts.push(row);
  starts.push(timeNs.length);
  return starts;
}

/** Merges `order[start, middle)` with `order[middle, end)`, both in order of time, in place. */
function mergeNeighbours(
  timeNs: Float64Array,
  order: Uint32Array,
  spare: Uint32Array,
  start: number,
  middle: number,
  end: number,
): void {
  const leftFrom = firstAfter(timeNs, order, start, middle, timeNs[order[middle]]);
  const rightTo = firstNotBefore(timeNs, order, middle, end, timeNs[order[middle - 1]]);
  const leftRows = middle - leftFrom;
  spare.set(order.subarray(leftFrom, middle), 0);
  let left = 0;
  let right = middle;
  let to = leftFrom;
  while (left < leftRows && right < rightTo) {
    order[to++] = timeNs[spare[left]] <= timeNs[order[right]] ? spare[left++] : order[right++];
  }
  // What is left of the right side already stands in its place.
  order.set(spare.subarray(left, leftRows), to);
}

/** First place in `order[from, to)` whose time is greater than `time`; `to` when there is none. */
function firstAfter(
  timeNs: Float64Array,
  order: Uint32Array,
  from: number,
  to: number,
  time: number,
): number {
  while (from < to) {
    const place = (from + to) >>> 1;
    if (timeNs[order[place]] <= time) from = place + 1;
    else to = place;
  }
  return from;
}

/** First place in `order[from, to)` whose time is not less than `time`; `to` when there is none. */
function firstNotBefore(
  timeNs: Float64Array,
  order: Uint32Array,
  from: number,
  to: number,
  time: number,
): number {
  while (from < to) {
    const place = (from + to) >>> 1;
    if (timeNs[order[place]] < time) from = place + 1;
    else to = place;
  }
  return from;
}

/**
 * The shortest stretches of an order whose rows change places among themselves only: first row and last row + 1 of each, one
 * pair after the other. Rows that stay are in none: of a capture that is sorted for the most part there are few.
 */
export function movedStretches(order: Uint32Array): Uint32Array {
  const stretches = uint32Column(16);
  let start = 0;
  let last = -1;
  for (let row = 0; row < order.length; row++) {
    if (order[row] > last) last = order[row];
    if (row !== last) continue;
    if (row > start) {
      stretches.push(start);
      stretches.push(row + 1);
    }
    start = row + 1;
  }
  return stretches.finish();
}

/**
 * Puts the rows of a column in `order`, in place, and returns the column. Fresh memory costs more than moving rows does, so
 * only stretches that keep to themselves are copied aside: of a capture that is sorted for the most part, a small piece at
 * a time. For several columns find the {@link movedStretches} once.
 */
export function reorder<A extends ColumnArray>(
  column: A,
  order: Uint32Array | null,
  stretches: Uint32Array | null = order && movedStretches(order),
): A {
  if (!order || !stretches) return column;
  let asideRows = 0;
  for (let at = 0; at < stretches.length; at += 2) {
    asideRows = Math.max(asideRows, stretches[at + 1] - stretches[at]);
  }
  if (column instanceof Float64Array) {
    moveStretches(column, new Float64Array(asideRows), order, stretches, moveDoubles);
  } else if (column instanceof Uint8Array) {
    moveStretches(column, new Uint8Array(asideRows), order, stretches, moveBytes);
  } else {
    const words = new Int32Array(column.buffer, column.byteOffset, column.length);
    moveStretches(words, new Int32Array(asideRows), order, stretches, moveWords);
  }
  return column;
}

function moveStretches<A extends ColumnArray>(
  column: A,
  aside: A,
  order: Uint32Array,
  stretches: Uint32Array,
  move: (column: A, aside: A, order: Uint32Array, start: number, end: number) => void,
): void {
  for (let at = 0; at < stretches.length; at += 2) {
    const start = stretches[at];
    const end = stretches[at + 1];
    aside.set(column.subarray(start, end) as never);
    move(column, aside, order, start, end);
  }
}

// One loop for each width: a loop that meets several kinds of arrays is compiled to ask for the kind at every row.

function moveDoubles(
  column: Float64Array,
  aside: Float64Array,
  order: Uint32Array,
  start: number,
  end: number,
): void {
  for (let row = start; row < end; row++) column[row] = aside[order[row] - start];
}

function moveWords(
  column: Int32Array,
  aside: Int32Array,
  order: Uint32Array,
  start: number,
  end: number,
): void {
  for (let row = start; row < end; row++) column[row] = aside[order[row] - start];
}

function moveBytes(
  column: Uint8Array,
  aside: Uint8Array,
  order: Uint32Array,
  start: number,
  end: number,
): void {
  for (let row = start; row < end; row++) column[row] = aside[order[row] - start];
}
