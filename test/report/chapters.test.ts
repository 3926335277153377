import { describe, expect, it } from 'vitest';
import { availableCharts } from '../../src/charts/registry.ts';
import { chapterNumber, chaptersOf, hasComparison } from '../../src/report/chapters.ts';
import { allFixtureReports, zeroSamplesReport } from '../support/reportFixtureVariants.ts';
import { emulatedTinyReport } from '../support/reportFixture.ts';

describe('the chapters of a run', () => {
  it('are those with something to show, numbered in their order', () => {
    const report = emulatedTinyReport();
    const ids = chaptersOf(report).map(({ id }) => id);
    expect(ids).toEqual(
      expect.arrayContaining(['overview', 'timeline', 'prefill-decode', 'call-paths', 'functions', 'method']),
    );
    expect(ids.map((id) => chapterNumber(report, id))).toEqual(ids.map((_, index) => index + 1));
  });

  it('leave out what a run without samples, counters and times cannot show', () => {
    const nothing = {
      ...zeroSamplesReport(),
      timeline: null,
      counters: [],
      spanChannels: [],
      comparison: [],
      callTree: null,
      functions: { rows: [], omitted: 0 },
    };
    const ids = chaptersOf(nothing).map(({ id }) => id);
    expect(ids).toEqual(expect.arrayContaining(['overview', 'method']));
    expect(ids).not.toEqual(expect.arrayContaining(['timeline']));
    for (const id of ['timeline', 'prefill-decode', 'call-paths', 'functions'] as const)
      expect(chapterNumber(nothing, id), id).toBe(0);
    expect(hasComparison(nothing)).toBe(false);
  });

  it('hold every chart that the run has', () => {
    for (const report of allFixtureReports()) {
      const chapters = new Set(chaptersOf(report).map(({ id }) => id));
      for (const { id, chapter } of availableCharts(report))
        expect(chapters.has(chapter), `${report.run.id}: ${id} stands in ${chapter}`).toBe(true);
    }
  });
});
