import type { CommandIo } from '../../scripts/commandIo.ts';

/** Streams that keep what is written to them. */
export function fakeIo(cwd: string): CommandIo & { out: () => string; errors: () => string } {
  const out: Buffer[] = [];
  let errors = '';
  return {
    cwd,
    stdout: (data) => {
      out.push(Buffer.from(data));
      return Promise.resolve();
    },
    stderr: (text) => {
      errors += text;
    },
    stderrIsTerminal: false,
    out: () => Buffer.concat(out).toString(),
    errors: () => errors,
  };
}
