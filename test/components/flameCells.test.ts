import { describe, expect, it } from 'vitest';
import { flameGraphCharts } from '../../src/charts/flameGraph/flameGraphCharts.ts';
import {
  parseCellTitle,
  searchCells,
  zoomedPlaces,
  type FlameCellFacts,
} from '../../src/components/client/flameCells.ts';
import { emulatedTinyReport } from '../support/reportFixture.ts';

/** 100 px for 100 samples:
 *
 *     main 100
 *     decode 60            load 40
 *     mul_mat 50    rope 8 (2 px of decode itself)
 *     mul_mat_one 30
 */
const cells: FlameCellFacts[] = [
  ['main', 0, 0, 100],
  ['decode', 1, 0, 60],
  ['load', 1, 60, 40],
  ['mul_mat', 2, 0, 50],
  ['rope', 2, 50, 8],
  ['mul_mat_one', 3, 0, 30],
].map(([name, depth, x, width]) => ({
  name: String(name),
  label: String(name),
  samples: Number(width),
  depth: Number(depth),
  x: Number(x),
  width: Number(width),
}));
const named = (name: string): FlameCellFacts => cells.find((cell) => cell.name === name)!;

describe('cells of a flame graph', () => {
  it('say their name and samples in the title that the picture gives them', () => {
    expect(parseCellTitle('main · 7,225 samples, 99.9\u00A0%; self 0')).toEqual({
      name: 'main',
      label: 'main',
      samples: 7225,
    });
    expect(parseCellTitle('a::b(char const*) · 1 samples, 0.0138\u00A0%; self 1')?.label).toBe('b');
    // The middle of a very long name is left out, brackets with it.
    expect(parseCellTitle('a::load(x…> >, std::allocator<int> >) · 1 samples, 1\u00A0%; self 1')?.label).toBe(
      'load',
    );
    expect(parseCellTitle('Matrix multiplication')).toBeNull();
  });

  it('are all read back from a picture', () => {
    const report = emulatedTinyReport();
    const svg = flameGraphCharts[0].draw(report, { size: 'wide' } as never);
    const titles = [...svg.matchAll(/<title>([^<]*)<\/title>/g)].map(([, title]) => title);
    expect(titles.length).toBeGreaterThan(3);
    expect(titles.map(parseCellTitle)).not.toContain(null);
  });

  it('fill the width below their callers when they are zoomed in on, and what is beside them is gone', () => {
    expect(zoomedPlaces(cells, named('decode'), 120)).toEqual([
      { x: 0, width: 120 },
      { x: 0, width: 120 },
      null,
      { x: 0, width: 100 },
      { x: 100, width: 16 },
      { x: 0, width: 60 },
    ]);
    expect(zoomedPlaces(cells, null, 120)[2]).toEqual({ x: 60, width: 40 });
  });

  it('count once in a search when one calls another', () => {
    const { found, samples } = searchCells(cells, ' MUL_mat ');
    expect(cells.filter((_, index) => found[index]).map(({ name }) => name)).toEqual([
      'mul_mat',
      'mul_mat_one',
    ]);
    expect(samples).toBe(50);
    expect(searchCells(cells, '').samples).toBe(0);
    expect(searchCells(cells, 'rope').samples + searchCells(cells, 'load').samples).toBe(48);
  });
});
