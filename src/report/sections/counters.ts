/** Counter totals per stage, per call and per token. */
import type { RunAnalysis } from '../../analysis/analyseRun.ts';
import { quantity, unknown, type Quantity } from '../../analysis/quantity.ts';
import { usableCounts } from '../../analysis/usableCounts.ts';
import type { Counter } from '../../profile/types.ts';
import { reportQuantity } from '../round.ts';
import type { ReportCounter } from '../schema.ts';

type ComparedStage = 'prefill' | 'decode';

/** One row per counter that adds up; levels (memory, temperature) are tracks of the timeline only. */
export function countersSection(analysis: RunAnalysis): ReportCounter[] {
  return analysis.profile.counters.flatMap((counter, index): ReportCounter[] => {
    if (counter.kind !== 'delta') return [];
    const stageTotal = (stage: ComparedStage): Quantity => counterOfStage(analysis, index, stage);
    const per = (stage: ComparedStage, unit: 'call' | 'token'): Quantity =>
      perUnit(
        stageTotal(stage),
        stage,
        unit,
        stageSize(analysis, stage)[unit === 'call' ? 'calls' : 'tokens'],
      );
    const row = {
      total: runTotal(analysis, index),
      prefill: stageTotal('prefill'),
      decode: stageTotal('decode'),
      prefillPerCall: per('prefill', 'call'),
      decodePerCall: per('decode', 'call'),
      prefillPerToken: per('prefill', 'token'),
      decodePerToken: per('decode', 'token'),
    };
    return [
      {
        name: counter.name,
        code: counter.code,
        mnemonic: counter.mnemonic,
        unit: counter.unit,
        pmu: counter.pmu,
        ...(Object.fromEntries(
          Object.entries(row).map(([field, value]) => [field, reportQuantity(value)]),
        ) as Record<keyof typeof row, ReportCounter['total']>),
      },
    ];
  });
}

/** Counts of one event per evaluated token of a stage, over all types of core. */
export function counterPerToken(analysis: RunAnalysis, mnemonic: string, stage: ComparedStage): Quantity {
  const { counters } = analysis.profile;
  const rows = [...counters.keys()].filter((index) => counters[index].mnemonic === mnemonic);
  if (rows.length === 0) return unknown('per token', `not counted: ${mnemonic} was not recorded`);
  const { tokens } = stageSize(analysis, stage);
  const each = rows.map((index) => counterOfStage(analysis, index, stage));
  // One type of core may lack what another counts.
  const known = each.find(({ value }) => value !== null) ?? each[0];
  const counted = usableCounts(analysis, stage).get(mnemonic);
  if (counted === undefined || known.value === null) return perUnit(known, stage, 'token', tokens);
  if (counted.value === null) return unknown(`${known.unit}/token`, counted.reason ?? '');
  const notes = new Set(each.flatMap(({ working }) => working?.note ?? []));
  const ofAll = quantity(counted.value, known.unit, counted.status, {
    formula: `sum of ${mnemonic} over the ${stage} calls`,
    runningShare: counted.runningShare,
    note: [...notes].join('; ') || null,
  });
  return perUnit(rows.length === 1 ? known : ofAll, stage, 'token', tokens);
}

/** Calls and evaluated tokens of a stage. */
export function stageSize(analysis: RunAnalysis, stage: ComparedStage): { calls: number; tokens: number } {
  const phases = analysis.timeline.phases.filter((phase) => phase.stage === stage);
  return {
    calls: phases.reduce((sum, phase) => sum + phase.calls, 0),
    tokens: phases.reduce((sum, phase) => sum + phase.tokens, 0),
  };
}

function runTotal(analysis: RunAnalysis, index: number): Quantity {
  const counter = analysis.profile.counters[index];
  const { total } = analysis.counterTotals[index];
  if (total === null)
    return unknown(counter.unit, counter.unavailable ?? 'the capture holds no reading of it');
  return quantity(total * counter.multiplier, counter.unit, counter.status, {
    formula: `sum of all readings of ${counter.name}`,
    runningShare: counter.runningShare,
    note: scopeNote(counter),
  });
}

/** Total of one counter over all phases of a stage. */
export function counterOfStage(analysis: RunAnalysis, index: number, stage: ComparedStage): Quantity {
  const counter = analysis.profile.counters[index];
  const { total, byPhase, splitShare } = analysis.counterTotals[index];
  if (total === null)
    return unknown(counter.unit, counter.unavailable ?? 'the capture holds no reading of it');
  if (byPhase === null) {
    return unknown(counter.unit, analysis.timeline.reason ?? 'the stages of this run are not known');
  }
  const rows = analysis.timeline.phases.flatMap((phase, row) => (phase.stage === stage ? [row] : []));
  if (rows.length === 0) return unknown(counter.unit, `this run has no ${stage}`);
  const value = rows.reduce((sum, row) => sum + byPhase[row], 0) * counter.multiplier;
  const split =
    splitShare > 0.0005
      ? `${(splitShare * 100).toPrecision(2)} % of the total came in readings that cross a stage boundary and were split in proportion to time`
      : null;
  return quantity(value, counter.unit, counter.status, {
    formula: `sum of ${counter.name} over the ${stage} calls, all threads of the process`,
    runningShare: counter.runningShare,
    note: [scopeNote(counter), split].filter(Boolean).join('; ') || null,
  });
}

function scopeNote(counter: Counter): string | null {
  return counter.excludesKernel ? 'counted in user mode only' : null;
}

function perUnit(total: Quantity, stage: ComparedStage, unit: 'call' | 'token', count: number): Quantity {
  if (total.value === null || total.status === null)
    return unknown(`${total.unit}/${unit}`, total.reason ?? '');
  if (count === 0) return unknown(`${total.unit}/${unit}`, `this run has no ${stage} ${unit}`);
  return quantity(total.value / count, `${total.unit}/${unit}`, total.status, {
    formula: `${stage} total ÷ ${stage} ${unit}s`,
    inputs: [
      { name: `${stage} total`, value: total.value, unit: total.unit },
      { name: `${stage} ${unit}s`, value: count, unit: `${unit}s` },
    ],
    runningShare: total.working?.runningShare ?? null,
    note: total.working?.note ?? null,
  });
}
