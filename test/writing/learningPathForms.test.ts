/** Forms of Learning-Path Markdown that pages of that site have, and what the compiler makes of them. */
import { describe, expect, it } from 'vitest';
import { readWrittenPage } from '../../src/writing/page.ts';

const FRONT = '---\ntitle: A page\n---\n';
const read = (text: string, kind: 'md' | 'mdx' = 'md'): ReturnType<typeof readWrittenPage> =>
  readWrittenPage(FRONT + text, kind);
/** The body as the compiler gets it: nothing may be wrong with it, and no line has moved. */
const body = (text: string, kind: 'md' | 'mdx' = 'md'): string[] => {
  const { mdx, problems } = read(text, kind);
  expect(problems).toEqual([]);
  return mdx.split('\n').slice(3);
};

describe('front matter', () => {
  it('may begin with a mark of the byte order, end lines as Windows does, and have a number for a title', () => {
    const page = readWrittenPage('\uFEFF---\r\ntitle: 2024\r\nweight: 3\r\n---\r\nText', 'md');
    expect([page.title, page.weight, page.problems]).toEqual(['2024', 3, []]);
    expect(page.mdx).toBe('\n\n\n\nText');
  });

  it('says what is wrong with it, and where', () => {
    expect(readWrittenPage('+++\ntitle = "a"\n+++\nText', 'md').problems[0]).toEqual({
      line: 1,
      message: 'the front matter is TOML: write it as YAML, between lines of ---',
    });
    expect(readWrittenPage('---\ntitle: *nothing\n---\nText', 'md').problems).toEqual([
      { line: 1, message: 'Unresolved alias (the anchor must be set before the alias): nothing' },
    ]);
  });
});

describe('notices', () => {
  it.each([
    ['{{% notice Note %}}', 'note'],
    ['{{% notice %}}', 'note'],
    ['{{< notice Tip>}}', 'tip'],
    ['{{% notice Important Note %}}', 'Important Note'],
    ['{{% notice "Please note" %}}', 'Please note'],
    ["{{% notice What's new: C++20 / API %}}", "What's new: C++20 / API"],
    ['{{% notice title="100 %" style="info" %}}', '100 %'],
  ])('%s has its words for a heading', (opening, kind) => {
    const closing = opening.startsWith('{{<') ? '{{< /notice >}}' : '{{% /notice %}}';
    expect(read(`${opening}\ntext\n${closing}`).uses).toEqual([
      { name: 'Notice', line: 4, attributes: { kind }, code: [] },
    ]);
  });

  it('may have words on the lines of their marks', () => {
    expect(body('\n{{% notice Note %}}Begins here\nand ends here.{{% /notice%}}\n\nafter')).toEqual([
      '<Notice kind={"note"}>',
      'Begins here',
      'and ends here.',
      '</Notice>',
      'after',
    ]);
    expect(body('{{% notice Note %}} Begins here\nand ends.\n{{% /notice %}}\n\nafter')).toEqual([
      '<Notice kind={"note"}> Begins here',
      'and ends.</Notice>',
      '',
      '',
      'after',
    ]);
    expect(body('{{% notice %}}\nfirst\n\nlast {{% /notice %}}')).toEqual([
      '<Notice kind={"note"}>',
      'first',
      '',
      'last',
      '</Notice>',
    ]);
  });
});

describe('tab panes', () => {
  const tabs = (text: string): Record<string, string>[] =>
    read(text)
      .uses.filter(({ name }) => name === 'Tab')
      .map(({ attributes }) => attributes);

  it('may have their code on the lines of their marks', () => {
    const text =
      '{{< tabpane code=true >}}\n{{< tab header="A > B" language="bash" output_lines="2" >}}echo{{< /tab >}}\n{{< tab header=`C` >}}one\ntwo{{< /tab >}}\n{{< /tabpane >}}';
    expect(tabs(text)).toEqual([
      { title: 'A > B', language: 'bash', code: 'echo' },
      { title: 'C', language: '', code: 'one\ntwo' },
    ]);
    expect(read(text).problems).toEqual([]);
  });

  it('hold code unless they say otherwise', () => {
    const pane = (opening: string, closing = 'tabpane'): string =>
      `{{< ${opening} >}}\n{{< tab header="A" >}}\n*x*\n{{< /tab >}}\n{{< /${closing} >}}`;
    expect(tabs(pane('tabpane'))).toEqual([{ title: 'A', language: '', code: '*x*' }]);
    for (const text of [
      pane('tabpane code=false'),
      pane('tabpane-normal', 'tabpane-normal'),
      pane('tabpane text="true"'),
    ]) {
      expect(tabs(text)).toEqual([{ title: 'A' }]);
    }
  });

  it('lose no text without a word', () => {
    const problem = (text: string): [number, string] => {
      const [first] = read(text).problems;
      return [first.line, first.message];
    };
    expect(problem('{{< tabpane >}}{{< tab header="A" >}}\nls\n{{< /tab >}}\n{{< /tabpane >}}')).toEqual([
      4,
      `'{{< tab header="A" >}}' needs a line of its own beside a tab`,
    ]);
    expect(
      problem('{{< tabpane-normal >}}\n{{< tab header="A" >}}\nwords {{< /tab >}}\n{{< /tabpane-normal >}}'),
    ).toEqual([6, "'words' needs a line of its own beside a tab"]);
  });
});

describe('comments', () => {
  it('may go on over lines, and hold what is markup otherwise', () => {
    expect(body('a\n<!-- one\n{{% notice Note %}}\n{x} <y> --> b\nc')).toEqual(['a', '', '', ' b', 'c']);
    expect(body('\n<!--\ntwo\n-->\n', 'mdx').join('')).toBe('');
  });

  it('are code where code stands, and text without an end', () => {
    expect(body('```xml\n<!-- a\nb -->\n```')).toEqual(['```xml', '<!-- a', 'b -->', '```']);
    expect(
      read('{{< tabpane >}}\n{{< tab header="A" >}}\n<!-- a\nb -->\n{{< /tab >}}\n{{< /tabpane >}}').uses.at(
        -1,
      )?.attributes.code,
    ).toBe('<!-- a\nb -->');
    expect(body('`<!--` is\nnot --> one')).toEqual(['`<!--` is', 'not --> one']);
    expect(body('<!-- no end\nb')).toEqual(["{'<'}!-- no end", 'b']);
  });
});

describe('images', () => {
  it.each([
    ['![a](b.png \'c "d"\')', { src: 'b.png', alt: 'a', caption: 'c "d"' }],
    ['![a](b.png (c))', { src: 'b.png', alt: 'a', caption: 'c' }],
    ['![a](b.png "c \\"d\\"")', { src: 'b.png', alt: 'a', caption: 'c "d"' }],
    ['![a](<my picture.png>)', { src: 'my picture.png', alt: 'a' }],
    ['![a [b] c #center](d_(1).png)', { src: 'd_(1).png', alt: 'a [b] c', align: 'center' }],
    [
      '![the `x` of a alt-text#center](b.png "c")',
      { src: 'b.png', alt: 'the x of a', caption: 'c', align: 'center' },
    ],
    ['![a][r]\n\n[r]: b.png "c"', { src: 'b.png', alt: 'a', caption: 'c' }],
    ['![two\nlines](b.png)', { src: 'b.png', alt: 'two lines' }],
  ])('%s is a picture of the page', (text, attributes) => {
    const { mdx, problems } = read(text);
    expect(problems).toEqual([]);
    // No image is left to the compiler, which would look for its file among gemview's own.
    const again = readWrittenPage(`${FRONT}${mdx.trim()}`, 'mdx');
    expect(again.uses).toEqual([{ name: 'Figure', line: 4, attributes, code: [] }]);
    expect(again.mdx.trim()).toBe(mdx.trim());
  });

  it('part no sentence, over several lines either', () => {
    const [first, second, third] = body('See ![two\nlines](b.png) here\nand there');
    expect(first).toBe('See <Figure src={"b.png"} alt={"two lines"} />');
    expect([second, third]).toEqual(["{''} here", 'and there']);
  });

  it('are known with their line, also where only the compiler sees them', () => {
    expect(read('a\n\n![the `x`](no.png)').uses).toEqual([
      { name: 'Figure', line: 6, attributes: { src: 'no.png', alt: 'the x' }, code: [] },
    ]);
    expect(body('\\![a](b.png)')).toEqual(['\\![a](b.png)']);
  });
});

describe('headings with an id of their own', () => {
  it('keep it', () => {
    expect(body('## Set up `x` {a} {#native-sme2}')).toEqual([
      "<h2 id={\"native-sme2\"}>Set up `x` {'{'}a{'}'}</h2>",
    ]);
    expect(body('### Devices {#devices}', 'mdx')).toEqual(['<h3 id={"devices"}>Devices</h3>']);
  });
});

describe('addresses in plain Markdown', () => {
  it('may hold braces, and end before an angle bracket', () => {
    expect(body('see https://host/{id}, and')).toEqual([
      'see [https://host/\\{id\\}](https://host/%7Bid%7D), and',
    ]);
    expect(body('[a](https://host/{id}) <https://host/{id}>')).toEqual([
      '[a](https://host/%7Bid%7D) [https://host/\\{id\\}](https://host/%7Bid%7D)',
    ]);
    expect(body('http://host/<version>')).toEqual(["[http://host/](http://host/){'<'}version>"]);
    expect(body('[a](<b c>)')).toEqual(['[a](<b c>)']);
  });
});

describe('paragraphs in plain Markdown', () => {
  it('may begin with a word that begins code in MDX', () => {
    expect(body('export the model first\n\nimport it then')).toEqual([
      '&#101;xport the model first',
      '',
      '&#105;mport it then',
    ]);
  });
});
