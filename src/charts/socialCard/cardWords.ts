/**
 * What social cards say: pictures of 1200 × 630 that chats and social networks show beside a link. Everything on them
 * stands in a report as it is published, or was written by the author of a page.
 */
import type { Report, ReportStage } from '../../report/schema.ts';
import type { ReportVerdict } from '../../report/schema/verdicts.ts';
import { isJudged } from '../../report/sections/verdicts.ts';
import { estimatedBands, type Band } from '../bands.ts';
import { STAGE_NAMES } from '../colours.ts';
import { formatPlural, formatText } from '../format.ts';
import { timeAxisName, timeNote } from '../runTime.ts';
import { printable } from '../text.ts';

/** A run as one line of stages over its time. */
export interface StageStrip {
  bands: Band[];
  startS: number;
  endS: number;
  /** The stages are guessed from kernels. */
  isEstimated: boolean;
}

export interface RunCard {
  title: string;
  origin: Report['origin'];
  /** Model and machine; empty when neither is known. */
  facts: string;
  /** The headline: what the report says first. */
  sentence: string;
  /** Null for a run whose stages are not known. */
  strip: StageStrip | null;
  /** Stages of the strip with their times. */
  legend: { stage: ReportStage; text: string }[];
  /** What the times are, or why there are none; empty when nothing is to be said. */
  note: string;
}

/** One run among several on a card. */
export interface RunRow {
  title: string;
  origin: string;
  strip: StageStrip | null;
}

/** The card of a page about several runs, or about none. */
export interface PageCard {
  title: string;
  sentence: string;
  /** How many runs, by their origins; empty for a page about none. */
  facts: string;
  rows: RunRow[];
}

const LEGEND_ORDER: readonly ReportStage[] = [
  'prefill',
  'decode',
  'load',
  'speculative',
  'mixed',
  'sampling',
  'idle',
];

/** Rows on a card: more would not be read. */
const MOST_ROWS = 3;

export function runCard(report: Report): RunCard {
  const strip = stageStrip(report);
  return {
    title: printable(report.run.title),
    origin: report.origin,
    facts: ['model', 'machine']
      .map((group) => firstFact(report, group))
      .filter(Boolean)
      .join(' · '),
    sentence: headline(report),
    strip,
    legend: strip ? legendOf(report, strip) : [],
    note: noteOf(report, strip),
  };
}

/** @param runs those that the page is about, in the order of the page */
export function pageCard(
  { title, sentence }: { title: string; sentence: string | null },
  runs: readonly RunRow[],
): PageCard {
  return {
    title: printable(title),
    sentence: printable(sentence ?? ''),
    facts: originsText(runs),
    rows: [...runs.filter(({ strip }) => strip), ...runs.filter(({ strip }) => !strip)].slice(0, MOST_ROWS),
  };
}

/** A run as a card of several shows it. */
export function runRow(report: Report): RunRow {
  return { title: printable(report.run.title), origin: report.origin.label, strip: stageStrip(report) };
}

/** The card in words, for those who cannot see it. */
export function cardAlt({ title, origin, sentence }: Pick<RunCard, 'title' | 'origin' | 'sentence'>): string {
  return `${title}. Origin: ${origin.label}. ${sentence}`;
}

/** What holds the stages back where that was judged, else the first finding, else what the Overview opens with. */
function headline({ verdicts, findings, answers, origin }: Report): string {
  const judged = [verdicts.prefill, verdicts.decode].filter(isJudged).map(verdictText);
  if (judged.length > 0) return printable(judged.join(' '));
  return printable(findings[0]?.sentence ?? answers.overview ?? origin.sentence);
}

/** A verdict never stands without how sure it is, wherever it is cut. */
function verdictText({ sentence, confidence }: ReportVerdict): string {
  if (confidence === null) return sentence;
  return `${confidence.charAt(0).toUpperCase()}${confidence.slice(1)} confidence: ${sentence}`;
}

function firstFact({ identity }: Report, group: string): string {
  return printable(identity.find((row) => row.group === group)?.value ?? '');
}

function stageStrip(report: Report): StageStrip | null {
  const { timeline } = report;
  if (!timeline || timeline.endS <= timeline.startS) return null;
  const estimated = estimatedBands(report);
  const bands = timeline.bands.length > 0 ? timeline.bands : estimated;
  if (bands.length === 0) return null;
  const { startS, endS } = timeline;
  return { bands, startS, endS, isEstimated: timeline.bands.length === 0 };
}

/** Prefill and Decode with the durations of the Overview's table, then what else the strip shows. */
function legendOf({ comparison }: Report, { bands, isEstimated }: StageStrip): RunCard['legend'] {
  const duration = comparison.find(({ id }) => id === 'duration');
  const text = (stage: ReportStage): string => {
    if (isEstimated || (stage !== 'prefill' && stage !== 'decode')) return STAGE_NAMES[stage];
    const { value = null, unit = '' } = duration?.[stage] ?? {};
    return value === null ? STAGE_NAMES[stage] : `${STAGE_NAMES[stage]} ${formatText(value, unit)}`;
  };
  const shown = new Set(bands.map(({ stage }) => stage));
  return LEGEND_ORDER.filter((stage) => shown.has(stage)).map((stage) => ({ stage, text: text(stage) }));
}

function noteOf(report: Report, strip: StageStrip | null): string {
  if (strip?.isEstimated) return 'stages estimated from kernels';
  if (strip) return timeAxisName(report) === 'time' ? '' : timeAxisName(report);
  return timeNote(report) ?? (report.stages.source === null ? 'The stages of this run are not known.' : '');
}

/** `9 runs: 4 emulated, 3 simulated, 2 reported elsewhere`. */
function originsText(runs: readonly RunRow[]): string {
  if (runs.length === 0) return '';
  const counts = new Map<string, number>();
  for (const { origin } of runs) counts.set(origin, (counts.get(origin) ?? 0) + 1);
  const parts = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  const origins =
    counts.size === 1 ? parts[0][0] : parts.map(([label, count]) => `${count} ${label}`).join(', ');
  return `${formatPlural(runs.length, 'run')}: ${origins}`;
}
