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
  return (
    `this is a fault of gemview, not of your input: ${sentence}. ` +
    `Run again with GEMVIEW_DEBUG=1 and report what it prints`
  );
}
