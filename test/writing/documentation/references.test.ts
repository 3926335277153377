import { describe, expect, it } from 'vitest';
import { embedSnippets } from '../../../src/charts/embedSnippets.ts';
import { plainText, referencesIn, saysValue } from '../../../src/writing/documentation/references.ts';

const PIN = '0123456789ab';
const SNIPPETS = embedSnippets({
  site: 'https://example.org/p/',
  chart: `runs/one@${PIN}/charts/tokens`,
  embed: `embed/one@${PIN}/tokens/`,
  script: 'embed/gemview-chart.js',
  title: 'Decode takes 0.8 ms & “half” of it <in> a_b',
  description: 'Bars.',
  width: 912,
  height: 300,
});

describe('embeds in documentation', () => {
  it.each(SNIPPETS.map(({ id, code }) => [id, code] as const))('are found as %s', (_, code) => {
    const found = referencesIn(`Before.\n\n${code}\n\nAfter.\n`);
    expect(found).toMatchObject([{ kind: 'chart', run: 'one', pin: PIN, chart: 'tokens' }]);
    const current = referencesIn(code.replaceAll(`@${PIN}`, ''));
    expect(current).toMatchObject([{ kind: 'chart', run: 'one', pin: null, chart: 'tokens' }]);
  });

  it('have the line and the address where they begin', () => {
    expect(referencesIn('a\n\n![x](https://h.test/runs/one/charts/tokens.dark.svg "t")\n')).toMatchObject([
      { line: 3, address: 'https://h.test/runs/one/charts/tokens.dark.svg', words: 'x' },
    ]);
    expect(referencesIn('<img src=/b/runs/one%400123456789ab/charts/tokens.png>')).toMatchObject([
      { line: 1, address: '/b/runs/one%400123456789ab/charts/tokens.png', pin: PIN },
    ]);
  });

  it('are one each, however many addresses an embed has', () => {
    const twice = `${SNIPPETS[0].code}\n\nText between them.\n\n${SNIPPETS[0].code.replaceAll('tokens', 'functions')}`;
    expect(referencesIn(twice).map((found) => found.kind === 'chart' && found.chart)).toEqual([
      'tokens',
      'functions',
    ]);
  });

  it('are not what other sites have', () => {
    const others = [
      'https://github.com/a/b/actions/runs/123/job/456',
      'https://www.youtube.com/embed/a1b2',
      'see runs/one/charts and myruns/one/charts/tokens',
      'embed/gemview-chart.js',
    ];
    expect(referencesIn(others.join('\n'))).toEqual([]);
  });

  it('are not examples in a span of code', () => {
    const examples = [
      'Write `<img src="https://h.test/runs/one/charts/tokens.svg">` or',
      '`[2.58 s](https://h.test/runs/one/#metric-ttft)`, with `<!-- gemview: one:run.ttft = 2.58 s -->`.',
    ];
    expect(referencesIn(examples.join('\n'))).toEqual([]);
    const real = [
      '`a` ![x](https://h.test/runs/one/charts/tokens.svg) `b`',
      '<img src={`${base}/runs/one/charts/functions.svg`} />',
    ];
    expect(referencesIn(real.join('\n'))).toHaveLength(2);
  });

  it('are not examples in fenced code, but content of directives', () => {
    const embed = '<img src="https://h.test/runs/one/charts/tokens.svg">';
    const code = [
      `\`\`\`html\n${embed}\n\`\`\``,
      `~~~\n${embed}\n\`\`\`\n${embed}\n~~~~`,
      `- \`\`\`\r\n  ${embed}\r\n  \`\`\`\r`,
      `> \`\`\`\n> ${embed}\n> \`\`\``,
      `\`\`\`{code-block} html\n${embed}\n\`\`\``,
      `\`\`\`\`{note}\n\`\`\`html\n${embed}\n\`\`\`\n\`\`\`\``,
      '```\n<!-- gemview: one:run.ttft = 3 s -->\n[3 s](https://h.test/runs/one/#metric-ttft)\n```',
    ];
    for (const example of code) expect(referencesIn(`a\n\n${example}\n`), example).toEqual([]);
    expect(referencesIn(code.join('\n\n'))).toEqual([]);
    const content = [
      `\`\`\`html\nx\n\`\`\`\n${embed}`,
      `\`\`\`{note}\n${embed}\n\`\`\``,
      `\`\`\`{=html}\n${embed}\n\`\`\``,
      `\`\`\` never closed\n${embed}`,
      `\`\`\`a\`\`\` in a line\n${embed}`,
    ];
    for (const real of content) expect(referencesIn(real), real).toHaveLength(1);
  });

  it.each([' ', '`', '~', '> ', '``` ', '[', '[a]', '1'])('are found in time beside many %j', (text) => {
    const started = performance.now();
    const many = text.repeat(60_000 / text.length);
    expect(referencesIn(`${many}\n/runs/one/charts/tokens.svg\n${many}x`)).toHaveLength(1);
    expect(performance.now() - started).toBeLessThan(2000);
  });

  it('are found in time in a page of one long line', () => {
    const started = performance.now();
    expect(
      referencesIn(`${'a'.repeat(1_000_000)}/runs/one/charts/tokens.svg ${'runs/'.repeat(100_000)}`),
    ).toHaveLength(1);
    expect(performance.now() - started).toBeLessThan(2000);
  });
});

describe('quotes in documentation', () => {
  it('are copied sentences with run and address', () => {
    const [found] = referencesIn(
      'Intro.\n\nDecode takes\n0.8 ms. (A run (2nd), emulated) https://h.test/runs/one/#finding-share.\nSo.\n\nMore.\n',
    );
    expect(found).toMatchObject({
      kind: 'finding',
      line: 4,
      run: 'one',
      id: 'share',
      address: 'https://h.test/runs/one/#finding-share',
      before: 'Decode takes 0.8 ms. (A run (2nd), emulated)',
      after: '. So.',
      saidOf: 'A run (2nd), emulated',
    });
  });

  it.each([
    ['Markdown', 'It takes [2.58 s](https://h.test/runs/one/#metric-ttft) here.'],
    ['reStructuredText', 'It takes `2.58 s <https://h.test/runs/one/#metric-ttft>`_ here.'],
    ['HTML', '<p>It takes <a href="https://h.test/runs/one/#metric-ttft">2.58&nbsp;s</a> here.</p>'],
    ['strong HTML', '<a class="x" href="https://h.test/runs/one/#metric-ttft"><b class="y">2.58</b> s</a> a'],
    ['a component', '<Link href="https://h.test/runs/one/#metric-ttft" x>\n  <b>2.58 s</b>\n</Link> a'],
    ['AsciiDoc', 'It takes https://h.test/runs/one/#metric-ttft[2.58 s] here.'],
    ['Markdown by reference', 'It is [**2.58 s**][t].\n\n[t]: https://h.test/runs/one/#metric-ttft'],
    ['Markdown by its own words', 'It is [2.58 s][].\n\n[2.58 S]: <https://h.test/runs/one/#metric-ttft>'],
    ['Markdown by words alone', 'It is [2.58  s].\n\n[2.58 s]:\n  https://h.test/runs/one/#metric-ttft "t"'],
  ])('are numbers as the words of a link in %s', (_, text) => {
    expect(referencesIn(text)).toMatchObject([
      { kind: 'metric', run: 'one', id: 'ttft', linkText: '2.58 s', saidOf: null },
    ]);
  });
});

describe('links by reference', () => {
  it('are quotes in the lines where they stand, and one in its own line when nothing uses it', () => {
    const definition = '[t]: https://h.test/runs/one/#metric-ttft';
    expect(referencesIn(`[1 s][t]\n\nor [2 s][T]\n\n${definition}\n`)).toMatchObject([
      { line: 1, linkText: '1 s', before: '[1 s][t]' },
      { line: 3, linkText: '2 s' },
    ]);
    expect(referencesIn(`a\n\n${definition}`)).toMatchObject([{ line: 3, linkText: null }]);
    expect(referencesIn(`\`[1 s][t]\`\n\n${definition}`)).toMatchObject([{ line: 3, linkText: null }]);
  });
});

describe('markers in documentation', () => {
  it.each([
    ['HTML', '2.58 s <!-- gemview: one:run.ttft = 2.58 s -->'],
    ['MDX', '2.58 s {/* gemview: one:run.ttft = 2.58 s */}'],
    ['reStructuredText', '2.58 s\n\n.. gemview: one:run.ttft = 2.58 s\n'],
    ['a link definition', '2.58 s\n\n[gemview run.ttft]: # "gemview: one:run.ttft = 2.58 s"\n'],
    ['a Windows file', '2.58 s\r\n<!-- gemview: one:run.ttft = 2.58 s -->\r\n'],
  ])('are read in %s', (_, text) => {
    expect(referencesIn(text)).toMatchObject([
      { kind: 'marker', run: 'one', name: 'run.ttft', value: '2.58 s', isSaid: true },
    ]);
  });

  it('are several on a line, and names may have an argument', () => {
    const found = referencesIn(
      '<!-- gemview: one:decode.share(std::f(int, a*)) = 54.5 % --> 54.5 % <!-- gemview: one:run.ttft = 3 s -->',
    );
    expect(found).toMatchObject([
      { name: 'decode.share(std::f(int, a*))', value: '54.5 %', isSaid: true },
      { name: 'run.ttft', value: '3 s', isSaid: false },
    ]);
  });
});

describe('words of a page', () => {
  it('are compared without markup', () => {
    expect(plainText('a&nbsp;<b>`ggml_vec`</b>\\_x  **2.58 s** &#x3C; &#60;')).toBe(
      'a ggml_vec_x 2.58 s &#x3C; <',
    );
    expect(plainText('`vector<int>`')).toBe(plainText('vector&lt;int&gt;'));
  });

  it('say a value only as a whole number', () => {
    expect(saysValue('takes 2.58 s', '2.58 s')).toBe(true);
    expect(saysValue('takes 12.58 s', '2.58 s')).toBe(false);
    expect(saysValue('takes 1,258', '258')).toBe(false);
    expect(saysValue('takes 258.5', '258')).toBe(false);
    expect(saysValue('takes 258.', '258')).toBe(true);
  });

  it('say a value only as a whole word', () => {
    for (const text of ['Q6_K', 'q8_6', 'Cortex-A6', 'A-6', '6ms', '6_k', '\u22126', 'é6'])
      expect(saysValue(`in ${text} weights`, '6'), text).toBe(false);
    for (const text of ['6', '_6_', '(6)', '6-token', '~6', '×6,', '6.']) {
      expect(saysValue(`in ${text} weights`, '6'), text).toBe(true);
    }
    expect(saysValue('takes 2.58 ms', '2.58 m')).toBe(false);
    expect(saysValue('is 12.3 %', '12.3 %')).toBe(true);
    expect(saysValue('emulated_tiny and unemulated', 'emulated')).toBe(false);
  });
});
