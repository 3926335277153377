import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { describedPicture, plotMarkup } from '../../src/charts/postprocess.ts';

function svgOf(markup: string): Element {
  return parseHTML(`<html><body>${markup}</body></html>`).document.body.firstElementChild!;
}

describe('a picture drawn by Plot', () => {
  it('loses style elements and turns inline styles into attributes', () => {
    const markup = plotMarkup(
      svgOf(
        '<svg class="plot-1" viewBox="0 0 1 1"><style>.a{}</style><g style="mix-blend-mode: multiply; fill:red"></g></svg>',
      ),
    );
    expect(markup).not.toContain('<style');
    expect(markup).not.toContain(' style=');
    expect(markup).toContain('mix-blend-mode="multiply"');
    expect(markup).toContain('fill="red"');
    expect(markup).toContain('class="plot"');
  });

  it('loses labels of what has no role', () => {
    expect(plotMarkup(svgOf('<svg><g aria-label="dot" aria-description="x"></g></svg>'))).not.toContain(
      'aria-',
    );
  });

  it('keeps two decimals', () => {
    expect(plotMarkup(svgOf('<svg><path d="M1.23456,-0.0001L12.5,3"></path></svg>'))).toContain(
      'd="M1.23,0L12.5,3"',
    );
  });

  it('is found inside the figure that Plot makes of a legend', () => {
    expect(plotMarkup(svgOf('<figure><svg><g></g></svg></figure>'))).toMatch(/^<svg /);
  });
});

describe('a described picture', () => {
  it('has role, title and description, escaped', () => {
    expect(describedPicture('<svg width="1"><g/></svg>', { title: 'a < b', description: 'c & d' }, 'x')).toBe(
      '<svg width="1" role="img" aria-labelledby="x-title" aria-describedby="x-desc"><title id="x-title">a &lt; b</title><desc id="x-desc">c &amp; d</desc><g/></svg>',
    );
  });
});
