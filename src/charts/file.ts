/** A chart as a file of its own: title, subtitle and source in the picture, colours resolved, nothing loaded from elsewhere. */
import type { ChartWords } from './chart.ts';
import { PICTURE_WIDTH, textWidth } from './layout.ts';
import { PALETTE, type ColourToken } from './palette.ts';
import { colour, element } from './svg.ts';
import { escaped, sentenceSvg } from './text.ts';

export type Theme = 'light' | 'dark';

const MARGIN = 16;
const TITLE_SIZE = 17;
const SUBTITLE_SIZE = 12;
/** Where Inter is not installed, the system's face takes up to a quarter more room. */
const FALLBACK_FACE_IS_WIDER = 1.25;
const LINE_SPACING = 1.35;
export const FACE = "Inter, 'Inter Variable', system-ui, sans-serif";
const MONO_FACE = "'JetBrains Mono', 'JetBrains Mono Variable', ui-monospace, monospace";

/**
 * @param svg the drawn chart, wide
 * @param source one line: run, origin, site
 * @param idPrefix prefix of ids inside the picture
 */
export function chartFile(
  svg: string,
  words: ChartWords,
  source: string,
  theme: Theme,
  idPrefix: string,
): string {
  const [, innerWidth, innerHeight] = /viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(svg)!;
  const width = Number(innerWidth) + 2 * MARGIN;
  const title = wrapped(words.title, PICTURE_WIDTH.wide / FALLBACK_FACE_IS_WIDER, TITLE_SIZE);
  const subtitle = wrapped(words.subtitle, PICTURE_WIDTH.wide / FALLBACK_FACE_IS_WIDER, SUBTITLE_SIZE);
  let y = MARGIN;
  const lines = (texts: readonly string[], size: number, token: ColourToken, weight: number): string =>
    texts
      .map((text) => {
        y += size * LINE_SPACING;
        return element(
          'text',
          { x: MARGIN, y: y - size * 0.3, 'font-size': size, fill: colour(token), 'font-weight': weight },
          sentenceSvg(text),
        );
      })
      .join('');
  const head = lines(title, TITLE_SIZE, 'ink', 600) + lines(subtitle, SUBTITLE_SIZE, 'ink-quiet', 400);
  const chartTop = y + 10;
  y = chartTop + Number(innerHeight) + 8;
  const foot = lines([source], SUBTITLE_SIZE - 1, 'ink-quiet', 400);
  const inner = svg.replace('<svg ', `<svg x="${MARGIN}" y="${chartTop.toFixed(1)}" `);
  const file = element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      viewBox: `0 0 ${width} ${Math.ceil(y + MARGIN)}`,
      width,
      height: Math.ceil(y + MARGIN),
      role: 'img',
      'aria-labelledby': `${idPrefix}-title`,
      'aria-describedby': `${idPrefix}-desc`,
      'font-family': FACE,
      'font-size': 12,
      // Inter turns the x of `4x8` into a multiplication sign, JetBrains Mono draws `==` as one sign: names are no formulas.
      style: "font-feature-settings: 'calt' 0",
    },
    element('title', { id: `${idPrefix}-title` }, escaped(words.title)),
    element('desc', { id: `${idPrefix}-desc` }, escaped(words.description)),
    element('rect', { width: '100%', height: '100%', fill: colour('panel') }),
    head,
    inner,
    foot,
  );
  return resolved(file, theme);
}

/** Replaces tokens and classes of the site's stylesheet by what they stand for. */
export function resolved(svg: string, theme: Theme): string {
  return svg
    .replace(/var\(--([a-z-]+)\)/g, (whole, token: string) =>
      token in PALETTE ? PALETTE[token as ColourToken][theme] : whole,
    )
    .replaceAll('currentColor', PALETTE.ink[theme])
    .replaceAll('class="mono"', `font-family="${MONO_FACE}"`)
    .replace(/ class="[^"]*"/g, '');
}

/** Lines of at most `width` pixels, broken between words. */
export function wrapped(text: string, width: number, fontSize: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && textWidth(longer, fontSize) > width) {
      lines.push(line);
      line = word;
    } else {
      line = longer;
    }
  }
  return [...lines, line];
}
