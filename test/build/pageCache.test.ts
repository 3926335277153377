import { appendFileSync, existsSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  bringPages,
  forgetPages,
  forgetUnusedPages,
  hasAssets,
  keepPages,
  keptPages,
  linkFiles,
  siteFiles,
} from '../../scripts/build/pageCache.ts';
import { scratchFolder, writeFiles } from '../support/scratch.ts';

const SITE = {
  'runs/one/index.html': '<link href="/_gemview/site.abc.css">',
  'runs/one/charts/tokens.svg': '<svg/>',
  'runs/one@0123456789ab/charts/tokens.svg': '<svg/>',
  'embed/one/tokens/index.html': '<script src="/_gemview/a.js">',
  'runs/two/index.html': 'two',
  '_gemview/site.abc.css': '',
};

function kept(): { cache: string; site: string; files: string[] } {
  const site = scratchFolder(SITE);
  const cache = scratchFolder();
  const files = ['runs/one', 'runs/one@0123456789ab', 'embed/one'].flatMap((folder) =>
    siteFiles(site, folder),
  );
  keepPages(cache, 'key', site, files);
  return { cache, site, files };
}

describe('files of a site', () => {
  it('are listed by their path in the site, in order; none of a folder that is not there', () => {
    const site = scratchFolder(SITE);
    expect(siteFiles(site, 'runs/one')).toEqual(['runs/one/charts/tokens.svg', 'runs/one/index.html']);
    expect(siteFiles(site, 'nothing')).toEqual([]);
    expect(siteFiles(site, '')).toEqual(Object.keys(SITE).sort());
  });
});

describe('kept pages', () => {
  it('come back as they were, with the names of the styles and scripts that they need', () => {
    const { cache, files } = kept();
    const pages = keptPages(cache, 'key')!;
    expect(pages.files.map(({ path }) => path)).toEqual(files);
    expect(pages.assets).toEqual(['_gemview/a.js', '_gemview/site.abc.css']);
    const other = scratchFolder();
    bringPages(pages, other);
    expect(siteFiles(other, '')).toEqual([...files].sort());
    expect(readFileSync(join(other, 'runs/one/index.html'), 'utf8')).toBe(SITE['runs/one/index.html']);
  });

  it('are none where the list of them is empty', () => {
    const { cache } = kept();
    writeFileSync(join(keptPages(cache, 'key')!.folder, 'pages.json'), '{"files":[],"assets":[]}');
    expect(keptPages(cache, 'key')).toBeNull();
  });

  it('make room for others once they are forgotten', () => {
    const { cache, site, files } = kept();
    writeFiles(site, { 'runs/one/index.html': '<link href="/_gemview/site.def.css">' });
    forgetPages(cache, ['another', 'key']);
    expect(keptPages(cache, 'key')).toBeNull();
    keepPages(cache, 'key', site, files);
    expect(keptPages(cache, 'key')!.assets).toEqual(['_gemview/a.js', '_gemview/site.def.css']);
  });

  it('are not those of another key', () => {
    expect(keptPages(kept().cache, 'another')).toBeNull();
  });

  it('are told from edited ones: a file of the site is the same file', () => {
    const { cache, site } = kept();
    appendFileSync(join(site, 'runs/one/index.html'), '<p>edited</p>');
    expect(keptPages(cache, 'key')).toBeNull();
  });

  it('are told from edited ones of the same size', () => {
    const { cache } = kept();
    const path = join(keptPages(cache, 'key')!.folder, 'runs/one/charts/tokens.svg');
    writeFileSync(path, '<gvs/>');
    utimesSync(path, new Date(), new Date(1e12));
    expect(keptPages(cache, 'key')).toBeNull();
  });

  it('are the same after they were packed and unpacked, which changes times', () => {
    const { cache } = kept();
    const path = join(keptPages(cache, 'key')!.folder, 'runs/one/charts/tokens.svg');
    utimesSync(path, new Date(), new Date(1e12));
    expect(keptPages(cache, 'key')).not.toBeNull();
  });

  it('are made again when a file of them is gone, and kept again', () => {
    const { cache, site, files } = kept();
    writeFiles(join(cache, 'pages/key'), { 'pages.json': '{"files":[{"path":"gone"}],"assets":[]}' });
    expect(keptPages(cache, 'key')).toBeNull();
    keepPages(cache, 'key', site, files);
    expect(keptPages(cache, 'key')!.files.map(({ path }) => path)).toEqual(files);
  });

  it('fit a site that has the styles they name, and no other', () => {
    const { cache, site } = kept();
    const pages = [keptPages(cache, 'key')!];
    expect(hasAssets(site, pages)).toBe(false);
    writeFiles(site, { '_gemview/a.js': '' });
    expect(hasAssets(site, pages)).toBe(true);
    expect(hasAssets(scratchFolder(), [])).toBe(true);
  });

  it('go when no build used them for a month', () => {
    const { cache } = kept();
    const day = 24 * 3600 * 1000;
    forgetUnusedPages(cache, Date.now() + 29 * day);
    expect(keptPages(cache, 'key')).not.toBeNull();
    forgetUnusedPages(cache, Date.now() + 31 * day);
    expect(existsSync(join(cache, 'pages/key'))).toBe(false);
    forgetUnusedPages(scratchFolder(), Date.now());
  });
});

describe('files in two places', () => {
  it('are one file where the file system has links', () => {
    const from = scratchFolder({ 'a/b.txt': 'text' });
    const to = scratchFolder();
    linkFiles(from, to, ['a/b.txt']);
    expect(statSync(join(to, 'a/b.txt')).ino).toBe(statSync(join(from, 'a/b.txt')).ino);
  });

  it('are copies where it has none', () => {
    // The place is taken: a link fails there as it does across file systems.
    const from = scratchFolder({ 'a.txt': 'new', 'b.txt': 'too' });
    const to = scratchFolder({ 'a.txt': 'old' });
    linkFiles(from, to, ['a.txt', 'b.txt']);
    expect(readFileSync(join(to, 'a.txt'), 'utf8')).toBe('new');
    expect(statSync(join(to, 'b.txt')).ino).not.toBe(statSync(join(from, 'b.txt')).ino);
  });
});
