/** What this model could reach on each known machine, at the run's prompt and threads: upper bounds, all modelled. */
import { MACHINES, type Machine } from '../../arm/machines.ts';
import { measuredBandwidth } from '../../arm/measuredPeaks.ts';
import { whatThisModelCouldReach, type StageReach } from '../../llama/rooflineReach.ts';
import type { ModelInfo } from '../../profile/model.ts';
import type { RunMachine } from './peaks.ts';
import type { RooflineSettings } from './settings.ts';

export interface ReachRow {
  machine: Machine;
  /** True for the machine that the run was recorded on. */
  isOwn: boolean;
  prefill: StageReach;
  decode: StageReach;
}

export interface ReachTable {
  promptTokens: number;
  threads: number | null;
  rows: ReachRow[];
  /** Why there are no rows; null when there are. */
  reason: string | null;
}

/** llama-bench's own prompt, for runs that have none. */
const DEFAULT_PROMPT = 512;

/** @param promptTokens tokens of the run's first prompt; null when it has none */
export function reachTable(
  model: ModelInfo | null,
  reason: string | null,
  of: RunMachine,
  settings: RooflineSettings,
  promptTokens: number | null,
): ReachTable {
  const threads = settings.threads.decode;
  const table = { promptTokens: promptTokens ?? DEFAULT_PROMPT, threads, rows: [] };
  if (model === null || reason !== null) return { ...table, reason: reason ?? 'the model is not known' };
  if (threads === null) return { ...table, reason: 'the number of threads is not known' };
  const rows = MACHINES.flatMap((machine): ReachRow[] => {
    const isOwn = machine.id === of.machine?.id && of.noHardware === null;
    const own = isOwn ? measuredBandwidth(of.measured, threads) : null;
    const reach = whatThisModelCouldReach(model, machine, {
      threads,
      promptTokens: table.promptTokens,
      microBatch: settings.microBatch.value,
      cache: settings.cache.value,
      measuredBandwidth: own?.perSecond,
      measuredSource: own?.source,
    });
    return reach.reason === null ? [{ machine, isOwn, prefill: reach.prefill, decode: reach.decode }] : [];
  });
  return { ...table, rows, reason: null };
}
