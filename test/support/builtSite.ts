import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { chromium, type Browser } from 'playwright-core';
import { BROWSER_ARGUMENTS, findBrowser } from '../../scripts/test/browser.ts';
import { serveSite, type RunningServer } from '../../scripts/serve.ts';
import { gemview } from './command.ts';

/** The site of the example runs, built under a base path and served; and a browser. */
export interface BuiltSite {
  folder: string;
  base: string;
  server: RunningServer;
  browser: Browser;
  close(): Promise<void>;
}

/**
 * Builds with the command line itself, in a process of its own.
 *
 * @param of ids of the example runs to build, or another captures folder; all example runs, and the stories across them,
 *   unless told
 */
export async function buildAndServe(
  base: string,
  of?: readonly string[] | { captures: string },
): Promise<BuiltSite> {
  const scratch = await mkdtemp(join(tmpdir(), 'gemview-site-'));
  const folder = join(scratch, 'dist');
  const captures = of === undefined ? 'captures' : 'captures' in of ? of.captures : join(scratch, 'captures');
  for (const run of of === undefined || 'captures' in of ? [] : of) {
    await cp(join('captures', run), join(captures, run), { recursive: true });
  }
  const built = await gemview(['build', captures, '--out', folder, '--base', base], { cwd: resolve('.') });
  if (built.code !== 0) throw new Error(built.stderr);
  const { path, sentence } = findBrowser();
  if (path === null) throw new Error(sentence);
  const browser = await chromium.launch({ executablePath: path, args: BROWSER_ARGUMENTS });
  const server = await serveSite(folder, base, 0);
  return {
    folder,
    base,
    server,
    browser,
    async close() {
      await browser.close();
      await server.close();
      await rm(scratch, { recursive: true, force: true });
    },
  };
}
