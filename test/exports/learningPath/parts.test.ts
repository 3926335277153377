import { describe, expect, it } from 'vitest';
import {
  mergedPage,
  partContent,
  partsOf,
  type WrittenParts,
} from '../../../src/exports/learningPath/parts.ts';

const PAGE = `---
title: "One"
tags:
    - "a"
---

Lead.

## First

1

## Second

2
`;

/** Gemview wrote exactly this page. */
function wrote(page: string): WrittenParts {
  const parts = new Map(partsOf(page).map((part) => [part.name, partContent(part)]));
  return { has: (name) => parts.has(name), isOurs: (name, content) => parts.get(name) === content };
}

const merged = (onDisk: string, next: string): string => mergedPage(onDisk, next, wrote(PAGE)).text;

describe('the parts of a page', () => {
  it('are the keys of its front matter, its beginning and its sections', () => {
    expect(partsOf(PAGE).map(({ name }) => name)).toEqual([
      'front',
      'front:title',
      'front:tags',
      'start',
      'section:First',
      'section:Second',
    ]);
    expect(
      partsOf(PAGE)
        .map(({ text }) => text)
        .join(''),
    ).toBe(PAGE);
  });

  it('do not begin inside a block of code, and each has a name of its own', () => {
    const names = partsOf('## A\n\n```sh\n## no heading\n```\n\n~~~~\n```\n## nor this\n~~~~\n## A\n').map(
      ({ name }) => name,
    );
    expect(names).toEqual(['start', 'section:A', 'section:A (2)']);
  });
});

describe('a page that is exported again', () => {
  it('is the new page when nobody touched it', () => {
    const next = PAGE.replace('\n1\n', '\n1.5\n').replace('"One"', '"Another"');
    expect(merged(PAGE, next)).toBe(next);
    expect(merged(PAGE, PAGE)).toBe(PAGE);
  });

  it('keeps what somebody edited and renews the rest', () => {
    const edited = PAGE.replace('Lead.', 'My own lead.').replace('"One"', '"My title"');
    const next = PAGE.replace('\n1\n', '\n1.5\n').replace('Lead.', 'Another lead.');
    const { text, heldBack } = mergedPage(edited, next, wrote(PAGE));
    expect(text).toBe(edited.replace('\n1\n', '\n1.5\n'));
    expect(heldBack).toEqual(['start']);
  });

  it('keeps sections of the author’s own where they stand, also at the end', () => {
    const edited = PAGE.replace('## Second', '## Mine\n\nWords.\n\n## Second') + '\n## Last\n\nMore words.\n';
    const next = PAGE.replace('\n2\n', '\n2.5\n');
    expect(merged(edited, next)).toBe(edited.replace('\n2\n', '\n2.5\n'));
  });

  it('leaves out what the author took out, and what is no longer made', () => {
    const without = PAGE.replace('## First\n\n1\n\n', '');
    expect(merged(without, PAGE.replace('\n1\n', '\n1.5\n'))).toBe(without);
    const noSecond = PAGE.replace('\n## Second\n\n2\n', '');
    expect(merged(PAGE, noSecond)).toBe(noSecond);
  });

  it('gains a new section behind the one that it follows', () => {
    const edited = `${PAGE}\n## Last\n\nMine.\n`;
    const next = PAGE.replace('## Second', '## Between\n\nNew.\n\n## Second');
    expect(merged(edited, next)).toBe(`${next}\n## Last\n\nMine.\n`);
  });

  it('does not take other line ends for an edit', () => {
    const windows = PAGE.replaceAll('\n', '\r\n');
    const next = PAGE.replace('\n1\n', '\n1.5\n');
    expect(merged(windows, next)).toBe(next.replaceAll('\n', '\r\n'));
  });
});
