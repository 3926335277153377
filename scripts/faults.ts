/** What people read when a command fails. */
import { InputError } from '../src/readers/reader.ts';
import { printable } from '../src/report/printable.ts';
import { InputErrors } from './inputErrors.ts';

/** A line for each fault; stack traces only with GEMVIEW_DEBUG. */
export function faultSentences(error: unknown): string {
  const faults = error instanceof InputErrors ? error.errors : [error];
  return faults.map((fault) => `gemview: ${faultSentence(fault)}`).join('\n');
}

function faultSentence(fault: unknown): string {
  const { message, stack } = fault instanceof Error ? fault : new Error(String(fault));
  if (process.env.GEMVIEW_DEBUG) return stack ?? message;
  const sentence = printable(message.replaceAll(/\s*\n\s*/g, ' ').trim());
  if (fault instanceof InputError) return sentence;
  const refusal = refusalOfSystem(fault);
  if (refusal !== null) return printable(refusal);
  return (
    `this is a fault of gemview, not of your input: ${sentence}. ` +
    `Run again with GEMVIEW_DEBUG=1 and report what it prints`
  );
}

/** What the system says of files and disks, in words: nothing that gemview could do otherwise. */
const REFUSALS: Record<string, string> = {
  ENOSPC: 'the disk is full: make room, or name folders on another one',
  EDQUOT: 'your share of the disk is used up: make room, or name folders on another one',
  EROFS: 'the file system can only be read: name another folder',
  EACCES: 'this user may not read or write it: change its permissions, or name another one',
  EPERM: 'the system does not permit it: change its permissions, or name another one',
  ENOTDIR: 'a file stands where a folder is needed: name another folder',
  EEXIST: 'a file stands where a folder is needed: name another folder',
  ENAMETOOLONG: 'the path is too long for the file system: name a shorter folder',
  ELOOP: 'its links lead in a circle',
  EMFILE: 'too many files are open: allow more (ulimit -n)',
  ENFILE: 'too many files are open on this machine',
  EIO: 'the disk fails to read or write it',
};

/** A sentence with the path for what the system refused; null for anything else. */
function refusalOfSystem(fault: unknown): string | null {
  const { code, path, dest } =
    fault instanceof Error ? (fault as NodeJS.ErrnoException & { dest?: string }) : {};
  if (code === undefined || !Object.hasOwn(REFUSALS, code)) return null;
  const place = dest ?? path;
  return `${place === undefined ? '' : `${place}: `}${REFUSALS[code]} (${code})`;
}
