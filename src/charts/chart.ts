/** What every chart of the site is: words, a picture and a table that say the same. */
import type { ChapterId } from '../report/chapters.ts';
import type { Report } from '../report/schema.ts';
import type { TimeSpan } from './timeSpan.ts';

export interface ChartDefinition {
  /** Part of the chart's address: never changes once published. */
  id: string;
  chapter: ChapterId;
  /** Why this report has no such chart, a sentence; null when it can be drawn. */
  missing(report: Report): string | null;
  words(report: Report): ChartWords;
  /** One self-contained `<svg>` element; colours are `var(--token)` of the site's tokens. */
  draw(report: Report, options: DrawOptions): string;
  /** The data of the picture, all rows: the table twin and the CSV. */
  table(report: Report): ChartTable;
}

export interface ChartWords {
  /** What is to be seen, with the number: computed from the report. */
  title: string;
  /** Units, and what is shown. */
  subtitle: string;
  /** The picture in words, for those who cannot see it. */
  description: string;
  /** How the numbers are made: formulas, events, number of samples. */
  how: string[];
}

/** `wide` is drawn for pages and files, `narrow` for phones: same data, fewer and larger marks. */
export type ChartSize = 'wide' | 'narrow';

export interface DrawOptions {
  size: ChartSize;
  /** Prefix of ids inside the picture: unique on its page. */
  idPrefix: string;
  /** Document that elements are made with: the page's own, or one without a window on the server. */
  document: Document;
  /** The part of the run's time that a chart over it shows, seconds; all of it unless told. */
  span?: TimeSpan;
}

export interface ChartColumn {
  id: string;
  label: string;
  /** Unit of the values, as Report quantities name them; null for text and plain numbers. */
  unit: string | null;
  /** How the cells read: names of symbols are broken at underscores. */
  kind: 'text' | 'symbol' | 'number';
  /** What an empty cell says on a page where it is not that something is unknown. */
  none?: string;
}

export type ChartCell = string | number | boolean | null;

export interface ChartTable {
  columns: ChartColumn[];
  rows: ChartCell[][];
}
