import { describe, expect, it } from 'vitest';
import { readWrittenPage } from '../../src/writing/page.ts';
import { safeAddress } from '../../src/writing/safeAddress.ts';

const problems = (text: string, kind: 'md' | 'mdx' = 'mdx'): string[] =>
  readWrittenPage(`---\ntitle: A page\n---\n${text}`, kind).problems.map(
    ({ line, message }) => `${line}: ${message}`,
  );

describe('code in a page', () => {
  it.each([
    ['{globalThis.x = 1}', 'code in braces is not for pages: write \\{ for a brace'],
    ['{"text" + evil()}', 'code in braces is not for pages: write \\{ for a brace'],
    ['<Notice {...evil()}>', 'code in braces is not for pages: write \\{ for a brace'],
    ['<script>evil()</script>', '<script> is not for pages'],
    ['<div set:html="<b>"/>', 'the attribute set:html is not for pages'],
    ['<p onclick="evil()">x</p>', 'the attribute onclick is not for pages'],
  ])('is refused with its line: %s', (text, message) => {
    expect(problems(text)).toContain(`4: ${message}`);
  });

  it.each([
    'a `{code}` and {"plain"} {/* remark */} \\{brace\\}',
    '{{% notice Note %}}',
    '<Notice kind={"note"}>Words</Notice>',
    'Depends on x = 3.',
  ])('is none: %s', (text) => {
    expect(problems(text)).toEqual([]);
  });

  it('is text in plain Markdown', () => {
    expect(problems('{evil()} <script>evil()</script>', 'md')).toEqual([]);
  });
});

describe('characters that show a text in another order', () => {
  it('are made visible', () => {
    expect(readWrittenPage('---\ntitle: a\u202eb\n---\nc\u202ed\te', 'md')).toMatchObject({
      title: 'a\uFFFDb',
      mdx: '\n\n\nc\uFFFDd\te',
    });
  });
});

describe('safeAddress', () => {
  it.each(['https://a.b/c:d', 'mailto:a@b.c', '../x/', '#top', 'picture.png', '/x?y=javascript:z'])(
    'keeps %s',
    (address) => expect(safeAddress(address)).toBe(address),
  );

  it.each(['javascript:x', ' JavaScript:x', 'java\nscript:x', 'data:text/html,x', 'vbscript:x', 'file:///x'])(
    'drops %j',
    (address) => expect(safeAddress(address)).toBeNull(),
  );
});
