import { createMarkdownProcessor } from '@astrojs/markdown-remark';
import { describe, expect, it } from 'vitest';
import {
  markdownCode,
  markdownSentence,
  markdownTable,
  markdownText,
} from '../../src/exports/markdownText.ts';

/** A processor that other people's sites use: what it makes of our text is what readers see. */
const processor = await createMarkdownProcessor({ syntaxHighlight: false, gfm: true });
const rendered = async (markdown: string): Promise<string> => (await processor.render(markdown)).code;

/** The text that a browser would show. */
const shown = (html: string): string =>
  html
    .replaceAll(/<[^>]+>/g, '')
    .replaceAll('&#x3C;', '<')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll(/&amp;|&#x26;/g, '&')
    .trim();

const HOSTILE = [
  '<script>alert(1)</script>',
  '![x](javascript:alert(1))',
  '[link](evil.html)',
  '# heading',
  '1. list',
  '- list',
  '> quote',
  '`code`',
  '{{< shortcode >}} {expression} ${x}',
  '| a | b |',
  '*bold* _it_ ~~gone~~',
  '&lt;b&gt;',
  '</script>',
];

describe('text in Markdown', () => {
  it.each(HOSTILE)('shows %j as it is', async (text) => {
    const html = await rendered(markdownText(text));
    expect(html).toMatch(/^<p>[^]*<\/p>\s*$/);
    expect(html.replaceAll(/^<p>|<\/p>\s*$/g, '')).not.toMatch(/<[a-z]/i);
    expect(shown(html)).toBe(text);
  });

  it('leaves plain words and numbers alone', () => {
    expect(markdownText('2.58 s (counted)')).toBe('2.58 s (counted)');
    expect(markdownText('135 ms, 7.45 tokens/s')).toBe('135 ms, 7.45 tokens/s');
  });

  it('has no line, control character or direction override', () => {
    expect(markdownText('a\nb\u0000c\u202Ed')).toBe('a b\uFFFDc\uFFFDd');
  });
});

describe('code in Markdown', () => {
  it.each(['plain_name', 'a`b', '``', ' `', '<script>', 'a|b'])('holds %j', async (name) => {
    const html = await rendered(markdownCode(name));
    expect(html).toMatch(/^<p><code>[^]*<\/code><\/p>\s*$/);
    expect(shown(html)).toBe(name.replaceAll('|', '¦').trim());
  });
});

describe('sentences and tables', () => {
  it('set names of symbols in mono', () => {
    expect(markdownSentence('54.5 % are in ggml_vec_dot_q6_K_q8_K.')).toBe(
      '54.5 % are in `ggml_vec_dot_q6_K_q8_K`.',
    );
  });

  it('keep their columns whatever a cell holds', async () => {
    const table = markdownTable(['Name', 'Value'], [[markdownCode('a|b'), markdownText('c | d')]]);
    const html = await rendered(table);
    expect(html.match(/<td>/g)).toHaveLength(2);
    expect(markdownTable(['Name'], [])).toBe('');
  });
});
