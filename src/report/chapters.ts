/**
 * The chapters of a run's report, in reading order. One entry here is a numbered place in the rail, an address, and the
 * key of the sentence in `report.answers` that opens the chapter; the numbers follow from the order.
 */
export interface Chapter {
  /** Part of the address, and key of `report.answers`. */
  id: ChapterId;
  title: string;
  /** The question the chapter answers, in the reader's words. */
  question: string;
}

export type ChapterId = 'overview' | 'timeline' | 'prefill-decode' | 'call-paths' | 'functions' | 'method';

export const CHAPTERS: readonly Chapter[] = [
  { id: 'overview', title: 'Overview', question: 'What ran, and how do its stages compare?' },
  { id: 'timeline', title: 'Timeline', question: 'When did each stage and each token run?' },
  {
    id: 'prefill-decode',
    title: 'Prefill and Decode',
    question: 'How do the two stages differ in counters?',
  },
  { id: 'call-paths', title: 'Call paths', question: 'Which chain of calls spends the time?' },
  { id: 'functions', title: 'Functions', question: 'Which functions run in each stage?' },
  { id: 'method', title: 'Method', question: 'How was this recorded, and what could not be known?' },
];

/** Number of a chapter in the rail, from 1. */
export function chapterNumber(id: ChapterId): number {
  return CHAPTERS.findIndex((chapter) => chapter.id === id) + 1;
}

/** The chapter table's entry; throws for an id that is no chapter. */
export function chapterById(id: string): Chapter {
  const chapter = CHAPTERS.find((candidate) => candidate.id === id);
  if (!chapter) throw new Error(`no chapter '${id}'`);
  return chapter;
}
