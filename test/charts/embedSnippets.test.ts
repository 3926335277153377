import { describe, expect, it } from 'vitest';
import { embedSnippets, type EmbeddedChart } from '../../src/charts/embedSnippets.ts';

const chart: EmbeddedChart = {
  site: 'https://example.org/p/',
  chart: 'runs/one@0123456789ab/charts/tokens',
  embed: 'embed/one@0123456789ab/tokens/',
  script: 'embed/gemview-chart.js',
  title: 'Decode takes 0.8 ms',
  description: 'Bars.',
  width: 912,
  height: 300,
};
const code = (id: string, of: Partial<EmbeddedChart> = {}): string =>
  embedSnippets({ ...chart, ...of }).find((snippet) => snippet.id === id)!.code;

describe('snippets to embed a chart', () => {
  it('show light and dark where pictures are allowed and nothing else', () => {
    expect(code('picture')).toBe(
      `<a href="https://example.org/p/runs/one@0123456789ab/charts/tokens/">
  <picture>
    <source media="(prefers-color-scheme: dark)" srcset="https://example.org/p/runs/one@0123456789ab/charts/tokens.dark.svg">
    <img src="https://example.org/p/runs/one@0123456789ab/charts/tokens.svg" alt="Decode takes 0.8 ms" width="912" height="300">
  </picture>
</a>`,
    );
  });

  it('are one for each place', () => {
    expect(embedSnippets(chart).map(({ id }) => id)).toEqual([
      'picture',
      'markdown',
      'iframe',
      'element',
      'hugo',
      'rst',
      'myst',
      'mdx',
    ]);
    expect(code('markdown')).toBe(
      '[![Decode takes 0.8 ms](https://example.org/p/runs/one@0123456789ab/charts/tokens.svg)](https://example.org/p/runs/one@0123456789ab/charts/tokens/)',
    );
    expect(code('iframe')).toContain('src="https://example.org/p/embed/one@0123456789ab/tokens/"');
    expect(code('element')).toContain(
      '<gemview-chart src="https://example.org/p/runs/one@0123456789ab/charts/tokens"',
    );
    // MDX takes it too: a documentation site whose theme has a switch needs it there.
    expect(code('element')).toMatch(/<img [^>]* \/><\/a>/);
    expect(code('mdx')).toContain('srcSet=');
    expect(code('mdx')).toMatch(/height="300" \/>/);
    expect(
      code('rst')
        .split('\n')
        .slice(2)
        .every((line) => line.startsWith('   ')),
    ).toBe(true);
  });

  it('say the size of the picture wherever the place lets them, so that the page does not jump', () => {
    for (const { id, code: snippet } of embedSnippets(chart)) {
      // Markdown has no words for a size.
      if (id !== 'markdown') expect(snippet, id).toMatch(/\bheight="\d+"/);
      if (id === 'markdown' || id === 'iframe') continue;
      const images = snippet.match(/<img [^>]*>/g) ?? [];
      expect(images.length, id).toBe(1);
      expect(images[0], id).toMatch(
        id === 'hugo'
          ? / width="\{\{ \.Get "width" \}\}" height="\{\{ \.Get "height" \}\}"/
          : / width="912" height="300"/,
      );
    }
    expect(code('hugo')).toContain(' width="912" height="300" >}}');
  });

  it('keep a title that holds markup as text', () => {
    const title = '"><script>alert(1)</script> {{< x >}} [a](b) `c`';
    for (const { id, code: snippet } of embedSnippets({ ...chart, title })) {
      expect(snippet.match(/<script>/g), id).toBeNull();
    }
    expect(code('markdown', { title })).toContain('\\[a\\](b)');
    expect(code('hugo', { title: 'a\\b "c" \\`' })).toContain('alt="a&#92;b &quot;c&quot; &#92;&#96;" width');
    expect(code('hugo')).toContain('alt="{{ .Get "alt" | htmlUnescape }}"');
  });

  it('keep a title of several lines on one, and without what nobody sees', () => {
    const title = 'one\n\n.. raw:: html\r\n\t<b>\u202E\n```\n\u2028{{< x >}}';
    for (const { id, code: snippet } of embedSnippets({ ...chart, title })) {
      expect(snippet, id).not.toMatch(/[\r\t\u2028\u202E]/);
      const lines = embedSnippets(chart)
        .find((plain) => plain.id === id)!
        .code.split('\n').length;
      expect(snippet.split('\n'), id).toHaveLength(lines);
    }
    expect(code('hugo', { title })).toContain(
      'alt="one .. raw:: html &lt;b&gt;\uFFFD &#96;&#96;&#96; &#123;&#123;&lt; x &gt;&#125;&#125;"',
    );
    expect(code('rst', { title })).toContain(
      'alt="one .. raw:: html &lt;b&gt;\uFFFD ``` &#123;&#123;&lt; x &gt;&#125;&#125;"',
    );
    expect(code('markdown', { title })).toContain(
      '[![one .. raw:: html &lt;b&gt;\uFFFD \\`\\`\\` &#123;&#123;&lt; x &gt;&#125;&#125;](',
    );
  });

  it('keep entities in a title as the letters that they are', () => {
    const title = 'a &lt;b&gt; | ~~c~~ $d$';
    expect(code('markdown', { title })).toContain('[![a &amp;lt;b&amp;gt; &#124; \\~\\~c\\~\\~ \\$d\\$](');
    expect(code('picture', { title })).toContain('alt="a &amp;lt;b&amp;gt; | ~~c~~ $d$"');
  });

  it('begin no shortcode where they stand in a page of Hugo’s, and no expression in MDX', () => {
    const title = '{{% a %}} {{< b >}} {{{% c %}}} {{{< d >}}} {e}';
    for (const { id, code: snippet } of embedSnippets({ ...chart, title })) {
      // Only the shortcode itself, and its template.
      const ofTitle = id === 'hugo' ? /alt="(?!\{\{ \.Get)([^"]*)"/.exec(snippet)![1] : snippet;
      expect(ofTitle, id).not.toMatch(/\{\{|\{e\}/);
    }
    expect(code('picture', { title: '{{%' })).toContain('alt="&#123;&#123;%"');
    expect(code('markdown', { title: '{{%' })).toContain('[![&#123;&#123;%](');
  });
});
