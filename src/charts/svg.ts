/** SVG as text, for charts whose layout is their own: elements with escaped attributes, numbers of two decimals. */
import { escaped } from './text.ts';

export type Attributes = Record<string, string | number | null>;

/** One element. Attributes that are null are left out; children are markup already. */
export function element(name: string, attributes: Attributes, ...children: string[]): string {
  let text = `<${name}`;
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== null) text += ` ${key}="${typeof value === 'number' ? short(value) : escaped(value)}"`;
  }
  return children.length === 0 ? `${text}/>` : `${text}>${children.join('')}</${name}>`;
}

/** A line of text at a place. */
export function label(x: number, y: number, text: string, attributes: Attributes = {}): string {
  return element('text', { x, y, ...attributes }, escaped(text));
}

/** A number with at most two decimals: a hundredth of a pixel is not seen. */
export function short(value: number): string {
  const text = value.toFixed(2).replace(/\.?0+$/, '');
  return text === '-0' ? '0' : text;
}

/** The picture's outer element. */
export function picture(width: number, height: number, ...children: string[]): string {
  return element(
    'svg',
    { xmlns: 'http://www.w3.org/2000/svg', viewBox: `0 0 ${short(width)} ${short(height)}`, width, height },
    ...children,
  );
}

/** Reference to a colour of the site's tokens; `palette.ts` resolves it for files. */
export function colour(token: string): string {
  return `var(--${token})`;
}
