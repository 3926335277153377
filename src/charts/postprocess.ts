/**
 * The one place where pictures are made fit for the site: no inline style (a strict Content-Security-Policy forbids it),
 * a role, a title and a description, and no label on what has no role.
 */
import type { ChartWords } from './chart.ts';
import { short, element } from './svg.ts';
import { escaped } from './text.ts';

const PLOT_CLASS = 'plot';
/** Attributes in which Plot writes long fractions. */
const NUMERIC_ATTRIBUTES = [
  'd',
  'transform',
  'x',
  'y',
  'x1',
  'x2',
  'y1',
  'y2',
  'cx',
  'cy',
  'r',
  'width',
  'height',
];

/** The markup of a chart drawn by Plot: styles turned into attributes or the class `plot`, numbers shortened. */
export function plotMarkup(plot: Element): string {
  const svg = plot.localName === 'svg' ? plot : plot.querySelector('svg');
  if (!svg) throw new Error('Plot gave no svg element');
  for (const style of svg.querySelectorAll('style')) style.remove();
  svg.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  svg.setAttribute('class', PLOT_CLASS);
  svg.removeAttribute('font-family');
  svg.setAttribute('font-size', '12');
  for (const node of [svg, ...svg.querySelectorAll('*')]) {
    stylesToAttributes(node);
    if (node !== svg) node.removeAttribute('aria-label');
    node.removeAttribute('aria-description');
    for (const name of NUMERIC_ATTRIBUTES) {
      const value = node.getAttribute(name);
      if (value?.includes('.'))
        node.setAttribute(
          name,
          value.replace(/-?\d*\.\d{3,}/g, (text) => short(Number(text))),
        );
    }
  }
  return svg.outerHTML;
}

/** Turns `style="a: b"` into `a="b"`: every property that Plot sets inline is a presentation attribute too. */
function stylesToAttributes(node: Element): void {
  const style = node.getAttribute('style');
  if (style === null) return;
  node.removeAttribute('style');
  for (const declaration of style.split(';')) {
    const [property, ...value] = declaration.split(':');
    if (value.length > 0) node.setAttribute(property.trim(), value.join(':').trim());
  }
}

/**
 * Gives a picture its role, title and description.
 *
 * @param svg markup that starts with `<svg `
 * @param idPrefix unique on the page
 */
export function describedPicture(
  svg: string,
  words: Pick<ChartWords, 'title' | 'description'>,
  idPrefix: string,
): string {
  const end = svg.indexOf('>');
  return (
    `${svg.slice(0, end)} role="img" aria-labelledby="${idPrefix}-title" aria-describedby="${idPrefix}-desc">` +
    element('title', { id: `${idPrefix}-title` }, escaped(words.title)) +
    element('desc', { id: `${idPrefix}-desc` }, escaped(words.description)) +
    svg.slice(end + 1)
  );
}
