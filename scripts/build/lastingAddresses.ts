/**
 * Addresses that outlive a build: charts pinned to their content, and former ids of runs. All are plain files, made from
 * the pages that were just written.
 */
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { REDIRECT_POLICY, REDIRECT_SCRIPT } from '../../src/components/layout/head.ts';
import { InputError } from '../../src/readers/reader.ts';
import { InputErrors } from '../inputErrors.ts';
import { RUN_ID, suggestRunId } from './captures.ts';
import { assetsIn, type CheckedPins } from './checkedPins.ts';
import { linkFile, linkFiles, siteFiles } from './pageCache.ts';
import { PINNED_FOLDERS } from './pinnedCharts.ts';
import type { PrivacyCheck } from './privacyCheck.ts';

/** What addresses are made of. */
export interface AddressedRun {
  id: string;
  contentHash: string;
  /** Former ids. */
  aliases: readonly string[];
}

/** `<run>@<hash>` as a folder's name. */
const PINNED = /^(.+)@[0-9a-f]{12}$/;

/**
 * Brings pinned charts of earlier builds over from the last site, with the styles they are drawn with; those of former ids
 * stay under the id that they were pinned by. Charts of runs that are gone go with them: who takes a run away wants it to
 * be gone. So do charts that hold what is private by now: what an earlier build let through, or what is redacted since.
 *
 * @returns a sentence for each pin that is left behind because of what it holds
 */
export async function keepPinnedCharts(
  lastSite: string,
  site: string,
  runs: readonly Pick<AddressedRun, 'id' | 'aliases'>[],
  privacy: PrivacyCheck,
  checked: CheckedPins,
): Promise<string[]> {
  // What leads out of a pin of a former id leads to that id's pages, which lead on to the run (writeAliases).
  const known = new Set(runs.flatMap(({ id, aliases }) => [id, ...aliases]));
  const told: string[] = [];
  const assets = new Set<string>();
  for (const name of await pinsOf(lastSite)) {
    if (!known.has(PINNED.exec(name)![1])) continue;
    const files = PINNED_FOLDERS.map(({ folder }) => `${folder}/${name}`)
      .filter((path) => !existsSync(join(site, path)))
      .flatMap((path) => siteFiles(lastSite, path));
    if (files.length === 0) continue;
    const answer = await checked.look(lastSite, { name, files }, privacy);
    if ('complaint' in answer) {
      told.push(answer.complaint);
      continue;
    }
    linkFiles(lastSite, site, files);
    for (const asset of answer.assets) collectAssets(lastSite, asset, assets);
  }
  linkFiles(
    lastSite,
    site,
    [...assets].filter((asset) => !existsSync(join(site, asset))),
  );
  checked.forgetUnused(Date.now());
  return told;
}

/** `<run>@<hash>` of everything that is pinned in a site, by name. */
async function pinsOf(site: string): Promise<string[]> {
  const names = await Promise.all(PINNED_FOLDERS.map(({ folder }) => namesIn(join(site, folder))));
  return [...new Set(names.flat())].filter((name) => PINNED.test(name)).sort();
}

/** A content-hashed file with those that it names, as styles name fonts. */
function collectAssets(site: string, asset: string, assets: Set<string>): void {
  if (assets.has(asset) || !existsSync(join(site, asset))) return;
  assets.add(asset);
  if (!/\.(?:css|js)$/.test(asset)) return;
  for (const name of assetsIn(join(site, asset))) collectAssets(site, name, assets);
}

/**
 * Former ids of runs lead to the run: pages by a redirect that needs no server, files by a link.
 *
 * @throws InputErrors for an alias that is no run id, is a run's id, or belongs to two runs
 */
export async function writeAliases(site: string, base: string, runs: readonly AddressedRun[]): Promise<void> {
  checkAliases(runs);
  for (const { id, aliases } of runs) {
    for (const alias of aliases) {
      for (const folder of ['runs', 'embed']) {
        for (const path of siteFiles(site, `${folder}/${id}`)) {
          const from = join(site, path);
          const to = join(site, folder, alias, path.slice(`${folder}/${id}/`.length));
          if (!path.endsWith('index.html')) linkFile(from, to);
          else {
            const address = `${base}${path.slice(0, -'index.html'.length)}`;
            await mkdir(dirname(to), { recursive: true });
            await writeFile(to, redirectPage(address, await readFile(from, 'utf8')));
          }
        }
      }
    }
  }
}

/** Checks the aliases of all runs together. */
export function checkAliases(runs: readonly AddressedRun[]): void {
  const owners = new Map(runs.map(({ id }) => [id, id]));
  const errors: InputError[] = [];
  for (const { id, aliases } of runs) {
    for (const alias of aliases) {
      const owner = owners.get(alias);
      const problem = aliasProblem(alias, id, owner);
      if (problem) {
        const [what, fix] = problem;
        errors.push(new InputError(`${id}/run.yaml`, `aliases: '${alias}' ${what}`, { fix }));
      }
      owners.set(alias, id);
    }
  }
  if (errors.length > 0) throw new InputErrors(errors);
}

/** What is wrong with an alias of a run, and what to do; `owner` is who has that name already. */
function aliasProblem(alias: string, id: string, owner: string | undefined): [string, string] | null {
  if (!RUN_ID.test(alias)) {
    const name =
      alias
        .replaceAll(/^\/+|\/+$/g, '')
        .split('/')
        .pop() ?? '';
    return [
      'is no run id: lower-case letters, digits and hyphens',
      `Write the folder's former name alone, for example '${suggestRunId(name)}'`,
    ];
  }
  if (owner === undefined) return null;
  if (owner === id)
    return [alias === id ? 'is the id of the run itself' : 'stands there twice', 'Take it out'];
  return owner === alias
    ? ['is the id of a run', 'That address is taken: take the alias out, or rename that run']
    : [`is an alias of ${owner} too`, 'An address leads to one run: take it out of one of the two'];
}

/** What a page says to programs that show a link to it. */
const HEAD_TAGS =
  /<(?:meta (?:name="(?:description|twitter:card)"|property="og:[\w:]+")|link rel="canonical")(?:"[^"]*"|[^">])*>/g;

/**
 * The script takes the question and the part of the page along, which a link to a finding has; the refresh is for browsers
 * that run none, the link for those whose reader does not follow. A link to the former address shows what one to the page
 * itself does.
 *
 * @param page the page that it leads to
 */
function redirectPage(address: string, page: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="content-security-policy" content="${REDIRECT_POLICY}">
<script data-to="${address}">${REDIRECT_SCRIPT}</script>
<noscript><meta http-equiv="refresh" content="0; url=${address}"></noscript>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>This run has another name now</title>
${(page.match(HEAD_TAGS) ?? []).join('\n')}
</head>
<body>
<p>This run has another name now: <a href="${address}">${address}</a></p>
</body>
</html>
`;
}

async function namesIn(folder: string): Promise<string[]> {
  return (await readdir(folder).catch(() => [])).sort();
}
