/** Looks through a finished site for what must not be published: the last look before it is. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeMarkedText } from '../../src/platform/bytes.ts';
import { InputError } from '../../src/readers/reader.ts';
import { inAnyCase } from '../../src/report/privacy.ts';
import type { WrittenPage } from '../../src/writing/page.ts';
import { KnownSecrets, type Holding } from './knownSecrets.ts';
import { siteFiles } from './pageCache.ts';
import { pictureText } from './pictureText.ts';
import { privatePatterns } from './privatePatterns.ts';
import { readings } from './readings.ts';
import type { RunSecrets } from './runSecrets.ts';
import { folded } from './textIndex.ts';

/** What somebody put beside a page; those that gemview draws hold no words but what they show. */
const PICTURE = /\.(?:png|jpe?g|gif|webp)$/i;
const OWN_PICTURE = /(?:^|\/)social-card\.png$|^runs\/[^/]+\/charts\//;

/** Pictures of points, fonts and archives: their names are read, and of pictures what they say in words. */
const NO_TEXT = /\.(?:png|jpe?g|gif|webp|avif|woff2?|ico|bin|gz|zip)$/i;

/** Files of other kinds are no texts when a zero byte stands near their beginning. */
const TEXT = /\.(?:html?|json|csv|tsv|svg|mdx?|txt|xml|js|mjs|css|folded)$/i;
const BINARY_PROBE_BYTES = 1024;

/** Scripts, styles and fonts of gemview: the same on every site, made without a capture. */
const OWN_FILES = '_gemview/';

const WITHHELD = '[withheld]';

/** A story or chapter as the check knows it. */
export interface CheckedPage {
  /** Run that it is a chapter of; null for a story. */
  run: string | null;
  slug: string;
  /** Its file, as the user would name it. */
  shown: string;
  page: Pick<WrittenPage, 'allow' | 'title' | 'description'>;
}

/** What is private in one file of a site. */
export interface PrivateFile {
  /** Its path without what is private in it. */
  shown: string;
  /** Without the texts themselves. */
  faults: readonly { problem: string; fix: string }[];
  /** SHA-256 of its content in hex; null when only its name was read. */
  sha256: string | null;
}

/** Looks for everything private of all runs; what it read once, it knows. */
export class PrivacyCheck {
  readonly #runs: readonly RunSecrets[];
  readonly #pages: readonly CheckedPage[];
  readonly #known: KnownSecrets;
  /** What stands in a content, for those that the file is of: pinned charts and former ids are copies. */
  readonly #seen = new Map<string, Found[]>();
  /** What is withheld from files of the same runs, as text. */
  readonly #withheld = new Map<string, string>();

  constructor(runs: readonly RunSecrets[], pages: readonly CheckedPage[] = []) {
    this.#runs = runs;
    this.#pages = pages;
    this.#known = new KnownSecrets(runs);
  }

  /**
   * One error for each file and kind of private text in it, or in its name; the text itself is in none of them.
   *
   * @param site folder of the site as it would be published
   * @param unread paths of files that are published as they are: only their names are read
   */
  async faultsOf(site: string, unread: ReadonlySet<string> = new Set()): Promise<InputError[]> {
    const errors: InputError[] = [];
    for (const path of siteFiles(site, '').filter((one) => !one.startsWith(OWN_FILES))) {
      const { shown, faults } = await this.lookAt(site, path, !unread.has(path));
      errors.push(...faults.map(({ problem, fix }) => new InputError(shown, problem, { fix })));
    }
    return errors;
  }

  /** @param path of the file within the site, with slashes */
  async lookAt(site: string, path: string, isRead = true): Promise<PrivateFile> {
    const owners = this.#ownersOf(path);
    const inName = privateKinds(path, owners, this.#known);
    const shown = inName.length === 0 ? path : nameWithout(path, inName, owners, this.#known);
    const { sha256, found: inText } = isRead
      ? await this.#inText(join(site, path), owners, OWN_PICTURE.test(path))
      : NOT_READ;
    return {
      shown,
      faults: [
        ...inName.map(({ kind, fix }) => ({ problem: `is named after ${kind}`, fix })),
        ...inText.map(({ kind, fix }) => ({ problem: `holds ${kind}`, fix })),
      ],
      sha256,
    };
  }

  /**
   * What decides the answer for a file beside its name and content: where this is the same in another build, so is the
   * answer of the same check.
   *
   * @param path of the file within the site, with slashes
   */
  groundsFor(path: string): string {
    const owners = this.#ownersOf(path);
    const runs = owners.runs.map(({ run }) => run).join('\n');
    const withheld = this.#withheld.get(runs) ?? JSON.stringify(this.#known.withheldFrom(owners.runs));
    this.#withheld.set(runs, withheld);
    const allowing = allowingRuns(owners, this.#known).map(({ allow }) => [...allow].sort());
    const pages = [owners.page, ...owners.named].map(
      (one) => one && [one.shown, one.page.allow, one.page.title, one.page.description],
    );
    return createHash('sha256')
      .update(JSON.stringify([withheld, allowing, pages]))
      .digest('hex');
  }

  async #inPicture(file: string, owners: Owners): Promise<ReadText> {
    const { text, isWhole } = pictureText(await readFile(file));
    const found = privateKinds(text, owners, this.#known).map(inMetadata);
    return { sha256: null, found: isWhole ? found : [...found, UNREAD_METADATA] };
  }

  async #inText(file: string, owners: Owners, isOwn: boolean): Promise<ReadText> {
    if (NO_TEXT.test(file)) return isOwn || !PICTURE.test(file) ? NOT_READ : this.#inPicture(file, owners);
    const bytes = await readFile(file);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    if (!TEXT.test(file) && bytes.subarray(0, BINARY_PROBE_BYTES).includes(0)) return { sha256, found: [] };
    const key = [sha256, owners.page?.shown ?? '', ...owners.runs.map(({ run }) => run)].join('\n');
    const found = this.#seen.get(key) ?? privateKinds(decodeMarkedText(bytes), owners, this.#known);
    this.#seen.set(key, found);
    return { sha256, found };
  }

  #ownersOf(path: string): Owners {
    const [top, folder = '', slug] = path.split('/');
    const id = folder.split('@')[0];
    const isOfRun = top === 'runs' || top === 'embed';
    const runs = isOfRun ? this.#runs.filter(({ run, aliases }) => run === id || aliases.includes(id)) : [];
    const isPage = (page: CheckedPage): boolean =>
      page.run === null
        ? top === 'stories' && page.slug === folder
        : top === 'runs' && page.slug === slug && runs.some(({ run }) => run === page.run);
    return { runs, page: this.#pages.find(isPage) ?? null, named: this.#pages.filter(isNamedIn(runs)) };
  }
}

/** Those whose word counts for what may stand in a file. */
interface Owners {
  /** Runs that it is of; none for a file about many runs. */
  runs: readonly RunSecrets[];
  /** Story or chapter that it is, or that it lies beside. */
  page: CheckedPage | null;
  /** Stories and chapters whose titles and descriptions it may show. */
  named: readonly CheckedPage[];
}

/** Lists across runs show all of them, the pages of a run its chapters. */
function isNamedIn(runs: readonly RunSecrets[]): (page: CheckedPage) => boolean {
  return (page) =>
    page.page.allow.length > 0 && (runs.length === 0 || runs.some(({ run }) => run === page.run));
}

/** What is private in the text of a file. */
interface ReadText {
  /** Of the content, in hex; null when it was not read. */
  sha256: string | null;
  found: Found[];
}

const NOT_READ: ReadText = { sha256: null, found: [] };

interface Found {
  /** `a home folder`. */
  kind: string;
  fix: string;
  /** What was found, for a name to be told without it. */
  texts: readonly string[];
}

const WITHOUT_METADATA = 'Save it without metadata (exiftool -all= picture.png)';

/** What cannot be read may hold anything. */
const UNREAD_METADATA: Found = {
  kind: 'metadata that is damaged or too long to be read',
  fix: WITHOUT_METADATA,
  texts: [],
};

/** Pictures are not redacted, and nobody sees this in them. */
function inMetadata(found: Found): Found {
  return {
    ...found,
    kind: `${found.kind} in its metadata`,
    fix: `${WITHOUT_METADATA}. ${found.fix}`,
  };
}

/** The kinds of private text in a text, each once. */
function privateKinds(text: string, owners: Owners, known: KnownSecrets): Found[] {
  const forms = readings(text);
  const found = new Map<string, Found>();
  const add = (kind: string, fix: string, texts: readonly string[]): void => {
    const before = found.get(kind)?.texts ?? [];
    found.set(kind, { kind, fix, texts: [...before, ...texts] });
  };
  const findings = forms.flatMap((form) => [...known.index.findIn(folded(form))]);
  for (const value of new Set(findings.filter(([, how]) => how === 'words').map(([value]) => value))) {
    const isOpen = ({ allowedBy }: Holding): boolean => isAllowedByPages(value, [...allowedBy], owners);
    const withholding = known.withholding(value, owners.runs).filter((holding) => !isOpen(holding));
    for (const name of new Set(withholding.flatMap(({ names }) => [...names]))) {
      const runs = withholding.filter(({ names }) => names.has(name)).map(({ run }) => run);
      add(`the ${name} of ${firstOf(runs)}`, fixOf(name, 'its run.yaml', owners), [value]);
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
  for (const { kind, find, name } of privatePatterns) {
    if (allowingRuns(owners, known).some(({ allow }) => allow.includes(name))) continue;
    const texts = forms.flatMap(find).filter((one) => !isAllowedByPages(one, [name], owners));
    if (texts.length === 0) continue;
    add(kind, fixOf(name, 'run.yaml', owners), texts);
  }
  return [...found.values()];
}

/** Runs of which one is enough to allow a kind of text. */
function allowingRuns({ runs }: Owners, known: KnownSecrets): readonly RunSecrets[] {
  return runs.length > 0 ? runs : known.runs;
}

/** What a page allows may stand in it, and what its title and description say of that, where they are shown. */
function isAllowedByPages(text: string, names: readonly string[], { page, named }: Owners): boolean {
  const allows = (one: CheckedPage): boolean => names.some((name) => one.page.allow.includes(name));
  const says = ({ page: { title, description } }: CheckedPage): boolean =>
    folded(`${title}\n${description ?? ''}`).includes(folded(text));
  return (page !== null && allows(page)) || named.some((one) => allows(one) && says(one));
}

/** What a person wrote is not redacted: it is theirs to change. */
function fixOf(name: string, runYaml: string, { page }: Owners): string {
  return page === null
    ? `Name the text under redact: in ${runYaml}, or write allow: [${name}] there`
    : `Take it out of ${page.shown}, or write allow: [${name}] in its front matter`;
}

/** `run a`, `run a and 3 others`: many runs of one machine say the same. */
function firstOf(runs: readonly string[]): string {
  const others = runs.length - 1;
  return `run ${runs[0]}${others === 0 ? '' : ` and ${others} ${others === 1 ? 'other' : 'others'}`}`;
}

/** The name of a file without what was found in it; nothing of it when that is written in another way there. */
function nameWithout(path: string, inName: readonly Found[], owners: Owners, known: KnownSecrets): string {
  const texts = inName.flatMap((found) => found.texts).sort((a, b) => b.length - a.length);
  const shown = texts.reduce((name, text) => name.replaceAll(inAnyCase(text), WITHHELD), path);
  return privateKinds(shown, owners, known).length === 0 ? shown : WITHHELD;
}
