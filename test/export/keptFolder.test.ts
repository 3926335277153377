import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  hashesOf,
  MANIFEST,
  writeKeptFolder,
  type KeptFolderResult,
} from '../../scripts/export/keptFolder.ts';
import { scratchFolder, writeFiles } from '../support/scratch.ts';

const ABOUT = { to: 'learning-path' as const, run: 'one', options: { site: null, authors: [] } };
const FIRST = {
  '1-a.md': '---\ntitle: "A"\n---\n\nLead.\n\n## Numbers\n\n1\n\n## Words\n\nw\n',
  '2-b.md': '---\ntitle: "B"\n---\n\nLead.\n',
  'images/x.png': Buffer.from([1, 2, 3]),
};
type Contents = Record<string, string | Uint8Array>;

let parent: string;
let folder: string;
beforeEach(() => {
  parent = scratchFolder();
  folder = join(parent, 'path');
});

const put = (contents: Contents): Promise<KeptFolderResult> =>
  writeKeptFolder(folder, 'path', new Map(Object.entries(contents)), ABOUT);
const text = (name: string): string => readFileSync(join(folder, name), 'utf8');

/** Every file with its bytes, its inode and the time of its last change. */
function state(): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  return Object.fromEntries(
    names.map((name) => {
      const status = lstatSync(join(folder, name));
      const bytes = status.isFile() ? readFileSync(join(folder, name), 'hex') : '';
      return [name, `${status.ino} ${status.mtimeMs} ${bytes}`];
    }),
  );
}

describe('a folder that gemview writes', () => {
  it('appears whole, with its manifest, and leaves nothing beside it', async () => {
    const { written, notes } = await put(FIRST);
    expect(written).toEqual(['1-a.md', '2-b.md', 'images/x.png']);
    expect(notes).toEqual([]);
    expect(text('1-a.md')).toBe(FIRST['1-a.md']);
    expect(readdirSync(parent)).toEqual(['path']);
    expect(readdirSync(folder).sort()).toEqual([MANIFEST, '1-a.md', '2-b.md', 'images']);
  });

  it('is not touched when nothing changed', async () => {
    await put(FIRST);
    for (const name of readdirSync(folder)) utimesSync(join(folder, name), 1000, 1000);
    const before = state();
    const { written, unchanged } = await put(FIRST);
    expect(written).toEqual([]);
    expect(unchanged).toBe(3);
    expect(state()).toEqual(before);
  });

  it('changes only what changed, and loses what is no longer made', async () => {
    await put(FIRST);
    const before = state();
    const { written, removed } = await put({
      '1-a.md': FIRST['1-a.md'].replace('\n1\n', '\n2\n'),
      '2-b.md': FIRST['2-b.md'],
      '3-c.md': 'new\n',
    });
    expect(written).toEqual(['1-a.md', '3-c.md']);
    expect(removed).toEqual(['images/x.png']);
    expect(state()['2-b.md']).toBe(before['2-b.md']);
    expect(existsSync(join(folder, 'images'))).toBe(false);
  });

  it('keeps sections that were edited and says which', async () => {
    await put(FIRST);
    const mine = text('1-a.md').replace('\n1\n', '\n1, which is a lot\n');
    writeFileSync(join(folder, '1-a.md'), mine);
    const next = { ...FIRST, '1-a.md': FIRST['1-a.md'].replace('\n1\n', '\n2\n').replace('\nw\n', '\nv\n') };
    const { notes } = await put(next);
    expect(text('1-a.md')).toBe(mine.replace('\nw\n', '\nv\n'));
    expect(notes).toEqual([
      '1-a.md: the section “Numbers” was edited by hand and keeps the numbers that it had',
    ]);
    expect(text('1-a.md')).toContain('1, which is a lot');
  });

  const FOUND = '1-a.md: the section “Numbers” was edited by hand and keeps the numbers that it had';
  const numbers = (value: string): typeof FIRST => ({
    ...FIRST,
    '1-a.md': FIRST['1-a.md'].replace('\n1\n', `\n${value}\n`),
  });
  /** Whether documentation that is checked finds the section older than the run. */
  const isOlder = (next: typeof FIRST): boolean => {
    const manifest = JSON.parse(text(MANIFEST)) as { files: Record<string, Record<string, string>> };
    const part = 'section:Numbers';
    return manifest.files['1-a.md'][part] !== hashesOf(next['1-a.md'])[part];
  };

  it('says of an edited section with older numbers until somebody edits it again', async () => {
    await put(FIRST);
    writeFileSync(join(folder, '1-a.md'), text('1-a.md').replace('\n1\n', '\n1, which is a lot\n'));
    expect((await put(FIRST)).notes).toEqual([]);
    for (const value of ['2', '2', '3', '3']) {
      expect((await put(numbers(value))).notes).toEqual([FOUND]);
      expect(isOlder(numbers(value))).toBe(true);
    }
    const before = state();
    await put(numbers('3'));
    expect(state()).toEqual(before);
    writeFileSync(join(folder, '1-a.md'), text('1-a.md').replace('1, which', '3, which'));
    // Edited for the numbers of 3: not for those of 4.
    expect((await put(numbers('4'))).notes).toEqual([FOUND]);
    writeFileSync(join(folder, '1-a.md'), text('1-a.md').replace('3, which', '4, which'));
    expect((await put(numbers('4'))).notes).toEqual([]);
    expect(isOlder(numbers('4'))).toBe(false);
    expect(text(MANIFEST)).not.toContain('held');
    expect((await put(numbers('5'))).notes).toEqual([FOUND]);
    expect(text('1-a.md')).toContain('4, which is a lot');
  });

  it('says nothing of an edited section that has the new lines, or whose numbers came back', async () => {
    await put(FIRST);
    writeFileSync(join(folder, '1-a.md'), text('1-a.md').replace('\n1\n', '\n1\n\nMine.\n'));
    expect((await put(numbers('2'))).notes).toEqual([FOUND]);
    expect((await put(FIRST)).notes).toEqual([]);
    expect(isOlder(FIRST)).toBe(false);
    writeFileSync(join(folder, '1-a.md'), text('1-a.md').replace('\n1\n', '\n2\n'));
    expect((await put(numbers('2'))).notes).toEqual([]);
    expect(isOlder(numbers('2'))).toBe(false);
  });

  it('says once a capture of a key of the front matter, and of a section with another heading', async () => {
    await put(FIRST);
    const mine = text('1-a.md').replace('"A"', '"Mine"').replace('## Numbers', '## My numbers');
    writeFileSync(join(folder, '1-a.md'), mine);
    expect((await put(FIRST)).notes).toEqual([]);
    const next = { ...FIRST, '1-a.md': numbers('2')['1-a.md'].replace('"A"', '"B"') };
    expect((await put(next)).notes).toEqual([
      "1-a.md: 'title' of the front matter was edited by hand and keeps the numbers that it had",
      '1-a.md: the section “Numbers” is no longer there under this name and is not renewed',
    ]);
    expect((await put(next)).notes).toEqual([]);
    expect(text('1-a.md')).toBe(mine);
  });

  it('leaves files that it did not write, and pictures that were replaced', async () => {
    writeFiles(folder, { '2-b.md': 'mine', 'own.md': 'own' });
    const first = await put(FIRST);
    expect(first.notes).toEqual(['2-b.md was not written by gemview and was left as it is']);
    writeFileSync(join(folder, 'images/x.png'), 'my picture');
    const { notes, written } = await put({ ...FIRST, 'images/x.png': Buffer.from([9]) });
    expect(written).toEqual([]);
    expect(notes).toContain('images/x.png was changed by hand and was left as it is');
    expect([text('2-b.md'), text('own.md'), text('images/x.png')]).toEqual(['mine', 'own', 'my picture']);
  });

  it('keeps an edited page of a chapter that is gone', async () => {
    await put(FIRST);
    writeFileSync(join(folder, '2-b.md'), `${text('2-b.md')}\n## Mine\n\nWords.\n`);
    const { removed, notes } = await put({ '1-a.md': FIRST['1-a.md'] });
    expect(removed).toEqual(['images/x.png']);
    expect(notes).toEqual(['2-b.md is no longer made from this run; it was changed by hand and stays']);
    expect(text('2-b.md')).toContain('Words.');
  });

  it('brings back a file that was deleted', async () => {
    await put(FIRST);
    rmSync(join(folder, '2-b.md'));
    expect((await put(FIRST)).written).toEqual(['2-b.md']);
    expect(text('2-b.md')).toBe(FIRST['2-b.md']);
  });

  it('does not write through a link', async () => {
    await put(FIRST);
    const target = join(parent, 'elsewhere');
    writeFileSync(target, 'not yours');
    rmSync(join(folder, '2-b.md'));
    symlinkSync(target, join(folder, '2-b.md'));
    const { notes } = await put({ ...FIRST, '2-b.md': 'new\n' });
    expect(notes).toEqual(['2-b.md is no file and was left as it is']);
    expect(readFileSync(target, 'utf8')).toBe('not yours');
  });

  it('goes on after an export that was interrupted in the middle', async () => {
    await put(FIRST);
    const next = {
      ...FIRST,
      '1-a.md': `${FIRST['1-a.md'].replace('\n1\n', '\n2\n')}\n## More\n\nm\n`,
      '2-b.md': `${FIRST['2-b.md']}\n## More\n\nm\n`,
    };
    const manifest = JSON.parse(text(MANIFEST)) as { files: object };
    await put(next);
    const pending = (JSON.parse(text(MANIFEST)) as { files: object }).files;
    // As it is when the power fails between the two pages.
    writeFileSync(join(folder, '2-b.md'), FIRST['2-b.md']);
    writeFileSync(join(folder, MANIFEST), JSON.stringify({ ...manifest, pending }));
    const later = { ...next, '1-a.md': next['1-a.md'].replace('\n2\n', '\n3\n') };
    expect((await put(later)).notes).toEqual([]);
    expect(text('1-a.md')).toBe(later['1-a.md']);
    expect(text('2-b.md')).toBe(later['2-b.md']);
    expect(text(MANIFEST)).not.toContain('pending');
  });

  it('keeps what it wrote apart from edits when it fails between two files', async () => {
    await put(FIRST);
    const next = { ...FIRST, '1-a.md': FIRST['1-a.md'].replace('\n1\n', '\n2\n') };
    // A page stands where a folder would have to be: known only when its turn comes.
    await expect(put({ ...next, '2-b.md/x.md': 'x\n' })).rejects.toThrow('cannot be written');
    expect(text('1-a.md')).toBe(next['1-a.md']);
    expect(readdirSync(folder).sort()).toEqual([MANIFEST, '1-a.md', '2-b.md', 'images']);
    const later = { ...FIRST, '1-a.md': FIRST['1-a.md'].replace('\n1\n', '\n3\n') };
    expect(await put(later)).toMatchObject({ written: ['1-a.md'], notes: [] });
    expect(text('1-a.md')).toBe(later['1-a.md']);
  });

  it('stays away when it cannot be written', async () => {
    writeFileSync(folder, 'a file');
    await expect(put(FIRST)).rejects.toThrow('path: is a file. Name a folder with --out');
    rmSync(folder);
    writeFiles(parent, { 'locked/': '' });
    folder = join(parent, 'locked', 'path');
    chmodSync(join(parent, 'locked'), 0o500);
    if (process.getuid?.() !== 0) await expect(put(FIRST)).rejects.toThrow('cannot be written');
    chmodSync(join(parent, 'locked'), 0o700);
    // A name too long for a file: the folder must not stand there in half.
    folder = join(parent, 'half');
    await expect(put({ 'a.md': 'a\n', [`${'b'.repeat(300)}.md`]: 'b\n' })).rejects.toThrow(
      'cannot be written',
    );
    expect(readdirSync(parent)).toEqual(['locked']);
  });

  it.each(['../own.md', '/own.md', 'images/../../own.md'])('removes nothing at %s', async (name) => {
    await put(FIRST);
    writeFiles(parent, { 'own.md': 'own' });
    const manifest = JSON.parse(text(MANIFEST)) as { files: Record<string, object> };
    manifest.files[name] = { '': createHash('sha256').update('own').digest('hex').slice(0, 32) };
    writeFileSync(join(folder, MANIFEST), JSON.stringify(manifest));
    await expect(put(FIRST)).rejects.toThrow('is damaged');
    expect(readFileSync(join(parent, 'own.md'), 'utf8')).toBe('own');
  });

  it('does not guess when its manifest is damaged', async () => {
    await put(FIRST);
    writeFileSync(join(folder, MANIFEST), '{"schema": 1');
    await expect(put(FIRST)).rejects.toThrow('is damaged');
    expect(text('1-a.md')).toBe(FIRST['1-a.md']);
  });
});
