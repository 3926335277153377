/** Threads and cores as report.json keeps them, the chapter's sentence, and their CSV. */
import type { RunAnalysis } from '../../analysis/analyseRun.ts';
import { formatPlural, formatText } from '../../analysis/format.ts';
import { STAGE_GROUPS } from '../../analysis/stageGroups.ts';
import type { Share, ThreadRow } from '../../analysis/threadUse.ts';
import { toCsv } from '../csv.ts';
import { reportQuantity, significant } from '../round.ts';
import type { ReportThreadUse } from '../schema/threadUse.ts';
import { computingThreads } from '../threadPlaces.ts';

/** What report.json holds; a machine has more cores than that only when it is two. */
const MAXIMUM_THREADS = 64;
const MAXIMUM_CORES = 256;
const MAXIMUM_COUNTERS = 16;

const PREFILL = STAGE_GROUPS.indexOf('prefill');
const DECODE = STAGE_GROUPS.indexOf('decode');

/** Null for a run without samples. */
export function threadUseSection({ profile, threadUse, tokenBlocks }: RunAnalysis): ReportThreadUse | null {
  if (!threadUse || threadUse.threads.length === 0) return null;
  const counters = [...new Set(threadUse.cores.flatMap((core) => [...core.counters.keys()]))]
    .sort((a, b) => a - b)
    .slice(0, MAXIMUM_COUNTERS);
  const cores = threadUse.cores.slice(0, MAXIMUM_CORES);
  const tidOf = (thread: number): number => profile.threads[thread].tid;
  return {
    threads: threadUse.threads.slice(0, MAXIMUM_THREADS).map((row) => {
      const { pid, tid, name } = profile.threads[row.thread];
      return {
        pid,
        tid,
        name,
        isMain: row.isMain,
        stages: byStage(row.stages.map(({ busy, sync, idle }) => ({ busy, sync, idle }))),
        running: {
          prefill: reportQuantity(row.runningShare[PREFILL]),
          decode: reportQuantity(row.runningShare[DECODE]),
        },
        migrations: row.migrations && byStage(row.migrations),
        cpus: [...row.samplesByCpu].map(([cpu, counts]) => ({
          cpu,
          prefill: counts[PREFILL],
          decode: counts[DECODE],
        })),
      };
    }),
    omittedThreads: Math.max(0, threadUse.threads.length - MAXIMUM_THREADS),
    stages: threadUse.stages.map((stage) => ({
      stage: stage.stage,
      samples: stage.samples,
      syncShare: reportQuantity(stage.syncShare),
      imbalance: reportQuantity(stage.imbalance),
      workers: stage.work.map(({ thread, busy, sync, ofWork, waiting }) => ({
        tid: tidOf(thread),
        busy,
        sync,
        ofWork: share(ofWork),
        waiting: share(waiting),
      })),
      noInterval: tokenBlocks[stage.stage].reason,
    })),
    cores: cores.map((core) => {
      const counts = (group: number): (number | null)[] =>
        counters.map((counter) => {
          const value = core.counters.get(counter)?.[group];
          return value === undefined ? null : significant(value * profile.counters[counter].multiplier);
        });
      return {
        cpu: core.cpu,
        name: core.name,
        threads: core.threads,
        samples: byStage(core.samples),
        prefill: counts(PREFILL),
        decode: counts(DECODE),
        frequencyHz: { prefill: core.frequencyHz[PREFILL], decode: core.frequencyHz[DECODE] },
      };
    }),
    omittedCores: threadUse.cores.length - cores.length,
    coreCounters: counters.map((counter) => {
      const { name, mnemonic, unit } = profile.counters[counter];
      return { name, mnemonic, unit };
    }),
    machineCpus: profile.target.cpuCount,
    migrationsFrom: threadUse.migrationsFrom,
    overcommitted: threadUse.overcommitted,
  };
}

function byStage<T>(columns: readonly T[]): Record<(typeof STAGE_GROUPS)[number], T> {
  const [load, prefill, decode, other] = columns;
  return { load, prefill, decode, other };
}

function share({ value, interval }: Share): { value: number | null; interval: [number, number] | null } {
  return {
    value: value === null ? null : significant(value, 6),
    interval: interval && [significant(interval[0], 6), significant(interval[1], 6)],
  };
}

/** CPUs of the threads that compute: those that only write down what happens are seen on CPUs too. */
function cpusInUse(use: ReportThreadUse): number {
  if (use.omittedThreads === 0) return computingThreads(use).cores.length;
  return use.cores.filter(({ samples }) => samples.prefill + samples.decode > 0).length;
}

/** The sentence that opens the chapter. */
export function threadsAnswer(use: ReportThreadUse | null): string {
  if (!use) return 'There are no samples.';
  const most = Math.max(0, ...use.stages.map(({ workers }) => workers.length));
  const cpus = cpusInUse(use);
  const where = use.cores.length === 0 ? ', and samples carry no CPU' : ` on ${formatPlural(cpus, 'CPU')}`;
  if (most === 0) return 'No sample fell into Prefill or Decode.';
  if (most === 1) return `One thread computes${where}: no work is shared, and no thread waits for another.`;
  const crowded = use.overcommitted
    ? `; the machine has ${formatPlural(use.overcommitted.cpus, 'CPU')} for them`
    : '';
  const stages = use.stages
    .filter(({ syncShare }) => syncShare.value !== null)
    .map(({ stage, syncShare, imbalance }) => {
      const title = stage === 'prefill' ? 'Prefill' : 'Decode';
      const uneven =
        imbalance.value === null
          ? ''
          : `, and the busiest thread works ${formatText(imbalance.value, '%')} more than the mean`;
      return `in ${title} they wait for each other in ${formatText(syncShare.value!, '%')} of their samples${uneven}`;
    });
  return `${formatPlural(most, 'thread')} compute${where}${crowded}: ${stages.join('; ') || 'no stage has samples of more than one'}.`;
}

/** One row per thread and stage. */
export function threadsCsv({ profile, threadUse }: RunAnalysis): string {
  const workersOf = new Map(threadUse?.stages.map(({ stage, work }) => [stage as string, work]));
  return toCsv(
    [
      'pid',
      'tid',
      'name',
      'main thread',
      'stage',
      'computes',
      'busy samples',
      'waiting samples',
      'idle samples',
      'share of work',
      'share of work low',
      'share of work high',
      'waiting share',
      'waiting share low',
      'waiting share high',
      'share of time on a CPU %',
      'changes of CPU',
      'samples by CPU',
    ],
    (threadUse?.threads ?? []).flatMap((row) =>
      STAGE_GROUPS.map((stage, group) => {
        const { pid, tid, name } = profile.threads[row.thread];
        const { busy, sync, idle } = row.stages[group];
        const work = workersOf.get(stage)?.find(({ thread }) => thread === row.thread);
        const parts = [work?.ofWork, work?.waiting].flatMap((part) => [
          part?.value ?? null,
          ...(part?.interval ?? [null, null]),
        ]);
        return [
          pid,
          tid,
          name,
          row.isMain,
          stage,
          work !== undefined,
          busy,
          sync,
          idle,
          ...parts.map((value) => (value === null ? null : significant(value, 6))),
          significantOrNull(row.runningShare[group].value),
          row.migrations?.[group] ?? null,
          cpuText(row, group),
        ];
      }),
    ),
  );
}

function significantOrNull(value: number | null): number | null {
  return value === null ? null : significant(value, 6);
}

/** `0: 120, 3: 5`. */
function cpuText({ samplesByCpu }: ThreadRow, group: number): string {
  return [...samplesByCpu]
    .filter(([, counts]) => counts[group] > 0)
    .map(([cpu, counts]) => `${cpu}: ${counts[group]}`)
    .join(', ');
}
