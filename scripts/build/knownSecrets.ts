/** What all runs of a site must not publish, each value once. */
import type { RunSecrets, Secret } from './runSecrets.ts';
import { folded, TextIndex } from './textIndex.ts';

/** Values of private facts that tell nothing: words that gemview itself writes on its pages. */
const OWN_WORDS = new Set(['simulated', 'emulated', 'reported', 'localhost', '(none)', 'linux', 'android']);
const SHORTEST_VALUE = 4;

/** What a run says of a value. */
export interface Holding {
  run: string;
  names: Set<string>;
  /** Names that allow it: its own, and those of the facts that hold it. */
  allowedBy: Set<string>;
  /** By the run itself. */
  isAllowed: boolean;
}

/** The secrets of all runs, each value once. */
export class KnownSecrets {
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
    const holding = holdings.get(run) ?? { run, names: new Set(), allowedBy: new Set(), isAllowed: false };
    holdings.set(run, holding);
    holding.names.add(name);
    for (const one of partOf === undefined ? [name] : [name, partOf]) {
      holding.allowedBy.add(one);
      holding.isAllowed ||= allow.includes(one);
    }
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

  /**
   * Everything that must not stand in a file of these runs, in one order: values with the names that would allow them, and
   * texts. Two builds that withhold the same of it judge the file alike, whichever runs they have.
   */
  withheldFrom(own: readonly RunSecrets[]): { values: [string, string[]][]; texts: string[] } {
    const values = [...this.#holdings.keys()].sort().flatMap((value): [string, string[]][] => {
      const holdings = this.withholding(value, own);
      const names = holdings.map(({ allowedBy }) => [...allowedBy].sort().join(' '));
      return names.length === 0 ? [] : [[value, [...new Set(names)].sort()]];
    });
    return { values, texts: [...this.#redacting.keys()].sort() };
  }
}

function isTelling(value: string): boolean {
  return value.length >= SHORTEST_VALUE && !OWN_WORDS.has(value);
}
