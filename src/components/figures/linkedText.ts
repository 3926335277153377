/** Text that people wrote, with its web addresses as links. */
import { escaped } from '../../charts/text.ts';

const ADDRESS = /https?:\/\/[^\s<>"'`]{1,1000}/g;
/** Signs that end a sentence or a bracket, not an address. */
const TRAILING = /[.,;:!?)\]}]+$/;

/** Markup of a text; http and https addresses become links, anything else stays text. */
export function linkedMarkup(text: string): string {
  let markup = '';
  let from = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const address = match[0].replace(TRAILING, '');
    if (!isWebAddress(address)) continue;
    markup += escaped(text.slice(from, match.index));
    markup += `<a href="${escaped(address)}" rel="noopener noreferrer nofollow external">${brokenAddress(address)}</a>`;
    from = match.index + address.length;
  }
  return markup + escaped(text.slice(from));
}

function isWebAddress(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && (url.protocol === 'https:' || url.protocol === 'http:') && url.username === '';
}

/** The address without its scheme, with places to break it. */
function brokenAddress(address: string): string {
  return escaped(address.replace(/^https?:\/\//, '')).replace(/[/_.-](?=.)/g, '$&<wbr>');
}
