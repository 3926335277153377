/** What each page of the Learning Path says: its lead, its pictures with the findings that they show, its tables. */
import { CHAPTERS, chaptersOf, hasComparison, type ChapterId } from '../../report/chapters.ts';
import { printable } from '../../report/printable.ts';
import type { Report } from '../../report/schema.ts';
import { isJudged } from '../../report/sections/verdicts.ts';
import { markdownCode, markdownSentence, markdownText } from '../markdownText.ts';
import { comparisonMarkers, headlineMarkers } from './quoteMarkers.ts';
import {
  comparisonTable,
  coverageTable,
  fallThroughList,
  functionTable,
  headlineTable,
  identityTable,
  kernelWordsList,
  measureTable,
  metricTable,
  operatorTable,
  phaseTable,
  verdictList,
  warningList,
  workerTable,
} from '../reportTables.ts';

/** A chart of the run as a picture beside the pages. */
export interface LearningPathPicture {
  chart: string;
  chapter: string;
  /** A sentence with the number, without its full stop. */
  title: string;
  /** Units, and what is shown. */
  subtitle: string;
  /** The picture in words. */
  description: string;
}

export interface ChapterPage {
  chapter: ChapterId;
  /** In the imperative, as the site's pages are called. */
  title: string;
  /** Place of the chapter among all that a run can have: a page keeps its name when another appears. */
  number: number;
  body: string;
}

/** What a reader can do after a chapter; how to read it. Nothing in here depends on a run. */
const GUIDES: Record<ChapterId, { title: string; objective: string; guide: string }> = {
  overview: {
    title: 'Get to know the run',
    objective: 'Tell what ran, and how Prefill and Decode compare in their first numbers',
    guide:
      'Prefill evaluates the prompt, many tokens in one call; Decode makes one token a call. Everything on these pages is told apart by these two stages. Each number says in parentheses how it came to be: counted by hardware or a tool, sampled, modelled or estimated.',
  },
  timeline: {
    title: 'Follow the run over time',
    objective: 'Place every stage and every token on the time axis',
    guide:
      'Read the time axis from left to right: the model is loaded, the prompt is evaluated in one or a few long calls, then a row of short calls follows, one for each token.',
  },
  'prefill-decode': {
    title: 'Compare Prefill and Decode',
    objective: 'Compare the two stages by counters, per token and per instruction',
    guide:
      'A stage that runs longer counts more of everything, so the totals of two stages say little side by side. Compare them per token, per call or per instruction.',
  },
  'call-paths': {
    title: 'Follow the call paths',
    objective: 'Find the chain of calls that leads to the work',
    guide:
      'In a flame graph a caller stands above what it calls, and a box is as wide as its share of the samples. Look for wide boxes with nothing below them: there the work is done.',
  },
  functions: {
    title: 'Find the largest functions',
    objective: 'Name the functions that hold most of each stage, and decode the names of their kernels',
    guide:
      'Self samples are those whose instruction lies in the function itself, not in what it calls. A function that is large in one stage is often absent in the other.',
  },
  operators: {
    title: 'See what each stage computes',
    objective: 'Say which operators each stage spends its samples in, and whose kernels run them',
    guide:
      'A matrix product with many columns is a GEMM, one with a single column a GEMV. Prefill multiplies all tokens of the prompt at once, Decode one token at a time.',
  },
  threads: {
    title: 'Check threads and cores',
    objective: 'Check how threads share the work, and where they wait',
    guide:
      'Where several threads compute, all work on the same operator and meet at a barrier after it: the slowest one sets the pace, the others wait.',
  },
  method: {
    title: 'Know how it was recorded',
    objective: 'Judge what this recording can show and what it cannot',
    guide:
      'Before you rely on a number, see what was recorded. What could not be counted is said here, with what to record next time.',
  },
};

/** More would hide the answer; the report has them all. */
const PICTURES_A_PAGE = 4;
/** They say less of the difference between the stages than their neighbours do. */
const LATE_PICTURES = new Set(['cache-refills', 'context-growth']);
const FINDINGS_ON_OVERVIEW = 5;
const LISTED_FUNCTIONS = 10;
const LISTED_PHASES = 12;
const LISTED_THREADS = 16;
/** Categories with less than half a percent of both stages say nothing. */
const LEAST_SHARE = 0.005;
/** Alternative texts are read aloud in one go. */
const LONGEST_ALT = 300;

/** The objectives of the chapters that the run has: the site asks for two to five. */
export function objectivesOf(report: Report): string[] {
  const chapters = chaptersOf(report).map(({ id }) => id);
  const ordered: ChapterId[] = [
    'prefill-decode',
    'functions',
    'operators',
    'timeline',
    'threads',
    'call-paths',
  ];
  const chosen = ['overview', ...ordered.filter((id) => chapters.includes(id)).slice(0, 3), 'method'];
  return CHAPTERS.filter(({ id }) => chosen.includes(id)).map(({ id }) => GUIDES[id].objective);
}

/** The pictures that the pages show, in their order. */
export function shownPictures(
  report: Report,
  pictures: readonly LearningPathPicture[],
): LearningPathPicture[] {
  const isLate = ({ chart }: LearningPathPicture): number => (LATE_PICTURES.has(chart) ? 1 : 0);
  return chaptersOf(report).flatMap(({ id }) =>
    pictures
      .filter(({ chapter }) => chapter === id)
      .sort((a, b) => isLate(a) - isLate(b))
      .slice(0, PICTURES_A_PAGE),
  );
}

/** Where a picture lies, relative to the pages. */
export function pictureName({ chart }: Pick<LearningPathPicture, 'chart'>): string {
  return `images/${chart}.png`;
}

export function chapterPages(report: Report, pictures: readonly LearningPathPicture[]): ChapterPage[] {
  return chaptersOf(report).map((chapter) => ({
    chapter: chapter.id,
    title: GUIDES[chapter.id].title,
    number: CHAPTERS.findIndex(({ id }) => id === chapter.id) + 1,
    body: [
      lead(report, chapter.id),
      ...(chapter.id === 'overview' ? overview(report, pictures) : []),
      ...pictureSections(report, chapter.id, pictures),
      ...furtherFindings(report, chapter.id, pictures),
      ...tables(report, chapter.id),
    ].join('\n\n'),
  }));
}

/** The chapter's question and its answer, how to read what follows, and where the numbers come from. */
function lead(report: Report, id: ChapterId): string {
  const { origin, run, answers, stages } = report;
  const question = CHAPTERS.find((chapter) => chapter.id === id)!.question;
  const answer = answers[id] ? ` ${markdownSentence(answers[id])}` : '';
  const parts = [
    ...(id === 'overview' && run.description ? [markdownText(run.description)] : []),
    `**${question}**${answer}`,
    GUIDES[id].guide,
  ];
  // Whoever lands on a later page must not take its times for those of hardware.
  const isHardware = origin.value === 'hardware' || origin.value === 'vm';
  if (id === 'overview' || id === 'method' || !isHardware) {
    parts.push(notice(isHardware ? 'Note' : 'Important', markdownSentence(origin.sentence)));
  }
  if (id === 'overview' && stages.source === null && stages.reason !== null && report.samples.count > 0) {
    const fix = stages.fix === null ? '' : ` ${fixText(stages.fix)}`;
    parts.push(
      notice('Warning', `Stages are not known: ${markdownSentence(stages.reason.replace(/\.$/, ''))}.${fix}`),
    );
  }
  return parts.join('\n\n');
}

/** The words after `notice` are its title. */
function notice(title: string, text: string): string {
  return `{{% notice ${title} %}}\n${text}\n{{% /notice %}}`;
}

function section(title: string, ...content: string[]): string[] {
  const written = content.map((text) => text.trim()).filter((text) => text !== '');
  return written.length === 0 ? [] : [[`## ${title}`, ...written].join('\n\n')];
}

function overview(report: Report, pictures: readonly LearningPathPicture[]): string[] {
  const shown = pictures.filter(({ chapter }) => chapter === 'overview').map(({ chart }) => chart);
  const findings = report.findings
    .filter(({ evidence }) => !shown.includes(evidence.chart ?? ''))
    .slice(0, FINDINGS_ON_OVERVIEW);
  return [
    ...section('First numbers', headlineTable(report), headlineMarkers(report)),
    ...section('What stands out', sentences(findings)),
    ...(hasVerdicts(report) ? section('What holds each stage back', verdictList(report)) : []),
    ...section(
      'What these figures allow',
      (report.figures?.limits ?? []).map((text) => `- ${markdownSentence(text)}\n`).join(''),
    ),
  ];
}

/** Figures alone are seldom enough to judge a stage. */
function hasVerdicts({ figures, samples, counters, verdicts }: Report): boolean {
  const isFiguresAlone = figures !== null && samples.count === 0 && counters.length === 0;
  return !isFiguresAlone || isJudged(verdicts.prefill) || isJudged(verdicts.decode);
}

function sentences(findings: Report['findings']): string {
  return findings.map(({ sentence }) => `- ${markdownSentence(sentence)}\n`).join('');
}

/** A section a picture: what it shows in a sentence, the picture, and what was found in it. */
function pictureSections(report: Report, id: ChapterId, pictures: readonly LearningPathPicture[]): string[] {
  return shownPictures(report, pictures)
    .filter(({ chapter }) => chapter === id)
    .flatMap((picture) =>
      section(
        pictureHeading(picture.chart),
        `${markdownSentence(picture.title)}.`,
        image(picture),
        sentences(report.findings.filter(({ evidence }) => evidence.chart === picture.chart)),
      ),
    );
}

/** Where the chart's id in words is not what it shows. */
const HEADINGS: Record<string, string> = {
  tokens: 'Stages and tokens',
  'prefill-decode': 'Counters per token',
  'flame-graph-prefill': 'Flame graph of Prefill',
  'flame-graph-decode': 'Flame graph of Decode',
  functions: 'Functions by stage',
  'context-bytes': 'Bytes by context',
};

/** `l3-traffic` → `L3 traffic`: it stays when the numbers change, and so does the section's address. */
function pictureHeading(chart: string): string {
  const words = chart.replaceAll('-', ' ');
  return Object.hasOwn(HEADINGS, chart) ? HEADINGS[chart] : words[0].toUpperCase() + words.slice(1);
}

/** The site's convention: `#center` at the end of the alternative text, the caption as title. */
function image(picture: LearningPathPicture): string {
  const alt = markdownText(shortened(altText(`${pictureHeading(picture.chart)}: ${picture.description}`)));
  return `![${alt}#center](${pictureName(picture)} "${captionText(picture.subtitle)}")`;
}

/** The site's template escapes what Hugo has escaped before: these characters would be heard as `&lt;` and the like. */
function altText(text: string): string {
  return text
    .replaceAll('"', '”')
    .replaceAll("'", '’')
    .replaceAll('<', '‹')
    .replaceAll('>', '›')
    .replaceAll('&', '+');
}

/**
 * Hugo hands the title of an image to its template as it is written: an escape would be seen. What would end the title or
 * begin a shortcode is set with another character. Of three braces, too, no two may stay together.
 */
function captionText(text: string): string {
  return printable(text.replaceAll(/\s+/g, ' '))
    .replaceAll('"', '”')
    .replaceAll('\\', '∖')
    .replaceAll(/\{(?=\{)/g, '{ ');
}

/** At most so long, ended after a sentence where there is one. */
function shortened(text: string): string {
  if (text.length <= LONGEST_ALT) return text;
  const cut = text.slice(0, LONGEST_ALT);
  const sentenceEnd = cut.lastIndexOf('. ');
  return sentenceEnd > 0 ? cut.slice(0, sentenceEnd + 1) : `${cut.slice(0, cut.lastIndexOf(' '))} …`;
}

/** Findings of the chapter that no picture of the page shows. */
function furtherFindings(report: Report, id: ChapterId, pictures: readonly LearningPathPicture[]): string[] {
  if (id === 'overview') return [];
  const shown = shownPictures(report, pictures).map(({ chart }) => chart);
  return section(
    'What else the run shows',
    sentences(
      report.findings.filter(
        ({ evidence }) => evidence.chapter === id && !shown.includes(evidence.chart ?? ''),
      ),
    ),
  );
}

function tables(report: Report, id: ChapterId): string[] {
  switch (id) {
    case 'overview':
      return [
        ...(hasComparison(report)
          ? section('Prefill beside Decode', comparisonTable(report), comparisonMarkers(report))
          : []),
        ...section('What ran', identityTable(report)),
      ];
    case 'timeline':
      return [
        ...section('Times', measureTable(report.stages.metrics)),
        ...section(
          'Phases',
          phaseTable(report, LISTED_PHASES),
          leftOut(report.stages.phases.length, LISTED_PHASES),
        ),
      ];
    case 'prefill-decode': {
      const { coreTypes } = report.metrics;
      return coreTypes.flatMap((type) =>
        section(
          coreTypes.length === 1 ? 'Metrics' : `Metrics on ${markdownText(type.core ?? 'unknown cores')}`,
          metricTable(type),
        ),
      );
    }
    case 'call-paths':
      return [];
    case 'functions':
      return [
        ...section(
          'Largest functions',
          functionTable(report, LISTED_FUNCTIONS),
          leftOut(report.functions.rows.length + report.functions.omitted, LISTED_FUNCTIONS),
        ),
        ...section('Names of kernels in words', kernelWordsList(report, LISTED_FUNCTIONS)),
      ];
    case 'operators':
      return [
        ...section('Shares by operator', operatorTable(report, LEAST_SHARE)),
        ...section('Whose kernels run', coverageTable(report)),
        ...section('Weights that fall through to dot products', fallThroughList(report)),
      ];
    case 'threads':
      return section('Work and waiting', workerTable(report, LISTED_THREADS));
    case 'method':
      return [
        ...section(
          'How it was recorded',
          report.method.recording.map((text) => `- ${markdownSentence(text)}\n`).join(''),
        ),
        ...section(
          'What to be careful with',
          report.warnings.length === 0 ? '' : notice('Warning', warningList(report, fixText).trimEnd()),
        ),
        ...section('What was read', inputList(report)),
      ];
  }
}

/** A command stands in mono, so that nothing in it turns into typography; a plain sentence is one. */
function fixText(fix: string): string {
  return /^[A-Z]/.test(fix) && !/['"$|=]| -/.test(fix)
    ? `${markdownSentence(fix.replace(/\.$/, ''))}.`
    : markdownCode(fix);
}

function leftOut(count: number, shown: number): string {
  return count > shown ? `The first ${shown} of ${count} are listed.` : '';
}

function inputList({ inputs }: Report): string {
  return inputs
    .map(({ path, tool }) => `- ${markdownCode(path)}${tool === null ? '' : `, ${markdownText(tool)}`}\n`)
    .join('');
}
