import { quantity, unknown } from '../../src/analysis/quantity.ts';
import type { ReportThreadUse } from '../../src/report/schema/threadUse.ts';

type Worker = ReportThreadUse['stages'][number]['workers'][number];

function percent(value: number, interval: [number, number] | null = null) {
  return quantity(value, '%', 'sampled', { formula: 'drawn by hand', samples: 400 }, interval);
}

function stage(
  name: 'prefill' | 'decode',
  busy: readonly number[],
  sync: readonly number[],
  hasIntervals: boolean,
): ReportThreadUse['stages'][number] {
  const allBusy = busy.reduce((sum, value) => sum + value, 0);
  const allSync = sync.reduce((sum, value) => sum + value, 0);
  const share = (part: number, whole: number): Worker['ofWork'] => ({
    value: whole === 0 ? null : part / whole,
    interval: hasIntervals && whole > 0 ? [(0.95 * part) / whole, (1.05 * part) / whole] : null,
  });
  return {
    stage: name,
    samples: allBusy + allSync,
    syncShare:
      busy.length > 1
        ? percent((100 * allSync) / (allBusy + allSync))
        : unknown('%', 'one thread: it waits for no other'),
    imbalance:
      busy.length > 1
        ? percent(100 * ((Math.max(...busy) * busy.length) / allBusy - 1))
        : unknown('%', 'one thread: nothing to compare it with'),
    workers: busy.map((count, row) => ({
      tid: 4100 + row,
      busy: count,
      sync: sync[row],
      ofWork: share(count, allBusy),
      waiting: share(sync[row], count + sync[row]),
    })),
    noInterval: hasIntervals ? null : 'one call: its spread is unknown',
  };
}

/** Threads of a run: busy and waiting samples a thread; thread 3 moves from CPU 3 to CPU 7 when Decode begins. */
export function threadUseFixture(
  prefill: { busy: number[]; sync: number[] },
  decode: { busy: number[]; sync: number[] },
): ReportThreadUse {
  const none = { busy: 0, sync: 0, idle: 0 };
  const cpuOf = (row: number, name: 'prefill' | 'decode'): number =>
    name === 'decode' && row === 3 ? 7 : row;
  const threads = prefill.busy.map((busy, row) => ({
    pid: 4100,
    tid: 4100 + row,
    name: 'llama-cli',
    isMain: row === 0,
    stages: {
      load: row === 0 ? { busy: 900, sync: 0, idle: 0 } : none,
      prefill: { busy, sync: prefill.sync[row], idle: 0 },
      decode: { busy: decode.busy[row], sync: decode.sync[row], idle: 0 },
      other: none,
    },
    running: { prefill: percent(99), decode: percent(97.5) },
    migrations: { load: 0, prefill: 0, decode: row === 3 ? 1 : 0, other: 0 },
    cpus: [...new Set([cpuOf(row, 'prefill'), cpuOf(row, 'decode')])].map((cpu) => {
      const on = (name: 'prefill' | 'decode'): number => {
        const samples = { prefill, decode }[name];
        return cpuOf(row, name) === cpu ? samples.busy[row] + samples.sync[row] : 0;
      };
      return { cpu, prefill: on('prefill'), decode: on('decode') };
    }),
  }));
  const cpus = [...new Set(threads.flatMap((thread) => thread.cpus.map(({ cpu }) => cpu)))].sort(
    (a, b) => a - b,
  );
  return {
    threads,
    omittedThreads: 0,
    stages: [
      stage('prefill', prefill.busy, prefill.sync, false),
      stage('decode', decode.busy, decode.sync, true),
    ],
    cores: cpus.map((cpu) => {
      const sum = (name: 'prefill' | 'decode'): number =>
        threads
          .flatMap((thread) => thread.cpus.filter((at) => at.cpu === cpu))
          .reduce((total, at) => total + at[name], 0);
      return {
        cpu,
        name: 'Neoverse-V2',
        threads: 1,
        samples: { load: cpu === 0 ? 900 : 0, prefill: sum('prefill'), decode: sum('decode'), other: 0 },
        prefill: [sum('prefill') * 2.8e6],
        decode: [sum('decode') * 2.8e6],
        frequencyHz: { prefill: { mean: 2.8e9, least: 2.6e9, most: 2.8e9 }, decode: null },
      };
    }),
    omittedCores: 0,
    coreCounters: [{ name: 'cycles', mnemonic: 'CPU_CYCLES', unit: 'cycles' }],
    machineCpus: 96,
    migrationsFrom: 'switches',
    overcommitted: null,
  };
}
