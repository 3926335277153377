/** What mends a gap in a capture: a command to paste, a sentence, or a sentence that ends in a command. */

/** Programs that the project's advice starts with. */
const PROGRAMS = /^(?:perf|gemview|gatord|cmake|cpupower|taskset|sysctl|llama-\w+) /;

export interface FixParts {
  /** A sentence without the command, ended; null when there is only a command. */
  words: string | null;
  command: string | null;
}

/** True for what can be pasted into a terminal: a choice between two commands cannot. */
export function isCommand(text: string): boolean {
  return PROGRAMS.test(text) && !/, (?:or|perf|gatord) | on the target/.test(text);
}

/** `Give the model file that ran: gemview model …` is a sentence and a command; only the command is there to be copied. */
export function fixParts(fix: string): FixParts {
  if (isCommand(fix)) return { words: null, command: fix };
  const colon = fix.lastIndexOf(': ');
  const command = fix.slice(colon + 2);
  if (colon > 0 && isCommand(command)) return { words: fix.slice(0, colon + 1), command };
  return { words: /[.!?]$/.test(fix) ? fix : `${fix}.`, command: null };
}
