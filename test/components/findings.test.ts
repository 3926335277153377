import { describe, expect, it } from 'vitest';
import { quantity } from '../../src/analysis/quantity.ts';
import { findingHtml } from '../../src/components/findings/findingMarkup.ts';

const share = { name: 'share', quantity: quantity(55, '%', 'sampled', { formula: 'a ÷ b' }) };

describe('findingHtml', () => {
  it('marks numbers in their order and sets names in mono', () => {
    expect(
      findingHtml({ sentence: 'In vec_dot: 55.0\u00A0% and 55.0\u00A0% of b.', values: [share, share] }),
    ).toBe(
      'In <code class="symbol">vec_<wbr>dot</code>: <b class="number">55.0\u00A0%</b> and <b class="number">55.0\u00A0%</b> of b.',
    );
  });

  it('escapes what comes from a capture, and lets nothing pretend to be a place of a number', () => {
    const html = findingHtml({ sentence: 'In <b>x</b> \uE0000\uE001: 55.0\u00A0%.', values: [share] });
    expect(html).toBe('In &lt;b&gt;x&lt;/b&gt; \uFFFD0\uFFFD: <b class="number">55.0\u00A0%</b>.');
  });
});
