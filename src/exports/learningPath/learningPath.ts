/** A run as the pages of an Arm Learning Path, ready for that site's Hugo. */
import { chapterAddress } from '../../report/addresses.ts';
import type { Report } from '../../report/schema.ts';
import {
  chapterPages,
  objectivesOf,
  shownPictures,
  type ChapterPage,
  type LearningPathPicture,
} from './chapterPages.ts';
import { indexPage, nextStepsPage, pageMatter } from './frontMatter.ts';

export interface LearningPathOptions {
  /** Address of the published site with its base path and a closing slash; null when it is not known. */
  site: string | null;
  authors: readonly string[];
}

export interface LearningPath {
  /** Text by file name. */
  pages: Map<string, string>;
  /** The pictures that the pages show. */
  pictures: LearningPathPicture[];
}

/** The first page of the site's has weight 1, the last one 21: eight chapters, with room for the author's own pages between. */
const WEIGHT_STEP = 2;

/** @param pictures every chart that can be drawn of the run, those that say most first in their chapter */
export function learningPath(
  report: Report,
  pictures: readonly LearningPathPicture[],
  { site, authors }: LearningPathOptions,
): LearningPath {
  const chapters = chapterPages(report, pictures);
  const words = chapters.reduce((sum, { body }) => sum + wordCount(body), 0);
  const pages = new Map<string, string>();
  pages.set(
    '_index.md',
    indexPage(report, {
      objectives: objectivesOf(report),
      words,
      authors,
      reportAddress: site === null ? null : site + chapterAddress(report.run.id, 'overview'),
    }),
  );
  for (const page of chapters) pages.set(`${page.number}-${page.chapter}.md`, pageText(report, page, site));
  pages.set('_next-steps.md', nextStepsPage());
  return { pages, pictures: shownPictures(report, pictures) };
}

function pageText(
  report: Report,
  { chapter, title, number, body }: ChapterPage,
  site: string | null,
): string {
  const live =
    site === null
      ? ''
      : `\n\n## Explore the report\n\nThe [report of this run](${site}${chapterAddress(report.run.id, chapter)}) has this chapter with charts to explore, the data of each and the formula behind each number.`;
  return `${pageMatter(title, WEIGHT_STEP * number)}\n${body}${live}\n`;
}

/** Words that are read: not those of tables, pictures and markers. */
function wordCount(body: string): number {
  return body
    .split('\n')
    .filter((line) => !/^(?:\||!\[|\[gemview )/.test(line))
    .join(' ')
    .split(/\s+/).length;
}
