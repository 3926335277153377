/** The tables and lists of a report in Markdown, for every file that prints them. Empty where there is nothing to print. */
import { formatCount, formatMoment, formatText } from '../analysis/format.ts';
import { STAGE_TITLE } from '../analysis/verdict/words.ts';
import { familyFacts } from '../llama/kernels/families.ts';
import type { Report, ReportMetric, ReportQuantity } from '../report/schema.ts';
import { markdownCode, markdownSentence, markdownTable, markdownText } from './markdownText.ts';

/** Functions that a table lists; functions.csv has all. */
const LISTED_FUNCTIONS = 20;

/** `12.3 ms (counted)`, with its interval; or why it is not known. */
export function quantityCell(quantity: ReportQuantity): string {
  const { value, unit, status, reason, interval } = quantity;
  if (value === null) return markdownSentence(reason ?? 'not known');
  const ends = interval ? `, ${formatText(interval[0], unit)} to ${formatText(interval[1], unit)}` : '';
  return markdownText(`${formatText(value, unit)} (${status}${ends})`);
}

function shareCell(share: number | null): string {
  return share === null ? '' : formatText(100 * share, '%');
}

export function headlineTable({ headline }: Report): string {
  return measureTable(headline);
}

/** Labelled numbers, one a row. */
export function measureTable(metrics: readonly ReportMetric[]): string {
  return markdownTable(
    ['Measure', 'Value'],
    metrics.map(({ label, quantity }) => [markdownText(label), quantityCell(quantity)]),
  );
}

export function verdictList({ verdicts }: Report): string {
  return [verdicts.prefill, verdicts.decode]
    .map(({ sentence, confidence, reasons }) => {
      const why = [...(confidence ? [`confidence ${confidence}`] : []), ...reasons].join('; ');
      return `- ${markdownSentence(sentence)}${why === '' ? '' : ` (${markdownSentence(why)})`}\n`;
    })
    .join('');
}

export function comparisonTable({ comparison }: Report): string {
  return markdownTable(
    ['Measure', 'Prefill', 'Decode'],
    comparison.map(({ label, prefill, decode, texts }) => [
      markdownText(label),
      texts?.prefill ? markdownCode(texts.prefill) : quantityCell(prefill),
      texts?.decode ? markdownCode(texts.decode) : quantityCell(decode),
    ]),
  );
}

export function functionTable({ functions }: Report, rows = LISTED_FUNCTIONS): string {
  return markdownTable(
    ['Function', 'Category', 'Self samples', 'In Prefill', 'In Decode'],
    functions.rows
      .slice(0, rows)
      .map(({ name, category, self }) => [
        markdownCode(name),
        markdownText(category ?? ''),
        String(self.all),
        String(self.prefill),
        String(self.decode),
      ]),
  );
}

/** @param leastShare categories with less of both stages are left out, 0…1 */
export function operatorTable({ operators }: Report, leastShare = 0): string {
  const rows = (operators?.categories ?? []).filter(
    ({ prefill, decode }) => Math.max(prefill.share ?? 0, decode.share ?? 0) >= leastShare,
  );
  return markdownTable(
    ['Category', 'Prefill', 'Decode'],
    rows.map(({ label, prefill, decode }) => [
      markdownText(label),
      shareCell(prefill.share),
      shareCell(decode.share),
    ]),
  );
}

export function identityTable({ identity }: Report): string {
  return markdownTable(
    ['Group', 'Fact', 'Value'],
    identity.map(({ group, label, value }) => [group, markdownText(label), markdownText(value)]),
  );
}

/** @param fixText how to set what to do about it: a command or a sentence */
export function warningList({ warnings }: Report, fixText: (fix: string) => string = markdownCode): string {
  return warnings
    .map(({ message, fix }) => `- ${markdownSentence(message)}${fix === null ? '' : ` ${fixText(fix)}`}\n`)
    .join('');
}

/** Phases in order: a prefill, or a row of decode tokens. */
export function phaseTable({ stages }: Report, rows: number): string {
  return markdownTable(
    ['Stage', 'Phase', 'Start', 'Length', 'Calls', 'Tokens', 'Samples'],
    stages.phases
      .slice(0, rows)
      .map(({ stage, name, startS, endS, calls, tokens, samples }) => [
        `${stage[0].toUpperCase()}${stage.slice(1)}`,
        markdownText(name),
        formatMoment(startS),
        formatText(endS - startS, 's'),
        formatCount(calls),
        formatCount(tokens),
        formatCount(samples),
      ]),
  );
}

/** Metrics of one type of core with their formulas, those that were measured in a stage. */
export function metricTable({ groups }: Report['metrics']['coreTypes'][number]): string {
  const rows = groups
    .flatMap((group) => group.rows)
    .filter(({ prefill, decode }) => prefill.value !== null || decode.value !== null);
  return markdownTable(
    ['Metric', 'Formula', 'Prefill', 'Decode'],
    rows.map(({ label, formula, prefill, decode }) => [
      markdownText(label),
      markdownSentence(formula),
      quantityCell(prefill),
      quantityCell(decode),
    ]),
  );
}

/** Names of kernels in words, of the largest functions. */
export function kernelWordsList({ functions }: Report, rows: number): string {
  return functions.rows
    .slice(0, rows)
    .flatMap(({ name, words }) =>
      words === null ? [] : [`- ${markdownCode(name)}: ${markdownSentence(words)}\n`],
    )
    .join('');
}

/** Whose kernels run the matrix products of each stage. */
export function coverageTable({ operators }: Report): string {
  return markdownTable(
    ['Stage', 'Kernels', 'Share of the matrix products'],
    (operators?.coverage ?? []).flatMap(({ stage, families }) =>
      families.map(({ name, share }) => [
        STAGE_TITLE[stage],
        markdownText(familyFacts(name).label),
        shareCell(share),
      ]),
    ),
  );
}

/** Weights that fell through to dot products, and why. */
export function fallThroughList({ operators }: Report): string {
  return (operators?.fallThrough ?? [])
    .map(
      ({ stage, type, kernel, reason }) =>
        `- ${STAGE_TITLE[stage]}: ${markdownCode(type)} in ${markdownCode(kernel)}. ${markdownSentence(reason)}\n`,
    )
    .join('');
}

/** How the threads that compute a stage share its work. */
export function workerTable({ threadUse }: Report, rows: number): string {
  return markdownTable(
    ['Stage', 'Thread', 'Samples at work', 'Of the work', 'Waiting'],
    (threadUse?.stages ?? []).flatMap(({ stage, workers }) =>
      workers
        .slice(0, rows)
        .map(({ tid, busy, ofWork, waiting }) => [
          STAGE_TITLE[stage],
          String(tid),
          formatCount(busy),
          shareCell(ofWork.value),
          shareCell(waiting.value),
        ]),
    ),
  );
}
