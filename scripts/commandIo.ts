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
