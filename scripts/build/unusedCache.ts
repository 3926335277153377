/** What lies in the cache and no build uses any more. An entry is a folder with a file that says when it was used last. */
import { existsSync, readdirSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';

/** Entries that no build used for so long are dropped. */
const UNUSED_MS = 30 * 24 * 3600 * 1000;

/** Says that an entry was used now. @param mark path of its file that says so, or of the entry itself */
export function markUsed(mark: string): void {
  const now = new Date();
  try {
    utimesSync(mark, now, now);
  } catch {
    // A cache that cannot be written is of use all the same.
  }
}

/**
 * Drops entries that no build used for a month, and what killed builds left.
 *
 * @param folder that holds the entries; need not be there
 * @param mark name of the file in each of them that `markUsed` was told of
 */
export function forgetUnused(folder: string, mark: string, nowMs: number): void {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    const usedMs = lastUseMs(join(folder, name), mark);
    if (nowMs - usedMs > UNUSED_MS) rmSync(join(folder, name), { recursive: true, force: true });
  }
}

function lastUseMs(entry: string, mark: string): number {
  return Math.max(
    ...[join(entry, mark), entry].map((path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0),
  );
}
