import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { contentSecurityPolicy, headText, THEME_SCRIPT } from '../../../src/components/layout/head.ts';

describe('a text for the head of a page', () => {
  it('stays as it is when it is short, in one line', () => {
    expect(headText('Prefill takes 506\u00A0ms.')).toBe('Prefill takes 506\u00A0ms.');
    expect(headText(' a  \n\tb\u202Ec ')).toBe('a \uFFFD\uFFFDb\uFFFDc');
  });

  it('is cut after a whole word', () => {
    const text = headText('word '.repeat(1000));
    expect(text).toBe(`${'word '.repeat(59)}word…`);
    expect([...headText('x'.repeat(100_000))]).toHaveLength(300);
    expect([...headText('🦙'.repeat(1000))]).toHaveLength(300);
    expect(headText(`${'x'.repeat(290)} ${'y'.repeat(50)}`)).toBe(`${'x'.repeat(290)}…`);
  });
});

describe('the policy of pages', () => {
  it('allows one inline script, by its hash', () => {
    const hash = createHash('sha256').update(THEME_SCRIPT).digest('base64');
    expect(contentSecurityPolicy()).toContain(`script-src 'self' 'sha256-${hash}';`);
    expect(contentSecurityPolicy()).not.toMatch(/unsafe|https?:|\*/);
  });
});
