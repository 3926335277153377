/** What every page of a site says in its head, what its policy allows, and which files it loads. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { gemview } from '../support/command.ts';
import { HOSTILE_TITLE, publishedCaptures } from '../support/publishedCaptures.ts';
import {
  loadedAssets,
  pageHead,
  pagesOf,
  policyFaults,
  readPage,
  type PageHead,
} from '../support/publishedPage.ts';

const ORIGIN = 'https://example.org';
const BASE = '/docs/';

let scratch: string;
let site: string;
/** The same captures under another base path, without the site's address. */
let nameless: string;
let pages: { path: string; document: Document; head: PageHead }[];

beforeAll(async () => {
  scratch = publishedCaptures();
  const first = await gemview(['build', '--base', BASE, '--site', ORIGIN], { cwd: scratch });
  expect(first).toMatchObject({ code: 0, stderr: '' });
  expect(first.stdout).not.toContain('--site');
  site = join(scratch, 'dist');
  const second = await gemview(['build', '--base', '/other/', '--out', 'nameless'], { cwd: scratch });
  expect(second).toMatchObject({ code: 0, stderr: '' });
  expect(second.stdout).toMatch(/^nameless: 3 runs, 3 unchanged\n/);
  expect(second.stdout.match(/^Social cards .*--site https:\/\/example\.org$/gm)).toHaveLength(1);
  nameless = join(scratch, 'nameless');
  pages = pagesOf(site).map((path) => {
    const document = readPage(site, path);
    return { path, document, head: pageHead(document, true) };
  });
});

const page = (path: string) => pages.find((candidate) => candidate.path === path)!;
/** Paths of pages by what is wrong with them. */
function faulty(
  faultsOf: (of: (typeof pages)[number]) => readonly string[],
): Record<string, readonly string[]> {
  const found = pages.map((candidate) => [candidate.path, faultsOf(candidate)] as const);
  return Object.fromEntries(found.filter(([, faults]) => faults.length > 0));
}
/** A file of the site by its whole address. */
const fileAt = (address: string): string => join(site, address.slice(`${ORIGIN}${BASE}`.length));

describe('the pages of a site', () => {
  it('are of every kind', () => {
    const paths = pages.map(({ path }) => path.replaceAll(/@[0-9a-f]{12}/g, '@'));
    expect(paths).toEqual(
      expect.arrayContaining([
        'index.html',
        '404.html',
        'runs/script/index.html',
        'runs/script/method/index.html',
        'runs/script/notes/index.html',
        'runs/script/charts/tokens/index.html',
        'runs/script@/charts/tokens/index.html',
        'runs/hostile/index.html',
        'runs/former/index.html',
        'runs/former/charts/tokens/index.html',
        'embed/script/tokens/index.html',
        'embed/script@/tokens/index.html',
        'embed/former/tokens/index.html',
        'stories/two-runs/index.html',
      ]),
    );
  });

  it('each have one title, one description and one canonical address in their head, and what links to them show', () => {
    expect(faulty(({ head }) => head.faults)).toEqual({});
  });

  it('name themselves by their whole address, and copies of a page name that page', () => {
    const expected = (path: string): string => {
      const own = path.replace(/index\.html$/, '');
      // A picture in a frame is a part of the chart's page; a former id leads to the one of today.
      return `${ORIGIN}${BASE}${own.replace('/former/', '/script/').replace(/^embed\/([^/]+)\//, 'runs/$1/charts/')}`;
    };
    for (const { path, head } of pages) {
      expect(head.canonical, path).toBe(expected(path));
      expect(head.graph.url, path).toBe(head.canonical);
    }
    const titles = pages.filter(({ path }) => !/@|former|embed/.test(path)).map(({ head }) => head.title);
    const runs = new Set(titles.filter((title, index) => titles.indexOf(title) !== index));
    expect([...runs], 'titles of several pages').toEqual([]);
  });

  it('show a picture of the size that they tell, with words for those who cannot see it', () => {
    for (const { path, head } of pages) {
      const { image, 'image:width': width, 'image:height': height, 'image:alt': alt } = head.graph;
      const png = readFileSync(fileAt(image));
      expect(png.subarray(1, 4).toString(), path).toBe('PNG');
      expect([png.readUInt32BE(16), png.readUInt32BE(20)].map(String), path).toEqual([width, height]);
      expect(alt.length, path).toBeLessThanOrEqual(300);
      expect(head.description.length, path).toBeLessThanOrEqual(300);
    }
    const imageOf = (path: string): string => page(path).head.graph.image.slice(`${ORIGIN}${BASE}`.length);
    expect(imageOf('index.html')).toBe('social-card.png');
    expect(imageOf('404.html')).toBe('social-card.png');
    expect(imageOf('runs/script/method/index.html')).toBe('runs/script/social-card.png');
    expect(imageOf('runs/script/notes/index.html')).toBe('runs/script/social-card.png');
    expect(imageOf('runs/former/index.html')).toBe('runs/script/social-card.png');
    expect(imageOf('stories/two-runs/index.html')).toBe('stories/two-runs/social-card.png');
    expect(imageOf('runs/script/charts/tokens/index.html')).toBe('runs/script/charts/tokens.png');
    const pinned = pages.find(({ path }) => /^runs\/script@\w+\/charts\/tokens\/index/.test(path))!;
    expect(imageOf(pinned.path)).toMatch(/^runs\/script@[0-9a-f]{12}\/charts\/tokens\.png$/);
    // A link to the former id of a run finds the picture too.
    expect(statSync(join(site, 'runs/former/social-card.png')).size).toBeGreaterThan(10_000);
  });

  it('say the origin of their run where a link to them is shown', () => {
    for (const { path, head } of pages.filter(({ path }) => /^(?:runs|embed)\//.test(path))) {
      expect(head.graph.description, path).toMatch(/^Origin: (?:simulated|hardware)\. \S/);
    }
  });

  it('hold hostile names as text', () => {
    const shown = HOSTILE_TITLE.replaceAll('\u202E', '\uFFFD');
    expect(page('runs/hostile/index.html').head.graph.title).toContain(shown);
    expect(page('runs/hostile/index.html').head.graph['image:alt']).toContain('<script>alert(1)</script>');
    expect(page('stories/two-runs/index.html').head.description).toBe(shown);
    for (const { path, document } of pages) {
      expect(document.querySelector('img[onerror]'), path).toBeNull();
      expect(
        [...document.querySelectorAll('script')].map((script) => script.textContent),
        path,
      ).not.toContain('alert(1)');
    }
  });

  it('link to themselves by the host’s root when the site does not know its address', () => {
    for (const path of pagesOf(nameless)) {
      const { faults, canonical, graph } = pageHead(readPage(nameless, path), false);
      expect(faults, path).toEqual([]);
      expect(canonical, path).toMatch(/^\/other\//);
      expect(graph.image, path).toMatch(/^\/other\/.*\.png$/);
    }
  });
});

describe('the policy of every page', () => {
  it('covers what stands in it by its hash, and allows nothing in vain', () => {
    expect(faulty(({ document }) => policyFaults(document))).toEqual({});
  });
});

/** Paths of all files below a folder. */
const filesOf = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) =>
    statSync(join(folder, path)).isFile(),
  );

/** Eight letters of a hash before the ending. */
const HASHED = /^_gemview\/[\w.@-]+\.[\w-]{8}\.(?:css|js|woff2|svg)$/;
/** Loaded by pages elsewhere, at an address that stays. */
const PROMISED = ['embed/gemview-chart.js'];

describe('scripts, styles and fonts', () => {
  it('have a hash of their content in their names, but those whose address is promised', () => {
    const files = filesOf(site).filter((path) => /\.(?:css|m?js|woff2?|ttf|otf)$/.test(path));
    expect(files.length).toBeGreaterThan(5);
    expect(files.filter((path) => !HASHED.test(path)).sort()).toEqual(PROMISED);
    expect(filesOf(join(site, '_gemview')).filter((path) => !HASHED.test(`_gemview/${path}`))).toEqual([]);
  });

  it('are all that pages, styles and scripts load', () => {
    const loaded = new Set<string>();
    for (const { path, document } of pages) {
      for (const address of loadedAssets(document)) {
        expect(address, path).toMatch(/^\/docs\/_gemview\//);
        loaded.add(address.slice(BASE.length));
      }
    }
    for (const path of loaded) {
      expect(path).toMatch(HASHED);
      if (!/\.(?:css|js)$/.test(path)) continue;
      const text = readFileSync(join(site, path), 'utf8');
      const named = path.endsWith('.css')
        ? [...text.matchAll(/url\(["']?([^"')]+)["']?\)|@import ["']([^"']+)["']/g)].map(
            ([, url, file]) => url ?? file,
          )
        : [...text.matchAll(/(?:from|import)\s*\(?\s*["'`]([\w@./-]+)["'`]/g)].map(([, file]) => file);
      for (const name of named.filter((name) => !name.startsWith('data:'))) {
        const target = new URL(name, `${ORIGIN}${BASE}${path}`).href.slice(`${ORIGIN}${BASE}`.length);
        loaded.add(target);
      }
    }
    expect([...loaded].filter((path) => path.endsWith('.woff2')).length).toBeGreaterThan(1);
    const written = filesOf(join(site, '_gemview')).map((path) => `_gemview/${path}`);
    expect([...loaded].filter((path) => !written.includes(path))).toEqual([]);
  });

  it('have another name where they have another content, and the same name where they have the same', () => {
    const [first, second] = [site, nameless].map((folder) => join(folder, '_gemview'));
    const names = filesOf(first);
    const both = names.filter((name) => filesOf(second).includes(name));
    for (const name of both) {
      expect(readFileSync(join(first, name)).equals(readFileSync(join(second, name))), name).toBe(true);
    }
    // Styles name fonts by the base path, fonts name nothing.
    expect(names.filter((name) => name.endsWith('.woff2')).every((name) => both.includes(name))).toBe(true);
    expect(both.filter((name) => name.endsWith('.css')).length).toBeLessThan(
      names.filter((name) => name.endsWith('.css')).length,
    );
  });
});

describe('what docs/DEPLOY.md tells a server to call immutable', () => {
  it('is everything that a name pins to its content, and no page', () => {
    const guide = readFileSync('docs/DEPLOY.md', 'utf8');
    const immutable = new RegExp(/location ~ "(\^[^"]+)"/.exec(guide)![1]);
    const published = filesOf(site);
    const matched = published.filter((path) => immutable.test(`/profiles/${path}`));
    const pinned = published.filter(
      (path) => HASHED.test(path) || (/^runs\/[^/]+@[0-9a-f]{12}\//.test(path) && !path.endsWith('.html')),
    );
    expect(matched.sort()).toEqual(pinned.sort());
    expect(matched.filter((path) => path.endsWith('.png')).length).toBeGreaterThan(5);
  });
});

describe('the card of an unchanged run', () => {
  it('is taken from where it was kept', () => {
    const kept = readdirSync(join(scratch, '.gemview/cache/reports'));
    expect(kept).toHaveLength(3);
    for (const folder of kept) {
      const card = readFileSync(join(scratch, '.gemview/cache/reports', folder, 'social-card.png'));
      const published = ['script', 'log', 'hostile'].map((run) =>
        readFileSync(join(nameless, 'runs', run, 'social-card.png')),
      );
      expect(published.some((bytes) => bytes.equals(card))).toBe(true);
    }
  });
});
