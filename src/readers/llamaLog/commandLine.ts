/** What gatord logs of itself around llama.cpp's lines: above all the command line of the program that it started. */

/** `[975.1362] FINE: #2149 (linux/Tracepoints.cpp:129): Reading /proc/mounts` */
const GATOR_LINE = /^\[\d+\.\d+\] [A-Z]+: #\d+ \(([^)]*)\): (.*)$/;
const FORKING = /^Forking exe '([^']*)'/;
const ARGUMENT = /^\s*ARG: '(.*)'$/;

/** True for a line of gatord's log. */
export function isGatorLine(line: string): boolean {
  return GATOR_LINE.test(line);
}

/** Collects the last command that gatord started and that is not gatord itself. */
export class StartedCommand {
  #command: string[] = [];
  #isOpen = false;

  /** The command with its arguments, null when gatord's log names none. An argument of several lines keeps its first. */
  get commandLine(): string | null {
    return this.#command.length === 0 ? null : this.#command.join(' ');
  }

  /** True when the line was gatord's. */
  add(line: string): boolean {
    const match = GATOR_LINE.exec(line);
    if (!match) return false;
    const forking = FORKING.exec(match[2]);
    if (forking) {
      this.#isOpen = !/(^|\/)gatord$/.test(forking[1]);
      if (this.#isOpen) this.#command = [forking[1]];
      return true;
    }
    const argument = ARGUMENT.exec(match[2]);
    if (argument && this.#isOpen) this.#command.push(argument[1]);
    else if (!argument) this.#isOpen = false;
    return true;
  }
}
