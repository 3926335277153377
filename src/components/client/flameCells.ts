/** What a drawn flame graph says of its cells, and where they lie when one of them fills the width. No DOM in here. */
import { baseName } from '../../charts/text.ts';

export interface FlameCellFacts {
  /** Full name of the function. */
  name: string;
  /** Name from its beginning of meaning, for the cell. */
  label: string;
  samples: number;
  depth: number;
  /** Left end and width as drawn for the whole graph, in pixels of the picture. */
  x: number;
  width: number;
}

/** What the cell's title says, where a very long name has its middle left out: `main · 7,225 samples, 99.9 %; self 0`; null for anything else. */
export function parseCellTitle(title: string): Pick<FlameCellFacts, 'name' | 'label' | 'samples'> | null {
  const [, name, samples] = /^(.*) · ([\d,]+) samples, [^·]*$/s.exec(title) ?? [];
  return name === undefined
    ? null
    : { name, label: baseName(name.split('…')[0]), samples: Number(samples.replaceAll(',', '')) };
}

/** Cells are drawn a pixel apart and rounded: ends that differ by less are the same. */
const TOLERANCE_PX = 0.75;

/** True when `outer` is `inner` or one of its callers. */
export function holds(outer: FlameCellFacts, inner: FlameCellFacts): boolean {
  return (
    outer.depth <= inner.depth &&
    outer.x <= inner.x + TOLERANCE_PX &&
    outer.x + outer.width >= inner.x + inner.width - TOLERANCE_PX
  );
}

/** Left end and width of each cell when `zoomed` fills the picture: callers fill it too, what is beside it is null. */
export function zoomedPlaces(
  cells: readonly FlameCellFacts[],
  zoomed: FlameCellFacts | null,
  pictureWidth: number,
): ({ x: number; width: number } | null)[] {
  if (zoomed === null) return cells.map(({ x, width }) => ({ x, width }));
  const factor = pictureWidth / zoomed.width;
  return cells.map((cell) => {
    if (cell.depth < zoomed.depth) return holds(cell, zoomed) ? { x: 0, width: pictureWidth } : null;
    return holds(zoomed, cell) ? { x: (cell.x - zoomed.x) * factor, width: cell.width * factor } : null;
  });
}

/** Cells whose name holds the words, without regard to case, and the samples below them, none of them counted twice. */
export function searchCells(
  cells: readonly FlameCellFacts[],
  wanted: string,
): { found: boolean[]; samples: number } {
  const text = wanted.trim().toLowerCase();
  const found = cells.map(({ name }) => text !== '' && name.toLowerCase().includes(text));
  const outermost: FlameCellFacts[] = [];
  const byDepth = cells.filter((_, index) => found[index]).toSorted((a, b) => a.depth - b.depth);
  for (const cell of byDepth) {
    if (!outermost.some((other) => holds(other, cell))) outermost.push(cell);
  }
  return { found, samples: outermost.reduce((sum, { samples }) => sum + samples, 0) };
}
