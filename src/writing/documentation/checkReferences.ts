/** References of documentation against the reports of today. */
import { formatText, formatValue } from '../../analysis/format.ts';
import { pinnedRun } from '../../report/addresses.ts';
import { originLabels } from '../../report/sections/identity.ts';
import type { Report, ReportQuantity } from '../../report/schema.ts';
import { metricNamed } from '../metric.ts';
import { withoutNumbers } from './changedNumbers.ts';
import { UnknownName, type NamedValue } from '../values.ts';
import {
  plainText,
  saysValue,
  type ChartReference,
  type MarkerReference,
  type QuoteReference,
  type Reference,
} from './references.ts';

/** Why a reference does not match. */
export type MismatchKind =
  /** No run of this name. */
  | 'unknown-run'
  /** The run has no such chart, finding or number. */
  | 'gone'
  /** Pinned to a content of the run that is not the one of today, and nothing says that the chart looks the same. */
  | 'older-pin'
  /** Pinned to an earlier content that shows the same. A note: readers see what is right. */
  | 'older-pin-alike'
  /** The report says another number, or says it in other words. */
  | 'changed'
  /** A marker names a number that the page does not say. */
  | 'not-said';

export interface Mismatch {
  kind: MismatchKind;
  line: number;
  run: string;
  /** Address, or name of the number. */
  what: string;
  /** As the documentation has it; null where that is no text to compare. */
  old: string | null;
  /** As the report has it now; null where it has nothing. */
  new: string | null;
  /** One sentence without its full stop. */
  message: string;
}

/** The reports of today, and what can be drawn from them. */
export interface CurrentReports {
  /** By id or former id; null for a run that is not there. */
  reportOf(run: string): Report | null;
  /** Title of a chart; null when the run has no such chart. */
  chartTitle(report: Report, chart: string): string | null;
  /** What a pinned chart is beside that of today; null where no pins are kept. */
  pinnedPicture(run: string, pin: string, chart: string): 'same' | 'different' | 'missing' | null;
  /** True for the id of a chart that some run can have. */
  isChart(chart: string): boolean;
}

/** What does not match; empty when all is as it was quoted. */
export function checkReferences(references: readonly Reference[], current: CurrentReports): Mismatch[] {
  return references.flatMap((reference): Mismatch[] => {
    const report = current.reportOf(reference.run);
    if (report === null) return unknownRun(reference, current);
    if (reference.kind === 'chart') return checkChart(reference, report, current);
    if (reference.kind === 'marker') return checkMarker(reference, report);
    return reference.kind === 'finding' ? checkFinding(reference, report) : checkMetric(reference, report);
  });
}

/** True for what an author may want to know and need not mend. */
export function isNote({ kind }: Pick<Mismatch, 'kind'>): boolean {
  return kind === 'older-pin-alike';
}

/** True for a reference that is gemview's for certain: other sites have addresses like `/embed/a/b` too. */
export function isCertain(reference: Reference, current: Pick<CurrentReports, 'isChart'>): boolean {
  return reference.kind !== 'chart' || reference.pin !== null || current.isChart(reference.chart);
}

function unknownRun(reference: Reference, current: CurrentReports): Mismatch[] {
  if (!isCertain(reference, current)) return [];
  return [
    {
      ...placeOf(reference),
      kind: 'unknown-run',
      old: null,
      new: null,
      message: `there is no run '${reference.run}'`,
    },
  ];
}

function placeOf(reference: Reference): Pick<Mismatch, 'line' | 'run' | 'what'> {
  const { line, run } = reference;
  return { line, run, what: reference.kind === 'marker' ? reference.name : reference.address };
}

function checkChart(reference: ChartReference, report: Report, current: CurrentReports): Mismatch[] {
  const place = placeOf(reference);
  const title = current.chartTitle(report, reference.chart);
  if (title === null) {
    const message = `${report.run.id} has no chart '${reference.chart}'`;
    return [{ ...place, kind: 'gone', old: reference.chart, new: null, message }];
  }
  if (reference.pin !== null) {
    const now = pinnedRun(report.run).split('@')[1];
    if (reference.pin === now) return [];
    const picture = current.pinnedPicture(reference.run, reference.pin, reference.chart);
    // Where no pins are kept, a title that is the same says the same numbers.
    const isAlike = picture === null ? reference.words === plainText(title) : picture === 'same';
    const aside = picture === null ? (isAlike ? SAME_TITLE : NOT_KNOWN) : PINNED_PICTURES[picture];
    const kind = isAlike ? 'older-pin-alike' : 'older-pin';
    const message = `the chart '${reference.chart}' is pinned to @${reference.pin}, the run is @${now} now (${aside}): “${title}”`;
    return [{ ...place, kind, old: reference.pin, new: now, message }];
  }
  // The picture is that of today, the words beside it need not be. Words of the author's own are nobody's business.
  const words = reference.words;
  if (words === null || words === plainText(title) || !sameButNumbers(words, plainText(title))) return [];
  const message = `the words beside the chart '${reference.chart}' say “${words}”, its title is “${title}” now`;
  return [{ ...place, kind: 'changed', old: words, new: title, message }];
}

const PINNED_PICTURES = {
  same: 'the picture is the same',
  different: 'the picture is another one',
  missing: 'the site does not have the pinned picture',
};
const SAME_TITLE = 'the words beside it are those of today';
const NOT_KNOWN = 'whether the picture changed is known to a built site alone';

function sameButNumbers(a: string, b: string): boolean {
  return withoutNumbers(a) === withoutNumbers(b);
}

function checkMarker(reference: MarkerReference, report: Report): Mismatch[] {
  const place = placeOf(reference);
  let value: NamedValue;
  try {
    value = metricNamed(reference.name, report, () => null);
  } catch (error) {
    if (!(error instanceof UnknownName)) throw error;
    return [{ ...place, kind: 'gone', old: reference.value, new: null, message: error.message }];
  }
  const now = value.kind === 'text' ? value.value : printed(value.quantity);
  if (now === null || plainText(now) !== reference.value) {
    const message = `${reference.name} is quoted as ${reference.value}, the report says ${now ?? `it is not known: ${value.reason}`}`;
    return [{ ...place, kind: 'changed', old: reference.value, new: now, message }];
  }
  if (reference.isSaid) return [];
  const message = `${reference.name} is ${reference.value}, and the page does not say so outside of the marker`;
  return [{ ...place, kind: 'not-said', old: null, new: now, message }];
}

function printed({ value, unit }: ReportQuantity): string | null {
  return value === null ? null : formatText(value, unit);
}

function checkMetric(reference: QuoteReference, report: Report): Mismatch[] {
  const place = placeOf(reference);
  const metric = report.headline.find(({ id }) => id === reference.id);
  if (!metric) {
    const message = `the Overview of ${report.run.id} has no number '${reference.id}'`;
    return [{ ...place, kind: 'gone', old: reference.id, new: null, message }];
  }
  const { quantity } = metric;
  const now = printed(quantity);
  const label = plainText(metric.label);
  const quoted = quotedMetric(reference, label, quantity.unit);
  if (quoted === null) return checkOrigin(reference, report);
  const { value: old, status } = quoted;
  const isSame = now === null ? old.startsWith('not known') : saysValue(old, plainText(now));
  if (isSame && (status === null || status === quantity.status)) return checkOrigin(reference, report);
  const today = now ?? `it is not known: ${quantity.reason}`;
  const said = status === null || isSame ? [old, today] : [`${old} (${status})`, today];
  const message = isSame
    ? `${label} is quoted as ${old} (${status}), it is ${quantity.status} now`
    : `${label} is quoted as ${said[0]}, the report says ${said[1]}`;
  return [
    isSame
      ? { ...place, kind: 'changed', old: status, new: quantity.status, message }
      : { ...place, kind: 'changed', old, new: now, message },
  ];
}

/** Nobody takes an emulated run's numbers for those of hardware: a copied sentence says what they are of. */
function checkOrigin(reference: QuoteReference, report: Report): Mismatch[] {
  const old = saidOrigin(reference);
  const now = report.origin.label;
  if (old === null || old === now) return [];
  const message = `${report.run.id} is quoted as ${old}, it is ${now} now`;
  return [{ ...placeOf(reference), kind: 'changed', old, new: now, message }];
}

/** The origin that a copied sentence names; null for other sentences. */
function saidOrigin({ saidOf }: QuoteReference): string | null {
  return originLabels.find((label) => saidOf?.endsWith(`, ${label}`)) ?? null;
}

/** True for “copy as sentence”: `sentence (title, origin) address`. */
function isCopiedSentence(reference: QuoteReference): boolean {
  return saidOrigin(reference) !== null;
}

interface QuotedMetric {
  /** As the page has it. */
  value: string;
  /** How it came to be, where the page says so. */
  status: string | null;
}

/**
 * The number as the page has it: after its label in a copied sentence, also where the author took the run out of it, else in
 * the words of the link; null for a plain link.
 */
function quotedMetric(
  { before, linkText, ...reference }: QuoteReference,
  label: string,
  unit: string,
): QuotedMetric | null {
  if (linkText !== null && isQuotedNumber(linkText, unit)) return { value: linkText, status: null };
  const at = before.lastIndexOf(`${label}: `);
  if (at < 0) {
    // A number that has another label by now.
    return isCopiedSentence({ before, linkText, ...reference }) ? { value: before, status: null } : null;
  }
  const sentence = before.slice(at + label.length + 2);
  const [, value, status] = STATUS.exec(sentence) ?? [null, null, null];
  if (value !== null) return { value, status };
  // `TTFT: see the report` quotes nothing.
  return /\d/.test(sentence) || sentence.startsWith('not known') ? { value: sentence, status: null } : null;
}

/** `2.58 s (counted)`, and whatever follows. */
const STATUS = /^(.*?) \((counted|sampled|modelled|estimated)\)/;

/** Words with the number and its unit, or a number alone: “on a Cortex-A76” and “Llama 3.2 1B” quote nothing. */
function isQuotedNumber(words: string, unit: string): boolean {
  // Nothing is printed without a prefix, whatever unit the report keeps.
  const printedUnit = plainText(formatValue(0, unit).unit);
  const number = String.raw`(?<![\p{L}\p{N}_.,-])[\d.,]*\d`;
  const withUnit = String.raw`${number} ?(?:[pnµmkMGTP] ?)?${printedUnit.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)}(?![\p{L}\p{N}_])`;
  const isAlone = new RegExp(String.raw`^[^\p{L}\p{N}]*\d[\d.,]*(?: ?[pnµmkMGTP])?[^\p{L}\p{N}]*$`, 'u');
  return isAlone.test(words) || (printedUnit !== '' && new RegExp(withUnit, 'u').test(words));
}

function checkFinding(reference: QuoteReference, report: Report): Mismatch[] {
  const place = placeOf(reference);
  const findings = [...report.findings, ...(report.baseline?.findings ?? [])];
  const finding = findings.find(({ id }) => id === reference.id);
  if (!finding) {
    const message = `${report.run.id} has no finding '${reference.id}' any more`;
    return [{ ...place, kind: 'gone', old: reference.id, new: null, message }];
  }
  const sentence = plainText(finding.sentence);
  const isCopied = isCopiedSentence(reference);
  // A copied sentence stands before its address; other words may stand on both sides.
  const texts = isCopied ? [reference.before] : [reference.before, reference.after];
  if (texts.some((text) => text.includes(sentence))) return checkOrigin(reference, report);
  const said = texts
    .map((text) => withOtherNumbers(sentence, finding.values, text))
    .find((text) => text !== null);
  // A link to a finding need not quote it; a copied sentence does.
  if (said === undefined && !isCopied) return [];
  const old = said ?? reference.before.slice(0, -`(${reference.saidOf})`.length).trim();
  const message = `a finding is quoted as “${old}”, it is “${sentence}” now`;
  return [{ ...place, kind: 'changed', old, new: sentence, message }];
}

/** The sentence as the paragraph has it with other numbers; null when it does not have it. */
function withOtherNumbers(
  sentence: string,
  values: Report['findings'][number]['values'],
  paragraph: string,
): string | null {
  const parts: string[] = [];
  let rest = sentence;
  for (const { quantity } of values) {
    const text = printed(quantity);
    const at = text === null ? -1 : rest.indexOf(plainText(text));
    if (text === null || at < 0) continue;
    parts.push(rest.slice(0, at));
    rest = rest.slice(at + plainText(text).length);
  }
  if (parts.length === 0) return null;
  const pattern = [...parts, rest].map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(pattern.join('.{1,40}?')).exec(paragraph)?.[0] ?? null;
}
