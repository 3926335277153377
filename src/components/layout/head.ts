/** What stands in the head of every page: the theme before the first paint, and what the page may load. */
import { createHash } from 'node:crypto';

/** The only inline script: a stored preference must hold before anything is painted. */
export const THEME_SCRIPT =
  "try{const t=localStorage.getItem('theme');if(t==='light'||t==='dark')document.documentElement.dataset.theme=t}catch{}";

/** Nothing but the site's own files; no inline style, no inline script but the theme's. */
export function contentSecurityPolicy(): string {
  const hash = createHash('sha256').update(THEME_SCRIPT).digest('base64');
  return [
    "default-src 'none'",
    `script-src 'self' 'sha256-${hash}'`,
    "style-src 'self'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "connect-src 'self'",
    "worker-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}

/** A page to be shown inside another one: a picture and a link, nothing that runs. */
export const EMBED_POLICY =
  "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'";
