/**
 * Which pinned charts of the last site were looked through and hold nothing private. A site keeps every pin that it ever
 * published, so reading them again in each build would grow without end; a record in the cache tells that neither their
 * files nor what must not stand in them is different.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ASSET, isUnchanged, type KeptFile } from './pageCache.ts';
import type { PrivacyCheck } from './privacyCheck.ts';
import { forgetUnused, markUsed } from './unusedCache.ts';

/** The files of one pin in a site: an id of a run with a content. */
export interface Pin {
  /** `<run>@<hash>`. */
  name: string;
  /** Paths within the site, with slashes, by name. */
  files: readonly string[];
}

/** What looking through a pin says. */
export type PinAnswer =
  /** Content-hashed files that its pages name. */
  { assets: readonly string[] } | { complaint: string };

/** Nothing private stands in these files. */
interface PinRecord {
  /** Files that were read. */
  read: KeptFile[];
  /** Pictures of points: nobody reads them, what they show stands in the others. */
  unread: string[];
  assets: string[];
}

const RECORD = 'pin.json';

export class CheckedPins {
  readonly #folder: string;
  readonly #code: string;

  /**
   * @param cache folder for what may be thrown away
   * @param code hash of the program: another one may look for more
   */
  constructor(cache: string, code: string) {
    this.#folder = join(cache, 'pins');
    this.#code = code;
  }

  /** Looks through a pin, unless that was done before. */
  async look(site: string, pin: Pin, privacy: PrivacyCheck): Promise<PinAnswer> {
    const key = this.#keyOf(pin, privacy);
    const known = this.#recordOf(site, pin, key);
    if (known !== null) return known;
    const record: PinRecord = { read: [], unread: [], assets: [] };
    const assets = new Set<string>();
    for (const path of pin.files) {
      // Before it is read: a file that is written meanwhile is another one next time.
      const { size, mtimeMs } = statSync(join(site, path));
      const { shown, faults, sha256 } = await privacy.lookAt(site, path);
      if (faults.length > 0) {
        const name = shown.split('/')[1] ?? shown;
        const { problem } = faults[0];
        return {
          complaint: `${shown}: ${problem}, so the charts pinned as ${name} are published no longer`,
        };
      }
      if (sha256 === null) record.unread.push(path);
      else record.read.push({ path, bytes: size, mtimeMs, sha256 });
      if (path.endsWith('.html')) for (const name of assetsIn(join(site, path))) assets.add(name);
    }
    record.assets = [...assets].sort();
    this.#keep(key, record);
    return record;
  }

  /** Drops records that no build used for a month, and what killed builds left. */
  forgetUnused(nowMs: number): void {
    forgetUnused(this.#folder, RECORD, nowMs);
  }

  #keyOf({ name, files }: Pin, privacy: PrivacyCheck): string {
    const grounds = [...new Set(files.map((path) => privacy.groundsFor(path)))];
    return createHash('sha256')
      .update(JSON.stringify([this.#code, name, grounds, files]))
      .digest('hex')
      .slice(0, 32);
  }

  #recordOf(site: string, { files }: Pin, key: string): PinRecord | null {
    const path = join(this.#folder, key, RECORD);
    try {
      const record = JSON.parse(readFileSync(path, 'utf8')) as PinRecord;
      const held = [...record.read.map((file) => file.path), ...record.unread].sort();
      if (held.join('\n') !== [...files].sort().join('\n')) return null;
      if (!record.read.every((file) => isUnchanged(site, file))) return null;
      markUsed(path);
      return record;
    } catch {
      return null;
    }
  }

  #keep(key: string, record: PinRecord): void {
    const folder = join(this.#folder, key);
    const staging = join(this.#folder, `.${key}.${process.pid}`);
    mkdirSync(staging, { recursive: true });
    writeFileSync(join(staging, RECORD), JSON.stringify(record));
    rmSync(folder, { recursive: true, force: true });
    try {
      renameSync(staging, folder);
    } catch {
      // Another build keeps what it found at the same time.
      rmSync(staging, { recursive: true, force: true });
    }
  }
}

/** Names of content-hashed files in a page, stylesheet or script. */
export function assetsIn(file: string): string[] {
  return [...readFileSync(file, 'utf8').matchAll(ASSET)].map(([name]) => name);
}
