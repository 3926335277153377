/** Findings in the reports of the shipped captures: no sentence holds a number that is not in the report. */
import { describe, expect, it } from 'vitest';
import { buildReport } from '../../src/report/build.ts';
import type { Report } from '../../src/report/schema.ts';
import { strayNumbers } from '../support/findingNumbers.ts';
import { SHIPPED_RUNS, shippedRun } from '../support/shippedRuns.ts';

async function reportOf(run: string): Promise<Report> {
  const options = {
    runId: run,
    title: run,
    description: null,
    tags: [],
    targetNote: null,
    source: null,
    allow: [],
    redact: [],
    contentHash: '0',
  };
  const { report } = await buildReport(await shippedRun(run), options, () => Promise.resolve('0'));
  // What is published is the JSON text: what does not survive it is not in the report.
  return JSON.parse(JSON.stringify(report)) as Report;
}

describe.each(SHIPPED_RUNS)('the report of %s', (run) => {
  it('holds every number of its findings', async () => {
    const { findings } = await reportOf(run);
    if (!run.startsWith('reported-')) expect(findings.length).toBeGreaterThan(7);
    expect(findings.map((row) => [row.id, strayNumbers(row)])).toEqual(findings.map((row) => [row.id, []]));
    for (const { values } of findings) {
      for (const { quantity } of values) expect(quantity.working?.formula ?? '').not.toBe('');
    }
  });
});
