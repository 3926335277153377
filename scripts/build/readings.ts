/** What a published text says to those who read it: with its markup and escapes undone. */

/**
 * A text as it stands, and as a browser, a JSON or CSV reader and an address bar would read it: each way that changes
 * it, once.
 */
export function readings(text: string): string[] {
  const isMarkup = /^\s*</.test(text);
  const plain = text.includes('&') ? text.replaceAll(ENTITY, entityText) : text;
  const forms = new Set([plain]);
  // Markup says `&amp;` for `&`, in any case; elsewhere it may be what stands there.
  if (!isMarkup) forms.add(text);
  if (text.includes('<')) {
    const words = text.replaceAll(TAG_WITHIN_WORDS, '').replaceAll(LINE_BREAK, ' ');
    forms.add(words.includes('&') ? words.replaceAll(ENTITY, entityText) : words);
  }
  if (plain.includes('\\')) forms.add(plain.replaceAll(ESCAPE, escapeText));
  if (!isMarkup && !/^\s*[{[]/.test(text) && plain.includes('""')) forms.add(plain.replaceAll('""', '"'));
  const address = withoutPercents(plain);
  if (address !== plain) forms.add(address).add(withoutPercents(address));
  return [...forms];
}

/** Tags that may stand within a word: the others part words. */
const TAG_WITHIN_WORDS = /<(?:wbr|\/?(?:a|abbr|b|code|em|i|mark|span|strong|tspan|u))(?=[\s>/])[^<>]*>/gi;
const LINE_BREAK = /<br\s*\/?>/gi;

const ENTITY = /&(?:#(\d{1,7})|#x([\da-f]{1,6})|(\w{2,4}));/gi;
const ENTITIES = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
  ['nbsp', ' '],
  ['shy', ''],
]);

function entityText(whole: string, decimal?: string, hex?: string, name?: string): string {
  if (name !== undefined) return ENTITIES.get(name) ?? whole;
  const code = decimal === undefined ? parseInt(hex!, 16) : Number(decimal);
  return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
}

const ESCAPE = /\\(?:u([\da-fA-F]{4})|(.))/g;
const ESCAPES = new Map([
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
]);

function escapeText(_: string, hex?: string, character?: string): string {
  if (hex !== undefined) return String.fromCharCode(parseInt(hex, 16));
  return ESCAPES.get(character!) ?? character!;
}

const PERCENTS = /(?:%[\da-f]{2})+/gi;

/** Bytes that are no UTF-8 become U+FFFD and spoil none beside them, as in an address bar. */
function withoutPercents(text: string): string {
  if (!text.includes('%')) return text;
  return text.replaceAll(PERCENTS, (escaped) =>
    Buffer.from(escaped.replaceAll('%', ''), 'hex').toString('utf8'),
  );
}
