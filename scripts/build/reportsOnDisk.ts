/** Reports of all runs, read when they are asked for: a site of many runs does not hold them all in memory. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Report } from '../../src/report/schema.ts';

/** Reports that are kept: pages ask for the same few again and again. */
const KEPT = 8;

export class ReportsOnDisk implements ReadonlyMap<string, Report> {
  readonly #folders: ReadonlyMap<string, string>;
  readonly #kept = new Map<string, Report>();

  /** @param folders folder of each run's report, by id */
  constructor(folders: ReadonlyMap<string, string>) {
    this.#folders = folders;
  }

  get size(): number {
    return this.#folders.size;
  }

  has(id: string): boolean {
    return this.#folders.has(id);
  }

  keys(): MapIterator<string> {
    return this.#folders.keys();
  }

  get(id: string): Report | undefined {
    const folder = this.#folders.get(id);
    if (folder === undefined) return undefined;
    const report = this.#kept.get(id) ?? readReport(folder);
    this.#kept.delete(id);
    this.#kept.set(id, report);
    if (this.#kept.size > KEPT) this.#kept.delete(this.#kept.keys().next().value!);
    return report;
  }

  *values(): MapIterator<Report> {
    for (const folder of this.#folders.values()) yield readReport(folder);
  }

  *entries(): MapIterator<[string, Report]> {
    for (const [id, folder] of this.#folders) yield [id, readReport(folder)];
  }

  [Symbol.iterator](): MapIterator<[string, Report]> {
    return this.entries();
  }

  forEach(callback: (report: Report, id: string, map: ReadonlyMap<string, Report>) => void): void {
    for (const [id, report] of this) callback(report, id, this);
  }
}

function readReport(folder: string): Report {
  return JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8')) as Report;
}
