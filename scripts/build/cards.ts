/** Social cards: the pictures that are shown where somebody posts a link to the site, to a run or to a story. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pageCard, type RunRow } from '../../src/charts/socialCard/cardWords.ts';
import { pageCardSvg } from '../../src/charts/socialCard/drawCard.ts';
import { SITE_SENTENCE, SITE_TITLE } from '../../src/components/layout/siteWords.ts';
import { pngOfSvg } from '../../src/platform/node/pngPicture.ts';
import { SITE_CARD_ADDRESS, storyCardAddress } from '../../src/report/addresses.ts';
import type { WrittenFile } from './written.ts';

/**
 * Writes the cards of the site and of its stories beside the built pages; those of runs are drawn with their reports.
 *
 * @param rows of all runs, in the order of the home page
 */
export async function writeCards(
  site: string,
  rows: ReadonlyMap<string, RunRow>,
  written: readonly WrittenFile[],
): Promise<void> {
  const draw = async (
    address: string,
    page: { title: string; sentence: string | null },
    ids: Iterable<string>,
  ): Promise<void> => {
    const runs = [...ids].flatMap((id) => rows.get(id) ?? []);
    const path = join(site, address);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, await pngOfSvg(pageCardSvg(pageCard(page, runs))));
  };
  await draw(SITE_CARD_ADDRESS, { title: SITE_TITLE, sentence: SITE_SENTENCE }, rows.keys());
  for (const { slug, page } of written.filter(({ run }) => run === null)) {
    await draw(storyCardAddress(slug), { title: page.title, sentence: page.description }, runsOf(page));
  }
}

/** `run:` before the name of a number in a claim. */
const RUN_IN_CLAIM = /(?<![\w:-])([a-z0-9][a-z0-9-]*):(?!:)/g;

/** Ids that a story names, in the order in which it does; they need not be those of runs. */
export function runsOf({ run, uses }: Pick<WrittenFile['page'], 'run' | 'uses'>): Set<string> {
  const named = uses.flatMap(({ attributes: { run: id, that = '' } }) => [
    ...(id === undefined ? [] : [id]),
    ...[...that.matchAll(RUN_IN_CLAIM)].map(([, claimed]) => claimed),
  ]);
  return new Set(run === null ? named : [run, ...named]);
}
