/** Finds a Chromium for the browser tests, or installs Debian's. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
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

/** CHROME_PATH, then PATH, then Playwright's own download, then Debian's package when this is root on Debian. */
export function findBrowser(): FoundBrowser {
  const named = process.env.CHROME_PATH;
  if (named) {
    return existsSync(named)
      ? { path: named, sentence: `Browser: ${named} (CHROME_PATH)` }
      : { path: null, sentence: `CHROME_PATH names ${named}, which does not exist` };
  }
  const onPath = browserOnPath();
  if (onPath) return { path: onPath, sentence: `Browser: ${onPath} (PATH)` };
  const downloaded = chromium.executablePath();
  if (downloaded && existsSync(downloaded))
    return { path: downloaded, sentence: `Browser: ${downloaded} (Playwright)` };
  if (process.getuid?.() === 0 && isDebian()) {
    spawnSync('apt-get', ['update', '-qq'], { stdio: 'ignore' });
    spawnSync('apt-get', ['install', '-y', '-qq', 'chromium'], { stdio: 'ignore' });
    const installed = browserOnPath();
    if (installed) return { path: installed, sentence: `Browser: ${installed} (installed with apt-get)` };
  }
  return {
    path: null,
    sentence:
      'No browser: install Chromium (apt-get install chromium, or npx playwright install chromium) or set CHROME_PATH',
  };
}

function browserOnPath(): string | null {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    for (const name of NAMES) {
      const path = join(folder, name);
      if (folder && existsSync(path)) return path;
    }
  }
  return null;
}

function isDebian(): boolean {
  try {
    return /^ID(_LIKE)?=.*(debian|ubuntu)/m.test(readFileSync('/etc/os-release', 'utf8'));
  } catch {
    return false;
  }
}
