/** Runs with a baseline: what their reports say of it, and when they are made again. */
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { baselineOf } from '../../scripts/build/baseline.ts';
import { compareWithBaseline } from '../../scripts/build/baselineComparison.ts';
import type { RunFolder } from '../../scripts/build/captures.ts';
import { reportOfRun } from '../../scripts/build/reports.ts';
import { reportSchema } from '../../src/report/schema.ts';
import { scratchFolder } from '../support/scratch.ts';
import { shippedRun } from '../support/shippedRuns.ts';

const SOURCE = 'captures/sim-tiny-t1';

/** Two copies of a small run, `after` with `before` as its baseline. */
async function twoRuns(folder: string): Promise<RunFolder[]> {
  const runs = ['after', 'before'].map((id) => ({ id, path: join(folder, 'captures', id), shown: id }));
  for (const run of runs) await cp(SOURCE, run.path, { recursive: true });
  await edit(runs[0], (text) => `${text}\nbaseline: before\n`);
  return runs;
}

async function edit({ path }: RunFolder, change: (text: string) => string): Promise<void> {
  const file = join(path, 'run.yaml');
  await writeFile(file, change(await readFile(file, 'utf8')));
}

describe('a run with a baseline', () => {
  it('is compared with it, and again when the baseline changes', async () => {
    const folder = scratchFolder();
    const runs = await twoRuns(folder);
    const [after, before] = runs;
    const make = (run: RunFolder) => reportOfRun(run, runs, join(folder, 'cache'), 'program');

    const made = await make(after);
    const text = await readFile(join(made.folder, 'report.json'), 'utf8');
    const report = reportSchema.parse(JSON.parse(text));
    // The same run on both sides: nothing was set differently, nothing costs more, and the traffic is the same.
    expect(report.baseline).toMatchObject({ id: 'before', reason: null });
    expect(report.baseline?.findings.map(({ id }) => id)).toEqual([
      'compare-settings',
      'compare-traffic-decode',
      'compare-traffic-prefill',
    ]);
    expect((await make(after)).isNew).toBe(false);

    await edit(before, (yaml) => `${yaml}\nredact: [L3D_CACHE_REFILL]\n`);
    const again = await make(after);
    expect(again.isNew).toBe(true);
    // What the baseline keeps back stays out of what is said of it.
    expect(await readFile(join(again.folder, 'report.json'), 'utf8')).not.toContain('L3D_CACHE_REFILL');
  }, 300_000);

  it('says why it is not compared with a run that is not there, or with itself', async () => {
    const run = { id: 'sim-tiny-t1', analysis: await shippedRun('sim-tiny-t1') };
    const reason = async (id: string, path = resolve(SOURCE)): Promise<string | null> =>
      (await compareWithBaseline(run, { id, folder: { id, path, shown: id } })).comparison.reason;
    expect((await compareWithBaseline(run, { id: 'gone', folder: null })).comparison).toMatchObject({
      reason: 'no run of this name lies beside this one',
      findings: [],
    });
    expect(await reason('sim-tiny-t1')).toBe('a run is no baseline of itself');
    expect(await reason('other')).toBeNull();
    expect(await reason('other', resolve('captures/nowhere'))).toBe('it cannot be read');
  }, 120_000);

  it('is told by run.yaml alone', async () => {
    const runOf = (id: string): RunFolder => ({ id, path: join('captures', id), shown: id });
    const runs = ['sim-qwen05b-t1', 'sim-qwen05b-t1-norepack'].map(runOf);
    expect(await baselineOf(runs[1], runs)).toEqual({ id: 'sim-qwen05b-t1', folder: runs[0] });
    expect(await baselineOf(runs[1], [])).toEqual({ id: 'sim-qwen05b-t1', folder: null });
    expect(await baselineOf(runs[0], runs)).toBeNull();
  });
});
