import { describe, expect, it } from 'vitest';
import {
  imbalanceOf,
  mainThread,
  stageThreads,
  threadActivity,
  workersOf,
} from '../../src/analysis/threadUse.ts';
import { tokenBlocks } from '../../src/analysis/tokenBlocks.ts';
import { profileViolations } from '../../src/profile/integrity.ts';
import { threadedRun } from '../support/threadedRun.ts';

/** Two computing threads, a logger that only ever waits for a lock, and a thread of the recorder. */
const run = threadedRun({
  threads: {
    100: 'XGGGGGGGGLVVVVVVVV',
    101: '.GGGGGGBBBVVBBVBBA',
    102: '...L.........L....',
    103: 'X..X..............',
  },
  stages: ' PppppppppDdddDddd',
});

describe('threadActivity', () => {
  it('tells working from waiting, stage by stage, the main thread first', () => {
    expect(profileViolations(run.profile)).toEqual([]);
    const rows = threadActivity(run);
    const text = rows.map(({ thread, isMain, stages }) => [
      run.profile.threads[thread].tid,
      isMain,
      stages.map(({ busy, sync, idle }) => `${busy}/${sync}/${idle}`).join(' '),
    ]);
    // Stage groups: load, prefill, decode, other. The main thread's wait for a condition is idling, the worker's is not.
    expect(text).toEqual([
      [100, true, '0/0/0 8/0/1 8/0/0 1/0/0'],
      [101, false, '0/0/0 6/3/0 3/5/0 0/0/0'],
      [102, false, '0/0/0 0/1/0 0/1/0 0/0/0'],
      [103, false, '0/0/0 1/0/0 0/0/0 1/0/0'],
    ]);
  });

  it('takes the thread of most calls as the main one, else the thread whose id is the process id', () => {
    expect(run.profile.threads[mainThread(run)!].tid).toBe(100);
    const without = { ...run, timeline: { ...run.timeline, calls: [] } };
    expect(run.profile.threads[mainThread(without)!].tid).toBe(100);
    expect(mainThread({ ...run, timeline: { ...run.timeline, calls: [], pid: 7 } })).toBeNull();
  });
});

describe('workersOf', () => {
  it('leaves out threads of the process that compute nothing', () => {
    const tids = workersOf(run, 'prefill').map((row) => run.profile.threads[row].tid);
    expect(tids).toEqual([100, 101]);
  });

  it('takes all threads with samples where no kernel has a name', () => {
    const unnamed = threadedRun({ threads: { 100: 'XXX', 101: 'X.X' }, stages: 'Ppp' });
    expect(workersOf(unnamed, 'prefill')).toHaveLength(2);
  });
});

describe('stageThreads', () => {
  it('gives the share of waiting and the imbalance of a stage', () => {
    const decode = stageThreads(run, tokenBlocks(run.timeline, 'decode'));
    // 8 + 3 busy samples, 5 waiting ones.
    expect(decode.samples).toBe(16);
    expect(decode.syncShare.value).toBeCloseTo((100 * 5) / 16, 10);
    // Busiest 8, mean 5.5.
    expect(decode.imbalance.value).toBeCloseTo(100 * (8 / 5.5 - 1), 10);
    expect(decode.syncShare.interval).toBeNull();
    expect(decode.syncShare.working?.note).toMatch(/^2 calls/);
    const prefill = stageThreads(run, tokenBlocks(run.timeline, 'prefill'));
    // The main thread's own idling is in neither part: 3 of 8 + 9.
    expect(prefill.syncShare.value).toBeCloseTo((100 * 3) / 17, 10);
    expect(prefill.imbalance.working?.note).toMatch(/one call/);
  });

  it('has intervals over calls that hold the value', () => {
    // Calls of four milliseconds; the worker waits for one to three of them.
    const waits = [1, 2, 3, 2, 1, 2, 3, 2, 2, 2];
    const many = threadedRun({
      threads: {
        100: 'V'.repeat(40),
        101: waits.map((count) => 'V'.repeat(4 - count) + 'B'.repeat(count)).join(''),
      },
      stages: 'Dddd'.repeat(10),
    });
    const { syncShare, imbalance } = stageThreads(many, tokenBlocks(many.timeline, 'decode'));
    expect(syncShare.value).toBeCloseTo(25, 10);
    // A call waits 12.5 % to 37.5 % of its samples: the mean of ten lies well inside.
    expect(syncShare.interval![0]).toBeGreaterThan(18);
    expect(syncShare.interval![0]).toBeLessThan(25);
    expect(syncShare.interval![1]).toBeGreaterThan(25);
    expect(syncShare.interval![1]).toBeLessThan(32);
    expect(imbalance.value).toBeCloseTo(100 * (40 / 30 - 1), 10);
    expect(imbalance.interval![0]).toBeLessThan(imbalance.value!);
    expect(imbalance.interval![1]).toBeGreaterThan(imbalance.value!);
  });

  it('compares nothing with one thread', () => {
    const alone = threadedRun({ threads: { 100: 'VVVV' }, stages: 'DDDD' });
    const decode = stageThreads(alone, tokenBlocks(alone.timeline, 'decode'));
    expect(decode.syncShare.reason).toMatch(/one thread/);
    expect(decode.imbalance.reason).toMatch(/one thread/);
    expect(stageThreads(alone, tokenBlocks(alone.timeline, 'prefill')).syncShare.reason).toBe(
      'no sample fell into prefill',
    );
  });
});

describe('imbalanceOf', () => {
  it('is 0 where all do the same, and n − 1 where one does everything', () => {
    expect(imbalanceOf([5, 5, 5])).toBe(0);
    expect(imbalanceOf([9, 0, 0])).toBe(2);
  });
});
