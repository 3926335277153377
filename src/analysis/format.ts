/**
 * Numbers as the site prints them: three significant digits, SI prefixes, thousands separated, a no-break space before
 * the unit. Counts of things below 100,000 are exact.
 */

/** A value in two parts, so that a page may set the unit smaller: `1.48` and `G cycles`. */
export interface FormattedValue {
  number: string;
  /** Prefix and unit; empty for plain numbers. */
  unit: string;
}

const NO_BREAK_SPACE = '\u00A0';
const MINUS = '\u2212';
/** Whole counts up to here are printed digit by digit: they can be checked against another tool's output. */
const EXACT_COUNT_BELOW = 100_000;
const SIGNIFICANT_DIGITS = 3;

const PREFIXES = ['p', 'n', 'µ', 'm', '', 'k', 'M', 'G', 'T', 'P'];
const PREFIX_OF_ONE = PREFIXES.indexOf('');

/** Units that take every SI prefix, with their size in the unit that is printed. */
const SCALED_UNITS: Record<string, [factor: number, symbol: string]> = {
  s: [1, 's'],
  ms: [1e-3, 's'],
  us: [1e-6, 's'],
  µs: [1e-6, 's'],
  ns: [1e-9, 's'],
  B: [1, 'B'],
  bytes: [1, 'B'],
  Hz: [1, 'Hz'],
};

/** Seconds are not printed as kiloseconds; everything else has no milli. */
const SECONDS: PrefixRange = [-PREFIX_OF_ONE, 0];
const UPWARDS: PrefixRange = [0, PREFIXES.length - 1 - PREFIX_OF_ONE];

/** `22.4` and `ms`; `1.48` and `G cycles`; `1,734` and `samples`; `12.3` and `%`. */
export function formatValue(value: number, unit: string): FormattedValue {
  if (!Number.isFinite(value)) return { number: 'not a number', unit };
  if (unit === '%') return { number: significant(value), unit: '%' };
  if (unit === 'share' || unit.startsWith('share ')) {
    return { number: significant(100 * value), unit: `%${unit.slice('share'.length)}` };
  }
  const [head, tail] = splitRate(unit);
  const scaled = SCALED_UNITS[head];
  if (scaled) {
    const [factor, symbol] = scaled;
    const { number, prefix } = withPrefix(value * factor, symbol === 's' ? SECONDS : UPWARDS);
    return { number, unit: `${prefix}${symbol}${tail}` };
  }
  if (tail === '' && Number.isInteger(value) && Math.abs(value) < EXACT_COUNT_BELOW) {
    return {
      number: signed(value, grouped(String(Math.abs(value)))),
      unit: value === 1 ? singular(unit) : unit,
    };
  }
  // Speeds are compared with what other tools print: 1,090 tokens/s, not 1.09 k tokens/s.
  if (head === 'tokens' && Math.abs(value) < EXACT_COUNT_BELOW) return { number: significant(value), unit };
  const { number, prefix } = withPrefix(value, UPWARDS);
  return { number, unit: [prefix, unit].filter((part) => part !== '').join(NO_BREAK_SPACE) };
}

/** A deviation as ±, with no more digits than it has up to three: `± 0.03 tokens/s`; `unit` may be empty. */
export function formatSpread(value: number, unit: string): string {
  const digits = String(rounded(value));
  const text = digits.includes('e') ? formatText(value, '') : grouped(digits);
  return `±${NO_BREAK_SPACE}${text}${unit === '' ? '' : `${NO_BREAK_SPACE}${unit}`}`;
}

/** The same as one text: `22.4 ms`. */
export function formatText(value: number, unit: string): string {
  const formatted = formatValue(value, unit);
  return formatted.unit === '' ? formatted.number : `${formatted.number}${NO_BREAK_SPACE}${formatted.unit}`;
}

/** Three digits and the prefix, for columns and charts that say the unit elsewhere: `1.48 G`, `72.1 k`, `310`. */
export function formatPrefixed(value: number): string {
  const { number, prefix } = withPrefix(value, UPWARDS);
  return prefix === '' ? number : `${number}${NO_BREAK_SPACE}${prefix}`;
}

/** A part of a whole as percent: `12.3 %`; a whole of nothing has no share. */
export function formatShare(part: number, whole: number): string {
  return whole === 0 ? '–' : formatText(part / whole, 'share');
}

/** A whole count with its thousands separated, exact at any size: `1,475,316,128`. */
export function formatCount(value: number): string {
  return grouped(Math.round(value).toFixed(0));
}

/** How many times one number is another: `34.1×`. */
export function formatRatio(ratio: number): string {
  return `${significant(ratio)}×`;
}

/** A moment of a run with every millisecond: `4.322 s`. Neighbouring calls must be told apart. */
export function formatMoment(seconds: number): string {
  return `${signed(seconds, grouped(Math.abs(seconds).toFixed(3)))}${NO_BREAK_SPACE}s`;
}

/** `1 sample`, `2 samples`. */
export function formatPlural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)}${NO_BREAK_SPACE}${count === 1 ? one : many}`;
}

/** `call` of `calls`, `stretch` of `stretches`; a unit that is no plural stays. */
function singular(unit: string): string {
  return unit.startsWith('per ') ? unit : unit.replace(/(?:(?<=ch|ss|sh|x)es|(?<![su])s)$/, '');
}

/** `s/token` is a scaled unit and the rest that follows it. */
function splitRate(unit: string): [head: string, tail: string] {
  const slash = unit.indexOf('/');
  return slash < 0 ? [unit, ''] : [unit.slice(0, slash), unit.slice(slash)];
}

/** Powers of a thousand that a unit may be printed with, smallest and largest. */
type PrefixRange = readonly [smallest: number, largest: number];

function withPrefix(value: number, [smallest, largest]: PrefixRange): { number: string; prefix: string } {
  if (value === 0) return { number: '0', prefix: '' };
  const power = Math.floor(Math.log10(rounded(Math.abs(value))) / 3);
  const step = Math.min(Math.max(power, smallest), largest);
  return { number: significant(value / 1000 ** step), prefix: PREFIXES[PREFIX_OF_ONE + step] };
}

function rounded(value: number): number {
  return Number(value.toPrecision(SIGNIFICANT_DIGITS));
}

/** Three significant digits in plain notation; below a millionth as a power of ten. */
function significant(value: number): string {
  if (value === 0) return '0';
  const short = rounded(Math.abs(value));
  if (short < 1e-6) return signed(value, short.toExponential(SIGNIFICANT_DIGITS - 1).replace('-', MINUS));
  const exponent = Math.floor(Math.log10(short));
  const decimals = Math.min(20, Math.max(0, SIGNIFICANT_DIGITS - 1 - exponent));
  return signed(value, grouped(short.toFixed(decimals)));
}

function signed(value: number, magnitude: string): string {
  return value < 0 ? MINUS + magnitude : magnitude;
}

function grouped(text: string): string {
  const [whole, fraction] = text.split('.');
  const separated = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return fraction === undefined ? separated : `${separated}.${fraction}`;
}
