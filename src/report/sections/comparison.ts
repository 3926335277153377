/** The Prefill / Decode table of the Overview, computed from the run. */
import type { RunAnalysis } from '../../analysis/analyseRun.ts';
import { quantity, unknown, type Quantity } from '../../analysis/quantity.ts';
import { callDurations, endNote, endStatus } from '../../analysis/stageMetricsEnds.ts';
import { reportQuantity } from '../round.ts';
import type { Report, ReportFunction } from '../schema.ts';
import { counterOfStage, stageSize } from './counters.ts';

type ComparedStage = 'prefill' | 'decode';
type Row = Report['comparison'][number];

/** Events whose stage totals and ratios the table shows, by mnemonic, in order. */
const TOLD_COUNTERS = [
  { mnemonic: 'INST_RETIRED', id: 'instructions-per-token', label: 'Instructions per token' },
  { mnemonic: 'CPU_CYCLES', id: 'cycles-per-token', label: 'Cycles per token' },
  { mnemonic: 'L3D_CACHE_REFILL', id: 'l3-refills-per-token', label: 'L3 refills per token' },
] as const;

/** @param functions the complete functions table, for the main kernel of each stage */
export function comparisonSection(analysis: RunAnalysis, functions: readonly ReportFunction[]): Row[] {
  const both = (
    id: string,
    label: string,
    help: string,
    make: (stage: ComparedStage) => Quantity,
    texts?: Row['texts'],
  ): Row => ({
    id,
    label,
    help,
    prefill: reportQuantity(make('prefill')),
    decode: reportQuantity(make('decode')),
    ...(texts ? { texts } : {}),
  });
  return [
    both('duration', 'Time in calls', 'Sum of the durations of the llama_decode calls.', (stage) =>
      stageDuration(analysis, stage),
    ),
    both('tokens', 'Tokens evaluated', 'Tokens given to llama_decode.', (stage) =>
      sizeQuantity(analysis, stage, 'tokens'),
    ),
    both('calls', 'Calls', 'Calls of llama_decode.', (stage) => sizeQuantity(analysis, stage, 'calls')),
    both('time-per-token', 'Time per token', 'Time in calls divided by tokens evaluated.', (stage) =>
      timePerToken(analysis, stage),
    ),
    both(
      'main-kernel',
      'Largest function',
      'The function that holds most samples of the stage by itself.',
      (stage) => unknown('', noKernelReason(analysis, stage)),
      { prefill: mainKernel(functions, 'prefill'), decode: mainKernel(functions, 'decode') },
    ),
    both(
      'main-kernel-share',
      'Its share of samples',
      'Self samples of the largest function, of all samples of the stage.',
      (stage) => mainKernelShare(analysis, functions, stage),
    ),
    ...TOLD_COUNTERS.map(({ mnemonic, id, label }) =>
      both(id, label, `${mnemonic} of the stage divided by its tokens.`, (stage) =>
        counterPerToken(analysis, stage, mnemonic),
      ),
    ),
    both(
      'memory-stalls',
      'Backend stalls on memory',
      'STALL_BACKEND_MEM ÷ STALL_BACKEND: the share of backend stalls that waits for data beyond the core’s last cache.',
      (stage) => memoryStallShare(analysis, stage),
    ),
  ];
}

function stageDuration(analysis: RunAnalysis, stage: ComparedStage): Quantity {
  const { timeline } = analysis;
  if (timeline.source === null)
    return unknown('s', timeline.reason ?? 'the stages of this run are not known');
  const tokens = timeline.tokens.filter((token) => token.stage === stage);
  if (tokens.length === 0) return unknown('s', `this run has no ${stage}`);
  const durationsNs = callDurations(timeline);
  const seconds = tokens.reduce((sum, token) => sum + durationsNs[token.index], 0) / 1e9;
  return quantity(seconds, 's', endStatus(timeline, tokens), {
    formula: 'sum of (end − start) over the calls of the stage',
    inputs: [{ name: 'calls', value: tokens.length, unit: 'calls' }],
    note: endNote(timeline, tokens),
  });
}

function sizeQuantity(analysis: RunAnalysis, stage: ComparedStage, of: 'calls' | 'tokens'): Quantity {
  const { timeline } = analysis;
  if (timeline.source === null) return unknown(of, timeline.reason ?? 'the stages of this run are not known');
  return quantity(stageSize(analysis, stage)[of], of, 'counted', {
    formula: of === 'calls' ? 'number of llama_decode calls' : 'sum of n_eval over the calls',
  });
}

function timePerToken(analysis: RunAnalysis, stage: ComparedStage): Quantity {
  const duration = stageDuration(analysis, stage);
  const { tokens } = stageSize(analysis, stage);
  if (duration.value === null || duration.status === null || tokens === 0) {
    return unknown('s/token', duration.reason ?? `this run has no ${stage}`);
  }
  return quantity(duration.value / tokens, 's/token', duration.status, {
    formula: 'time in calls ÷ tokens evaluated',
    inputs: [
      { name: 'time in calls', value: duration.value, unit: 's' },
      { name: 'tokens', value: tokens, unit: 'tokens' },
    ],
    note: duration.working?.note ?? null,
  });
}

function largest(functions: readonly ReportFunction[], stage: ComparedStage): ReportFunction | null {
  let best: ReportFunction | null = null;
  for (const row of functions) if (row.self[stage] > (best?.self[stage] ?? 0)) best = row;
  return best;
}

function mainKernel(functions: readonly ReportFunction[], stage: ComparedStage): string | null {
  return largest(functions, stage)?.name ?? null;
}

function noKernelReason(analysis: RunAnalysis, stage: ComparedStage): string {
  return analysis.timeline.source === null
    ? (analysis.timeline.reason ?? 'the stages of this run are not known')
    : `no sample fell into ${stage}`;
}

function mainKernelShare(
  analysis: RunAnalysis,
  functions: readonly ReportFunction[],
  stage: ComparedStage,
): Quantity {
  const best = largest(functions, stage);
  const samples = functions.reduce((sum, row) => sum + row.self[stage], 0);
  if (!best || samples === 0) return unknown('%', noKernelReason(analysis, stage));
  return quantity((100 * best.self[stage]) / samples, '%', 'sampled', {
    formula: 'self samples of the function ÷ samples of the stage',
    inputs: [
      { name: 'self samples', value: best.self[stage], unit: 'samples' },
      { name: 'samples of the stage', value: samples, unit: 'samples' },
    ],
    samples,
  });
}

function counterIndex(analysis: RunAnalysis, mnemonic: string): number {
  return analysis.profile.counters.findIndex((counter) => counter.mnemonic === mnemonic);
}

function counterPerToken(analysis: RunAnalysis, stage: ComparedStage, mnemonic: string): Quantity {
  const index = counterIndex(analysis, mnemonic);
  if (index < 0) return unknown('per token', `not counted: ${mnemonic} was not recorded`);
  const total = counterOfStage(analysis, index, stage);
  const { tokens } = stageSize(analysis, stage);
  if (total.value === null || total.status === null || tokens === 0) {
    return unknown('per token', total.reason ?? `this run has no ${stage} tokens`);
  }
  return quantity(total.value / tokens, 'per token', total.status, {
    formula: `${mnemonic} of the stage ÷ tokens of the stage`,
    inputs: [
      { name: mnemonic, value: total.value, unit: total.unit },
      { name: 'tokens', value: tokens, unit: 'tokens' },
    ],
    runningShare: total.working?.runningShare ?? null,
    note: total.working?.note ?? null,
  });
}

function memoryStallShare(analysis: RunAnalysis, stage: ComparedStage): Quantity {
  const stalls = counterIndex(analysis, 'STALL_BACKEND');
  const memory = counterIndex(analysis, 'STALL_BACKEND_MEM');
  const missing = [stalls < 0 ? 'STALL_BACKEND' : null, memory < 0 ? 'STALL_BACKEND_MEM' : null].filter(
    Boolean,
  );
  if (missing.length > 0) return unknown('%', `not counted: ${missing.join(' and ')} not recorded`);
  const all = counterOfStage(analysis, stalls, stage);
  const ofMemory = counterOfStage(analysis, memory, stage);
  if (all.value === null || ofMemory.value === null || all.status === null) {
    return unknown('%', all.reason ?? ofMemory.reason ?? 'not counted');
  }
  if (all.value === 0) return unknown('%', 'no backend stall was counted in this stage');
  return quantity(Math.min(100, (100 * ofMemory.value) / all.value), '%', all.status, {
    formula: 'STALL_BACKEND_MEM ÷ STALL_BACKEND, at most 100 %',
    inputs: [
      { name: 'STALL_BACKEND_MEM', value: ofMemory.value, unit: ofMemory.unit },
      { name: 'STALL_BACKEND', value: all.value, unit: all.unit },
    ],
    runningShare: all.working?.runningShare ?? null,
    note: 'sees demand misses beyond the core’s L2 only: a low share does not exclude L2 latency, TLB or stores',
  });
}
