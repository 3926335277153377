/**
 * Which cell of a flame graph is zoomed in on, as the page's address says it: `?zoom=decode.11.1.ggml_graph_compute` is the
 * first cell of that name in depth 11 of the graph of Decode. No DOM in here.
 */
import type { FlameCellFacts } from './flameCells.ts';

export interface FlameZoom {
  depth: number;
  /** Counts the cells of that name in that depth from the left, from 1 on. */
  place: number;
  name: string;
}

const NAME = 'zoom';

function sameCells<Cell extends FlameCellFacts>(
  cells: readonly Cell[],
  { depth, name }: Pick<FlameZoom, 'depth' | 'name'>,
): Cell[] {
  return cells.filter((cell) => cell.depth === depth && cell.name === name).toSorted((a, b) => a.x - b.x);
}

/** What names a cell. */
export function zoomOfCell(cells: readonly FlameCellFacts[], cell: FlameCellFacts): FlameZoom {
  return { depth: cell.depth, place: sameCells(cells, cell).indexOf(cell) + 1, name: cell.name };
}

/** The cell that is named; null where there is none. */
export function cellOfZoom<Cell extends FlameCellFacts>(
  cells: readonly Cell[],
  zoom: FlameZoom | null,
): Cell | null {
  return zoom === null ? null : (sameCells(cells, zoom)[zoom.place - 1] ?? null);
}

/** @param graph `run`, `prefill` or `decode` */
export function readZoom(query: URLSearchParams, graph: string): FlameZoom | null {
  const own = query.getAll(NAME).find((value) => value.startsWith(`${graph}.`));
  const [, depth, place, name] = /^[^.]*\.(\d+)\.(\d+)\.(.+)$/s.exec(own ?? '') ?? [];
  return name === undefined ? null : { depth: Number(depth), place: Number(place), name };
}

/** Writes the zoom of one graph and leaves those of the others; null takes it out. */
export function writeZoom(query: URLSearchParams, graph: string, zoom: FlameZoom | null): void {
  const others = query.getAll(NAME).filter((value) => !value.startsWith(`${graph}.`));
  query.delete(NAME);
  for (const value of others) query.append(NAME, value);
  if (zoom) query.append(NAME, `${graph}.${zoom.depth}.${zoom.place}.${zoom.name}`);
}
