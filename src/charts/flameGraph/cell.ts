/** How a cell of a flame graph is drawn: in the picture, and by the page's script when it zooms. Lengths are in pixels. */

/** The rectangle lies within the cell's place, so that neighbours stay apart. */
const EDGE = { left: 0.5, both: 1.5 };
const THINNEST = 0.5;

/** Where the label begins, from the cell's left end and from the top of its row. */
export const LABEL_PLACE = { x: 4, y: 13 };
/** JetBrains Mono at the label's size. */
const CHARACTER_WIDTH = 11 * 0.6;
/** A label needs room for three characters. */
const SHORTEST_LABEL = 3;

/** Left end and width of the rectangle of a cell. */
export function rectOfCell(x: number, width: number): { x: number; width: number } {
  return { x: x + EDGE.left, width: Math.max(THINNEST, width - EDGE.both) };
}

/** Left end and width of the cell that a rectangle was drawn for. */
export function cellOfRect(x: number, width: number): { x: number; width: number } {
  return { x: x - EDGE.left, width: width + EDGE.both };
}

/** Top of the row of a rectangle. */
export function rowOfRect(y: number): number {
  return y - EDGE.left;
}

/** Cut at the end, since in a cell the beginning of the name says what it is; null where there is no room. */
export function labelOfCell(name: string, width: number): string | null {
  const characters = Math.floor((width - 2 * LABEL_PLACE.x) / CHARACTER_WIDTH);
  if (characters < SHORTEST_LABEL) return null;
  return name.length <= characters ? name : `${name.slice(0, characters - 1)}…`;
}
