/** What a published page says in its head, what its policy allows, and what it loads: as a browser reads them. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseHTML } from 'linkedom';

/** Paths of all pages of a site, relative to its folder. */
export function pagesOf(site: string): string[] {
  return readdirSync(site, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.html'))
    .sort();
}

export function readPage(site: string, path: string): Document {
  return parseHTML(readFileSync(join(site, path), 'utf8')).document;
}

/** The one value of a head's element; what is wrong is put among `faults`. */
function only(document: Document, selector: string, attribute: string | null, faults: string[]): string {
  const found = [...document.querySelectorAll(selector)];
  const values = found.map(
    (element) => (attribute === null ? element.textContent : element.getAttribute(attribute)) ?? '',
  );
  if (found.length !== 1) faults.push(`${found.length} of ${selector}`);
  else if (values[0].trim() === '') faults.push(`empty ${selector}`);
  else if (found[0].parentElement?.tagName !== 'HEAD') faults.push(`${selector} outside of the head`);
  return values[0] ?? '';
}

/** What a page says of itself. */
export interface PageHead {
  title: string;
  description: string;
  canonical: string;
  /** Values of the Open Graph properties, by their names without `og:`. */
  graph: Record<string, string>;
  /** What is missing, empty, doubled or in the wrong place. */
  faults: string[];
}

const GRAPH = ['type', 'title', 'description', 'image', 'image:width', 'image:height', 'image:alt'];

/** @param hasUrl the site knows its own address */
export function pageHead(document: Document, hasUrl: boolean): PageHead {
  const faults: string[] = [];
  const title = only(document, 'title:not(svg *)', null, faults);
  const description = only(document, 'meta[name="description"]', 'content', faults);
  const canonical = only(document, 'link[rel="canonical"]', 'href', faults);
  const graph: Record<string, string> = {};
  for (const property of hasUrl ? [...GRAPH, 'url'] : GRAPH) {
    graph[property] = only(document, `meta[property="og:${property}"]`, 'content', faults);
  }
  if (!hasUrl && document.querySelector('meta[property="og:url"]')) faults.push('og:url without an address');
  only(document, 'meta[name="twitter:card"]', 'content', faults);
  only(document, 'meta[charset]', 'charset', faults);
  only(document, 'meta[name="viewport"]', 'content', faults);
  if (document.documentElement.getAttribute('lang') === null) faults.push('no language');
  return { title, description, canonical, graph, faults };
}

const POLICY = 'meta[http-equiv="content-security-policy" i]';
const SCRIPT_TYPES = new Set(['', 'module', 'text/javascript']);

/**
 * What a page holds that its own Content-Security-Policy forbids, and what its policy allows without need: unsafe words,
 * other hosts, hashes of nothing.
 */
export function policyFaults(document: Document): string[] {
  const faults: string[] = [];
  const policies = [...document.querySelectorAll(POLICY)];
  if (policies.length !== 1) return [`${policies.length} policies`];
  const [policy] = policies;
  if (document.querySelector(`${POLICY}, script, style, link, base`) !== policy) {
    faults.push('something loads before the policy holds');
  }

  const directives = new Map(
    policy
      .getAttribute('content')!
      .split(';')
      .map((directive) => directive.trim().split(/\s+/))
      .map(([name, ...sources]) => [name, sources] as const),
  );
  for (const name of ['default-src', 'base-uri', 'form-action']) {
    if (directives.get(name)?.join() !== "'none'") faults.push(`${name} is not 'none'`);
  }
  const hashes = { 'script-src': new Set<string>(), 'style-src': new Set<string>() };
  for (const [name, sources] of directives) {
    for (const source of sources) {
      if (source.startsWith("'sha256-") && name in hashes) hashes[name as keyof typeof hashes].add(source);
      else if (source !== "'none'" && source !== "'self'") faults.push(`${name} allows ${source}`);
    }
  }

  const inline = (selector: string, directive: keyof typeof hashes): void => {
    const needed = new Set<string>();
    for (const element of document.querySelectorAll(selector)) {
      if (element.hasAttribute('src')) continue;
      if (element.tagName === 'SCRIPT' && !SCRIPT_TYPES.has(element.getAttribute('type') ?? '')) continue;
      const hash = createHash('sha256')
        .update(element.textContent ?? '')
        .digest('base64');
      needed.add(`'sha256-${hash}'`);
      if (!hashes[directive].has(`'sha256-${hash}'`)) {
        faults.push(
          `inline ${element.tagName.toLowerCase()} without its hash: ${element.textContent?.slice(0, 60)}`,
        );
      }
    }
    for (const hash of hashes[directive])
      if (!needed.has(hash)) faults.push(`${directive} allows ${hash} in vain`);
  };
  inline('script', 'script-src');
  inline('style', 'style-src');
  for (const element of document.querySelectorAll('*')) {
    for (const { name, value } of element.attributes) {
      if (name === 'style' || name.startsWith('on')) faults.push(`attribute ${name}="${value.slice(0, 60)}"`);
      if (/^(?:href|src|action|xlink:href)$/.test(name) && /^\s*javascript:/i.test(value)) {
        faults.push(`${name}="${value.slice(0, 60)}"`);
      }
    }
  }
  return faults;
}

/** Addresses of scripts, styles, fonts and icons that a page loads, as they stand in it. */
export function loadedAssets(document: Document): string[] {
  const loading = 'link[rel="stylesheet"], link[rel="preload"], link[rel="modulepreload"], link[rel="icon"]';
  return [
    ...[...document.querySelectorAll(loading)].map((element) => element.getAttribute('href')!),
    ...[...document.querySelectorAll('script[src]')].map((element) => element.getAttribute('src')!),
  ];
}
