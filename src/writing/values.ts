/**
 * Names of a report's numbers in what people write: `decode.ipc`, `prefill.gemm-share`, `run.ttft`,
 * `decode.share(ggml_vec_dot_q6_K_q8_K)`, `decode.counter(L3D_CACHE_REFILL)`. Names are those of inspect and of report.json;
 * `memStallShare` is read as `mem-stall-share`.
 */
import { familyNames } from '../llama/kernels/families.ts';
import { CATEGORY_ORDER, categoryFacts, classifyKernel } from '../llama/kernels/index.ts';
import { closest } from './closest.ts';
import type { Report, ReportQuantity } from '../report/schema.ts';
import type { ReportVerdict } from '../report/schema/verdicts.ts';

/** A number of the report; shares and percentages are 0…1 in `value`, everything else is in its own unit. */
export interface NumberValue {
  kind: 'number';
  /** Null with a reason when the run does not know it. */
  value: number | null;
  reason: string | null;
  quantity: ReportQuantity;
}

/** A word of the report: the largest function of a stage, a verdict. */
export interface TextValue {
  kind: 'text';
  value: string | null;
  reason: string | null;
}

export type NamedValue = NumberValue | TextValue;

/** A name that no report has: a slip of the pen, with what may have been meant. */
export class UnknownName extends Error {}

/** Other spellings of metrics, as people write them. */
const ALIASES: Record<string, string> = {
  'mem-stall-share': 'memory-stall-share',
  'instructions-per-cycle': 'ipc',
  'l3-mpki': 'refills-per-1000-instructions',
};

const STAGES = ['prefill', 'decode'] as const;
type Stage = (typeof STAGES)[number];

/** Finds the report of another run by its id; null when there is none. */
export type ReportOf = (run: string) => Report | null;

/** A name as people write it, with the run it may belong to: `decode.ipc`, `other-run:decode.ipc`. Source of a pattern. */
export const NAME = String.raw`(?:[a-z0-9][\w-]*:)?[A-Za-z][\w-]*(?:\.[A-Za-z][\w-]*)+`;

/**
 * Looks a name up that may belong to another run.
 *
 * @param name see {@link NAME}
 * @param report the run that names without a run belong to; null where every name must have one
 * @throws UnknownName when there is no such run, or no such name in it
 */
export function valueNamed(
  name: string,
  argument: string | null,
  report: Report | null,
  reportOf: ReportOf,
): NamedValue {
  const [first, second] = name.split(':');
  if (second === undefined) {
    if (report === null) throw new UnknownName(`'${name}' needs a run: write <run>:${name}`);
    return namedValue(report, name, argument);
  }
  const other = reportOf(first);
  if (other === null) throw new UnknownName(`there is no run '${first}'`);
  return namedValue(other, second, argument);
}

/**
 * Looks a name up.
 *
 * @param argument the text in parentheses, for names that take one
 * @throws UnknownName when the name is none of this report's
 */
export function namedValue(report: Report, name: string, argument: string | null = null): NamedValue {
  const [place, ...rest] = name.split('.');
  const key = kebab(rest.join('.'));
  if (key === '' || (place !== 'run' && !STAGES.includes(place as Stage))) {
    throw new UnknownName(`'${name}' is no name of a number: write prefill.…, decode.… or run.…`);
  }
  const known = place === 'run' ? runNames(report) : stageNames(report, place as Stage);
  const make = known.get(ALIASES[key] ?? key) ?? known.get(key);
  if (!make) {
    const meant = closest(key, [...known.keys()]);
    throw new UnknownName(
      `${report.run.id} has no ${place}.${key}${meant ? `; did you mean ${place}.${meant}?` : ''}`,
    );
  }
  if (make.length > 0 && (argument === null || argument.trim() === ''))
    throw new UnknownName(`${name} needs a name in parentheses`);
  if (make.length === 0 && argument !== null) throw new UnknownName(`${name} takes nothing in parentheses`);
  return make(argument?.trim() ?? '');
}

/** All names of a report, for lists and for messages; with `()` where they take one. */
export function valueNames(report: Report): string[] {
  const names = (place: string, known: Names): string[] =>
    [...known].map(([key, make]) => `${place}.${key}${make.length > 0 ? '()' : ''}`);
  return [
    ...STAGES.flatMap((stage) => names(stage, stageNames(report, stage))),
    ...names('run', runNames(report)),
  ];
}

/** Functions without a parameter are plain names, those with one take the text in parentheses. */
type Names = Map<string, ((argument: string) => NamedValue) | (() => NamedValue)>;

function runNames(report: Report): Names {
  const names: Names = new Map();
  for (const { id, quantity } of [...report.headline, ...report.stages.metrics]) {
    names.set(id, () => numberOf(quantity));
  }
  names.set('samples', () => counted(report.samples.count, 'samples'));
  names.set('origin', () => text(report.origin.value, 'the origin of the run is not known'));
  names.set('share', (name) => functionShare(report, 'all', name));
  names.set('total-share', (name) => functionShare(report, 'all', name, 'total'));
  names.set('counter', (name) => counterValue(report, name, 'total'));
  return names;
}

function stageNames(report: Report, stage: Stage): Names {
  const names: Names = new Map();
  for (const row of report.comparison) {
    names.set(row.id, () =>
      row.texts ? text(row.texts[stage], row[stage].reason ?? 'not known') : numberOf(row[stage]),
    );
  }
  for (const group of judgedCore(report, stage)?.groups ?? []) {
    for (const row of group.rows) names.set(row.id, () => numberOf(row[stage]));
  }
  // Metrics that were not recorded have no row: their names are known all the same.
  for (const name of ['ipc', 'memory-stall-share', 'backend-stalled', 'frontend-stalled']) {
    if (!names.has(name)) names.set(name, () => notRecorded(report, stage, name));
  }
  names.set('verdict', () => verdictOf(report.verdicts[stage]));
  names.set('total-share', (name) => functionShare(report, stage, name, 'total'));
  names.set('share', (name) => functionShare(report, stage, name));
  names.set('counter', (name) => counterValue(report, name, stage));
  names.set('counter-per-call', (name) => counterValue(report, name, `${stage}PerCall`));
  names.set('counter-per-token', (name) => counterValue(report, name, `${stage}PerToken`));
  names.set('category', (name) => categoryShare(report, stage, name));
  names.set('family', (name) => coverageShare(report, stage, 'families', name));
  names.set('gemm-share', () => coverageShare(report, stage, 'shapes', 'GEMM'));
  names.set('gemv-share', () => coverageShare(report, stage, 'shapes', 'GEMV'));
  return names;
}

/** Ratios are those of the type of core that the verdict judges: it did most of the stage's work. */
function judgedCore(report: Report, stage: Stage): Report['metrics']['coreTypes'][number] | undefined {
  const { coreTypes } = report.metrics;
  const judged = report.verdicts[stage].core.name;
  return coreTypes.find(({ core }) => core === judged) ?? coreTypes[0];
}

function numberOf(quantity: ReportQuantity): NumberValue {
  const { value, unit, reason } = quantity;
  return {
    kind: 'number',
    value: value === null ? null : unit === '%' ? value / 100 : value,
    reason: value === null ? (reason ?? 'not known') : null,
    quantity,
  };
}

function text(value: string | null, reason: string | null): TextValue {
  return { kind: 'text', value, reason: value === null ? reason : null };
}

function counted(value: number, unit: string): NumberValue {
  return numberOf({ value, unit, status: 'counted', reason: null, working: null, interval: null });
}

function unknownValue(unit: string, reason: string): NumberValue {
  return numberOf({ value: null, unit, status: null, reason, working: null, interval: null });
}

function sampledShare(part: number, whole: number, formula: string): NumberValue {
  return numberOf({
    value: (100 * part) / whole,
    unit: '%',
    status: 'sampled',
    reason: null,
    working: {
      formula,
      inputs: [
        { name: 'samples', value: part, unit: 'samples' },
        { name: 'of', value: whole, unit: 'samples' },
      ],
      samples: whole,
      runningShare: null,
      note: null,
    },
    interval: null,
  });
}

/** A run without a verdict says why in its sentence. */
function verdictOf({ class: verdict, sentence }: ReportVerdict): TextValue {
  return verdict === 'none' || verdict === 'insufficient' ? text(null, sentence) : text(verdict, null);
}

function functionShare(
  report: Report,
  stage: Stage | 'all',
  name: string,
  of: 'self' | 'total' = 'self',
): NumberValue {
  const whole = report.functions.rows.reduce((sum, row) => sum + row.self[stage], 0);
  if (whole === 0) return unknownValue('%', 'no sample fell into it');
  const rows = report.functions.rows.filter((row) => row.name === name || row.rawName === name);
  if (rows.length === 0 && report.functions.omitted > 0) {
    return unknownValue('%', `${name} is not among the functions that the report lists`);
  }
  // No sample in a kernel that there is means 0; a name that nobody knows is a slip of the pen.
  if (rows.length === 0 && categoryFacts(classifyKernel(name).category).group === 'other') {
    const meant = closest(
      name,
      report.functions.rows.map((row) => row.name),
    );
    throw new UnknownName(
      `${report.run.id} has no function '${name}', and no kernel is called so${meant ? `; did you mean ${meant}?` : ''}`,
    );
  }
  const part = rows.reduce((sum, row) => sum + row[of][stage], 0);
  return sampledShare(part, whole, `${of} samples of ${name} ÷ samples of the functions`);
}

type CounterField =
  'total' | 'prefill' | 'decode' | 'prefillPerCall' | 'decodePerCall' | 'prefillPerToken' | 'decodePerToken';

function counterValue(report: Report, name: string, field: CounterField): NumberValue {
  const counter = report.counters.find((row) => row.mnemonic === name || row.name === name);
  return counter ? numberOf(counter[field]) : unknownValue('', `not counted: ${name} was not recorded`);
}

function categoryShare(report: Report, stage: Stage, name: string): NumberValue {
  const known: readonly string[] = CATEGORY_ORDER.flatMap((id) => [id, categoryFacts(id).label]);
  if (!known.includes(name)) throw unknownPart('category', name, CATEGORY_ORDER);
  const categories = report.operators?.categories ?? [];
  const category = categories.find((row) => row.category === name || row.label === name);
  const whole = report.operators?.stageSamples[stage] ?? 0;
  if (whole === 0) return unknownValue('%', `no sample fell into ${stage}`);
  return sampledShare(category?.[stage].samples ?? 0, whole, `samples of ${name} ÷ samples of the stage`);
}

function coverageShare(report: Report, stage: Stage, of: 'families' | 'shapes', name: string): NumberValue {
  const coverage = report.operators?.coverage.find((row) => row.stage === stage);
  if (of === 'families') {
    const known = [...familyNames(), ...(coverage?.families ?? []).map((row) => row.name)];
    if (!known.includes(name)) throw unknownPart('family of kernels', name, known);
  }
  const whole = coverage?.products.samples ?? 0;
  if (!coverage || whole === 0) return unknownValue('%', `${stage} has no samples in matrix products`);
  const part = coverage[of].find((row) => row.name === name)?.samples ?? 0;
  return sampledShare(part, whole, `samples in ${name} ÷ samples in matrix products of weights`);
}

/** A name that is none would be a part of 0 %, which holds by mistake. */
function unknownPart(kind: string, name: string, known: readonly string[]): UnknownName {
  const meant = closest(name, known);
  const hint = meant ? `did you mean ${meant}?` : `there are ${[...new Set(known)].join(', ')}`;
  return new UnknownName(`there is no ${kind} '${name}'; ${hint}`);
}

/** Why a metric has no row: what its group says. */
function notRecorded(report: Report, stage: Stage, name: string): NumberValue {
  const groups = judgedCore(report, stage)?.groups ?? [];
  const group = groups.find(({ id }) => id === (name === 'ipc' ? 'pipeline' : 'stalls'));
  return unknownValue('', group?.missing ?? 'its counters were not recorded');
}

/** `memStallShare` → `mem-stall-share`. */
function kebab(name: string): string {
  return name.replaceAll(/([a-z0-9])([A-Z])/g, '$1-$2').toLowerCase();
}
