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
    ['<Notice {...evil()}>x</Notice>', 'code in braces is not for pages: write \\{ for a brace'],
    ['<script>evil()</script>', '<script> is not for pages'],
    ['<div set:html="<b>"/>', 'the attribute set:html is not for pages'],
    ['<p onclick="evil()">x</p>', 'the attribute onclick is not for pages'],
    ['<p\nonclick="evil()">x</p>', 'the attribute onclick is not for pages'],
    ['<Notice kind={evil()}>x</Notice>', 'code in braces is not for pages: write \\{ for a brace'],
    ['{/* a */ evil() /* b */}', 'code in braces is not for pages: write \\{ for a brace'],
    ['import x from "y"', 'imports and exports are not for pages: every component is at hand'],
    ['<a.b />', 'there is no component <a.b>; did you mean <Tab>?'],
  ])('is refused with its line: %s', (text, message) => {
    expect(problems(text)).toContain(`4: ${message}`);
  });

  it.each([
    'a `{code}` and {"plain"} {/* remark */} \\{brace\\}',
    '{{% notice Note %}}\nWords\n{{% /notice %}}',
    '<Notice kind={"note"}>Words</Notice>',
    'Depends on x = 3.',
  ])('is none: %s', (text) => {
    expect(problems(text)).toEqual([]);
  });

  it('is text in plain Markdown', () => {
    expect(problems('{evil()} <script>evil()</script>', 'md')).toEqual([]);
  });
});

/** What CommonMark holds for text or for code, whatever a line looks like at its start. */
const BEFORE = [
  '```x``` is code.\n\n',
  '~~~ is\n~~~\n\n',
  '```\ncode\n`````\n\n',
  '```\ncode\n``` x\n```\n\n',
  '`` ` `` and ',
  'A \\` backtick, ',
  'An ``unequal` pair` and ',
  '> ```\n> code\n\n',
  '1. ```bash\n   code\n   ```\n\n',
  '- words\n\n  ```\n  code\n\n',
  '- ```\n  code\n\n',
  '| a `b | c` |\n| --- | --- |\n| `d | ',
];

describe('behind code', () => {
  it.each(BEFORE)('uses of components and code in braces are found: %j', (before) => {
    const line = 3 + `${before}x`.split('\n').length;
    const told = (text: string, kind: 'md' | 'mdx'): (string | undefined)[] =>
      problems(`${before}${text} and \`y\``, kind).map(
        (problem) => /^\d+: (?:there is no component <\w+>|code in braces)/.exec(problem)?.[0],
      );
    expect(told('<Evil />', 'mdx')).toEqual([`${line}: there is no component <Evil>`]);
    expect(told('{evil()}', 'mdx')).toEqual([`${line}: code in braces`]);
    expect(told('<Chrat chart="x" />', 'md')).toEqual([`${line}: there is no component <Chrat>`]);
  });

  it('code itself is left alone', () => {
    for (const text of [
      '``a ` <Evil /> {evil()}``',
      '`a span\nof two lines <Evil /> {evil()}`',
      '~~~ `x`\n<Evil /> {evil()}\n~~~',
      '1. ```bash\n   <Evil /> {evil()}\n   ```',
    ]) {
      expect(problems(text, 'mdx')).toEqual([]);
      expect(problems(text, 'md')).toEqual([]);
      expect(readWrittenPage(`---\ntitle: A\n---\n${text}`, 'md').mdx).toBe(`\n\n\n${text}`);
    }
  });

  it('words of plain Markdown stay words', () => {
    expect(readWrittenPage('---\ntitle: A\n---\n```x``` is {a} \\{b', 'md')).toMatchObject({
      problems: [],
      mdx: "\n\n\n```x``` is {'{'}a{'}'} {'{'}b",
    });
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

describe('a page made to take long', () => {
  it.each([
    ['a shortcode with many quotes and no end', `{{% notice ${'"a" '.repeat(24)}`],
    ['a shortcode with many words', `{{% notice ${'a'.repeat(100_000)} %}}\nx\n{{% /notice %}}`],
    ['a picture with many blanks in its words', `![a${' '.repeat(4000)}b](a.png)`],
    ['a heading with many blanks', `# a${' '.repeat(100_000)}b`],
  ])(
    'is read at once: %s',
    (_, text) => {
      const start = performance.now();
      readWrittenPage(`---\ntitle: A page\n---\n${text}`, 'md');
      expect(performance.now() - start).toBeLessThan(3000);
    },
    60_000,
  );

  it('has a notice whose words hold one quote', () => {
    expect(problems('{{% notice 5" disk %}}\nx\n{{% /notice %}}', 'md')).toEqual([]);
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
