/** Looks through a finished site for what must not be published: the last look before it is. */
import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { InputError } from '../../src/readers/reader.ts';
import { HOME_FOLDERS } from '../../src/report/privacy.ts';
import { privatePatterns } from './privatePatterns.ts';
import type { RunSecrets, Secret } from './runSecrets.ts';

/** Pictures of points, fonts and archives: only their names are read. */
const NO_TEXT = /\.(?:png|jpe?g|gif|webp|avif|woff2?|ico|bin|gz|zip)$/i;

/** Scripts, styles and fonts of gemview: the same on every site, made without a capture. */
const OWN_FILES = '_gemview/';

/** Values of private facts that tell nothing: words that gemview itself writes on its pages. */
const OWN_WORDS = new Set(['simulated', 'emulated', 'reported', 'localhost', '(none)', 'linux', 'android']);
const SHORTEST_VALUE = 4;

const WITHHELD = '[withheld]';

/**
 * One error for each file and kind of private text in it, or in its name; the text itself is in none of them.
 *
 * @param site folder of the site as it would be published
 */
export async function privacyFaults(site: string, runs: readonly RunSecrets[]): Promise<InputError[]> {
  const faults: InputError[] = [];
  for (const path of await filesOf(site)) {
    const allowance = allowanceOf(path, runs);
    const inName = privateKinds(path, allowance, runs);
    const shown = inName.reduce((name, { texts }) => texts.reduce(withheld, name), path);
    for (const { kind, fix } of inName) faults.push(new InputError(shown, `is named after ${kind}`, { fix }));
    if (NO_TEXT.test(path)) continue;
    for (const { kind, fix } of privateKinds(await readFile(join(site, path), 'utf8'), allowance, runs)) {
      faults.push(new InputError(shown, `holds ${kind}`, { fix }));
    }
  }
  return faults;
}

const withheld = (name: string, text: string): string => name.replaceAll(text, WITHHELD);

async function filesOf(site: string): Promise<string[]> {
  const entries = await readdir(site, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(site, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((path) => !path.startsWith(OWN_FILES))
    .sort();
}

interface Allowance {
  /** Values that may stand in the file. */
  values: ReadonlySet<string>;
  homeFolders: boolean;
}

/** A file of a run may hold what that run allows; a file about many runs what any of them allows. */
function allowanceOf(path: string, runs: readonly RunSecrets[]): Allowance {
  const [top, folder = ''] = path.split('/');
  const id = folder.split('@')[0];
  const own = runs.filter(
    ({ run, aliases }) => (top === 'runs' || top === 'embed') && (run === id || aliases.includes(id)),
  );
  const allowing = own.length > 0 ? own : runs;
  const isAllowed = ({ name, partOf }: Secret, allow: readonly string[]): boolean =>
    allow.includes(name) || (partOf !== undefined && allow.includes(partOf));
  return {
    values: new Set(
      allowing.flatMap(({ secrets, allow }) =>
        secrets.filter((secret) => isAllowed(secret, allow)).map(({ value }) => value),
      ),
    ),
    homeFolders: allowing.some(({ allow }) => allow.includes(HOME_FOLDERS)),
  };
}

interface Found {
  /** `a home folder`. */
  kind: string;
  fix: string;
  /** What was found, for a name to be told without it. */
  texts: readonly string[];
}

/** The kinds of private text in a text, each once. */
function privateKinds(text: string, allowance: Allowance, runs: readonly RunSecrets[]): Found[] {
  const forms = readings(text);
  const found = new Map<string, Found>();
  const add = (kind: string, fix: string, texts: readonly string[]): void => {
    const known = found.get(kind)?.texts ?? [];
    found.set(kind, { kind, fix, texts: [...known, ...texts] });
  };
  for (const { run, secrets, redact } of runs) {
    for (const { name, value } of secrets) {
      if (!isTelling(value) || allowance.values.has(value)) continue;
      if (!forms.some((form) => hasWord(form, value))) continue;
      add(
        `the ${name} of run ${run}`,
        `Name the text under redact: in its run.yaml, or write allow: [${name}] there`,
        [value],
      );
    }
    const redacted = redact.filter((secret) => secret !== '' && forms.some((form) => form.includes(secret)));
    if (redacted.length > 0) {
      add(
        `a text that run ${run} redacts`,
        'Look for it in titles, written chapters and other runs, and name it under redact: in their run.yaml',
        redacted,
      );
    }
  }
  for (const { kind, find, name } of privatePatterns) {
    if (name === HOME_FOLDERS && allowance.homeFolders) continue;
    const texts = forms.flatMap(find);
    if (texts.length === 0) continue;
    const fix = 'Name the text under redact: in run.yaml';
    add(kind, name === undefined ? fix : `${fix}, or write allow: [${name}] there`, texts);
  }
  return [...found.values()];
}

/** A text as it stands, and as a browser, a JSON or CSV reader and an address bar would read it. */
function readings(text: string): string[] {
  const withoutTags = text.replaceAll(TAG_WITHIN_WORDS, '').replaceAll(ENTITY, entityText);
  const withoutEntities = text.replaceAll(ENTITY, entityText);
  const withoutEscapes = withoutEntities.replaceAll(/\\(?:u([\da-fA-F]{4})|(.))/g, escapeText);
  const withoutQuotes = withoutEntities.replaceAll('""', '"');
  const withoutPercent = withoutEntities.replaceAll(/(?:%[\da-f]{2})+/gi, percentText);
  return [...new Set([text, withoutTags, withoutEntities, withoutEscapes, withoutQuotes, withoutPercent])];
}

/** Tags that may stand within a word: the others part words. */
const TAG_WITHIN_WORDS = /<(?:wbr|\/?(?:a|abbr|b|code|em|i|mark|span|strong|tspan|u))(?=[\s>\/])[^<>]*>/gi;

const ENTITY = /&(?:#(\d{1,7})|#x([\da-f]{1,6})|(\w{2,4}));/gi;
const ENTITIES = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
]);

function entityText(whole: string, decimal?: string, hex?: string, name?: string): string {
  if (name !== undefined) return ENTITIES.get(name) ?? whole;
  const code = decimal === undefined ? parseInt(hex!, 16) : Number(decimal);
  return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
}

const ESCAPES = new Map([
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
]);

function escapeText(_: string, hex?: string, character?: string): string {
  if (hex !== undefined) return String.fromCharCode(parseInt(hex, 16));
  return ESCAPES.get(character!) ?? character!;
}

function percentText(escaped: string): string {
  try {
    return decodeURIComponent(escaped);
  } catch {
    return escaped;
  }
}

function isTelling(value: string): boolean {
  return value.length >= SHORTEST_VALUE && !OWN_WORDS.has(value.toLowerCase());
}

/** Whether a text holds a value that is no part of a longer word. */
function hasWord(text: string, value: string): boolean {
  for (let at = text.indexOf(value); at !== -1; at = text.indexOf(value, at + 1)) {
    if (!isWordAt(text, at - 1, value[0]) && !isWordAt(text, at + value.length, value.at(-1)!)) return true;
  }
  return false;
}

/** Whether the character at `index` continues a word that the value's `edge` belongs to. */
function isWordAt(text: string, index: number, edge: string): boolean {
  return WORD.test(edge) && WORD.test(text.charAt(index));
}

const WORD = /[\p{L}\p{N}_]/u;
