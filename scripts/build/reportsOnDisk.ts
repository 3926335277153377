/** Reports of all runs, read when they are asked for: a site of many runs does not hold them all in memory. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Report } from '../../src/report/schema.ts';

/** What is asked of the reports of a site. */
export type ReportsById = Pick<ReadonlyMap<string, Report>, 'get' | 'has' | 'keys'>;

/** Reports that are kept: written pages ask for the same few again and again. */
const KEPT = 8;

export class ReportsOnDisk implements ReportsById {
  readonly #folders: ReadonlyMap<string, string>;
  readonly #kept = new Map<string, Report>();

  /** @param folders folder of each run's report, by id */
  constructor(folders: ReadonlyMap<string, string>) {
    this.#folders = folders;
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
}

function readReport(folder: string): Report {
  return JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8')) as Report;
}
