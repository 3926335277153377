/** Images as Learning Paths write them. */
import { attribute } from './jsxAttribute.ts';

/** `alt-text#center` and `#center` at the end of an image's words place it; they are no words. */
export function asFigure(alt: string, src: string, caption: string | null): string {
  const place = /(?<!\s)\s*(?:alt-text\s*)?#(\w+)\s*$/.exec(alt);
  const words = (place ? alt.slice(0, place.index) : alt).replaceAll(/(?<!\s)\s*\n\s*/g, ' ');
  return [
    `<Figure src=${attribute(src)} alt=${attribute(words)}`,
    ...(caption === null ? [] : [`caption=${attribute(caption)}`]),
    ...(place ? [`align=${attribute(place[1])}`] : []),
    '/>',
  ].join(' ');
}
