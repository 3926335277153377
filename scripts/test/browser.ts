/** Finds a Chromium for the browser tests, or installs one. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { chromium } from 'playwright-core';

const NAMES = ['google-chrome', 'google-chrome-stable', 'chromium', 'chromium-browser', 'chrome'];

/** Flags for a root user and for a machine whose network is closed. */
export const BROWSER_ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export interface FoundBrowser {
  path: string | null;
  /** What was done, or what to do when nothing was found. */
  sentence: string;
}

/**
 * The first that starts of: CHROME_PATH, a Chrome or Chromium on PATH, Playwright's own download, Debian's package (root on
 * Debian), a download of Playwright's made now.
 */
export function findBrowser(): FoundBrowser {
  const named = process.env.CHROME_PATH;
  if (named && starts(named)) return { path: named, sentence: `Browser: ${named} (CHROME_PATH)` };
  return (
    found(browserOnPath(), 'on PATH') ??
    found(playwrightsBrowser(), "Playwright's download") ??
    found(installedFromDebian(), 'installed with apt-get just now') ??
    found(downloadedByPlaywright(), 'downloaded by Playwright just now') ?? {
      path: null,
      sentence:
        `No browser${named ? ` (CHROME_PATH names ${named}, which does not start)` : ''}: install Chromium ` +
        '(apt-get install chromium, or npx playwright-core install chromium) or set CHROME_PATH',
    }
  );
}

function found(path: string | null, how: string): FoundBrowser | null {
  return path === null ? null : { path, sentence: `Browser: ${path} (${how})` };
}

/** Some distributions put a script in the browser's place that only says how to install it. */
function starts(path: string): boolean {
  return (
    existsSync(path) && spawnSync(path, ['--version'], { stdio: 'ignore', timeout: 30_000 }).status === 0
  );
}

function browserOnPath(): string | null {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const candidates = folders.flatMap((folder) => NAMES.map((name) => join(folder, name)));
  return candidates.find(starts) ?? null;
}

function playwrightsBrowser(): string | null {
  const path = chromium.executablePath();
  return path && starts(path) ? path : null;
}

function installedFromDebian(): string | null {
  if (process.getuid?.() !== 0 || !isDebian()) return null;
  console.log('Installing chromium with apt-get');
  spawnSync('apt-get', ['update', '-qq'], { stdio: 'ignore' });
  spawnSync('apt-get', ['install', '-y', '-qq', 'chromium'], { stdio: 'ignore' });
  return browserOnPath();
}

function isDebian(): boolean {
  try {
    return /^ID(_LIKE)?=.*(debian|ubuntu)/m.test(readFileSync('/etc/os-release', 'utf8'));
  } catch {
    return false;
  }
}

function downloadedByPlaywright(): string | null {
  console.log('Downloading Chromium with Playwright');
  const manifest = createRequire(import.meta.url).resolve('playwright-core/package.json');
  spawnSync(process.execPath, [join(dirname(manifest), 'cli.js'), 'install', 'chromium'], {
    stdio: 'ignore',
    timeout: 300_000,
  });
  return playwrightsBrowser();
}
