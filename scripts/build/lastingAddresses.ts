/**
 * Addresses that outlive a build: charts pinned to their content, and former ids of runs. All are plain files, made from
 * the pages that were just written.
 */
import { copyFile, link, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { REDIRECT_POLICY, REDIRECT_SCRIPT } from '../../src/components/layout/head.ts';
import { escaped } from '../../src/charts/text.ts';
import { InputError } from '../../src/readers/reader.ts';
import { pinnedRun } from '../../src/report/addresses.ts';
import { InputErrors } from '../inputErrors.ts';
import { RUN_ID } from './captures.ts';

/** What addresses are made of. */
export interface AddressedRun {
  id: string;
  contentHash: string;
  /** Former ids. */
  aliases: readonly string[];
  /** Texts that must not be published; none when left out. */
  redact?: readonly string[];
}

/** `<run>@<hash>` as a folder's name. */
const PINNED = /^(.+)@[0-9a-f]{12}$/;
/** Folders that hold one folder a run, and below it what is pinned. */
const PINNED_FOLDERS = [
  { folder: 'runs', part: 'charts' },
  { folder: 'embed', part: '' },
] as const;

/**
 * Writes each chart again under `runs/<run>@<hash>/charts/` and `embed/<run>@<hash>/`. Their pages name each other by the
 * pinned address; what leads out of them leads to the run of today.
 *
 * @param base base path of the site
 */
export async function writePinnedCharts(
  site: string,
  base: string,
  runs: readonly Pick<AddressedRun, 'id' | 'contentHash'>[],
): Promise<void> {
  for (const run of runs) {
    const pinned = pinnedRun(run);
    for (const { folder, part } of PINNED_FOLDERS) {
      const from = join(site, folder, run.id, part);
      const to = join(site, folder, pinned, part);
      for (const file of await filesBelow(from)) {
        await place(join(from, file), join(to, file), (html) =>
          html
            .replaceAll(`${base}runs/${run.id}/charts/`, `${base}runs/${pinned}/charts/`)
            .replaceAll(`${base}embed/${run.id}/`, `${base}embed/${pinned}/`),
        );
      }
    }
  }
}

/**
 * Brings pinned charts of earlier builds over from the last site, with the styles they are drawn with; those of former ids
 * stay under the id that they were pinned by. Charts of runs that are gone go with them: who takes a run away wants it to
 * be gone. So do charts that hold what is to be redacted by now.
 */
export async function keepPinnedCharts(
  lastSite: string,
  site: string,
  runs: readonly AddressedRun[],
): Promise<void> {
  // What leads out of a pin of a former id leads to that id's pages, which lead on to the run (writeAliases).
  const known = new Map(runs.flatMap((run) => [run.id, ...run.aliases].map((id) => [id, run])));
  const withheld = await pinsToWithhold(lastSite, known);
  const assets = new Set<string>();
  for (const { folder } of PINNED_FOLDERS) {
    for (const name of await namesIn(join(lastSite, folder))) {
      const run = PINNED.exec(name)?.[1];
      if (run === undefined || !known.has(run) || withheld.has(name)) continue;
      if (await isThere(join(site, folder, name))) continue;
      const from = join(lastSite, folder, name);
      for (const file of await filesBelow(from)) {
        await place(join(from, file), join(site, folder, name, file));
        if (file.endsWith('.html')) await collectAssets(lastSite, join(from, file), assets);
      }
    }
  }
  for (const asset of assets) {
    if (!(await isThere(join(site, asset)))) await place(join(lastSite, asset), join(site, asset));
  }
}

/** Pins of which any text holds what its run redacts; their pictures hold it too. */
async function pinsToWithhold(
  lastSite: string,
  runs: ReadonlyMap<string, AddressedRun>,
): Promise<Set<string>> {
  const withheld = new Set<string>();
  for (const { folder } of PINNED_FOLDERS) {
    for (const name of await namesIn(join(lastSite, folder))) {
      const redact = runs.get(PINNED.exec(name)?.[1] ?? '')?.redact ?? [];
      if (redact.length === 0) continue;
      const forms = redact.flatMap((text) => [text, escaped(text), JSON.stringify(text).slice(1, -1)]);
      const from = join(lastSite, folder, name);
      for (const file of (await filesBelow(from)).filter((path) => !path.endsWith('.png'))) {
        const text = await readFile(join(from, file), 'utf8');
        if (forms.some((form) => text.includes(form))) withheld.add(name);
      }
    }
  }
  return withheld;
}

/** Names of content-hashed files in a page or stylesheet. */
const ASSET = /_gemview\/[\w.@-]+/g;

async function collectAssets(site: string, file: string, assets: Set<string>): Promise<void> {
  for (const [asset] of (await readFile(file, 'utf8')).matchAll(ASSET)) {
    if (assets.has(asset) || !(await isThere(join(site, asset)))) continue;
    assets.add(asset);
    if (/\.(?:css|js)$/.test(asset)) await collectAssets(site, join(site, asset), assets);
  }
}

/**
 * Former ids of runs lead to the run: pages by a redirect that needs no server, files by a copy.
 *
 * @throws InputErrors for an alias that is no run id, is a run's id, or belongs to two runs
 */
export async function writeAliases(site: string, base: string, runs: readonly AddressedRun[]): Promise<void> {
  checkAliases(runs);
  for (const { id, aliases } of runs) {
    for (const alias of aliases) {
      for (const folder of ['runs', 'embed']) {
        const from = join(site, folder, id);
        for (const file of await filesBelow(from)) {
          const to = join(site, folder, alias, file);
          if (!file.endsWith('index.html')) await place(join(from, file), to);
          else {
            await mkdir(dirname(to), { recursive: true });
            const path = file.slice(0, -'index.html'.length).replaceAll('\\', '/');
            const page = await readFile(join(from, file), 'utf8');
            await writeFile(to, redirectPage(`${base}${folder}/${id}/${path}`, page));
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
      const problem = !RUN_ID.test(alias)
        ? 'is no run id: lower-case letters, digits and hyphens'
        : owner === undefined
          ? null
          : owner === alias
            ? 'is the id of a run'
            : `is an alias of ${owner} too`;
      if (problem) errors.push(new InputError(`${id}/run.yaml`, `aliases: '${alias}' ${problem}`));
      owners.set(alias, id);
    }
  }
  if (errors.length > 0) throw new InputErrors(errors);
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

/** Puts a file into another place: linked where its text stays, so that a site does not grow by copies. */
async function place(from: string, to: string, change?: (html: string) => string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  if (change && from.endsWith('.html')) {
    await writeFile(to, change(await readFile(from, 'utf8')));
    return;
  }
  // Not every file system has links.
  await link(from, to).catch(() => copyFile(from, to));
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + (folder.endsWith('/') ? 0 : 1)))
    .sort();
}

async function namesIn(folder: string): Promise<string[]> {
  return (await readdir(folder).catch(() => [])).sort();
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
