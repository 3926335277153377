import { describe, expect, it } from 'vitest';
import { cellOfZoom, readZoom, writeZoom, zoomOfCell } from '../../src/components/client/flameZoom.ts';

const cell = (name: string, depth: number, x: number) => ({
  name,
  label: name,
  samples: 1,
  depth,
  x,
  width: 10,
});

describe('the zoom of a flame graph in the address', () => {
  const cells = [cell('main', 0, 0), cell('b.isra.0', 1, 20), cell('b.isra.0', 1, 0), cell('b.isra.0', 2, 0)];

  it('names a cell by depth, place from the left and name', () => {
    expect(zoomOfCell(cells, cells[1])).toEqual({ depth: 1, place: 2, name: 'b.isra.0' });
    for (const each of cells) expect(cellOfZoom(cells, zoomOfCell(cells, each))).toBe(each);
    expect(cellOfZoom(cells, { depth: 1, place: 3, name: 'b.isra.0' })).toBeNull();
    expect(cellOfZoom(cells, { depth: 1, place: 0, name: 'b.isra.0' })).toBeNull();
    expect(cellOfZoom(cells, null)).toBeNull();
  });

  it('is that of each graph, with names that hold dots and anything else', () => {
    const query = new URLSearchParams('find=x');
    writeZoom(query, 'decode', { depth: 1, place: 2, name: 'a<b>::c.isra.0 & d' });
    writeZoom(query, 'run', { depth: 0, place: 1, name: 'main' });
    const opened = new URLSearchParams(query.toString());
    expect(readZoom(opened, 'decode')).toEqual({ depth: 1, place: 2, name: 'a<b>::c.isra.0 & d' });
    expect(readZoom(opened, 'run')).toEqual({ depth: 0, place: 1, name: 'main' });
    expect(readZoom(opened, 'prefill')).toBeNull();
    writeZoom(opened, 'decode', null);
    expect(opened.toString()).toBe('find=x&zoom=run.0.1.main');
  });
});
