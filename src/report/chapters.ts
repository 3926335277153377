/**
 * The chapters of a run's report, in reading order. One entry here is a numbered place in the rail, an address, and the
 * key of the sentence in `report.answers` that opens the chapter. A run has those chapters that have something to show for
 * it: the others have no place in its rail, no address and no number.
 */
import type { Report } from './schema.ts';

/** One chapter. */
export interface Chapter {
  /** Part of the address, and key of `report.answers`. */
  id: ChapterId;
  title: string;
  /** The question the chapter answers, in the reader's words. */
  question: string;
  /** True when the chapter has something to show for this report; a page of reasons is nothing. */
  hasContent: (report: Report) => boolean;
}

export type ChapterId =
  | 'overview'
  | 'timeline'
  | 'prefill-decode'
  | 'call-paths'
  | 'functions'
  | 'operators'
  | 'threads'
  | 'method';

export const CHAPTERS: readonly Chapter[] = [
  {
    id: 'overview',
    title: 'Overview',
    question: 'What ran, and how do its stages compare?',
    hasContent: () => true,
  },
  {
    id: 'timeline',
    title: 'Timeline',
    question: 'When did each stage and each token run?',
    hasContent: ({ timeline }) => timeline !== null,
  },
  {
    id: 'prefill-decode',
    title: 'Prefill and Decode',
    question: 'How do the two stages differ in counters?',
    hasContent: (report) =>
      report.counters.length > 0 || report.spanChannels.length > 0 || hasComparison(report),
  },
  {
    id: 'call-paths',
    title: 'Call paths',
    question: 'Which chain of calls spends the time?',
    hasContent: ({ callTree }) => callTree !== null && callTree.parent.length > 0,
  },
  {
    id: 'functions',
    title: 'Functions',
    question: 'Which functions run in each stage?',
    hasContent: ({ functions }) => functions.rows.length > 0,
  },
  {
    id: 'operators',
    title: 'Operators',
    question: 'What does each stage compute, and in whose kernels?',
    hasContent: ({ operators, roofline }) => operators !== null || roofline !== null,
  },
  {
    id: 'threads',
    title: 'Threads and cores',
    question: 'Which threads work, which wait, and on which CPUs?',
    hasContent: ({ threadUse }) => threadUse !== null,
  },
  {
    id: 'method',
    title: 'Method',
    question: 'How was this recorded, and what could not be known?',
    hasContent: () => true,
  },
];

/** The chapters of one run, in order: those with something to show for it. */
export function chaptersOf(report: Report): readonly Chapter[] {
  return CHAPTERS.filter((chapter) => chapter.hasContent(report));
}

/** Number of a chapter in the run's rail, from 1; 0 for a chapter that the run does not have. */
export function chapterNumber(report: Report, id: ChapterId): number {
  return chaptersOf(report).findIndex((chapter) => chapter.id === id) + 1;
}

/** True when the table of Prefill beside Decode has at least one known cell. */
export function hasComparison({ comparison }: Pick<Report, 'comparison'>): boolean {
  return comparison.some(
    ({ prefill, decode, texts }) =>
      prefill.value !== null || decode.value !== null || texts?.prefill != null || texts?.decode != null,
  );
}

/** The chapter table's entry; throws for an id that is no chapter. */
export function chapterById(id: string): Chapter {
  const chapter = CHAPTERS.find((candidate) => candidate.id === id);
  if (!chapter) throw new Error(`no chapter '${id}'`);
  return chapter;
}
