/**
 * Findings of one run against another, its baseline: what else differs first, then what was changed, then what it did to
 * work, kernels, traffic and, on hardware, to rates. One run on each side never says "faster": the spread is unknown.
 */
import type { RunAnalysis } from '../analyseRun.ts';
import { byImportance, type Finding } from '../findings/index.ts';
import { enumeration, finding, name, say, value, type Sentence } from '../findings/finding.ts';
import { IMPORTANCE } from '../findings/importance.ts';
import {
  COMPUTE_STAGES,
  countsAreExact,
  findingInput,
  lastLevelOf,
  STAGE_TITLE,
  type ComputeStage,
  type FindingInput,
} from '../findings/input.ts';
import { perToken } from '../findings/work.ts';
import { CACHE_LINE_BYTES } from '../metricDefinitions.ts';
import { timeIsHardwareTime } from '../origin.ts';
import { quantity, type Quantity } from '../quantity.ts';
import type { NumberStatus } from '../../profile/types.ts';
import { compareRuns } from './compareRuns.ts';
import { runSettings } from './runSettings.ts';
import { settingDifferences, type SettingDifference } from './sets.ts';

/** A run with the id that it is known by. */
export interface NamedRun {
  id: string;
  analysis: RunAnalysis;
}

/** Counts within this of each other are called the same, with the difference beside it. */
const SAME_PERCENT = 1;
/** A kernel whose difference is a smaller part of the larger side is not named. */
const KERNEL_PERCENT = 5;
/** Said once, with the first number that has a spread. */
const ONE_RUN = 'one run on each side: the spread is unknown';

interface Sides {
  baseline: FindingInput;
  run: FindingInput;
  ids: [baseline: string, run: string];
}

/** Findings of `run` against `baseline`. Runs of different models only say that they are. */
export function comparisonFindings(baseline: NamedRun, run: NamedRun): Finding[] {
  const differences = settingDifferences(
    runSettings(baseline.id, baseline.analysis),
    runSettings(run.id, run.analysis),
  );
  const sides: Sides = {
    baseline: findingInput(baseline.analysis),
    run: findingInput(run.analysis),
    ids: [baseline.id, run.id],
  };
  if (!differences.isSameModel) {
    return finding(
      facts(sides, 'compare-models', IMPORTANCE.comparisonConfounders, null),
      say`The two runs are of different models, or of models that are not known: nothing of them is compared.`,
    );
  }
  return byImportance([
    ...confounders(sides, differences.confounders),
    ...settings(sides, differences.varies),
    ...COMPUTE_STAGES.flatMap((stage) => [
      ...work(sides, stage),
      ...kernels(sides, stage),
      ...traffic(sides, stage),
      ...rates(sides, stage),
    ]),
  ]);
}

function facts(
  { ids }: Sides,
  id: string,
  importance: number,
  chart: string | null,
  stage?: ComputeStage,
  functions?: string[],
): Pick<Finding, 'id' | 'kind' | 'importance' | 'evidence'> {
  const selection = { runs: ids, ...(stage && { stage }), ...(functions && { functions }) };
  // Decode changes more often than Prefill, and matters to more people.
  const place = stage === 'prefill' ? importance - 0.5 : importance;
  return {
    id,
    kind: 'comparison',
    importance: place,
    evidence: { chart, chapter: functions ? 'functions' : 'prefill-decode', selection },
  };
}

/** `threads (2 instead of 1)`. */
function settingWords({ name: setting, values: [before, after] }: SettingDifference): Sentence {
  const text = `${setting.replaceAll('-', ' ')} (${after ?? 'not known'} instead of ${before ?? 'not known'})`;
  return { text, values: [], names: [text] };
}

function confounders(sides: Sides, rows: readonly SettingDifference[]): Finding[] {
  if (rows.length === 0) return [];
  return finding(
    facts(sides, 'compare-confounders', IMPORTANCE.comparisonConfounders, null),
    say`Besides what was changed on purpose, the runs differ in ${enumeration(rows.map(settingWords))}: any difference below may come from there.`,
  );
}

function settings(sides: Sides, rows: readonly SettingDifference[]): Finding[] {
  const made = facts(sides, 'compare-settings', IMPORTANCE.comparisonSettings, null);
  const [baseline, run] = sides.ids.map(name);
  if (rows.length === 0) {
    return finding(made, say`Nothing that was set differs between ${run} and ${baseline}.`);
  }
  const count = name(rows.length === 1 ? 'one setting' : 'several settings');
  return finding(
    made,
    say`${run} differs from ${baseline} in ${count}: ${enumeration(rows.map(settingWords))}.`,
  );
}

/** Instructions of a token. */
function work(sides: Sides, stage: ComputeStage): Finding[] {
  const amounts = bothSides(sides, (input) =>
    perToken(input.stages[stage], 'INST_RETIRED', 'instructions', 1),
  );
  if (!amounts || !countsAreExact(sides.run) || !countsAreExact(sides.baseline)) return [];
  const change = changeOf(amounts, 'instructions a token');
  if (Math.abs(change.percent) < SAME_PERCENT) return [];
  return finding(
    facts(sides, `compare-instructions-${stage}`, IMPORTANCE.comparisonWork, 'prefill-decode', stage),
    say`A token of ${name(STAGE_TITLE[stage])} executes ${value('run', amounts.run)} instead of ${value('baseline', amounts.baseline)}, ${value('change', change.quantity)} ${name(change.words)} (${name(ONE_RUN)}).`,
  );
}

/** The kernel that takes most more, and the one that takes most less, in what samples weigh. */
function kernels(sides: Sides, stage: ComputeStage): Finding[] {
  const [before, after] = [sides.baseline.run, sides.run.run];
  if (!before.weight || !after.weight) return [];
  const isSameEvent = before.weight.name === after.weight.name;
  // A cost in instructions holds anywhere; in cycles or time it is one of this machine; else only shares compare.
  const isAbsolute = isSameEvent && (after.weight.unit === 'instructions' || areHardware(sides));
  const rows = compareRuns([before], [after], { stage }, 'kernel', isAbsolute ? 'per-token' : 'share');
  const largest = Math.max(0, ...rows.map(({ a, b }) => Math.max(a, b)));
  const isWorthNaming = (difference: number): boolean => 100 * difference >= KERNEL_PERCENT * largest;
  const more = rows.find(({ difference }) => difference > 0 && isWorthNaming(difference));
  const less = rows.find(({ difference }) => difference < 0 && isWorthNaming(-difference));
  if (!more && !less) return [];
  const unit = isAbsolute ? after.weight.unit : '%';
  const amount = (of: number): Quantity =>
    quantity(isAbsolute ? of : 100 * of, unit, 'sampled', {
      formula: isAbsolute
        ? `${after.weight?.name} of the kernel’s samples ÷ tokens of ${STAGE_TITLE[stage]}`
        : `${after.weight?.name} of the kernel’s samples ÷ of all samples of ${STAGE_TITLE[stage]}`,
      note: ONE_RUN,
    });
  const named = [more, less].filter((row) => row !== undefined);
  const parts = named.flatMap(({ key, a, b }): Sentence[] => {
    const part = say`${name(key)} takes ${value(`${key}, run`, amount(b))} instead of ${value(`${key}, baseline`, amount(a))}`;
    return part ? [part] : [];
  });
  const per = name(isAbsolute ? 'For a token of ' : 'Of the samples of ');
  return finding(
    facts(
      sides,
      `compare-kernels-${stage}`,
      IMPORTANCE.comparisonKernel,
      'functions',
      stage,
      named.map(({ key }) => key),
    ),
    say`${per}${name(STAGE_TITLE[stage])}, ${enumeration(parts)}.`,
  );
}

/** What a token brings in from beyond the caches. */
function traffic(sides: Sides, stage: ComputeStage): Finding[] {
  const event = lastLevelOf(sides.run)?.mnemonic ?? null;
  if (event === null || event !== lastLevelOf(sides.baseline)?.mnemonic) return [];
  if (!countsAreExact(sides.run) || !countsAreExact(sides.baseline)) return [];
  const amounts = bothSides(sides, (input) => perToken(input.stages[stage], event, 'B', CACHE_LINE_BYTES));
  if (!amounts) return [];
  const change = changeOf(amounts, `${event} a token`);
  const [run, baseline] = [value('run', amounts.run), value('baseline', amounts.baseline)];
  const apart = value('change', change.quantity);
  const made = facts(
    sides,
    `compare-traffic-${stage}`,
    IMPORTANCE.comparisonTraffic,
    'prefill-decode',
    stage,
  );
  const title = name(STAGE_TITLE[stage]);
  return finding(
    made,
    Math.abs(change.percent) < SAME_PERCENT
      ? say`The traffic of a token of ${title} is the same: ${run} and ${baseline} by ${name(event)}, ${apart} apart.`
      : say`A token of ${title} brings in ${run} instead of ${baseline} by ${name(event)}, ${apart} ${name(change.words)} (${name(ONE_RUN)}).`,
  );
}

/** Times and cycles of two runs compare only where both are those of hardware. */
function areHardware({ run, baseline }: Sides): boolean {
  return [run, baseline].every((side) => timeIsHardwareTime(side.run.profile));
}

/** Rates are speeds on hardware only. */
function rates(sides: Sides, stage: ComputeStage): Finding[] {
  const amounts = bothSides(
    sides,
    ({ run }) => run.stageMetrics.find(({ id }) => id === `${stage}-rate`)?.quantity ?? null,
  );
  if (!areHardware(sides) || !amounts) return [];
  const change = changeOf(amounts, 'rate');
  return finding(
    facts(sides, `compare-rate-${stage}`, IMPORTANCE.comparisonWork, null, stage),
    say`${name(STAGE_TITLE[stage])} was measured at ${value('run', amounts.run)} and, in the baseline, at ${value('baseline', amounts.baseline)}: ${value('change', change.quantity)} apart (${name(ONE_RUN)}).`,
  );
}

interface Amounts {
  baseline: Quantity;
  run: Quantity;
}

/** The same of both sides; null when one is not known. */
function bothSides(sides: Sides, of: (input: FindingInput) => Quantity | null): Amounts | null {
  const [baseline, run] = [of(sides.baseline), of(sides.run)];
  return baseline?.value && run && run.value !== null ? { baseline, run } : null;
}

const STRENGTH: readonly NumberStatus[] = ['counted', 'sampled', 'modelled', 'estimated'];

/** The difference relative to the baseline, without its sign, and the word that says it. */
function changeOf(
  { baseline, run }: Amounts,
  of: string,
): { percent: number; quantity: Quantity; words: string } {
  const percent = 100 * ((run.value ?? 0) / (baseline.value ?? 1) - 1);
  const statuses = [baseline, run].map(({ status }) => STRENGTH.indexOf(status ?? 'counted'));
  return {
    percent,
    words: percent >= 0 ? 'more' : 'less',
    quantity: quantity(Math.abs(percent), '%', STRENGTH[Math.max(...statuses)], {
      formula: `|${of} of the run ÷ of the baseline − 1|`,
      inputs: [
        { name: 'run', value: run.value, unit: run.unit },
        { name: 'baseline', value: baseline.value, unit: baseline.unit },
      ],
      note: ONE_RUN,
    }),
  };
}
