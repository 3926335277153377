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
      'Intro.\n\nDecode takes\n0.8 ms. (one) https://h.test/runs/one/#finding-share.\n\nMore.\n',
    );
    expect(found).toMatchObject({
      kind: 'finding',
      line: 4,
      run: 'one',
      id: 'share',
      address: 'https://h.test/runs/one/#finding-share',
      isCopiedSentence: true,
    });
    expect(found.kind === 'finding' && found.paragraph).toContain('Decode takes 0.8 ms.');
  });

  it.each([
    ['Markdown', 'It takes [2.58 s](https://h.test/runs/one/#metric-ttft) here.'],
    ['reStructuredText', 'It takes `2.58 s <https://h.test/runs/one/#metric-ttft>`_ here.'],
    ['HTML', '<p>It takes <a href="https://h.test/runs/one/#metric-ttft">2.58&nbsp;s</a> here.</p>'],
  ])('are numbers as the words of a link in %s', (_, text) => {
    expect(referencesIn(text)).toMatchObject([
      { kind: 'metric', run: 'one', id: 'ttft', linkText: '2.58 s', isCopiedSentence: false },
    ]);
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
});
