/** The surroundings in which pages are compiled and rendered: the same everywhere. */
import process from 'node:process';

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

export function neutralEnvironment(): NodeJS.ProcessEnv {
  const kept = KEPT_VARIABLES.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(kept), TZ: 'UTC', LC_ALL: 'C' };
}
