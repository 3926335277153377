/** Looks through a finished site for what must not be published: the last look before it is. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { InputError } from '../../src/readers/reader.ts';
import { inAnyCase } from '../../src/report/privacy.ts';
import { privatePatterns } from './privatePatterns.ts';
import { readings } from './readings.ts';
import type { RunSecrets, Secret } from './runSecrets.ts';
import { folded, TextIndex } from './textIndex.ts';

/** Pictures of points, fonts and archives: only their names are read. */
const NO_TEXT = /\.(?:png|jpe?g|gif|webp|avif|woff2?|ico|bin|gz|zip)$/i;

/** Files of other kinds are no texts when a zero byte stands near their beginning. */
const TEXT = /\.(?:html?|json|csv|tsv|svg|mdx?|txt|xml|js|mjs|css|folded)$/i;
const BINARY_PROBE_BYTES = 1024;

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
  const known = new KnownSecrets(runs);
  const faults: InputError[] = [];
  /** What stands in a content, for the runs that the file is of: pinned charts and former ids are copies. */
  const seen = new Map<string, Found[]>();
  for (const path of await filesOf(site)) {
    const own = runsOf(path, runs);
    const inName = privateKinds(path, own, known);
    const shown = inName.length === 0 ? path : nameWithout(path, inName, own, known);
    for (const { kind, fix } of inName) faults.push(new InputError(shown, `is named after ${kind}`, { fix }));
    if (NO_TEXT.test(path)) continue;
    const bytes = await readFile(join(site, path));
    if (!TEXT.test(path) && bytes.subarray(0, BINARY_PROBE_BYTES).includes(0)) continue;
    const key = [createHash('sha256').update(bytes).digest('base64'), ...own.map(({ run }) => run)].join(' ');
    const found = seen.get(key) ?? privateKinds(textOf(bytes), own, known);
    seen.set(key, found);
    for (const { kind, fix } of found) faults.push(new InputError(shown, `holds ${kind}`, { fix }));
  }
  return faults;
}

/** What spreadsheets write may be UTF-16, with a mark in front. */
function textOf(bytes: Buffer): string {
  return bytes.toString(bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf16le' : 'utf8');
}

async function filesOf(site: string): Promise<string[]> {
  const entries = await readdir(site, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(site, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((path) => !path.startsWith(OWN_FILES))
    .sort();
}

/** Runs that a file is of; none for a file about many runs. */
function runsOf(path: string, runs: readonly RunSecrets[]): RunSecrets[] {
  const [top, folder = ''] = path.split('/');
  if (top !== 'runs' && top !== 'embed') return [];
  const id = folder.split('@')[0];
  return runs.filter(({ run, aliases }) => run === id || aliases.includes(id));
}

/** What a run says of a value. */
interface Holding {
  run: string;
  names: Set<string>;
  isAllowed: boolean;
}

/** The secrets of all runs, each value once. */
class KnownSecrets {
  readonly runs: readonly RunSecrets[];
  readonly index: TextIndex;
  /** Runs that hold a value, by the folded value and the run. */
  readonly #holdings = new Map<string, Map<string, Holding>>();
  /** Runs that redact a text, by the folded text. */
  readonly #redacting = new Map<string, Set<string>>();

  constructor(runs: readonly RunSecrets[]) {
    this.runs = runs;
    for (const { run, secrets, allow, redact } of runs) {
      for (const secret of secrets) {
        const value = folded(secret.value).trim();
        if (isTelling(value)) this.#hold(value, run, secret, allow);
      }
      for (const text of redact.map(folded).filter((text) => text !== '')) {
        this.#redacting.set(text, (this.#redacting.get(text) ?? new Set()).add(run));
      }
    }
    this.index = new TextIndex([...this.#holdings.keys(), ...this.#redacting.keys()]);
  }

  #hold(value: string, run: string, { name, partOf }: Secret, allow: readonly string[]): void {
    const holdings = this.#holdings.get(value) ?? new Map<string, Holding>();
    this.#holdings.set(value, holdings);
    const holding = holdings.get(run) ?? { run, names: new Set(), isAllowed: false };
    holdings.set(run, holding);
    holding.names.add(name);
    holding.isAllowed ||= allow.includes(name) || (partOf !== undefined && allow.includes(partOf));
  }

  /**
   * Runs because of which a value must not stand in a file. A file of a run that holds it may show what that run allows;
   * one of other runs what all of its holders allow; a file about many runs what any of them allows.
   */
  withholding(value: string, own: readonly RunSecrets[]): Holding[] {
    const holdings = [...(this.#holdings.get(value)?.values() ?? [])];
    const ofOwn = holdings.filter(({ run }) => own.some((one) => one.run === run));
    const deciding = ofOwn.length > 0 ? ofOwn : holdings;
    const isAboutMany = own.length === 0;
    if ((isAboutMany || ofOwn.length > 0) && deciding.some(({ isAllowed }) => isAllowed)) return [];
    return deciding.filter(({ isAllowed }) => !isAllowed);
  }

  redacting(text: string): readonly string[] {
    return [...(this.#redacting.get(text) ?? [])];
  }
}

function isTelling(value: string): boolean {
  return value.length >= SHORTEST_VALUE && !OWN_WORDS.has(value);
}

interface Found {
  /** `a home folder`. */
  kind: string;
  fix: string;
  /** What was found, for a name to be told without it. */
  texts: readonly string[];
}

/** The kinds of private text in a text, each once. */
function privateKinds(text: string, own: readonly RunSecrets[], known: KnownSecrets): Found[] {
  const forms = readings(text);
  const found = new Map<string, Found>();
  const add = (kind: string, fix: string, texts: readonly string[]): void => {
    const before = found.get(kind)?.texts ?? [];
    found.set(kind, { kind, fix, texts: [...before, ...texts] });
  };
  const findings = forms.flatMap((form) => [...known.index.findIn(folded(form))]);
  for (const value of new Set(findings.filter(([, how]) => how === 'words').map(([value]) => value))) {
    const withholding = known.withholding(value, own);
    for (const name of new Set(withholding.flatMap(({ names }) => [...names]))) {
      const runs = withholding.filter(({ names }) => names.has(name)).map(({ run }) => run);
      add(
        `the ${name} of ${firstOf(runs)}`,
        `Name the text under redact: in its run.yaml, or write allow: [${name}] there`,
        [value],
      );
    }
  }
  for (const value of new Set(findings.map(([value]) => value))) {
    const runs = known.redacting(value);
    if (runs.length === 0) continue;
    add(
      `a text that ${firstOf(runs)} ${runs.length === 1 ? 'redacts' : 'redact'}`,
      'Look for it in titles, written chapters and other runs, and name it under redact: in their run.yaml',
      [value],
    );
  }
  const allowing = own.length > 0 ? own : known.runs;
  for (const { kind, find, name } of privatePatterns) {
    if (allowing.some(({ allow }) => allow.includes(name))) continue;
    const texts = forms.flatMap(find);
    if (texts.length === 0) continue;
    add(kind, `Name the text under redact: in run.yaml, or write allow: [${name}] there`, texts);
  }
  return [...found.values()];
}

/** `run a`, `run a and 3 others`: many runs of one machine say the same. */
function firstOf(runs: readonly string[]): string {
  const others = runs.length - 1;
  return `run ${runs[0]}${others === 0 ? '' : ` and ${others} ${others === 1 ? 'other' : 'others'}`}`;
}

/** The name of a file without what was found in it; nothing of it when that is written in another way there. */
function nameWithout(
  path: string,
  inName: readonly Found[],
  own: readonly RunSecrets[],
  known: KnownSecrets,
): string {
  const texts = inName.flatMap((found) => found.texts).sort((a, b) => b.length - a.length);
  const shown = texts.reduce((name, text) => name.replaceAll(inAnyCase(text), WITHHELD), path);
  return privateKinds(shown, own, known).length === 0 ? shown : WITHHELD;
}
