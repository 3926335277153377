import { describe, expect, it } from 'vitest';
import { readWrittenPage } from '../../src/writing/page.ts';

const FRONT = '---\ntitle: A page\nweight: 3\n\n### FIXED, DO NOT MODIFY\nlayout: learningpathall\n---\n';
/** The body as the MDX compiler gets it. */
const body = (text: string, kind: 'md' | 'mdx' = 'md'): string =>
  readWrittenPage(FRONT + text, kind)
    .mdx.split('\n')
    .slice(7)
    .join('\n');
const problems = (text: string, kind: 'md' | 'mdx' = 'mdx'): [number, string][] =>
  readWrittenPage(FRONT + text, kind).problems.map(({ line, message }) => [line, message]);

describe('a page of a Learning Path', () => {
  it('has its title and weight; other keys are left alone', () => {
    const page = readWrittenPage(`${FRONT}Text`, 'md');
    expect([page.title, page.weight, page.run, page.problems]).toEqual(['A page', 3, null, []]);
  });

  it('keeps its notices', () => {
    expect(body('{{% notice Note %}}\nBe careful.\n{{% /notice %}}')).toBe(
      '<Notice kind={"note"}>\nBe careful.\n</Notice>',
    );
  });

  it('keeps tab panes; code goes into the tab without moving a line', () => {
    const text = [
      '{{< tabpane code=true >}}',
      '  {{< tab header="Ubuntu" language="bash">}}',
      'echo "{a}" <b>',
      'ls',
      '  {{< /tab >}}',
      '{{< /tabpane >}}',
      'after',
    ];
    const lines = body(text.join('\n')).split('\n');
    expect(lines[0]).toBe('<Tabs>');
    expect(lines[1]).toBe('<Tab title={"Ubuntu"} language={"bash"} code={"echo \\"{a}\\" <b>\\nls"} />');
    expect(lines.slice(2, 5)).toEqual(['', '', '']);
    expect(lines.slice(5)).toEqual(['</Tabs>', 'after']);
  });

  it('places images as their words ask, with captions', () => {
    expect(body('![A graph alt-text#center](images/a.png "The caption")')).toBe(
      '<Figure src={"images/a.png"} alt={"A graph"} caption={"The caption"} align={"center"} />',
    );
    expect(body('see ![b](b.png) here')).toBe('see <Figure src={"b.png"} alt={"b"} /> here');
  });

  it('takes braces and angle brackets for text in plain Markdown, and nothing in code', () => {
    expect(body('a {b} <c> `{d} <e>`')).toBe("a {'{'}b{'}'} {'<'}c> `{d} <e>`");
    expect(body('```bash\nssh -i <key.pem> {x}\n![a](b.png)\n{{% notice %}}\n```')).toBe(
      '```bash\nssh -i <key.pem> {x}\n![a](b.png)\n{{% notice %}}\n```',
    );
    expect(body('<https://example.org/a>')).toBe('[https://example.org/a](https://example.org/a)');
    expect(body('<!-- gone -->')).toBe('{/* gone */}');
  });

  it('may hold live charts in place of pictures', () => {
    expect(body('<Chart run="one" chart="tokens" />')).toBe('<Chart run="one" chart="tokens" />');
  });
});

describe('components', () => {
  it('are found with their lines and attributes, over several lines and not in code', () => {
    const { uses } = readWrittenPage(
      `${FRONT}<Metric that="decode.ipc" />\n\`<Chart chart="x"/>\`\n<Claim\n  that="decode.ipc > 1"\n  expect='fails'\n>\nText\n</Claim>`,
      'mdx',
    );
    expect(uses).toEqual([
      { name: 'Metric', line: 8, attributes: { that: 'decode.ipc' }, code: [] },
      { name: 'Claim', line: 10, attributes: { that: 'decode.ipc > 1', expect: 'fails' }, code: [] },
    ]);
  });

  it('that are unknown or lack something are named with their line', () => {
    expect(problems('\n<Chrat chart="x" />')).toEqual([
      [9, 'there is no component <Chrat>; did you mean <Chart>?'],
    ]);
    expect(problems('<Claim>x</Claim>')).toEqual([[8, '<Claim> needs that="…"']]);
    expect(problems('<Chart chart="x" rnu="y" />')).toEqual([[8, '<Chart> has no rnu; did you mean run?']]);
    expect(problems('import x from "y"')).toEqual([
      [8, 'imports and exports are not for pages: every component is at hand'],
    ]);
    expect(problems('{{< youtube id >}}', 'md')).toEqual([[8, 'there is no shortcode {{< youtube id >}}']]);
  });

  it('take words that there are, and texts rather than code: what cannot be read is not published unchecked', () => {
    const first = (text: string, kind: 'md' | 'mdx' = 'mdx'): string | undefined =>
      problems(text, kind)[0]?.[1];
    expect(first('<CallPath to="f" stage="decoed" />')).toBe(
      "<CallPath>: stage is one of load, prefill, decode, not 'decoed'",
    );
    expect(first('<Claim that="a.b > 1" mode="wran">x</Claim>')).toBe(
      "<Claim>: mode is one of warn, not 'wran'",
    );
    expect(first('<Claim that="a.b > 1" expect="maybe">x</Claim>')).toBe(
      "<Claim>: expect is one of holds, fails, uncounted, not 'maybe'",
    );
    expect(first('<FunctionsTable rows="many" />')).toBe("<FunctionsTable>: rows is a number, not 'many'");
    expect(first('<FunctionsTable rows={5} />')).toBeUndefined();
    expect(first('<Claim that={`a.b > ${1}`}>x</Claim>')).toBe(
      '<Claim>: write that="…", for code in braces cannot be checked',
    );
    expect(first('<Claim that={f({})}>x</Claim>')).toBe(
      '<Claim>: write that="…", for code in braces cannot be checked',
    );
    expect(first('<Claim that="a.b > 1">x')).toContain('Expected a closing tag for `<Claim>`');
    expect(first('<Chart id="tokens" chart="tokens" />')).toBe('<Chart> has no id; it takes chart, run');
  });

  it('take a text in quotes in braces, which may hold braces itself', () => {
    const { uses, problems: none } = readWrittenPage(
      `${FRONT}<Claim that={"a.b > 1"}>x</Claim>\n![A {b} "c"](d.png "{e}")`,
      'md',
    );
    expect(none).toEqual([]);
    expect(uses.map(({ attributes }) => attributes)).toEqual([
      { that: 'a.b > 1' },
      { src: 'd.png', alt: 'A {b} "c"', caption: '{e}' },
    ]);
  });

  it('may compare with < in plain Markdown too', () => {
    expect(body('<Claim that="a.b < 1 and c.d > 2">x < y</Claim>')).toBe(
      '<Claim that="a.b < 1 and c.d > 2">x {\'<\'} y</Claim>',
    );
  });

  it('know where the front matter names the run, and that a weight is a number', () => {
    const page = readWrittenPage('---\ntitle: x\nweight: first\nrun: one\n---\n', 'md');
    expect(page.runLine).toBe(4);
    expect(page.problems).toEqual([{ line: 3, message: 'weight is a number: pages stand in its order' }]);
  });

  it('need a front matter with a title', () => {
    expect(readWrittenPage('Text', 'md').problems).toEqual([
      { line: 1, message: 'the front matter has no title' },
    ]);
    expect(readWrittenPage('---\ntitle: x', 'md').problems[0].message).toContain('not closed');
    expect(readWrittenPage('---\ntitle: [\n---\n', 'md').problems[0]).toMatchObject({ line: 2 });
  });
});

describe('a page that is nested', () => {
  const nested = (depth: number): string =>
    `---\ntitle: A\n---\n\n${'> '.repeat(depth)}a\n\n${'> '.repeat(depth)}b\n`;

  it('as deep as anybody writes is read', () => {
    expect(readWrittenPage(nested(50), 'mdx').problems).toEqual([]);
  });

  it('deeper than the compiler can follow is refused, once', () => {
    const tags = `---\ntitle: A\n---\n\n${'<b>'.repeat(800)}a${'</b>'.repeat(800)}\n`;
    for (const text of [tags, nested(200)]) {
      expect(readWrittenPage(text, 'mdx').problems).toEqual([
        { line: expect.any(Number) as number, message: 'the page is nested more than 100 deep here' },
      ]);
    }
  });
});

describe('the front matter', () => {
  const read = (matter: string): ReturnType<typeof readWrittenPage> =>
    readWrittenPage(`---\ntitle: A\n${matter}---\nText\n`, 'mdx');

  it('may allow what is private otherwise, by a list of names', () => {
    expect(read('').allow).toEqual([]);
    expect(read('allow: [ip-address, host-name]\n').allow).toEqual(['ip-address', 'host-name']);
    expect(read('allow:\n  - ip-address\n').allow).toEqual(['ip-address']);
  });

  it.each(['ip-address', '[1]', '{ip-address: true}', ''])('refuses to allow %j', (value) => {
    const { allow, problems } = read(`weight: 1\nallow: ${value}\n`);
    expect(allow).toEqual([]);
    expect(problems).toEqual([{ line: 4, message: 'allow is a list of names: allow: [ip-address]' }]);
  });
});
