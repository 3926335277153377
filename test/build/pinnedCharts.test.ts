import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { siteFiles } from '../../scripts/build/pageCache.ts';
import { foldersOfRun, writePinnedCharts } from '../../scripts/build/pinnedCharts.ts';
import { scratchFolder } from '../support/scratch.ts';

const RUN = { id: 'one', contentHash: '0123456789abcdef' };

describe('pinned charts', () => {
  it('stand beside the current ones and name each other by the pinned address', () => {
    const site = scratchFolder({
      'runs/one/index.html': '<a href="/b/runs/one/charts/tokens/">chart</a>',
      'runs/one/charts/tokens/index.html':
        '<a href="/b/runs/one/charts/tokens.svg">file</a> <a href="/b/runs/one/">run</a>',
      'runs/one/charts/tokens.svg': '<svg/>',
      'embed/one/tokens/index.html': '<img src="/b/runs/one/charts/tokens.svg">',
      'embed/gemview-chart.js': 'script',
    });
    const text = (path: string): string => readFileSync(join(site, path), 'utf8');
    writePinnedCharts(site, '/b/', RUN);
    const pinned = 'runs/one@0123456789ab/charts';
    expect(text(`${pinned}/tokens.svg`)).toBe('<svg/>');
    expect(text(`${pinned}/tokens/index.html`)).toBe(
      '<a href="/b/runs/one@0123456789ab/charts/tokens.svg">file</a> <a href="/b/runs/one/">run</a>',
    );
    expect(text('embed/one@0123456789ab/tokens/index.html')).toBe(
      '<img src="/b/runs/one@0123456789ab/charts/tokens.svg">',
    );
    expect(text('runs/one/charts/tokens/index.html')).not.toContain('@');
    // Only charts are pinned.
    expect(siteFiles(site, 'runs/one@0123456789ab')).toEqual([
      `${pinned}/tokens.svg`,
      `${pinned}/tokens/index.html`,
    ]);
    expect(foldersOfRun(RUN).flatMap((folder) => siteFiles(site, folder))).toHaveLength(7);
  });
});
