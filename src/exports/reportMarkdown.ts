/** The report of a run as one Markdown file: for reading in a terminal, for issues, and for programs that read text. */
import { formatPlural, formatText } from '../analysis/format.ts';
import { chaptersOf } from '../report/chapters.ts';
import type { Report, ReportQuantity } from '../report/schema.ts';
import { markdownCode, markdownSentence, markdownTable, markdownText } from './markdownText.ts';

/** Functions that the file lists; functions.csv has all. */
const LISTED_FUNCTIONS = 20;

export function reportMarkdown(report: Report): string {
  return [
    `# ${markdownText(report.run.title)}`,
    `**${markdownText(report.origin.label)}.** ${markdownSentence(report.origin.sentence)}`,
    ...(report.run.description ? [markdownText(report.run.description)] : []),
    ...answers(report),
    ...section('First numbers', headlineTable(report)),
    ...section('What holds each stage back', verdictList(report)),
    ...section(
      'Findings',
      report.findings.map(({ sentence }) => `- ${markdownSentence(sentence)}\n`).join(''),
    ),
    ...section('Prefill and Decode', comparisonTable(report)),
    ...section('Largest functions', functionTable(report)),
    ...section('Operators', operatorTable(report)),
    ...section('What ran', identityTable(report)),
    ...section('What to be careful with', warningList(report)),
    ...section(
      'How it was recorded',
      report.method.recording.map((text) => `- ${markdownSentence(text)}\n`).join(''),
    ),
    ...section('Files', fileList(report)),
  ].join('\n\n');
}

function section(title: string, content: string): string[] {
  return content === '' ? [] : [`## ${title}`, content.trimEnd()];
}

function answers(report: Report): string[] {
  const sentences = chaptersOf(report).flatMap(({ id, title }) => {
    const answer = report.answers[id];
    return answer ? [`- ${title}: ${markdownSentence(answer)}`] : [];
  });
  return sentences.length > 0 ? [sentences.join('\n')] : [];
}

/** `12.3 ms (counted)`, with its interval; or why it is not known. */
function cell(quantity: ReportQuantity): string {
  const { value, unit, status, reason, interval } = quantity;
  if (value === null) return markdownSentence(reason ?? 'not known');
  const ends = interval ? `, ${formatText(interval[0], unit)} to ${formatText(interval[1], unit)}` : '';
  return markdownText(`${formatText(value, unit)} (${status}${ends})`);
}

function headlineTable({ headline }: Report): string {
  return markdownTable(
    ['Measure', 'Value'],
    headline.map(({ label, quantity }) => [markdownText(label), cell(quantity)]),
  );
}

function verdictList({ verdicts }: Report): string {
  return [verdicts.prefill, verdicts.decode]
    .map(({ sentence, confidence, reasons }) => {
      const why = [...(confidence ? [`confidence ${confidence}`] : []), ...reasons].join('; ');
      return `- ${markdownSentence(sentence)}${why === '' ? '' : ` (${markdownSentence(why)})`}\n`;
    })
    .join('');
}

function comparisonTable({ comparison }: Report): string {
  return markdownTable(
    ['Measure', 'Prefill', 'Decode'],
    comparison.map(({ label, prefill, decode, texts }) => [
      markdownText(label),
      texts?.prefill ? markdownCode(texts.prefill) : cell(prefill),
      texts?.decode ? markdownCode(texts.decode) : cell(decode),
    ]),
  );
}

function functionTable({ functions }: Report): string {
  return markdownTable(
    ['Function', 'Category', 'Self samples', 'In Prefill', 'In Decode'],
    functions.rows
      .slice(0, LISTED_FUNCTIONS)
      .map(({ name, category, self }) => [
        markdownCode(name),
        markdownText(category ?? ''),
        String(self.all),
        String(self.prefill),
        String(self.decode),
      ]),
  );
}

function operatorTable({ operators }: Report): string {
  const percent = (share: number | null): string => (share === null ? '' : formatText(100 * share, '%'));
  return markdownTable(
    ['Category', 'Prefill', 'Decode'],
    (operators?.categories ?? []).map(({ label, prefill, decode }) => [
      markdownText(label),
      percent(prefill.share),
      percent(decode.share),
    ]),
  );
}

function identityTable({ identity }: Report): string {
  return markdownTable(
    ['Group', 'Fact', 'Value'],
    identity.map(({ group, label, value }) => [group, markdownText(label), markdownText(value)]),
  );
}

function warningList({ warnings }: Report): string {
  return warnings
    .map(
      ({ message, fix }) => `- ${markdownSentence(message)}${fix === null ? '' : ` ${markdownCode(fix)}`}\n`,
    )
    .join('');
}

function fileList({ run, files }: Report): string {
  const listed = files.map(
    ({ name, title }) => `- [${markdownText(title)}](./${encodeURIComponent(name)})\n`,
  );
  return [
    ...listed,
    `- [Everything as JSON](./report.json)\n`,
    `\nRun ${markdownCode(run.id)}, content ${markdownCode(run.contentHash)}, ${formatPlural(files.length, 'file')}.\n`,
  ].join('');
}
