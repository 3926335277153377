import { describe, expect, it } from 'vitest';
import { linkedMarkup } from '../../src/components/figures/linkedText.ts';

describe('text with addresses', () => {
  it('links http and https, without the sign that ends the sentence', () => {
    expect(linkedMarkup('a, https://example.org/b_c. End')).toBe(
      'a, <a href="https://example.org/b_c" rel="noopener noreferrer nofollow external">example.<wbr>org/<wbr>b_<wbr>c</a>. End',
    );
    expect(linkedMarkup('(http://example.org)')).toContain('href="http://example.org"');
  });

  it.each([
    'javascript:alert(1)',
    'data:text/html,x',
    'ftp://example.org/x',
    'https://',
    'https://user:word@example.org/',
    'see www.example.org',
  ])('leaves %s as text', (text) => {
    expect(linkedMarkup(text)).not.toContain('<a');
  });

  it('escapes everything else', () => {
    expect(linkedMarkup('<b>&</b> https://example.org/?a=1&b="x')).toBe(
      '&lt;b&gt;&amp;&lt;/b&gt; <a href="https://example.org/?a=1&amp;b=" rel="noopener noreferrer nofollow external">example.<wbr>org/<wbr>?a=1&amp;b=</a>&quot;x',
    );
  });
});
