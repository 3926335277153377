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

/** Seconds are not printed as kiloseconds, bytes have no milli. */
const LARGEST_PREFIX: Record<string, string> = { s: '' };

/** `22.4` and `ms`; `1.48` and `G cycles`; `1,734` and `samples`; `12.3` and `%`. */
export function formatValue(value: number, unit: string): FormattedValue {
  if (!Number.isFinite(value)) return { number: 'not a number', unit };
  if (unit === '%') return { number: digits(value), unit: '%' };
  if (unit === 'share' || unit.startsWith('share ')) {
    return { number: digits(100 * value), unit: `%${unit.slice('share'.length)}` };
  }
  const [head, tail] = splitRate(unit);
  const scaled = SCALED_UNITS[head];
  if (scaled) {
    const [factor, symbol] = scaled;
    const { number, prefix } = withPrefix(
      value * factor,
      symbol === 'B' || symbol === 'Hz',
      LARGEST_PREFIX[symbol],
    );
    return { number, unit: `${prefix}${symbol}${tail}` };
  }
  const { number, prefix } = withPrefix(value, true);
  return { number, unit: [prefix, unit].filter((part) => part !== '').join(NO_BREAK_SPACE) };
}

/** The same as one text: `22.4 ms`. */
export function formatText(value: number, unit: string): string {
  const formatted = formatValue(value, unit);
  return formatted.unit === '' ? formatted.number : `${formatted.number}${NO_BREAK_SPACE}${formatted.unit}`;
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
  return `${digits(ratio)}×`;
}

/** `1 sample`, `2 samples`. */
export function formatPlural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)}${NO_BREAK_SPACE}${count === 1 ? one : many}`;
}

/** `s/token` is a scaled unit and the rest that follows it. */
function splitRate(unit: string): [head: string, tail: string] {
  const slash = unit.indexOf('/');
  return slash < 0 ? [unit, ''] : [unit.slice(0, slash), unit.slice(slash)];
}

function withPrefix(value: number, onlyUpwards: boolean, largest = 'P'): { number: string; prefix: string } {
  const magnitude = Math.abs(value);
  if (magnitude === 0) return { number: '0', prefix: '' };
  const isCount = onlyUpwards && Number.isInteger(value);
  if (isCount && magnitude < EXACT_COUNT_BELOW) return { number: digits(value), prefix: '' };
  let step = Math.floor(Math.log10(rounded(magnitude)) / 3);
  const highest = PREFIXES.indexOf(largest) - PREFIX_OF_ONE;
  step = Math.min(Math.max(step, onlyUpwards ? 0 : -PREFIX_OF_ONE), highest);
  return { number: digits(value / 1000 ** step), prefix: PREFIXES[PREFIX_OF_ONE + step] };
}

function rounded(value: number): number {
  return Number(value.toPrecision(SIGNIFICANT_DIGITS));
}

/** Three significant digits in plain notation; whole numbers below a million keep all their digits. */
function digits(value: number): string {
  if (value === 0) return '0';
  const magnitude = Math.abs(value);
  const sign = value < 0 ? MINUS : '';
  if (Number.isInteger(value) && magnitude < 1e6) return sign + grouped(String(magnitude));
  const short = rounded(magnitude);
  if (short < 1e-6) return sign + short.toExponential(SIGNIFICANT_DIGITS - 1).replace('-', MINUS);
  const exponent = Math.floor(Math.log10(short));
  return sign + grouped(short.toFixed(Math.min(20, Math.max(0, SIGNIFICANT_DIGITS - 1 - exponent))));
}

function grouped(text: string): string {
  const [whole, fraction] = text.split('.');
  const separated = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return fraction === undefined ? separated : `${separated}.${fraction}`;
}
