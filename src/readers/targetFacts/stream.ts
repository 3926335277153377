/**
 * Output of STREAM (McCalpin, stream.c 5.10), also as `stream` ports print it:
 *
 *     STREAM version $Revision: 5.10 $
 *     Number of Threads requested = 4
 *     Function    Best Rate MB/s  Avg time     Min time     Max time
 *     Triad:          13000.5     0.018910     0.018460     0.019512
 *
 * MB are millions of bytes. The rates are what the machine's memory was measured to give.
 */
import { PEAK_KIND } from '../../arm/measuredPeaks.ts';
import type { FactCollector, FactParser } from './collector.ts';

const START = /^STREAM version\b|^STREAM2? .{0,40}Revision/;
const HEADER = /^Function\s+(?:Best )?Rate \(?MB\/s\)?/;
const RATE = /^(Copy|Scale|Add|Triad):\s+(\d{1,9}(?:\.\d{1,6})?)\b/;
const THREADS = /^Number of Threads (?:counted|requested) = (\d{1,4})$/;
const END = /^Solution (?:Validates|Failed)/i;
const BYTES_PER_MEGABYTE = 1e6;

export class StreamParser implements FactParser {
  readonly #rates = new Map<string, number>();
  #threads: string | null = null;
  #isOpen = false;
  #hasTable = false;

  add(line: string): boolean {
    const text = line.trim().slice(0, 512);
    if (START.test(text)) this.#isOpen = true;
    if (HEADER.test(text)) {
      this.#isOpen = true;
      this.#hasTable = true;
    }
    if (!this.#isOpen) return /^-{20,}$/.test(text);
    if (END.test(text)) this.#isOpen = false;
    const rate = this.#hasTable ? RATE.exec(text) : null;
    if (rate) this.#rates.set(rate[1], Number(rate[2]));
    // What was counted stands below what was asked for.
    this.#threads = THREADS.exec(text)?.[1] ?? this.#threads;
    return true;
  }

  finish({ builder, path }: FactCollector): void {
    for (const [kernel, megabytes] of this.#rates) {
      builder.figures.push({
        kind: PEAK_KIND,
        subject: `stream-${kernel.toLowerCase()}`,
        value: megabytes * BYTES_PER_MEGABYTE,
        unit: 'B/s',
        spread: null,
        repetitions: [],
        settings: this.#threads === null ? {} : { threads: this.#threads },
        source: path,
      });
    }
  }
}
