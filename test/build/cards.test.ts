import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runsOf, writeCards } from '../../scripts/build/cards.ts';
import { runRow } from '../../src/charts/socialCard/cardWords.ts';
import type { WrittenFile } from '../../scripts/build/written.ts';
import { readWrittenPage } from '../../src/writing/page.ts';
import { emulatedTinyReport } from '../support/reportFixture.ts';
import { scratchFolder } from '../support/scratch.ts';

const STORY = `---
title: What changed
run: one
---
<Claim that="two:prefill.calls = 1 and three-b:decode.tokens > prefill.tokens / 2">Yes.</Claim>
<Chart chart="tokens" run="four" />
<Claim that="decode.share(std::sort) < 10 % and one:decode.calls > 1">Yes.</Claim>
`;

describe('runs of a story', () => {
  it('are those that it names, in its order', () => {
    expect([...runsOf(readWrittenPage(STORY, 'mdx'))]).toEqual(['one', 'two', 'three-b', 'four']);
    expect([...runsOf(readWrittenPage('---\ntitle: x\n---\nText', 'mdx'))]).toEqual([]);
  });
});

describe('cards of a site', () => {
  it('are one for the site and one for each story, none for a chapter', async () => {
    const site = scratchFolder({ 'runs/one/index.html': '' });
    const report = emulatedTinyReport();
    const story = (run: string | null, slug: string): WrittenFile => ({
      run,
      slug,
      shown: slug,
      page: readWrittenPage(STORY, 'mdx'),
      pictures: new Map(),
    });
    await writeCards(site, new Map([['one', runRow(report)]]), [
      story(null, 'changed'),
      story('one', 'chapter'),
    ]);
    const bytes = (path: string): Buffer => readFileSync(join(site, path));
    for (const path of ['social-card.png', 'stories/changed/social-card.png']) {
      expect(bytes(path).subarray(1, 4).toString()).toBe('PNG');
      expect([bytes(path).readUInt32BE(16), bytes(path).readUInt32BE(20)]).toEqual([1200, 630]);
    }
    expect(bytes('stories/changed/social-card.png').equals(bytes('social-card.png'))).toBe(false);
    expect(() => bytes('runs/one/chapter/social-card.png')).toThrow('ENOENT');
  });
});
