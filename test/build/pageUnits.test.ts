import { describe, expect, it } from 'vitest';
import { pageUnits, type PageUnits, type UnitRun } from '../../scripts/build/pageUnits.ts';
import type { WrittenFile } from '../../scripts/build/written.ts';
import { readWrittenPage } from '../../src/writing/page.ts';

const OPTIONS = { base: '/', site: null };

/** Forty runs: a page links to the eleven around its own. */
function runs(change: Partial<UnitRun> & { id?: string } = {}): UnitRun[] {
  return Array.from({ length: 40 }, (_, index) => {
    const id = `run-${String(index).padStart(2, '0')}`;
    const run: UnitRun = {
      id,
      title: `Run ${index}`,
      origin: { value: 'emulated', label: 'emulated', sentence: 'Emulated.' },
      contentHash: `hash-${index}`,
      reportKey: `report-${index}`,
    };
    return id === change.id ? { ...run, ...change } : run;
  });
}

function chapter(run: string | null, text: string): WrittenFile {
  return {
    run,
    slug: 'notes',
    shown: 'notes',
    page: readWrittenPage(`---\ntitle: Notes\n---\n${text}`, 'mdx'),
    pictures: new Map(),
  };
}

const units = (change = {}, written: WrittenFile[] = [], options = OPTIONS, code = 'code'): PageUnits =>
  pageUnits(code, options, runs(change), written);

/** Runs whose pages are rendered again. */
function changed(before: PageUnits, after: PageUnits): string[] {
  return [...after.runs].filter(([id, key]) => before.runs.get(id) !== key).map(([id]) => id);
}

describe('keys of pages', () => {
  it('stay when nothing changes', () => {
    expect(units()).toEqual(units());
  });

  it('are one for each run', () => {
    expect(new Set(units().runs.values()).size).toBe(40);
  });

  it('change with a report: that run alone, and the pages about the site', () => {
    const after = units({ id: 'run-09', reportKey: 'other', contentHash: 'other' });
    expect(changed(units(), after)).toEqual(['run-09']);
    expect(after.site).not.toBe(units().site);
  });

  it('change with a title for all runs that link to it', () => {
    const after = units({ id: 'run-19', title: 'Other', reportKey: 'other' });
    const around = Array.from({ length: 11 }, (_, index) => `run-${14 + index}`);
    expect(changed(units(), after)).toEqual(around);
  });

  it('change with a new run for the runs that link to it', () => {
    const before = pageUnits('code', OPTIONS, runs().slice(0, -1), []);
    // The last eleven link to one another; those further away do not know how many there are.
    expect(changed(before, units())).toEqual(Array.from({ length: 6 }, (_, index) => `run-${34 + index}`));
  });

  it('change with the code, the base path and the host for all', () => {
    for (const after of [
      units({}, [], OPTIONS, 'other code'),
      units({}, [], { base: '/x/', site: null }),
      pageUnits('code', { base: '/', site: 'https://example.org' }, runs(), []),
    ]) {
      expect(changed(units(), after)).toHaveLength(40);
      expect(after.site).not.toBe(units().site);
    }
  });

  it('change with a chapter for its run', () => {
    const before = units({}, [chapter('run-03', 'One.')]);
    const after = units({}, [chapter('run-03', 'Two.')]);
    expect(changed(before, after)).toEqual(['run-03']);
    expect(after.site).not.toBe(before.site);
  });

  it('change with another run that a chapter names', () => {
    const written = [
      chapter('run-03', '<Claim that="run-17:decode.tokens > 1">Yes.</Claim>'),
      chapter('run-04', '<Chart run="run-16" chart="tokens" />'),
    ];
    const after = units({ id: 'run-17', reportKey: 'other' }, written);
    expect(changed(units({}, written), after)).toEqual(['run-03', 'run-17']);
  });

  it('change with a story for the pages about the site alone', () => {
    const after = units({}, [chapter(null, 'A story.')]);
    expect(changed(units(), after)).toEqual([]);
    expect(after.site).not.toBe(units().site);
  });
});
