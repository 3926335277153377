import { describe, expect, it } from 'vitest';
import {
  COMPUTING_STAGES,
  imbalanceOf,
  mainThread,
  stageThreads,
  threadActivity,
  threadUse,
  workersOf,
} from '../../src/analysis/threadUse.ts';
import { tokenBlocks } from '../../src/analysis/tokenBlocks.ts';
import { profileViolations } from '../../src/profile/integrity.ts';
import { threadedRun, type ThreadedRun } from '../support/threadedRun.ts';

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
    expect(decode.work.map(({ busy, sync, ofWork, waiting }) => [busy, sync, ofWork, waiting])).toEqual([
      [8, 0, { value: 8 / 11, interval: null }, { value: 0, interval: null }],
      [3, 5, { value: 3 / 11, interval: null }, { value: 5 / 8, interval: null }],
    ]);
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
    const { syncShare, imbalance, work } = stageThreads(many, tokenBlocks(many.timeline, 'decode'));
    expect(syncShare.value).toBeCloseTo(25, 10);
    // A call waits 12.5 % to 37.5 % of its samples: the mean of ten lies well inside.
    expect(syncShare.interval![0]).toBeGreaterThan(18);
    expect(syncShare.interval![0]).toBeLessThan(25);
    expect(syncShare.interval![1]).toBeGreaterThan(25);
    expect(syncShare.interval![1]).toBeLessThan(32);
    expect(imbalance.value).toBeCloseTo(100 * (40 / 30 - 1), 10);
    expect(work[1].waiting.value).toBe(0.5);
    expect(work[1].waiting.interval![0]).toBeLessThan(0.5);
    expect(work[1].waiting.interval![1]).toBeGreaterThan(0.5);
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

describe('threadUse', () => {
  const used = (drawn: ThreadedRun) => {
    const input = threadedRun(drawn);
    expect(profileViolations(input.profile)).toEqual([]);
    const blocks = COMPUTING_STAGES.map((stage) => tokenBlocks(input.timeline, stage));
    return threadUse(input, blocks, { startNs: 0, endNs: 20e6 });
  };

  it('says on which CPUs a thread was, and how often it moved', () => {
    const use = used({
      threads: { 100: 'GGGGVVVV', 101: 'GGGGVVVV' },
      cpus: { 100: '00112222', 101: '33333333' },
      stages: 'PpppDddd',
    });
    expect(use.migrationsFrom).toBe('samples');
    const [main, worker] = use.threads;
    // Stage groups: load, prefill, decode, other.
    expect(main.migrations).toEqual([0, 1, 1, 0]);
    expect(worker.migrations).toEqual([0, 0, 0, 0]);
    expect([...main.samplesByCpu]).toEqual([
      [0, [0, 2, 0, 0]],
      [1, [0, 2, 0, 0]],
      [2, [0, 0, 4, 0]],
    ]);
    expect(use.cores.map(({ cpu, samples, threads }) => [cpu, samples, threads])).toEqual([
      [0, [0, 2, 0, 0], 1],
      [1, [0, 2, 0, 0], 1],
      [2, [0, 0, 4, 0], 1],
      [3, [0, 4, 4, 0], 1],
    ]);
    // Sampled every millisecond: all of the time.
    expect(main.runningShare[1].value).toBe(100);
    expect(main.runningShare[1].status).toBe('sampled');
  });

  it('knows no cores and no moves where samples carry no CPU', () => {
    const use = used({ threads: { 100: 'GGVV' }, cpus: { 100: '----' }, stages: 'PpDd' });
    expect(use.cores).toEqual([]);
    expect(use.migrationsFrom).toBeNull();
    expect(use.threads[0].migrations).toBeNull();
  });

  it('takes running time and moves from context switches where they are', () => {
    const use = used({
      threads: { 100: 'GGGGVVVV' },
      stages: 'PpppDddd',
      prepare: (builder) => {
        const thread = builder.thread(100, 100);
        // Ran since the start; out 1–2 ms; then on CPU 1 to the end of the capture.
        builder.addSwitch(1e6, thread, 0, 'out');
        builder.addSwitch(2e6, thread, 0, 'in');
        builder.addSwitch(5e6, thread, 0, 'preempted');
        builder.addSwitch(6e6, thread, 1, 'in');
      },
    });
    const [main] = use.threads;
    expect(use.migrationsFrom).toBe('switches');
    expect(main.migrations).toEqual([0, 0, 1, 0]);
    // Prefill 0–4 ms: all but one. Decode 4–8 ms: all but one.
    expect(main.runningShare[1].value).toBe(75);
    expect(main.runningShare[2].value).toBe(75);
    expect(main.runningShare[2].status).toBe('counted');
  });

  it('ends the time of a thread that was never switched out when another comes onto its CPU', () => {
    const use = used({
      threads: { 100: 'GGGGVVVV', 101: 'G.......' },
      stages: 'PpppDddd',
      prepare: (builder) => {
        builder.addSwitch(0, builder.thread(100, 101), 1, 'in');
        builder.addSwitch(1e6, builder.thread(100, 100), 1, 'in');
      },
    });
    expect(use.threads.map((row) => row.runningShare[1].value)).toEqual([75, 25]);
    expect(use.threads.map((row) => row.runningShare[2].value)).toEqual([100, 0]);
  });

  it('counts events and frequencies by CPU and stage', () => {
    const use = used({
      threads: { 100: 'GGGGVVVV', 101: 'GGGGVVVV' },
      cpus: { 100: '00000000', 101: '44444444' },
      stages: 'PpppDddd',
      prepare: (builder) => {
        builder.target.cpus.push({ cpu: 4, name: 'Cortex-A76', midr: null });
        const counter = (name: string, unit: string, kind: 'delta' | 'absolute'): number =>
          builder.counters.push({
            name,
            code: null,
            mnemonic: null,
            unit,
            kind,
            multiplier: 1,
            status: 'counted',
            pmu: null,
            runningShare: null,
            unavailable: null,
            excludesKernel: false,
          }) - 1;
        const thread = builder.thread(100, 100);
        const cycles = builder.addReadings([counter('cycles', 'cycles', 'delta')]);
        cycles.push(0, 4e6, thread, 0, -1, [1000]);
        // Half of it in prefill, half in decode.
        cycles.push(3e6, 5e6, thread, 4, -1, [600]);
        const frequency = builder.addReadings([counter('cpu4-mhz', '', 'absolute')]);
        frequency.push(0, 0, -1, -1, -1, [2400]);
        frequency.push(6e6, 6e6, -1, -1, -1, [1200]);
      },
    });
    const [little, big] = use.cores;
    expect(big.name).toBe('Cortex-A76');
    expect([...little.counters.get(0)!]).toEqual([0, 1000, 0, 0]);
    expect([...big.counters.get(0)!]).toEqual([0, 300, 300, 0]);
    expect(big.frequencyHz[1]).toEqual({ mean: 2.4e9, least: 2.4e9, most: 2.4e9 });
    // Decode runs from 4 ms; the last sample is at 7.5 ms: 2 ms at 2.4 GHz, 1.5 ms at 1.2 GHz.
    expect(big.frequencyHz[2]!.mean).toBeCloseTo((2.4e9 * 2 + 1.2e9 * 1.5) / 3.5, 0);
    expect(big.frequencyHz[2]).toMatchObject({ least: 1.2e9, most: 2.4e9 });
    expect(little.frequencyHz).toEqual([null, null, null, null]);
  });

  it('notices more computing threads than CPUs', () => {
    const crowded: ThreadedRun = {
      threads: { 100: 'GG', 101: 'GG', 102: 'GG' },
      stages: 'Pp',
      prepare: (builder) => (builder.target.cpuCount = 2),
    };
    expect(used(crowded).overcommitted).toEqual({ threads: 3, cpus: 2 });
    expect(
      used({ ...crowded, prepare: (builder) => (builder.target.cpuCount = 4) }).overcommitted,
    ).toBeNull();
    expect(used({ ...crowded, prepare: () => {} }).overcommitted).toBeNull();
  });
});
