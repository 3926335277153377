import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gemview } from '../support/command.ts';
import { fileHashes } from '../support/fileHashes.ts';
import { scratchFolder, writeFiles } from '../support/scratch.ts';

/** Memory as a file system: links from it to the scratch folder are not possible. */
const OTHER_FILE_SYSTEM = '/dev/shm';

/** A name like that of a style, which none has. */
const MISSING = '_gemview/site.none.css';

let scratch: string;
/** Caches that no build used before. */
let coldCaches = 0;

beforeAll(async () => {
  scratch = scratchFolder();
  cpSync(resolve('test/site/captures'), join(scratch, 'captures'), { recursive: true });
  writeFiles(join(scratch, 'captures'), {
    'log/chapters/notes.mdx':
      '---\ntitle: Notes\n---\nThe other run made <Metric run="script" that="decode.calls" /> calls.\n',
    'stories/one.mdx': '---\ntitle: One story\n---\nOf <Metric run="log" that="decode.calls" /> calls.\n',
  });
  await build('site');
});

async function build(out: string, ...args: string[]): Promise<void> {
  const { code, stderr } = await gemview(['build', 'captures', '--out', out, ...args], { cwd: scratch });
  expect(stderr).toBe('');
  expect(code).toBe(0);
}

/** The same captures, built as if for the first time. */
async function cold(): Promise<Record<string, string>> {
  const name = `cold-${++coldCaches}`;
  await build(name, '--cache', `cache-${coldCaches}`);
  return fileHashes(join(scratch, name));
}

const units = (): string[] =>
  readdirSync(join(scratch, '.gemview/cache/pages')).map((unit) =>
    join(scratch, '.gemview/cache/pages', unit),
  );

/** Where compiled pages begin. */
const compiledEntries = (): string[] =>
  units()
    .map((unit) => join(unit, 'pages'))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
    .filter((path) => /prerender-entry[^/]*$/.test(path));

/** Drops all kept units but the compiled pages. */
function forgetRendered(): void {
  for (const unit of units()) if (!existsSync(join(unit, 'pages'))) rmSync(unit, { recursive: true });
}

const site = (): Record<string, string> => fileHashes(join(scratch, 'site'));

describe('a site of which nothing changed', () => {
  it('is the same, and no page of it is rendered', async () => {
    const before = site();
    const page = join(scratch, 'site/runs/log/index.html');
    const { ino } = statSync(page);
    await build('site');
    expect(site()).toEqual(before);
    expect(statSync(page).ino).toBe(ino);
  });

  it('stands in the folders of the site before the last one, without what somebody put there', async () => {
    const before = site();
    const folder = join(scratch, 'site/runs/script/charts');
    const { ino } = statSync(folder);
    writeFiles(join(scratch, 'site'), { 'runs/script/charts/note.txt': 'mine' });
    await build('site');
    expect(statSync(folder).ino).not.toBe(ino);
    await build('site');
    expect(statSync(folder).ino).toBe(ino);
    expect(site()).toEqual(before);
  });
});

describe('a site of which one run changed', () => {
  it('is what a first build makes of the same captures', async () => {
    const untouched = join(scratch, 'site/runs/script/report.md');
    const { ino } = statSync(untouched);
    appendFileSync(join(scratch, 'captures/log/run.yaml'), 'tags: [changed]\n');
    await build('site', '--drop-pinned');
    expect(site()).toEqual(await cold());
    expect(statSync(untouched).ino).toBe(ino);
  });

  it('is the same when somebody edited a page of the last site, which is a kept page too', async () => {
    const expected = site();
    appendFileSync(join(scratch, 'site/runs/script/index.html'), '<p>edited</p>');
    await build('site', '--drop-pinned');
    expect(site()).toEqual(expected);
  });
});

describe('a site whose kept pages name a style that no build makes', () => {
  it('is rendered anew, and its pages are kept instead', async () => {
    const expected = site();
    const page = join(scratch, 'site/runs/log/index.html');
    const before = statSync(page).ino;
    for (const unit of units()) {
      const path = join(unit, 'pages.json');
      const manifest = JSON.parse(readFileSync(path, 'utf8')) as { assets: string[] };
      writeFileSync(path, JSON.stringify({ ...manifest, assets: [...manifest.assets, MISSING] }));
    }
    await build('site', '--drop-pinned');
    expect(site()).toEqual(expected);
    const { ino } = statSync(page);
    expect(ino).not.toBe(before);
    await build('site', '--drop-pinned');
    // The new units serve the next build.
    expect(statSync(page).ino).toBe(ino);
  });
});

describe('a site whose compiled pages are in the cache', () => {
  it('is rendered from them, and from others when they are damaged', async () => {
    const expected = site();
    const [entry, ...others] = compiledEntries();
    expect(others).toEqual([]);
    const before = statSync(entry).mtimeMs;
    forgetRendered();
    await build('site', '--drop-pinned');
    expect(site()).toEqual(expected);
    expect(statSync(entry).mtimeMs).toBe(before);
    appendFileSync(entry, '\nthrow new Error("damaged");\n');
    forgetRendered();
    await build('site', '--drop-pinned');
    expect(site()).toEqual(expected);
    expect(readFileSync(compiledEntries()[0], 'utf8')).not.toContain('damaged');
  });
});

describe('a site of which a run is gone', () => {
  it('is what a first build makes of the others', async () => {
    rmSync(join(scratch, 'captures/log'), { recursive: true });
    rmSync(join(scratch, 'captures/stories'), { recursive: true });
    await build('site');
    expect(site()).toEqual(await cold());
  });
});

describe.skipIf(!existsSync(OTHER_FILE_SYSTEM))('a site on another file system than its cache', () => {
  const other = existsSync(OTHER_FILE_SYSTEM) ? mkdtempSync(join(OTHER_FILE_SYSTEM, 'gemview-')) : '';
  afterAll(() => rmSync(other, { recursive: true, force: true }));

  it('is made of copies', async () => {
    await build(join(other, 'site'));
    expect(fileHashes(join(other, 'site'))).toEqual(site());
    await build(join(other, 'new'), '--cache', 'cache-here');
    await build(join(other, 'new'), '--cache', 'cache-here');
    expect(fileHashes(join(other, 'new'))).toEqual(site());
  });
});
