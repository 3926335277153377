import { spawn } from 'node:child_process';
import { resolve } from 'node:path';

export interface CommandResult {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** What vitest sets for itself and Vite would believe: BASE_URL would become the site's base path. */
const OF_VITEST = /^(?:VITEST.*|BASE_URL|MODE|DEV|PROD|SSR|NODE_ENV|TEST)$/;

export function userEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !OF_VITEST.test(name)));
}

/** Runs `gemview` as a user would, in a process of its own, and collects what it prints. */
export function gemview(
  args: string[],
  options: { cwd: string; env?: Record<string, string> },
): Promise<CommandResult> {
  const child = spawn(process.execPath, [resolve('bin/gemview.mjs'), ...args], {
    cwd: options.cwd,
    env: { ...userEnvironment(), ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const out: Buffer[] = [];
  const errors: Buffer[] = [];
  child.stdout.on('data', (data: Buffer) => out.push(data));
  child.stderr.on('data', (data: Buffer) => errors.push(data));
  return new Promise((done) => {
    child.on('close', (code) =>
      done({ code, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(errors).toString() }),
    );
  });
}
