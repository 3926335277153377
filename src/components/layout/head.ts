/** What stands in the head of every page: the theme before the first paint, and what the page may load. */
import { createHash } from 'node:crypto';
import { printable } from '../../charts/text.ts';

/** The only inline script of a page: a stored preference must hold before anything is painted. */
export const THEME_SCRIPT =
  "try{const t=localStorage.getItem('theme');if(t==='light'||t==='dark')document.documentElement.dataset.theme=t}catch{}";

/** Nothing but the site's own files; no inline style, no inline script but the theme's. */
export function contentSecurityPolicy(): string {
  return [
    "default-src 'none'",
    `script-src 'self' ${hashOf(THEME_SCRIPT)}`,
    "style-src 'self'",
    "img-src 'self'",
    "font-src 'self'",
    "connect-src 'self'",
    "worker-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}

/** A page to be shown inside another one: a picture and a link, nothing that runs. */
export const EMBED_POLICY =
  "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'";

/** Leads on to the address that its own element names, with what followed the former address; the same on every page. */
export const REDIRECT_SCRIPT =
  'location.replace(document.currentScript.dataset.to+location.search+location.hash)';

/** A page that only leads to another one. */
export const REDIRECT_POLICY = `default-src 'none'; script-src ${hashOf(REDIRECT_SCRIPT)}; base-uri 'none'; form-action 'none'`;

/** An inline script as a policy names it. */
function hashOf(script: string): string {
  return `'sha256-${createHash('sha256').update(script).digest('base64')}'`;
}

/** What a page says about itself to programs that show a link to it. */
export interface HeadMatter {
  title: string;
  description: string;
  /** The page's own address, relative to the site's root. */
  address: string;
  /** The site's own page, or one of its articles. */
  type: 'website' | 'article';
  picture: { address: string; width: number; height: number; alt: string };
}

/** Beyond this, networks and search engines cut for themselves, in the middle of a number. */
const MOST_LETTERS = 300;

/** A text for the head of a page: printable, and cut after a whole word. */
export function headText(text: string): string {
  const letters = [
    ...printable(text.slice(0, 4 * MOST_LETTERS))
      .replaceAll(/ +/g, ' ')
      .trim(),
  ];
  if (letters.length <= MOST_LETTERS) return letters.join('');
  const cut = letters.slice(0, MOST_LETTERS - 1).join('');
  const words = letters[MOST_LETTERS - 1] === ' ' ? cut : cut.replace(/ [^ ]*$/, '');
  return `${words.length > MOST_LETTERS / 2 ? words : cut}…`;
}
