/** A site on a server of one's own: the commands and the nginx block of docs/DEPLOY.md, as they stand there. */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildAndServe, type BuiltSite } from '../support/builtSite.ts';
import { hasNginx, startNginx, type RunningNginx } from '../support/nginx.ts';
import { scratchFolder } from '../support/scratch.ts';

const RUN = 'sim-tiny-t1';
const GUIDE = readFileSync('docs/DEPLOY.md', 'utf8');
const IMMUTABLE = 'public, max-age=31536000, immutable';

const hasRsync = spawnSync('rsync', ['--version']).status === 0;
const missing = [hasNginx ? '' : 'nginx-light', hasRsync ? '' : 'rsync'].filter(Boolean).join(' ');

describe.skipIf(missing !== '')(
  `nginx and rsync${missing && ` (not installed: apt-get install ${missing})`}`,
  () => {
    let site: BuiltSite;
    let served: string;
    let nginx: RunningNginx;

    /** The guide's line, with a folder of this machine in place of the server's. */
    function upload(): void {
      const [, options] = /^rsync (.+) \.\/site\/ server:\S+$/m.exec(GUIDE)!;
      execFileSync('rsync', [...options.split(' '), `${site.folder}/`, `${served}/`]);
    }

    beforeAll(async () => {
      site = await buildAndServe('/profiles/', [RUN]);
      const scratch = scratchFolder({ 'served/': '' });
      served = join(scratch, 'served');
      upload();
      const [, block] = /^```nginx\n(.+?)^```/ms.exec(GUIDE)!;
      const named = block.replace('/var/www/profiles', served);
      expect(named).not.toBe(block);
      nginx = await startNginx(named, join(scratch, 'nginx'));
    });
    afterAll(async () => {
      nginx?.close();
      await site?.close();
    });

    const get = (path: string): Promise<Response> =>
      fetch(`${nginx.address}/profiles/${path}`, { redirect: 'manual' });
    const files = (): string[] =>
      readdirSync(served, { recursive: true, encoding: 'utf8' })
        .filter((path) => statSync(join(served, path)).isFile())
        .sort();

    it.each([
      ['a page', `runs/${RUN}/`, 'text/html'],
      ['the report as Markdown', `runs/${RUN}/report.md`, 'text/markdown; charset=utf-8'],
      ['the report as JSON', `runs/${RUN}/report.json`, 'application/json'],
      ['rows of a chart', `runs/${RUN}/charts/functions.csv`, 'text/csv; charset=utf-8'],
      ['a picture', `runs/${RUN}/charts/functions.svg`, 'image/svg+xml'],
      ['stacks', `runs/${RUN}/stacks.folded.txt`, 'text/plain; charset=utf-8'],
      ['the list for agents', 'llms.txt', 'text/plain; charset=utf-8'],
      ['the custom element', 'embed/gemview-chart.js', 'application/javascript'],
    ])('sends %s with its type, compressed, to be asked for again', async (_, path, type) => {
      const { status, headers } = await get(path);
      expect(status).toBe(200);
      expect(headers.get('content-type')).toMatch(new RegExp(`^${type.replace('+', '\\+')}`));
      expect(headers.get('content-encoding')).toBe('gzip');
      expect(headers.get('cache-control')).toBe('no-cache');
    });

    it('lets browsers keep what a name pins to its content, and nothing else', async () => {
      const kept: string[] = [];
      for (const path of files()) {
        const { status, headers, body } = await get(path);
        await body?.cancel();
        expect(status, path).toBe(200);
        if (headers.get('cache-control') === IMMUTABLE) kept.push(path);
        else expect(headers.get('cache-control'), path).toBe('no-cache');
        expect(headers.get('content-type'), path).not.toBe(
          path === '.gemview-site' ? null : 'application/octet-stream',
        );
      }
      expect(kept).toEqual(
        files().filter(
          (path) =>
            path.startsWith('_gemview/') || (path.startsWith(`runs/${RUN}@`) && !path.endsWith('.html')),
        ),
      );
      expect(kept.length).toBeGreaterThan(50);
    });

    it('leads from an address without its slash to the one with it', async () => {
      const { status, headers } = await get(`runs/${RUN}/functions`);
      expect(status).toBe(301);
      expect(headers.get('location')).toBe(`${nginx.address}/profiles/runs/${RUN}/functions/`);
    });

    it.each(['runs/nothing/', 'runs/', `runs/${RUN}/charts/nothing.svg`])(
      'answers %s with the page for addresses that are not there',
      async (path) => {
        const response = await get(path);
        expect(response.status).toBe(404);
        expect(await response.text()).toBe(readFileSync(join(served, '404.html'), 'utf8'));
      },
    );

    it('shows pages and Markdown in a browser, letters beyond ASCII too', async () => {
      const page = await site.browser.newPage();
      const problems: string[] = [];
      page.on('console', (message) => {
        if (message.type() === 'error') problems.push(`${message.text()} ${message.location().url}`);
      });
      page.on('pageerror', (error) => problems.push(error.message));
      await page.goto(`${nginx.address}/profiles/runs/${RUN}/`);
      expect(await page.locator('h1').textContent()).toContain('Overview');
      expect(problems).toEqual([]);
      // No page of the site, so the browser asks for an icon at the root of the host, which is not there.
      await page.goto(`${nginx.address}/profiles/runs/${RUN}/report.md`);
      const written = readFileSync(join(served, `runs/${RUN}/report.md`), 'utf8');
      const withOthers = written.split('\n').filter((line) => /\P{ASCII}/u.test(line));
      const shown = await page.locator('body').innerText();
      expect(withOthers.filter((line) => !shown.includes(line))).toEqual([]);
      expect(withOthers.length).toBeGreaterThan(10);
      await page.close();
    });

    it('uploads what changed alone, and takes away what is gone', async () => {
      const old = new Date('2020-01-01T00:00:00Z');
      for (const path of files()) utimesSync(join(served, path), old, old);
      const [style] = readdirSync(join(site.folder, '_gemview')).filter((name) => name.endsWith('.css'));
      rmSync(join(site.folder, '_gemview', style));
      writeFileSync(join(site.folder, 'llms.txt'), 'changed');
      upload();
      const changed = files().filter((path) => statSync(join(served, path)).mtimeMs !== old.getTime());
      expect(changed).toEqual(['llms.txt']);
      expect(await (await get('llms.txt')).text()).toBe('changed');
      expect((await get(`_gemview/${style}`)).status).toBe(404);
    });
  },
);
