/** The Prefill / Decode table of the Overview, computed from the run. */
import type { RunAnalysis } from '../../analysis/analyseRun.ts';
import { quantity, unknown, type Quantity } from '../../analysis/quantity.ts';
import { metricOfStage } from '../../analysis/selectionMetrics.ts';
import { callDurations, endNote, endStatus } from '../../analysis/stageMetricsEnds.ts';
import { reportQuantity } from '../round.ts';
import type { Report, ReportFunction } from '../schema.ts';
import { counterPerToken, stageSize } from './counters.ts';

type ComparedStage = 'prefill' | 'decode';
type Row = Report['comparison'][number];

/** Counters that the table shows per token, by mnemonic, in order. */
const TOLD_COUNTERS = [
  { mnemonic: 'INST_RETIRED', id: 'instructions-per-token', label: 'Instructions per token' },
  { mnemonic: 'CPU_CYCLES', id: 'cycles-per-token', label: 'Cycles per token' },
] as const;

/** Metrics of the library that the table shows; their formula and limits stand in their working. */
const TOLD_METRICS = [
  { metric: 'ipc', id: 'ipc', label: 'Instructions per cycle', help: 'How much work a cycle does.' },
  {
    metric: 'refill-bytes-per-call',
    id: 'l3-refills-per-call',
    label: 'L3 refills per call',
    help: 'Bytes that the last cache of the cluster took in, per llama_decode call. Weights are read once per micro-batch and shared by its tokens.',
  },
  {
    metric: 'refill-bytes-per-token',
    id: 'l3-refills-per-token',
    label: 'L3 refills per token',
    help: 'The same bytes divided by the tokens that shared them.',
  },
  {
    metric: 'refills-per-1000-instructions',
    id: 'l3-refills-per-1000-instructions',
    label: 'L3 refills per 1,000 instructions',
    help: 'Cache lines taken in for the work done.',
  },
  {
    metric: 'memory-stall-share',
    id: 'memory-stalls',
    label: 'Backend stalls on memory',
    help: 'The share of backend stalls that waits for data beyond the core’s last cache.',
  },
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
        counterPerToken(analysis, mnemonic, stage),
      ),
    ),
    ...TOLD_METRICS.map(({ metric, id, label, help }) =>
      both(id, label, help, (stage) => metricOfStage(analysis.metrics, metric, stage)),
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
  const interval = best.intervals?.[stage].self ?? null;
  return quantity(
    (100 * best.self[stage]) / samples,
    '%',
    'sampled',
    {
      formula: 'self samples of the function ÷ samples of the stage',
      inputs: [
        { name: 'self samples', value: best.self[stage], unit: 'samples' },
        { name: 'samples of the stage', value: samples, unit: 'samples' },
      ],
      samples,
      note: analysis.tokenBlocks[stage].reason,
    },
    interval && [100 * interval[0], 100 * interval[1]],
  );
}
