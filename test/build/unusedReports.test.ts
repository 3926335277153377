import { existsSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { forgetUnusedReports } from '../../scripts/build/keptReports.ts';
import { markUsed } from '../../scripts/build/unusedCache.ts';
import { scratchFolder } from '../support/scratch.ts';

const DAY_MS = 24 * 3600 * 1000;

describe('reports in the cache', () => {
  it('are dropped when no build used them for a month, with what killed builds left', () => {
    const cache = scratchFolder({
      'reports/used/checksums.json': '[]',
      'reports/unused/checksums.json': '[]',
      'reports/.half.17/report.json': '{}',
      'pages/other/pages.json': '{}',
    });
    const longAgo = new Date(Date.now() - 40 * DAY_MS);
    for (const name of ['used', 'unused', '.half.17']) {
      const folder = join(cache, 'reports', name);
      if (name !== '.half.17') utimesSync(join(folder, 'checksums.json'), longAgo, longAgo);
      utimesSync(folder, longAgo, longAgo);
    }
    markUsed(join(cache, 'reports/used/checksums.json'));
    forgetUnusedReports(cache, Date.now());
    const isThere = (name: string): boolean => existsSync(join(cache, name));
    expect(['reports/used', 'reports/unused', 'reports/.half.17', 'pages/other'].map(isThere)).toEqual([
      true,
      false,
      false,
      true,
    ]);
    forgetUnusedReports(scratchFolder(), Date.now());
  });
});
