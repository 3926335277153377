/** What an SVG picture holds besides a picture: opened by its own address it is a page of the site, with the site's rights. */
import { SaxesParser } from 'saxes';

export interface SvgProblem {
  line: number;
  /** `holds a script`. */
  problem: string;
}

/** Elements that run code, or show another page. */
const ACTIVE = new Map([
  ['script', 'a script'],
  ['handler', 'a script'],
  ['iframe', 'another page'],
  ['frame', 'another page'],
  ['object', 'another page'],
  ['embed', 'another page'],
  ['base', 'a base address'],
  ['meta', 'a meta element'],
  ['form', 'a form'],
]);
/** Elements that give other elements' attributes their values, and the attributes of which that is dangerous. */
const ANIMATIONS = new Set(['animate', 'set', 'animatetransform', 'animatemotion', 'discard']);

/** Attributes with an address that is loaded or followed. */
const ADDRESSES = new Set([
  'href',
  'src',
  'srcset',
  'data',
  'action',
  'formaction',
  'ping',
  'poster',
  'background',
]);
/** Within the file, or a picture of points in the text itself. */
const OWN_ADDRESS = /^(?:#|data:image\/(?:png|jpeg|gif|webp|avif)[;,])/i;
/** What an `a` may lead to: nothing is loaded until somebody follows it. */
const LINK = /^https?:\/\//i;
/** Attributes that are read as styles, and those that animations give them. */
const STYLED =
  /^(?:style|fill|stroke|filter|mask|clip-path|marker(?:-(?:start|mid|end))?|cursor|to|from|by|values)$/;
/** What styles load. */
const STYLE_ADDRESS = /url\(\s*(["']?)(.*?)\1\s*\)|@import|(?:image|image-set|src)\(/gi;

/**
 * The first thing in an SVG file that would run, or load something from elsewhere; null where there is none. What cannot be
 * read as XML in UTF-8 is a problem as well: nobody knows what a browser makes of it.
 */
export function svgProblem(bytes: Uint8Array): SvgProblem | null {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return { line: 1, problem: 'is not in UTF-8' };
  }
  const parser = new SaxesParser();
  let found: SvgProblem | null = null;
  const tell = (problem: string): void => {
    found ??= { line: parser.line, problem };
  };
  /** Local names of the elements around, and the text of a style. */
  const open: string[] = [];
  let style = '';
  parser.on('error', () => tell('cannot be read as XML'));
  parser.on('doctype', (doctype) => {
    if (doctype.includes('[')) tell('declares entities');
  });
  parser.on('xmldecl', ({ encoding }) => {
    if (encoding !== undefined && !/^utf-?8$/i.test(encoding)) tell('is not in UTF-8');
  });
  parser.on('processinginstruction', ({ target }) => tell(`holds the instruction <?${target}`));
  parser.on('opentag', ({ name, attributes }) => {
    const element = localName(name);
    if (open.length === 0 && element !== 'svg') tell('is no SVG');
    open.push(element);
    const active = ACTIVE.get(element);
    if (active !== undefined) tell(`holds ${active}`);
    for (const [attribute, value] of Object.entries(attributes)) {
      const problem = attributeProblem(element, localName(attribute), value);
      if (problem !== null) tell(problem);
    }
  });
  const addText = (part: string): void => {
    if (open.at(-1) === 'style') style += part;
  };
  parser.on('text', addText);
  parser.on('cdata', addText);
  parser.on('closetag', () => {
    if (open.pop() === 'style' && loadsByStyle(style))
      tell('has a style that loads something from elsewhere');
    if (open.at(-1) !== 'style') style = '';
  });
  parser.write(text).close();
  return found;
}

function attributeProblem(element: string, attribute: string, value: string): string | null {
  if (attribute.startsWith('on')) return `holds a script (${attribute})`;
  // oxlint-disable-next-line no-control-regex -- browsers pass over control characters in addresses
  const address = value.replaceAll(/[\0-\x20]/g, '');
  if (ADDRESSES.has(attribute) && !OWN_ADDRESS.test(address) && address !== '') {
    if (/^(?:javascript|data|vbscript):/i.test(address))
      return `holds an address that runs code (${attribute})`;
    if (!(element === 'a' && attribute === 'href' && LINK.test(address)))
      return `loads something from elsewhere (${attribute})`;
  }
  const isTarget = attribute === 'attributename' && /^(?:.*:)?(?:href|on.*|src)$/i.test(address);
  if (ANIMATIONS.has(element) && isTarget) return 'changes an address or a script while it is shown';
  if (attribute === 'srcdoc') return 'holds another page';
  return STYLED.test(attribute) && loadsByStyle(value)
    ? `loads something from elsewhere (${attribute})`
    : null;
}

/**
 * Backslashes and comments write names in other ways. What looks like a comment may lie between two texts in quotes: the
 * style counts as it stands, too.
 */
function loadsByStyle(style: string): boolean {
  if (/\\/.test(style) && /\(|@/.test(style)) return true;
  const readings = [style, style.replaceAll(/\/\*.*?\*\//gs, '')];
  return readings.some((reading) =>
    [...reading.matchAll(STYLE_ADDRESS)].some(([, , address]) => !OWN_ADDRESS.test(address ?? '')),
  );
}

const localName = (name: string): string => name.slice(name.indexOf(':') + 1).toLowerCase();
