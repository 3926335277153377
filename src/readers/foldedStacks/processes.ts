/** The first frame of a folded stack: stackcollapse-perf.pl puts the process there. */

/** Who ran; ids are null where the text has none. */
export interface FoldedProcess {
  comm: string;
  pid: number | null;
  tid: number | null;
}

/** `comm-pid` and `comm-pid/tid`; the pid is `?` where perf printed the thread id only. */
const WITH_IDS = /^(.{0,256})-(\d{1,10}|\?)(?:\/(\d{1,10}))?$/;

/** Where programs and threads start: a file whose stacks begin so has no processes in front. */
const ENTRY_POINTS = new Set([
  'main',
  '_start',
  'start',
  'start_thread',
  'clone',
  'clone3',
  '__clone',
  '__libc_start_main',
  'thread_start',
  'all',
  'root',
  '[unknown]',
]);

/** Processes with ids, process names, or frames: other tools fold stacks without a process. */
export type FirstFrameKind = 'with-ids' | 'names' | 'frames';

/** How to read first frames: as frames when any of them looks like code. */
export function firstFrameKind(firstFrames: Iterable<string>): FirstFrameKind {
  let hasIds = true;
  for (const text of firstFrames) {
    const isCode = /::|\(|_\[[kijw]\]$|^\[.*\]$/.test(text.slice(0, 4096)) || ENTRY_POINTS.has(text);
    if (isCode) return 'frames';
    if (!WITH_IDS.test(text)) hasIds = false;
  }
  return hasIds ? 'with-ids' : 'names';
}

export function parseFoldedProcess(text: string, hasIds: boolean): FoldedProcess {
  const match = hasIds ? WITH_IDS.exec(text) : null;
  if (!match) return { comm: text, pid: null, tid: null };
  const [, comm, pid, tid] = match;
  const known = pid === '?' ? null : Number(pid);
  return { comm, pid: known, tid: tid === undefined ? known : Number(tid) };
}
