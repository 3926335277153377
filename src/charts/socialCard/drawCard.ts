/** Social cards as SVG: letters that can be read at half the size, colours resolved, nothing loaded from elsewhere. */
import { drawnBands } from '../bands.ts';
import { FACE, resolved } from '../file.ts';
import { linear } from '../layout.ts';
import { MARK } from '../mark.ts';
import { hatchDefinition, stageFill } from '../stageMarks.ts';
import { colour, element, label, type Attributes } from '../svg.ts';
import { escaped } from '../text.ts';
import { type PageCard, type RunCard, type RunRow, type StageStrip } from './cardWords.ts';
import { textAdvance } from './textAdvance.ts';
import { textLines, type TextLine } from './textLines.ts';

/** Size of the PNG file: what social networks ask for. */
export const CARD_SIZE = { width: 1200, height: 630 } as const;
/** PNG files are drawn at twice the size that an SVG file names. */
const PIXELS_PER_UNIT = 2;

const LEFT = 64;
const RIGHT = CARD_SIZE.width - LEFT;
const WIDTH = RIGHT - LEFT;
/** 13 px where a card is shown at half its size: the smallest text. */
const SMALL = 26;
const TITLE = { size: 54, leading: 64, lines: 2 };
const SENTENCE = { size: 36, leading: 48 };
const HEAD_BASELINE = 92;
/** The first line of a title. */
const TITLE_BASELINE = 184;
const STRIP = { top: 498, height: 46 };
const FOOT_BASELINE = 588;
/** Columns that a strip of many bands is merged into. */
const STRIP_COLUMNS = 500;
/** Rows of runs; the last one ends where the foot of other cards does. */
const ROW = { bottom: 594, height: 30, pitch: 46, titleWidth: 620 };

/** The card of a run. */
export function runCardSvg(card: RunCard): string {
  const { facts, strip, legend, note } = card;
  const bottom = strip ? STRIP.top : FOOT_BASELINE - SMALL;
  return picture(
    head(),
    originBadge(card.origin),
    texts(card.title, facts, card.sentence, bottom),
    strip ? stripAt(strip, LEFT, WIDTH, STRIP.top, STRIP.height) : '',
    foot(legend, note),
  );
}

/** The card of the home page, or of a story. */
export function pageCardSvg({ title, facts, sentence, rows }: PageCard): string {
  const top = ROW.bottom - ROW.pitch * rows.length;
  return picture(
    head(),
    texts(title, facts, sentence, rows.length > 0 ? top : FOOT_BASELINE),
    ...rows.map((row, index) => rowAt(row, top + ROW.pitch * index)),
  );
}

function picture(...parts: string[]): string {
  const { width, height } = CARD_SIZE;
  return resolved(
    element(
      'svg',
      {
        xmlns: 'http://www.w3.org/2000/svg',
        viewBox: `0 0 ${width} ${height}`,
        width: width / PIXELS_PER_UNIT,
        height: height / PIXELS_PER_UNIT,
        'font-family': FACE,
      },
      hatchDefinition('card'),
      element('rect', { width, height, fill: colour('page') }),
      element('rect', { width, height: 10, fill: colour('link') }),
      ...parts,
    ),
    'light',
  );
}

/** The site's mark and name. */
function head(): string {
  const line = { fill: 'none', stroke: colour('link'), 'stroke-linejoin': 'round' };
  return (
    element(
      'g',
      { transform: `translate(${LEFT - 5} ${HEAD_BASELINE - 37}) scale(2.4)` },
      element('path', { d: MARK.outline, 'stroke-width': MARK.outlineWidth, ...line }),
      element('path', { d: MARK.facets, 'stroke-width': MARK.facetsWidth, ...line }),
    ) +
    label(LEFT + 56, HEAD_BASELINE, 'gemview', { 'font-size': 32, 'font-weight': 600, fill: colour('ink') })
  );
}

/** The origin as the site's pages show it: a shape and a word, in the colour of a warning where time is not hardware's. */
function originBadge({ value, label: text }: RunCard['origin']): string {
  const isMeasured = value === 'hardware' || value === 'vm';
  const token = isMeasured || value === 'reported' ? 'ink' : 'warn';
  const size = 28;
  const height = 52;
  const width = Math.ceil(textAdvance(text, size)) + 78;
  const x = RIGHT - width;
  const y = HEAD_BASELINE - 36;
  const sign = { fill: isMeasured ? colour(token) : 'none', stroke: colour(token), 'stroke-width': 4 };
  const isRound = token === 'ink';
  return (
    element('rect', {
      x: x + 1.5,
      y,
      width: width - 3,
      height,
      rx: height / 2,
      fill: colour(token === 'warn' ? 'warn-ground' : 'panel'),
      stroke: colour(token === 'warn' ? 'warn' : 'line-strong'),
      'stroke-width': 3,
    }) +
    element('rect', { x: x + 26, y: y + 18, width: 16, height: 16, rx: isRound ? 8 : 2, ...sign }) +
    label(x + 54, y + 36, text, { 'font-size': size, 'font-weight': 600, fill: colour(token) })
  );
}

/** Title, facts and as many lines of the sentence as there is room for above `bottom`. */
function texts(title: string, facts: string, sentence: string, bottom: number): string {
  const width = WIDTH;
  const titleLines = textLines(title, { width, fontSize: TITLE.size, lines: TITLE.lines, hasSymbols: false });
  let y = TITLE_BASELINE;
  const drawn = titleLines.map((line, index) =>
    textLine(line, LEFT, y + index * TITLE.leading, { 'font-size': TITLE.size, 'font-weight': 600 }),
  );
  y += Math.max(0, titleLines.length - 1) * TITLE.leading;
  const quiet = { 'font-size': 28, fill: colour('ink-quiet') };
  for (const line of textLines(facts, { width, fontSize: 28, lines: 1, hasSymbols: false })) {
    y += 48;
    drawn.push(textLine(line, LEFT, y, quiet));
  }
  y += 16;
  const lines = Math.floor((bottom - 20 - y) / SENTENCE.leading);
  for (const line of textLines(sentence, { width, fontSize: SENTENCE.size, lines, hasSymbols: true })) {
    y += SENTENCE.leading;
    drawn.push(textLine(line, LEFT, y, { 'font-size': SENTENCE.size }));
  }
  return drawn.join('');
}

function textLine(line: TextLine, x: number, y: number, attributes: Record<string, string | number>): string {
  const pieces = line.map(({ text, face }) =>
    face === 'mono' ? element('tspan', { class: 'mono' }, escaped(text)) : escaped(text),
  );
  return element('text', { x, y, fill: colour('ink'), ...attributes }, ...pieces);
}

/** The stages over the run's time: solid, since a card is small; guessed ones with a dashed outline. */
function stripAt(strip: StageStrip, left: number, width: number, top: number, height: number): string {
  const x = linear([strip.startS, strip.endS], [left, left + width]);
  const bands = drawnBands(strip, STRIP_COLUMNS).map(({ stage, startS, endS }) => {
    const from = Math.max(left, x(startS));
    const to = Math.min(left + width, x(endS));
    return element('rect', {
      x: from,
      y: top,
      width: Math.max(1.5, to - from),
      height,
      ...stageFill(stage, 'card'),
    });
  });
  const outline: Attributes = strip.isEstimated
    ? { stroke: colour('ink'), 'stroke-width': 3, 'stroke-dasharray': '12 8' }
    : { stroke: colour('line'), 'stroke-width': 2 };
  return (
    element('rect', { x: left, y: top, width, height, fill: colour('panel-raised') }) +
    bands.join('') +
    element('rect', { x: left, y: top, width, height, fill: 'none', ...outline })
  );
}

/** Stages with their times on the left, as many as fit; what the times are on the right, or alone. */
function foot(legend: RunCard['legend'], note: string): string {
  const quiet = { 'font-size': SMALL, fill: colour('ink-quiet') };
  if (legend.length === 0) {
    const lines = textLines(note, { width: WIDTH, fontSize: SMALL, lines: 1, hasSymbols: false });
    return lines.map((line) => textLine(line, LEFT, FOOT_BASELINE, quiet)).join('');
  }
  const parts = [label(RIGHT, FOOT_BASELINE, note, { ...quiet, 'text-anchor': 'end' })];
  const end = RIGHT - textAdvance(note, SMALL);
  let x = LEFT;
  for (const { stage, text } of legend) {
    const width = 36 + textAdvance(text, SMALL) + 40;
    if (x + width > end) break;
    parts.push(
      element('rect', {
        x,
        y: FOOT_BASELINE - 21,
        width: 24,
        height: 24,
        rx: 3,
        ...stageFill(stage, 'card'),
      }),
      label(x + 36, FOOT_BASELINE, text, { 'font-size': SMALL, 'font-weight': 600, fill: colour('ink') }),
    );
    x += width;
  }
  return parts.join('');
}

/** One run of several: its strip, its title and its origin. */
function rowAt({ title, origin, strip }: RunRow, top: number): string {
  const originWidth = textAdvance(` · ${origin}`, SMALL);
  const [name] = textLines(title, {
    width: ROW.titleWidth - originWidth,
    fontSize: SMALL,
    lines: 1,
    hasSymbols: false,
  });
  const stripLeft = LEFT + ROW.titleWidth + 24;
  return (
    textLine([...(name ?? []), { text: ` · ${origin}`, face: 'text' }], LEFT, top + 24, {
      'font-size': SMALL,
    }) + (strip ? stripAt(strip, stripLeft, RIGHT - stripLeft, top, ROW.height) : '')
  );
}
