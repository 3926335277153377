/** What a command may touch: its streams and the folder it was called from. Tests pass their own. */
export interface CommandIo {
  /** Folder that relative paths are taken from. */
  cwd: string;
  /** Writes data; resolves when the pipe has taken it, so that large output is never cut. */
  stdout(data: string | Uint8Array): Promise<void>;
  /** Writes progress, warnings and errors. */
  stderr(text: string): void;
  /** Progress is shown only when somebody can see it. */
  stderrIsTerminal: boolean;
}

/** Runs one command with its arguments; resolves to the exit code: 0 done, 1 bad input, 2 wrong usage. */
export type Command = (args: string[], io: CommandIo) => Promise<number>;

/** The streams of this process. A reader that has gone (`gemview … | head`) ends the output, not the command. */
export function processIo(cwd: string): CommandIo {
  let readerIsGone = false;
  const tolerate = (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    readerIsGone = true;
  };
  process.stdout.on('error', tolerate);
  process.stderr.on('error', tolerate);
  return {
    cwd,
    stdout: (data) =>
      readerIsGone
        ? Promise.resolve()
        : new Promise((resolve) => process.stdout.write(data, () => resolve())),
    stderr: (text) => {
      process.stderr.write(text);
    },
    stderrIsTerminal: process.stderr.isTTY ?? false,
  };
}
