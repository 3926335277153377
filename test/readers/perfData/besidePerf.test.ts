/**
 * Every perf.data of the samples beside the perf that is installed: counts and sums by event are what it prints. What it
 * refuses (newer layouts, compression it was built without, other writers' records) is read all the same.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { samplesByEvent } from '../../../src/profile/eventTotals.ts';
import { profileViolations } from '../../../src/profile/integrity.ts';
import { readPerfDataFile } from '../../support/perfDataRead.ts';
import { describeWithSamples } from '../../support/samples.ts';

const MAX_OUTPUT_BYTES = 64 << 20;

type Totals = [event: string, count: number, sum: number][];

/** What perf prints of a file, by event; null when it refuses the file. */
function printedByPerf(path: string, buildIds: string): Totals | null {
  const { status, stdout } = spawnSync('perf', ['script', '-F', 'event,period', '-i', path], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C', PERF_BUILDID_DIR: buildIds },
    maxBuffer: MAX_OUTPUT_BYTES,
  });
  if (status !== 0) return null;
  const totals = new Map<string, [count: number, sum: number]>();
  for (const line of stdout.split('\n')) {
    // In pipes perf prints stacks too, whatever it is asked for.
    const match = /^\s*(\d+)\s+(\S.*?): *$/.exec(line);
    if (!match) continue;
    const [count, sum] = totals.get(match[2]) ?? [0, 0];
    totals.set(match[2], [count + 1, sum + Number(match[1])]);
  }
  return totals.size === 0 ? null : [...totals].map(([event, [count, sum]]) => [event, count, sum]);
}

/** perf adds what an event excludes to the names of files that do not name their events. */
const bareName = (event: string): string =>
  event.replace(/^(cpu-|)cycles/, 'cycles').replace(/:[A-Za-z]+$/, '');
const sorted = (totals: Totals): Totals =>
  totals
    .map(([event, count, sum]): Totals[number] => [bareName(event), count, sum])
    .sort((a, b) => (a[0] < b[0] ? -1 : 1));

const hasPerf = spawnSync('perf', ['--version']).status === 0;

describeWithSamples(`perf.data beside perf${hasPerf ? '' : ' (perf is not installed)'}`, (folder) => {
  const buildIds = mkdtempSync(join(tmpdir(), 'gemview-buildid-'));
  afterAll(() => rmSync(buildIds, { recursive: true, force: true }));
  const files =
    folder === ''
      ? []
      : readdirSync(folder, { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile() && /(?:^|\.)data$/.test(entry.name))
          .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
          .sort();

  let compared = 0;

  it.skipIf(!hasPerf).each(files)('%s', async (path) => {
    const profile = await readPerfDataFile(join(folder, path));
    expect(profileViolations(profile)).toEqual([]);
    expect(profile.samples.length + profile.probeHits.length).toBeGreaterThan(0);
    const printed = printedByPerf(join(folder, path), buildIds);
    if (printed === null) return;
    compared++;
    const ours = samplesByEvent(profile)
      .filter(({ count }) => count > 0)
      .map(({ event, count, periodSum }): Totals[number] => [event, count, periodSum]);
    expect(sorted(ours)).toEqual(sorted(printed));
  });

  // perf 6.1 reads 18 of 26, other versions some less or more.
  it.skipIf(!hasPerf)('most files were compared', () => expect(compared).toBeGreaterThan(files.length / 2));
});
