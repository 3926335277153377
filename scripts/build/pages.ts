/** Writes the pages of a site: runs `buildPages.ts` and waits for it. */
import { fork } from 'node:child_process';
import { getCompileCacheDir } from 'node:module';
import { dirname, extname, join } from 'node:path';
import type { PageFailure, PageSettings, WrittenPages } from './buildPages.ts';

/** TypeScript in a checkout, JavaScript in a package. */
const BUILD_PAGES = join(import.meta.dirname, `buildPages${extname(import.meta.filename)}`);

/**
 * What the build may know of its surroundings. Vite takes settings from variables (BASE_URL, MODE), dates and sorting follow
 * the time zone and the locale: none of it may decide what pages say.
 */
const KEPT_VARIABLES = [
  'PATH',
  'HOME',
  'USERPROFILE',
  'TMPDIR',
  'TEMP',
  'TMP',
  'SystemRoot',
  'GEMVIEW_DEBUG',
];

function neutralEnvironment(): NodeJS.ProcessEnv {
  const kept = KEPT_VARIABLES.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(kept), TZ: 'UTC', LC_ALL: 'C' };
}

/** Where the command keeps compiled code; starting Astro without it takes longer than the pages of a run. */
function compiledCode(): NodeJS.ProcessEnv {
  const folder = getCompileCacheDir();
  // Node makes a folder for its own version there.
  return folder === undefined ? { NODE_DISABLE_COMPILE_CACHE: '1' } : { NODE_COMPILE_CACHE: dirname(folder) };
}

/** Builds with the project's folder as working directory. Rejects with what Astro says when it fails. */
export function writePages(settings: PageSettings): Promise<WrittenPages> {
  return new Promise((resolve, reject) => {
    const child = fork(BUILD_PAGES, [], {
      cwd: settings.project,
      env: { ...neutralEnvironment(), ...compiledCode() },
      execArgv: [],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    let errors = '';
    child.stderr?.on('data', (text: Buffer) => (errors += text.toString()));
    let answer: WrittenPages | PageFailure | undefined;
    child.on('message', (message) => (answer = message as WrittenPages | PageFailure));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (answer && 'prepared' in answer) return resolve(answer);
      const failure = answer;
      const error = new Error(
        failure
          ? `the pages could not be built: ${failure.message}`
          : `the build of the pages died (${signal ?? code}): ${errors}`,
      );
      if (failure) error.stack = `${failure.stack}\n${errors}`;
      reject(error);
    });
    child.send(settings);
  });
}
