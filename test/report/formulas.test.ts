import { describe, expect, it } from 'vitest';
import { formulasOf } from '../../src/report/formulas.ts';
import {
  allFixtureReports,
  hardwareServerReport,
  noCountersReport,
} from '../support/reportFixtureVariants.ts';

/** Every `"formula":"…"` of the report but those of counters, found in its text. */
function formulasInText(report: object): Set<string> {
  const text = JSON.stringify({ ...report, counters: [] });
  return new Set(
    [...text.matchAll(/"working":\{"formula":("(?:[^"\\]|\\.)+")/g)].map(
      (match) => JSON.parse(match[1]) as string,
    ),
  );
}

describe('formulas of a report', () => {
  it('are all of those that its numbers name, each once', () => {
    for (const report of allFixtureReports()) {
      const listed = formulasOf(report)
        .filter(({ id }) => id !== 'counters')
        .flatMap(({ rows }) => rows.map(({ formula }) => formula));
      expect(new Set(listed)).toEqual(formulasInText(report));
      expect(new Set(listed).size).toBe(listed.length);
    }
  });

  it('stand beside the measure they make, with its official name', () => {
    const report = hardwareServerReport();
    const rows = formulasOf(report).flatMap((part) => part.rows.map((row) => ({ part: part.id, ...row })));
    expect(rows).toContainEqual({
      part: 'times',
      measure: 'Time to first token',
      formula: 'start of the first decode call − start of the first prefill call',
      official: null,
    });
    const named = report.findings.flatMap(({ values }) =>
      values.map(({ name, quantity }) => ({ name, quantity })),
    );
    expect(named.length).toBeGreaterThan(0);
    for (const row of rows.filter(({ part }) => part === 'findings')) {
      const first = named.find(({ quantity }) => quantity.working?.formula === row.formula)!;
      expect(row.measure.toLowerCase()).toBe(first.name.toLowerCase());
    }
    const official = report.metrics.coreTypes
      .flatMap(({ groups }) => groups.flatMap((group) => group.rows))
      .filter((row) => row.official !== null && row.prefill.working !== null);
    for (const { label, official: name, prefill } of official) {
      const row = rows.find(({ formula }) => formula === prefill.working!.formula)!;
      if (row.part === 'metrics') expect(row).toMatchObject({ measure: label, official: name });
    }
  });

  it('of counters are told once for all of them', () => {
    const ids = (report: Parameters<typeof formulasOf>[0]) => formulasOf(report).map(({ id }) => id);
    expect(ids(hardwareServerReport())).toContain('counters');
    expect(ids(noCountersReport())).not.toContain('counters');
  });
});
