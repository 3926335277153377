/** The part of a report that other pages than the run's own show. */
import type { Report } from '../../report/schema.ts';
import { availableCharts } from '../../charts/registry.ts';
import { chaptersOf, type ChapterId } from '../../report/chapters.ts';

export interface RunSummary {
  id: string;
  title: string;
  description: string | null;
  tags: string[];
  contentHash: string;
  origin: Report['origin'];
  /** First line of the identity card about the machine; null when nothing is known. */
  machine: string | null;
  model: string | null;
  headline: Report['headline'];
  /** Decode latency over the run, milliseconds; for the sparkline. */
  latencyMs: (number | null)[];
  /** Chapters that have something to show for this run. */
  chapters: ChapterId[];
  /** Ids of the charts this run can show. */
  charts: string[];
  /** Names of the files published beside the report. */
  files: string[];
}

export function summaryOf(report: Report): RunSummary {
  const first = (group: Report['identity'][number]['group']): string | null =>
    report.identity.find((row) => row.group === group)?.value ?? null;
  const { tokens } = report;
  return {
    ...report.run,
    origin: report.origin,
    machine: first('machine'),
    model: first('model'),
    headline: report.headline,
    latencyMs: tokens.latencyMs.filter((_, row) => tokens.stage[row] === 'decode'),
    chapters: chaptersOf(report).map((chapter) => chapter.id),
    charts: availableCharts(report).map((chart) => chart.id),
    files: report.files.map((file) => file.name),
  };
}

/** Headline numbers of a run in a list of runs. */
const SHOWN_NUMBERS = 4;

/** The first numbers of a run; one entry for all where none is known for the same reason. */
export function shownNumbers(headline: RunSummary['headline']): RunSummary['headline'] {
  const shown = headline.slice(0, SHOWN_NUMBERS);
  const reasons = new Set(shown.map(({ quantity }) => quantity.reason));
  if (shown.length < 2 || reasons.size > 1 || shown[0].quantity.value !== null) return shown;
  return [{ ...shown[0], label: shown.map(({ label }) => label).join(' · ') }];
}
