/**
 * Claims: sentences that data can contradict. `decode.memStallShare > 0.4`, `decode.gemv-share >= 90 %`,
 * `other-run:decode.counter-per-token(INST_RETIRED) / decode.counter-per-token(INST_RETIRED) > 1.4`,
 * `decode.main-kernel is ggml_vec_dot_q6_K_q8_K`, several joined by `and`. A minus sign behind a name needs a blank before it.
 */
import { formatText } from '../analysis/format.ts';
import type { Report } from '../report/schema.ts';
import { NAME, valueNamed, type NamedValue, type ReportOf } from './values.ts';

/** What the claim's sides came to. */
export interface ClaimResult {
  /** Null when a number is not known: then nothing is claimed. */
  holds: boolean | null;
  /** The first comparison that failed or is not known, with both of its values; of those that hold the last. */
  said: string;
  /** Why a number is not known; null when all are. */
  reason: string | null;
  /** Names with their values as the site prints them. */
  values: { name: string; text: string }[];
}

/** Writing that is no claim: where it goes wrong. */
export class ClaimSyntax extends Error {}

/**
 * Checks a claim against the data.
 *
 * @param report the run that names without a run belong to; null where every name must have one
 * @throws ClaimSyntax, UnknownName with a sentence
 */
export function checkClaim(claim: string, report: Report | null, reportOf: ReportOf): ClaimResult {
  const parser = new Parser(claim, report, reportOf);
  const comparisons = parser.claim();
  const values = parser.values;
  const failed =
    comparisons.find(({ holds }) => holds === false) ?? comparisons.find(({ holds }) => holds === null);
  const told = failed ?? comparisons[comparisons.length - 1];
  return { holds: told.holds, said: told.said, reason: told.reason, values };
}

interface Comparison {
  holds: boolean | null;
  said: string;
  reason: string | null;
}

interface Term {
  /** Null with a reason. */
  value: number | null;
  reason: string | null;
}

const TOKEN = new RegExp(
  [
    String.raw`\s*(?:(\d+(?:\.\d+)?(?:e[+-]?\d+)?)\s*(%?)`,
    String.raw`(${NAME})(?:\(([^()]*(?:\([^()]*\)[^()]*)*)\))?`,
    String.raw`(>=|<=|!=|[<>=≥≤≠+*/()]|-(?=[\s\d(]))`,
    String.raw`(and|is)\b`,
    String.raw`([A-Za-z_][\w:~.<>-]*))`,
  ].join('|'),
  'y',
);

interface Token {
  kind: 'number' | 'name' | 'sign' | 'word' | 'text' | 'end';
  text: string;
  argument: string | null;
  number: number;
  isPercent: boolean;
}

/** Parentheses and signs within each other. */
const DEEPEST = 50;
/** Of a claim in a message. */
const LONGEST_TOLD = 300;

const COMPARED: Record<string, (a: number, b: number) => boolean> = {
  '>': (a, b) => a > b && !isSame(a, b),
  '<': (a, b) => a < b && !isSame(a, b),
  '>=': (a, b) => a > b || isSame(a, b),
  '≥': (a, b) => a > b || isSame(a, b),
  '<=': (a, b) => a < b || isSame(a, b),
  '≤': (a, b) => a < b || isSame(a, b),
  '=': isSame,
  '!=': (a, b) => !isSame(a, b),
  '≠': (a, b) => !isSame(a, b),
};

/** Sums and products of parts are rounded: `0.1 + 0.2` is `0.3`. */
function isSame(a: number, b: number): boolean {
  return Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b));
}

const SIGNS = '>, <, >=, <=, = or !=';

class Parser {
  readonly values: ClaimResult['values'] = [];
  readonly #source: string;
  readonly #report: Report | null;
  readonly #reportOf: ReportOf;
  #at = 0;
  #depth = 0;
  #token: Token;

  constructor(source: string, report: Report | null, reportOf: ReportOf) {
    this.#source = source.trim();
    this.#report = report;
    this.#reportOf = reportOf;
    this.#token = this.#next();
  }

  claim(): Comparison[] {
    const comparisons = [this.#comparison()];
    while (this.#token.kind === 'word' && this.#token.text === 'and') {
      this.#advance();
      comparisons.push(this.#comparison());
    }
    if (this.#token.kind !== 'end') {
      const { kind, text } = this.#token;
      const hint =
        text === 'or'
          ? ': claims are joined by and'
          : kind === 'text'
            ? ': numbers are written without a unit'
            : '';
      this.#fail(`'${text}' is too much${hint}`);
    }
    return comparisons;
  }

  #comparison(): Comparison {
    if (this.#token.kind === 'name') {
      const name = this.#token;
      const value = this.#lookUp(name);
      if (value.kind === 'text') return this.#isText(name, value.value, value.reason);
    }
    const left = this.#sum();
    const sign = this.#token.text;
    const holds = COMPARED[sign];
    if (this.#token.kind !== 'sign' || !holds) this.#fail(`a claim compares: write ${SIGNS}, or is`);
    this.#advance();
    if (this.#token.kind === 'sign' && COMPARED[this.#token.text]) {
      this.#fail(`'${sign}${this.#token.text}' does not compare: write ${SIGNS}`);
    }
    const right = this.#sum();
    const reason = left.reason ?? right.reason;
    const told = toldApart(left.value, right.value);
    return {
      holds: left.value === null || right.value === null ? null : holds(left.value, right.value),
      said: `${told[0]} ${sign} ${told[1]}`,
      reason,
    };
  }

  #isText(name: Token, value: string | null, reason: string | null): Comparison {
    this.#advance();
    if (this.#token.text !== 'is') this.#fail(`${name.text} is a word: compare it by 'is'`);
    const wanted = /\s*(?:(not)\s+)?("[^"]*"|\S+)/y;
    wanted.lastIndex = this.#at;
    const match = wanted.exec(this.#source);
    if (!match) this.#fail("after 'is' stands a word");
    this.#at = wanted.lastIndex;
    this.#token = this.#next();
    const isNot = match![1] !== undefined;
    const text = match![2].replaceAll('"', '');
    this.values.push({ name: name.text, text: value ?? 'not known' });
    return {
      holds: value === null ? null : (value === text) !== isNot,
      said: `${value ?? 'not known'} is ${isNot ? 'not ' : ''}${text}`,
      reason,
    };
  }

  #sum(): Term {
    let term = this.#product();
    while (this.#token.kind === 'sign' && (this.#token.text === '+' || this.#token.text === '-')) {
      const sign = this.#token.text;
      this.#advance();
      term = joined(term, this.#product(), (a, b) => (sign === '+' ? a + b : a - b));
    }
    return term;
  }

  #product(): Term {
    let term = this.#atom();
    while (this.#token.kind === 'sign' && (this.#token.text === '*' || this.#token.text === '/')) {
      const sign = this.#token.text;
      this.#advance();
      const factor = this.#atom();
      if (sign === '/' && factor.value === 0) return { value: null, reason: 'it divides by 0' };
      term = joined(term, factor, (a, b) => (sign === '*' ? a * b : a / b));
    }
    return term;
  }

  #atom(): Term {
    const token = this.#token;
    if (token.kind === 'number') {
      this.#advance();
      return { value: token.isPercent ? token.number / 100 : token.number, reason: null };
    }
    if (token.kind === 'name') {
      const value = this.#lookUp(token);
      if (value.kind === 'text') this.#fail(`${token.text} is a word, not a number`);
      this.#advance();
      const { quantity } = value;
      this.values.push({
        name: token.text + (token.argument === null ? '' : `(${token.argument})`),
        text: quantity.value === null ? 'not known' : formatText(quantity.value, quantity.unit),
      });
      return { value: value.value as number | null, reason: value.reason };
    }
    if (token.kind === 'sign' && token.text === '-') {
      this.#advance();
      const { value, reason } = this.#nested(() => this.#atom());
      return { value: value === null ? null : -value, reason };
    }
    if (token.text === '(') {
      this.#advance();
      const inner = this.#nested(() => this.#sum());
      if ((this.#token.text as string) !== ')') this.#fail('a parenthesis is not closed');
      this.#advance();
      return inner;
    }
    return this.#fail(
      token.kind === 'end' ? 'it ends too early' : `'${token.text}' is no number and no name`,
    );
  }

  /** Nobody claims what is nested so deep. */
  #nested(read: () => Term): Term {
    if (this.#depth >= DEEPEST) this.#fail('it is nested too deep');
    this.#depth += 1;
    const term = read();
    this.#depth -= 1;
    return term;
  }

  #lookUp({ text, argument }: Token): NamedValue {
    return valueNamed(text, argument, this.#report, this.#reportOf);
  }

  #advance(): void {
    this.#token = this.#next();
  }

  #next(): Token {
    const none = { text: '', argument: null, number: 0, isPercent: false };
    if (this.#source.slice(this.#at).trim() === '') return { ...none, kind: 'end' };
    TOKEN.lastIndex = this.#at;
    const match = TOKEN.exec(this.#source);
    if (!match) return this.#fail(`'${this.#source.slice(this.#at).trim()}' cannot be read`);
    this.#at = TOKEN.lastIndex;
    const [, number, percent, name, argument, sign, word, text] = match;
    if (number !== undefined) {
      return { ...none, kind: 'number', text: number, number: Number(number), isPercent: percent === '%' };
    }
    if (name !== undefined) return { ...none, kind: 'name', text: name, argument: argument ?? null };
    if (sign !== undefined) return { ...none, kind: 'sign', text: sign };
    if (word !== undefined) return { ...none, kind: 'word', text: word };
    return { ...none, kind: 'text', text };
  }

  #fail(problem: string): never {
    throw new ClaimSyntax(`'${cut(this.#source)}' is no claim: ${cut(problem)}`);
  }
}

function joined(a: Term, b: Term, compute: (a: number, b: number) => number): Term {
  if (a.value === null || b.value === null) return { value: null, reason: a.reason ?? b.reason };
  return { value: compute(a.value, b.value), reason: null };
}

function cut(text: string): string {
  return text.length <= LONGEST_TOLD ? text : `${text.slice(0, LONGEST_TOLD)}…`;
}

/** Both numbers with as many digits as tell them apart, four at least. */
function toldApart(a: number | null, b: number | null): [string, string] {
  const told = (value: number | null, digits: number): string =>
    value === null ? 'not known' : String(Number(value.toPrecision(digits)));
  if (a === null || b === null || isSame(a, b)) return [told(a, 4), told(b, 4)];
  let digits = 4;
  while (digits < 17 && told(a, digits) === told(b, digits)) digits += 1;
  return [told(a, digits), told(b, digits)];
}
