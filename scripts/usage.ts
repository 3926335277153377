/** Wrong usage of the command line: one sentence; the dispatcher adds the usage line and ends with exit code 2. */
import { parseArgs } from 'node:util';
import type { ParseArgsConfig } from 'node:util';

export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** `parseArgs` of Node, strict, with a UsageError for what it does not know. */
export function parseCommandLine<T extends Omit<ParseArgsConfig, 'strict'>>(config: T) {
  try {
    return parseArgs({ ...config, strict: true as const });
  } catch (error) {
    throw new UsageError(firstSentence((error as Error).message));
  }
}

/** Node adds hints on how to write positional arguments; the first sentence says what is wrong. */
function firstSentence(message: string): string {
  return message.split(/\. |\n/)[0].replace(/\.$/, '');
}
