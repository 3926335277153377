/**
 * `npm test`: lint, format, types, unit tests, a build and the browser tests. Everything runs even when an earlier step
 * fails; the last line counts tests and steps, `N passed, N failed`.
 */
import { spawn } from 'node:child_process';
import { findBrowser } from './browser.ts';

interface Outcome {
  passed: number;
  failed: number;
}

/** A step that is one check: passed or failed as a whole. */
async function check(name: string, command: string, args: string[]): Promise<Outcome> {
  const { code } = await run(name, command, args);
  return code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

/** A step of tests that ends with a line `N passed, N failed`. */
async function tests(name: string, args: string[]): Promise<Outcome> {
  const { code, output } = await run(name, 'vitest', ['run', ...args]);
  const line = [...output.matchAll(/^(\d+) passed, (\d+) failed/gm)].at(-1);
  const outcome = line ? { passed: Number(line[1]), failed: Number(line[2]) } : { passed: 0, failed: 0 };
  if (code !== 0 && outcome.failed === 0) outcome.failed = 1;
  return outcome;
}

function run(name: string, command: string, args: string[]): Promise<{ code: number; output: string }> {
  console.log(`\n— ${name}`);
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, TZ: 'UTC', LC_ALL: 'C', ASTRO_TELEMETRY_DISABLED: '1' },
  });
  let output = '';
  child.stdout.on('data', (data: Buffer) => {
    const text = data.toString();
    output += text;
    process.stdout.write(text);
  });
  return new Promise((resolve) => {
    child.on('error', (error) => {
      console.error(`${command}: ${error.message}`);
      resolve({ code: 1, output });
    });
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

const outcomes: Outcome[] = [
  await check('Lint', 'oxlint', ['--deny-warnings']),
  await check('Lock file, direction of imports, traces', 'node', ['scripts/lint/all.ts']),
  await check('Format', 'prettier', ['--check', '--log-level', 'warn', '.']),
  await check('Types', 'tsc', ['--noEmit', '-p', '.']),
  await check('Types of pages', 'astro', ['check', '--noSync', '--minimumSeverity', 'warning']),
  await tests('Unit tests', []),
];
const browser = findBrowser();
console.log(`\n${browser.sentence}`);
if (browser.path) {
  process.env.CHROME_PATH = browser.path;
  outcomes.push(await tests('Site and browser tests', ['--config', 'vitest.site.config.ts']));
} else {
  outcomes.push({ passed: 0, failed: 1 });
}

const passed = outcomes.reduce((sum, outcome) => sum + outcome.passed, 0);
const failed = outcomes.reduce((sum, outcome) => sum + outcome.failed, 0);
process.exitCode = failed > 0 ? 1 : 0;
console.log(`\n${passed} passed, ${failed} failed`);
