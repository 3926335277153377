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
 * A group of events has a percentage for each of them. `-t ';'` parts columns by that sign.
 */

/** One row of the table. */
export interface ReportRow {
  /** Event that the percentages are of; null when the text begins behind the line that names it. */
  event: string | null;
  selfPercent: number;
  /** With `--children`: share of samples whose call chain has the function. */
  childrenPercent: number | null;
  /** With `-n`. */
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
  lostSamples: number;
}

const SAMPLES = /^# Samples: (\S{1,20}) {1,4}of events? '(.{1,4000})'$/;
const LOST = /^# Total Lost Samples: (\d{1,15})$/;
const HEADER = /^# {0,4000}(?:Children|Overhead)\b.*\bSymbol\s*$/;
const PERCENTAGES = /^[ +-]{0,16}((?:\d{1,3}\.\d\d% *;? *){1,128})(.*)$/;
const SYMBOL = /(?:^|[\s;])\[([.kguH])\] +(\S.*)$/;
/** A report of more functions is cut: its tail is all 0.00 %. */
const MAX_ROWS = 20_000;
const MAX_LINE_LENGTH = 65_536;

/** True for the heading of a report's table. */
export function isReportHeader(line: string): boolean {
  return line.length <= MAX_LINE_LENGTH && HEADER.test(line);
}

export class ReportParser {
  readonly report: PerfReport = { rows: [], unread: 0, lostSamples: 0 };
  #events: (string | null)[] = [null];
  #columns: string[] = [];
  #separator: ';' | null = null;
  #hasChildren = false;

  add(line: string): void {
    if (line.length > MAX_LINE_LENGTH) return;
    if (line.startsWith('#')) this.#addComment(line);
    else if (this.#columns.length > 0) this.#addRow(line);
  }

  #addComment(line: string): void {
    const samples = SAMPLES.exec(line);
    if (samples) this.#events = eventNames(samples[2]);
    const lost = LOST.exec(line);
    if (lost) this.report.lostSamples += Number(lost[1]);
    if (!HEADER.test(line)) return;
    const text = line.slice(1).trim();
    this.#separator = text.includes(';') ? ';' : null;
    const columns = text.split(this.#separator ?? /\s{2,}/).map((name) => name.trim());
    this.#hasChildren = columns.includes('Children');
    this.#columns = columns.filter((name) => !['Children', 'Self', 'Overhead', 'Symbol'].includes(name));
  }

  #addRow(line: string): void {
    const match = PERCENTAGES.exec(line);
    const symbol = match ? SYMBOL.exec(match[2]) : null;
    if (!match) return;
    const percentages = (match[1].match(/\d{1,3}\.\d\d/g) ?? []).map(Number);
    const events = this.#hasChildren ? percentages.length / 2 : percentages.length;
    if (!symbol || events !== this.#events.length || this.report.rows.length >= MAX_ROWS) {
      this.report.unread++;
      return;
    }
    const between = match[2].slice(0, symbol.index).trim();
    const cells = between.split(this.#separator ?? /\s{2,}/).map((cell) => cell.trim());
    const cell = (name: string): string | null => {
      const at = this.#columns.indexOf(name);
      return at === -1 || !cells[at] ? null : cells[at];
    };
    const samples = cell('Samples');
    this.#events.forEach((event, index) => {
      this.report.rows.push({
        event,
        selfPercent: percentages[this.#hasChildren ? events + index : index],
        childrenPercent: this.#hasChildren ? percentages[index] : null,
        samples: samples !== null && /^\d{1,15}$/.test(samples) ? Number(samples) : null,
        command: cell('Command'),
        image: cell('Shared Object'),
        symbol: symbol[2].trimEnd(),
        isKernel: symbol[1] === 'k' || symbol[1] === 'g',
      });
    });
  }
}

/** `cycles:P`, or the members of `anon group { cycles, instructions }`. */
function eventNames(text: string): string[] {
  const group = /\{ (.+) \}$/.exec(text);
  return group ? group[1].split(', ') : [text];
}
