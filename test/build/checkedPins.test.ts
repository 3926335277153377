import { readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { CheckedPins, type PinAnswer } from '../../scripts/build/checkedPins.ts';
import { PrivacyCheck, type CheckedPage } from '../../scripts/build/privacyCheck.ts';
import type { RunSecrets } from '../../scripts/build/runSecrets.ts';
import { scratchFolder, writeFiles } from '../support/scratch.ts';

const PIN = 'one@0123456789ab';
const SVG = `runs/${PIN}/charts/tokens.svg`;
const PNG = `runs/${PIN}/charts/tokens.png`;
const PAGE = `embed/${PIN}/tokens/index.html`;
const FILES = [SVG, PNG, PAGE];

const secretsOf = (one: Partial<RunSecrets>): RunSecrets => ({
  run: 'one',
  aliases: [],
  secrets: [],
  allow: [],
  redact: [],
  ...one,
});
const host = (value: string): RunSecrets['secrets'] => [{ name: 'host-name', value }];

let site: string;
let cache: string;

beforeEach(() => {
  site = scratchFolder({
    [SVG]: '<svg>on vader</svg>',
    [PNG]: 'points',
    [PAGE]: '<link href="/_gemview/page.hash1.css">',
  });
  cache = scratchFolder();
});

interface Look {
  answer: PinAnswer;
  /** Files that were read. */
  read: string[];
}

/** Looks through the pin as a build does. */
async function look(
  runs: Partial<RunSecrets>[] = [{}],
  { code = 'code', files = FILES, pages = [] as CheckedPage[] } = {},
): Promise<Look> {
  const privacy = new PrivacyCheck(runs.map(secretsOf), pages);
  const lookAt = vi.spyOn(privacy, 'lookAt');
  const answer = await new CheckedPins(cache, code).look(site, { name: PIN, files }, privacy);
  return { answer, read: lookAt.mock.calls.map(([, path]) => path) };
}

const complaint = ({ answer }: Look): string | null => ('complaint' in answer ? answer.complaint : null);

describe('a pin that holds nothing private', () => {
  it('is read once; then its files tell that they are the same', async () => {
    const first = await look();
    expect(first.read).toEqual(FILES);
    expect(first.answer).toMatchObject({ assets: ['_gemview/page.hash1.css'] });
    const second = await look();
    expect(second.read).toEqual([]);
    expect(second.answer).toMatchObject({ assets: ['_gemview/page.hash1.css'] });
  });

  it('is not read again for other times of its files, nor for another picture of points', async () => {
    await look();
    utimesSync(join(site, SVG), 1, 1);
    writeFileSync(join(site, PNG), 'other points');
    expect((await look()).read).toEqual([]);
  });

  it('is not read again for one more run that withholds the same, nor for one that withholds nothing', async () => {
    const one = { secrets: host('tarkin-07') };
    await look([one]);
    expect((await look([one, { ...one, run: 'two' }, { run: 'three' }])).read).toEqual([]);
  });

  it.each<[string, () => void]>([
    ['is longer', () => writeFileSync(join(site, SVG), '<svg>on vader, at noon</svg>')],
    [
      'is as long',
      () => {
        writeFileSync(join(site, SVG), '<svg>on luke!</svg>');
        utimesSync(join(site, SVG), 2, 2);
      },
    ],
  ])('is read again when a file of it %s', async (_, change) => {
    await look();
    change();
    expect((await look()).read).toEqual(FILES);
  });

  it('is read again when it has one more file, or one less', async () => {
    await look();
    const more = `runs/${PIN}/charts/more.csv`;
    writeFiles(site, { [more]: 'on vader' });
    expect((await look([{}], { files: [...FILES, more] })).read).toContain(more);
    expect((await look([{}], { files: [SVG] })).read).toEqual([SVG]);
  });

  it.each<[string, Partial<RunSecrets>[], Partial<RunSecrets>[]]>([
    ['is redacted since', [{}], [{ redact: ['VADER'] }]],
    ['the run withholds since', [{}], [{ secrets: host('vader') }]],
    ['another run withholds', [{}], [{}, { run: 'two', secrets: host('vader') }]],
    [
      'the run allows no longer',
      [{ secrets: host('vader'), allow: ['host-name'] }],
      [{ secrets: host('vader') }],
    ],
    [
      'belongs to a run that is gone, and to another one that withholds it',
      [
        { secrets: host('vader'), allow: ['host-name'] },
        { run: 'two', secrets: host('vader') },
      ],
      [{}, { run: 'two', secrets: host('vader') }],
    ],
  ])('is refused for what %s', async (_, before, now) => {
    expect(complaint(await look(before))).toBeNull();
    expect(complaint(await look(now))).toMatch(/tokens\.svg: holds (?:the host-name of|a text that) run/);
    // A complaint is kept nowhere: the next build complains as well.
    expect(complaint(await look(now))).not.toBeNull();
    expect(complaint(await look(before))).toBeNull();
  });

  it('is refused for a kind of text that the run allows no longer', async () => {
    writeFileSync(join(site, SVG), '<svg>10.1.2.33</svg>');
    expect(complaint(await look([{ allow: ['ip-address'] }]))).toBeNull();
    expect(complaint(await look([{}]))).toContain('an IPv4 address');
  });

  it('is refused for what only a chapter of its run allowed, when the chapter says it no longer', async () => {
    const runs = [{ secrets: host('vader') }];
    const chapter = (description: string): CheckedPage => ({
      run: 'one',
      slug: 'notes',
      shown: 'captures/one/chapters/notes.mdx',
      page: { allow: ['host-name'], title: 'Notes', description },
    });
    expect(complaint(await look(runs, { pages: [chapter('What vader did')] }))).toBeNull();
    expect(complaint(await look(runs, { pages: [chapter('What it did')] }))).not.toBeNull();
  });

  it('is read again by another gemview, which may look for more', async () => {
    await look();
    expect((await look([{}], { code: 'newer' })).read).toEqual(FILES);
  });

  it('is read again when what is kept of it is damaged', async () => {
    await look();
    const [record] = readdirSync(join(cache, 'pins'));
    for (const text of ['', '{}', '{"read":[],"unread":[],"assets":[]}']) {
      writeFileSync(join(cache, 'pins', record, 'pin.json'), text);
      expect((await look()).read).toEqual(FILES);
    }
  });
});

it('a record that no build used for a month is dropped', async () => {
  await look();
  const [record] = readdirSync(join(cache, 'pins'));
  const ago = new Date(Date.now() - 40 * 24 * 3600 * 1000);
  for (const path of [join(cache, 'pins', record, 'pin.json'), join(cache, 'pins', record)]) {
    utimesSync(path, ago, ago);
  }
  new CheckedPins(cache, 'code').forgetUnused(Date.now());
  expect(readdirSync(join(cache, 'pins'))).toEqual([]);
});
