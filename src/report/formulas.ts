/** Every formula that a report uses, found in the report itself: none can be forgotten. */
import type { Report } from './schema.ts';

export interface FormulaRow {
  /** What is computed with it: the label that stands beside the first number made by it. */
  measure: string;
  formula: string;
  /** Name in Arm's telemetry JSON; null for a measure without one. */
  official: string | null;
}

export interface FormulaPart {
  id: string;
  title: string;
  rows: FormulaRow[];
}

/** Parts of the report in the order of the chapters, and the fields that belong to each. */
const PARTS: readonly { id: string; title: string; fields: readonly (keyof Report)[] }[] = [
  { id: 'times', title: 'Times and rates', fields: ['headline', 'stages', 'figures'] },
  { id: 'comparison', title: 'Prefill beside Decode', fields: ['comparison'] },
  { id: 'metrics', title: 'Metrics of events', fields: ['metrics'] },
  { id: 'operators', title: 'Operators', fields: ['operators'] },
  { id: 'roofline', title: 'Bytes and operations of the model', fields: ['roofline'] },
  { id: 'threads', title: 'Threads and cores', fields: ['threadUse'] },
  { id: 'findings', title: 'Findings', fields: ['findings'] },
  { id: 'log', title: 'Checks against llama.cpp’s log', fields: ['logChecks'] },
];

/** Totals of counters have formulas that differ in the counter's name only. */
const COUNTER_ROWS: readonly FormulaRow[] = [
  { measure: 'Total of a counter', formula: 'sum of all its readings', official: null },
  {
    measure: 'Counter in a stage',
    formula:
      'sum of its readings in the calls of the stage, all threads of the process; a reading that crosses a boundary is split in proportion to time',
    official: null,
  },
  { measure: 'Counter per call', formula: 'total of the stage ÷ calls of the stage', official: null },
  {
    measure: 'Counter per token',
    formula: 'total of the stage ÷ tokens evaluated in the stage',
    official: null,
  },
];

/** Formulas by part; each stands once, where it is met first. Parts without a formula are left out. */
export function formulasOf(report: Report): FormulaPart[] {
  const seen = new Set<string>();
  const parts = PARTS.map(({ id, title, fields }): FormulaPart => {
    const rows: FormulaRow[] = [];
    for (const field of fields) collect(report[field], wordsOf(field), null, rows, seen);
    return { id, title, rows };
  });
  if (report.counters.some(({ total }) => total.value !== null)) {
    const at = parts.findIndex(({ id }) => id === 'metrics');
    parts.splice(at, 0, { id: 'counters', title: 'Counters', rows: [...COUNTER_ROWS] });
  }
  return parts.filter(({ rows }) => rows.length > 0);
}

/** Walks plain JSON: an object with a `working` is a number with its formula, a `label` or `name` above it its measure. */
function collect(
  value: unknown,
  measure: string,
  official: string | null,
  rows: FormulaRow[],
  seen: Set<string>,
): void {
  if (Array.isArray(value)) {
    for (const item of value) collect(item, measure, official, rows, seen);
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  const fields = value as Record<string, unknown>;
  const formula = formulaOf(fields);
  if (formula !== null) {
    if (seen.has(formula)) return;
    seen.add(formula);
    rows.push({ measure, formula, official });
    return;
  }
  const named = 'quantity' in fields && typeof fields.name === 'string' ? capital(fields.name) : null;
  const names = [fields.label, fields.title, named];
  const own = names.find((text) => typeof text === 'string' && text !== '');
  const officialName = typeof fields.official === 'string' ? fields.official : official;
  for (const [key, item] of Object.entries(fields)) {
    const isStage = key === 'prefill' || key === 'decode' || key === 'run' || key === 'quantity';
    const below = typeof own === 'string' ? own : isStage ? measure : wordsOf(key);
    collect(item, below, officialName, rows, seen);
  }
}

function formulaOf({ working }: Record<string, unknown>): string | null {
  if (typeof working !== 'object' || working === null) return null;
  const { formula } = working as { formula?: unknown };
  return typeof formula === 'string' && formula !== '' ? formula : null;
}

/** `bytesPerCall` → `Bytes per call`. */
function wordsOf(key: string): string {
  return capital(key.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`));
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
