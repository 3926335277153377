/**
 * The site's addresses, relative to its base path and without a leading slash. An address once published keeps working:
 * change nothing here, only add.
 */
import type { ChapterId } from './chapters.ts';

/** `runs/<run>/` for the overview, `runs/<run>/<chapter>/` for the others. */
export function chapterAddress(run: string, chapter: ChapterId): string {
  return chapter === 'overview' ? `runs/${run}/` : `runs/${run}/${chapter}/`;
}

/** A file published beside a run's report, such as `report.json` or `functions.csv`. */
export function runFileAddress(run: string, name: string): string {
  return `runs/${run}/${name}`;
}

/** The files of a run's capture as one download, where run.yaml publishes them. */
export function captureAddress(run: string, name: string): string {
  return runFileAddress(run, `capture/${name}`);
}

/** The page of one chart. */
export function chartAddress(run: string, chart: string): string {
  return `runs/${run}/charts/${chart}/`;
}

/** A chart as a file; `dark.svg` is the same picture for dark pages. */
export function chartFileAddress(run: string, chart: string, extension: ChartExtension): string {
  return `runs/${run}/charts/${chart}.${extension}`;
}

export type ChartExtension = 'svg' | 'dark.svg' | 'png' | 'csv' | 'json';

/** A run as its address pins it: `<run>@<hash>` shows what the run was when somebody linked to it. */
export function pinnedRun(run: { id: string; contentHash: string }): string {
  return `${run.id}@${run.contentHash.slice(0, PINNED_DIGITS)}`;
}

/** 48 bits tell the contents of one run apart. */
const PINNED_DIGITS = 12;

/** A chart without the page around it, for an iframe. */
export function embedAddress(run: string, chart: string): string {
  return `embed/${run}/${chart}/`;
}

/** The script of the element `<gemview-chart>`. */
export const CHART_ELEMENT_ADDRESS = 'embed/gemview-chart.js';

/** A chapter that somebody wrote for a run. */
export function writtenChapterAddress(run: string, slug: string): string {
  return `runs/${run}/${slug}/`;
}

/** What somebody wrote across runs. */
export function storyAddress(story: string): string {
  return `stories/${story}/`;
}

/** The social card of a run: the picture that is shown where somebody posts a link to one of its pages. */
export function runCardAddress(run: string): string {
  return runFileAddress(run, CARD_FILE);
}

/** The social card of a story. */
export function storyCardAddress(story: string): string {
  return `${storyAddress(story)}${CARD_FILE}`;
}

const CARD_FILE = 'social-card.png';

/** The social card of the site itself. */
export const SITE_CARD_ADDRESS = CARD_FILE;
