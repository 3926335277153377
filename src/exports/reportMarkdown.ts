/** The report of a run as one Markdown file: for reading in a terminal, for issues, and for programs that read text. */
import { formatPlural } from '../analysis/format.ts';
import { chaptersOf } from '../report/chapters.ts';
import type { Report } from '../report/schema.ts';
import { markdownCode, markdownSentence, markdownText } from './markdownText.ts';
import {
  comparisonTable,
  functionTable,
  headlineTable,
  identityTable,
  operatorTable,
  verdictList,
  warningList,
} from './reportTables.ts';

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
