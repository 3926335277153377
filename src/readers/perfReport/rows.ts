/**
 * The table of `perf report --stdio` (tools/perf/ui/stdio/hist.c), with or without call graphs between its rows:
 *
 *     # Samples: 73K of event 'cycles:P'
 *     # Event count (approx.): 175260618889
 *     #
 *     # Children      Self  Command      Shared Object          Symbol
 *     # ........  ........  ...........  .....................  ..............................
 *     #
 *         93.24%    11.49%  python       libonnxruntime.so      [.] onnxruntime::ThreadPool::WorkerLoop(int)
 *                 |
 *                 ---onnxruntime::ThreadPool::WorkerLoop(int)
 *
 * Dots give the columns' widths. A group of events has a percentage, and a number of samples, for each of them. `-t ';'`
 * parts columns by that sign. `--hierarchy` nests the rows, each level three columns to the right of the one above; only
 * the innermost are functions:
 *
 *     #       Overhead  Command / Shared Object / Symbol
 *        100.00%        python
 *            98.28%        libonnx.so
 *               98.16%        [.] onnxruntime::ThreadPool::WorkerLoop(int)
 */

/** One row of the table. */
export interface ReportRow {
  /** Event that the percentages are of; null when the text begins behind the line that names it. */
  event: string | null;
  selfPercent: number;
  /** With `--children`: share of samples whose call chain has the function. */
  childrenPercent: number | null;
  /** With `-n`: of this event. */
  samples: number | null;
  command: string | null;
  image: string | null;
  symbol: string;
  isKernel: boolean;
}

export interface PerfReport {
  rows: ReportRow[];
  /** Rows whose columns cannot be told apart. */
  unread: number;
  /** Shares behind the first {@link MAX_SHARES}: their number, and the largest in per cent. */
  cut: { shares: number; largestPercent: number };
  lostSamples: number;
}

/** A report of more functions is cut: its tail is all 0.00 %. */
export const MAX_SHARES = 20_000;

const SAMPLES = /^# Samples: (\S{1,20}) {1,4}of (event|events) '(.{1,4000})'$/;
const LOST = /^# Total Lost Samples: (\d{1,15})$/;
const HEADER = /^# {0,4000}(?:Children|Overhead)\b.*\bSymbol\s*$/;
const WIDTHS = /^# *\.[. ]*$/;
/** A sign stands before rows that were copied from the terminal's browser; two are a branch of a call graph. */
const PERCENTAGES =
  /^( {0,64}[+-]? {0,16})(\d{1,3}\.\d\d%(?: *(?:; *)?\d{1,3}\.\d\d%){0,127}) *(?:; *)?(.*)$/;
const SYMBOL = /(?:^|[\s;])\[([.kguH])\] +(\S.*)$/;
const PERCENTAGE_COLUMNS: ReadonlySet<string> = new Set(['Children', 'Self', 'Overhead']);
/** These have a number for each event of a group. */
const COUNT_COLUMNS: ReadonlySet<string> = new Set(['Samples', 'Period']);
/** tools/perf/ui/hist.h, `HIERARCHY_INDENT`. */
const HIERARCHY_INDENT = 3;
const MAX_LINE_LENGTH = 65_536;

/** Where a column stands in a line, by the dots below the heading. */
interface ColumnRange {
  from: number;
  to: number;
}

/** The start of a row. */
interface RowStart {
  percentages: number[];
  /** Where the first percentage begins and ends: they move with the level of a hierarchy. */
  firstStart: number;
  firstEnd: number;
  rest: string;
}

/** What a row says beside its percentages. */
interface RowText {
  command: string | null;
  image: string | null;
  /** The cell of `-n`, one number for each event. */
  samples: string | null;
  symbol: RegExpExecArray;
}

/** True for the heading of a report's table. */
export function isReportHeader(line: string): boolean {
  return line.length <= MAX_LINE_LENGTH && HEADER.test(line);
}

export class ReportParser {
  readonly report: PerfReport = {
    rows: [],
    unread: 0,
    cut: { shares: 0, largestPercent: 0 },
    lostSamples: 0,
  };
  #events: (string | null)[] = [null];
  #columns: string[] = [];
  /** Null while the dots were not seen or do not fit the heading. */
  #ranges: ColumnRange[] | null = null;
  #separator: ';' | null = null;
  #hasChildren = false;
  /** What the levels of a hierarchy are; empty for a flat table. */
  #levels: string[] = [];
  /** Names of the rows that the next one is within, outermost first. */
  #path: string[] = [];
  /** Where the first percentage of the outermost level stands. */
  #outermostPlace: number | null = null;

  add(line: string): void {
    if (line.length > MAX_LINE_LENGTH) return;
    if (line.startsWith('#')) this.#addComment(line);
    else if (this.#columns.length > 0) this.#addRow(line);
  }

  #addComment(line: string): void {
    const samples = SAMPLES.exec(line);
    if (samples) this.#events = eventNames(samples[3], samples[2] === 'events');
    const lost = LOST.exec(line);
    if (lost) this.report.lostSamples += Number(lost[1]);
    if (WIDTHS.test(line)) this.#setRanges(line);
    if (HEADER.test(line)) this.#setColumns(line.slice(1).trim());
  }

  #setColumns(heading: string): void {
    this.#separator = heading.includes(';') ? ';' : null;
    this.#columns = heading.split(this.#separator ?? /\s{2,}/).map((name) => name.trim());
    this.#ranges = null;
    this.#hasChildren = this.#columns.includes('Children');
    const levels = this.#columns[this.#columns.length - 1].split(' / ');
    this.#levels = levels.length > 1 ? levels : [];
    this.#path = [];
    this.#outermostPlace = null;
  }

  #setRanges(line: string): void {
    const ranges = Array.from(line.matchAll(/\.+/g), ({ 0: dots, index }) => ({
      from: index,
      to: index + dots.length,
    }));
    this.#ranges = ranges.length === this.#columns.length ? ranges : null;
  }

  #addRow(line: string): void {
    const start = rowStart(line);
    if (!start) return;
    const perEvent = this.#hasChildren ? 2 : 1;
    if (start.percentages.length !== perEvent * this.#events.length) {
      this.report.unread++;
      return;
    }
    if (this.#levels.length > 0) return this.#addNestedRow(start);
    const text = this.#rowText(line, start.rest);
    if (text) this.#push(start.percentages, text);
    else this.report.unread++;
  }

  /** A row of a hierarchy: a function, or what the rows below it are within. */
  #addNestedRow({ percentages, firstStart, firstEnd, rest }: RowStart): void {
    // Percentages are aligned to the right, with `-t` to the left.
    const place = this.#separator ? firstStart : firstEnd;
    this.#outermostPlace ??= place;
    const level = (place - this.#outermostPlace) / HIERARCHY_INDENT;
    const { counts, name } = this.#splitCounts(rest);
    if (!Number.isInteger(level) || level < 0 || level > this.#path.length || name === '') {
      this.report.unread++;
      return;
    }
    this.#path.length = level;
    if (level < this.#levels.length - 1) {
      this.#path.push(name);
      return;
    }
    const symbol = SYMBOL.exec(name);
    if (!symbol) {
      this.report.unread++;
      return;
    }
    const within = (column: string): string | null => this.#path[this.#levels.indexOf(column)] ?? null;
    this.#push(percentages, {
      command: within('Command'),
      image: within('Shared Object'),
      samples: counts.get('Samples') ?? null,
      symbol,
    });
  }

  /** Takes the numbers of {@link COUNT_COLUMNS} off the start of a hierarchy's row. */
  #splitCounts(rest: string): { counts: Map<string, string>; name: string } {
    const counts = new Map<string, string>();
    let name = rest.trim();
    for (const column of this.#columns) {
      if (!COUNT_COLUMNS.has(column)) continue;
      const words = name.split(/[\s;]+/, this.#events.length);
      if (!words.every((word) => /^\d+$/.test(word))) return { counts, name: '' };
      counts.set(column, words.join(' '));
      for (const word of words) name = name.slice(word.length).replace(/^[\s;]+/, '');
    }
    return { counts, name };
  }

  #rowText(line: string, rest: string): RowText | null {
    const symbol = SYMBOL.exec(rest);
    if (!symbol) return null;
    const cells = this.#cellsByWidth(line) ?? this.#cellsBySeparator(rest.slice(0, symbol.index));
    const cell = (column: string): string | null => cells[this.#columns.indexOf(column)] || null;
    return { command: cell('Command'), image: cell('Shared Object'), samples: cell('Samples'), symbol };
  }

  /** Null where the line does not keep to the widths: a name in another script, or blanks lost in copying. */
  #cellsByWidth(line: string): string[] | null {
    const ranges = this.#ranges;
    if (!ranges || this.#separator) return null;
    const isParted = ranges.every(({ from }, at) => at === 0 || line.slice(from - 2, from) === '  ');
    if (!isParted || line[ranges[ranges.length - 1].from] !== '[') return null;
    return ranges.map(({ from, to }) => line.slice(from, to).trim());
  }

  /** The same cells from the text between percentages and symbol. */
  #cellsBySeparator(between: string): string[] {
    const words = between.trim().split(this.#separator ?? /\s{2,}/);
    let at = 0;
    return this.#columns.map((column) => {
      if (PERCENTAGE_COLUMNS.has(column)) return '';
      const width = COUNT_COLUMNS.has(column) && !this.#separator ? this.#events.length : 1;
      at += width;
      return words
        .slice(at - width, at)
        .join(' ')
        .trim();
    });
  }

  #push(percentages: readonly number[], text: RowText): void {
    const { rows, cut } = this.report;
    const events = this.#events.length;
    if (rows.length + events > MAX_SHARES) {
      cut.shares += events;
      for (const share of percentages) cut.largestPercent = Math.max(cut.largestPercent, share);
      return;
    }
    const samples = text.samples?.split(/\s+/) ?? [];
    this.#events.forEach((event, index) => {
      const count = samples.length === events ? samples[index] : '';
      rows.push({
        event,
        selfPercent: percentages[this.#hasChildren ? events + index : index],
        childrenPercent: this.#hasChildren ? percentages[index] : null,
        samples: /^\d{1,15}$/.test(count) ? Number(count) : null,
        command: text.command,
        image: text.image,
        symbol: text.symbol[2].trimEnd(),
        isKernel: text.symbol[1] === 'k' || text.symbol[1] === 'g',
      });
    });
  }
}

function rowStart(line: string): RowStart | null {
  const match = PERCENTAGES.exec(line);
  if (!match) return null;
  const [, indent, shares, rest] = match;
  return {
    percentages: (shares.match(/\d{1,3}\.\d\d/g) ?? []).map(Number),
    firstStart: indent.length,
    firstEnd: indent.length + shares.indexOf('%'),
    rest,
  };
}

/**
 * `cycles:P`; the members of `anon group { cycles, instructions }`; or those that only `--group` put together, which perf
 * prints without braces.
 */
function eventNames(text: string, isGroup: boolean): string[] {
  const group = /\{ (.+) \}$/.exec(text);
  if (group) return group[1].split(', ');
  return isGroup ? text.split(', ') : [text];
}
