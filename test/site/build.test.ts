import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { gemview } from '../support/command.ts';
import { fileHashes } from '../support/fileHashes.ts';
import { scratchFolder, writeFiles } from '../support/scratch.ts';

const RUN = resolve('captures/perf-uprobe-t1');

let scratch: string;
/** What its builds say last. */
const WITHHELD = ['command-line', 'host-name', 'model-path']
  .map((name) => `withheld: ${name} (1 run); run.yaml's allow: publishes it\n`)
  .concat(
    'Social cards and canonical links name the site by its whole address: build with --site https://example.org\n',
  )
  .join('');
/** The site of one run under `/x/`, as the first build made it. */
let first: Record<string, string>;

beforeAll(async () => {
  scratch = scratchFolder();
  cpSync(RUN, join(scratch, 'one/perf-uprobe-t1'), { recursive: true });
  expect(await build('one', '--out', 'site', '--base', '/x/')).toEqual({
    code: 0,
    stdout: `site: 1 run\n${WITHHELD}`,
    stderr: '',
  });
  first = contents('site');
});

const build = (...args: string[]) => gemview(['build', ...args], { cwd: scratch });

/** Path → hash of every file below a folder of the scratch folder. */
const contents = (folder: string) => fileHashes(join(scratch, folder));

/** What builds left beside a site. */
function leftovers(out: string): string[] {
  return readdirSync(scratch).filter((name) => name.startsWith(`.${out}.`));
}

describe('the same captures', () => {
  it('make a site', () => {
    expect(Object.keys(first)).toEqual(
      expect.arrayContaining(['/index.html', '/404.html', '/runs/perf-uprobe-t1/report.json']),
    );
    expect(leftovers('site')).toEqual([]);
  });

  it('give the same bytes from the cache, in any environment', async () => {
    const again = await gemview(['build', join(scratch, 'one'), '--out', 'warm', '--base', 'x'], {
      cwd: scratch,
      env: {
        BASE_URL: '/evil/',
        SITE: 'https://evil.example',
        TZ: 'Asia/Tokyo',
        LC_ALL: 'tr_TR.UTF-8',
        MODE: 'x',
      },
    });
    expect(again).toEqual({ code: 0, stdout: `warm: 1 run, 1 unchanged\n${WITHHELD}`, stderr: '' });
    expect(contents('warm')).toEqual(first);
  });

  it('give the same bytes from a damaged cache', async () => {
    const reports = join(scratch, '.gemview/cache/reports');
    const [report] = readdirSync(reports);
    const path = join(reports, report, 'report.json');
    // Another file in its place: the very file is a part of the sites made from it.
    rmSync(path);
    writeFileSync(path, '{"half":');
    expect((await build('one', '--out', 'mended', '--base', '/x/')).stdout).toBe(
      `mended: 1 run\n${WITHHELD}`,
    );
    expect(contents('mended')).toEqual(first);
  });

  it('give the same bytes in other folders, cold, beside files that systems leave behind', async () => {
    cpSync(join(scratch, 'one'), join(scratch, 'elsewhere/deep/captures'), { recursive: true });
    writeFiles(join(scratch, 'elsewhere/deep/captures'), {
      'README.md': 'the runs of last night',
      '.DS_Store': 'x',
      'perf-uprobe-t1/.DS_Store': 'x',
    });
    const out = 'elsewhere/deep/captures/site';
    expect(await build('elsewhere/deep/captures/', '--out', out, '--base', '/x/')).toMatchObject({
      code: 0,
      stdout: `${out}: 1 run\n${WITHHELD}`,
    });
    expect(contents(out)).toEqual(first);
    // The site lies among the runs now, and is none.
    expect((await build('elsewhere/deep/captures', '--out', out, '--base', '/x/')).stdout).toBe(
      `${out}: 1 run, 1 unchanged\n${WITHHELD}`,
    );
  });

  it('give one whole site when two builds write it at once', async () => {
    const builds = await Promise.all([1, 2].map(() => build('one', '--out', 'both', '--base', '/x/')));
    expect(builds.map(({ code, stderr }) => ({ code, stderr }))).toEqual([
      { code: 0, stderr: '' },
      { code: 0, stderr: '' },
    ]);
    expect(contents('both')).toEqual(first);
    expect(leftovers('both')).toEqual([]);
  });
});

describe('the last site', () => {
  it('stays as it was when the build is killed; the next build cleans up', async () => {
    const child = spawn(
      process.execPath,
      [resolve('bin/gemview.mjs'), 'build', 'one', '--out', 'site', '--base', '/y/'],
      { cwd: scratch, stdio: 'ignore', detached: true },
    );
    const closed = new Promise((done) => child.on('close', done));
    // Pages are being written: the worst moment.
    await expect
      .poll(() => leftovers('site').some((name) => readdirSync(join(scratch, name)).includes('project')), {
        timeout: 120_000,
        interval: 20,
      })
      .toBe(true);
    process.kill(-child.pid!, 'SIGKILL');
    await closed;
    expect(contents('site')).toEqual(first);
    expect(leftovers('site')).toHaveLength(1);
    expect((await build('one', '--out', 'site', '--base', '/x/')).code).toBe(0);
    expect(contents('site')).toEqual(first);
    expect(leftovers('site')).toEqual([]);
  });

  it('comes back when a build was killed between moving it aside and putting the new one there', async () => {
    const host = createHash('sha256').update(hostname()).digest('hex').slice(0, 8);
    const deadProcess = 4_194_304_999;
    cpSync(join(scratch, 'site'), join(scratch, `.gone.previous-${host}-${deadProcess}-1`), {
      recursive: true,
    });
    // Whether or not there is anything to build.
    expect((await build('nowhere', '--out', 'gone')).code).toBe(1);
    expect(contents('gone')).toEqual(first);
    expect(leftovers('gone')).toEqual([]);
  });

  it('stays as it was when a run cannot be read', async () => {
    writeFiles(scratch, { 'two/a/x.bin': 'nothing known' });
    cpSync(RUN, join(scratch, 'two/perf-uprobe-t1'), { recursive: true });
    expect((await build('two', '--out', 'site', '--base', '/x/')).code).toBe(1);
    expect(contents('site')).toEqual(first);
  });

  it('stays a link where it was one', async () => {
    cpSync(join(scratch, 'site'), join(scratch, 'real-site'), { recursive: true });
    symlinkSync(join(scratch, 'real-site'), join(scratch, 'link'));
    expect((await build('one', '--out', 'link', '--base', '/y/')).code).toBe(0);
    expect(readFileSync(join(scratch, 'real-site/index.html'), 'utf8')).toContain('/y/');
    expect(contents('link')).toEqual(contents('real-site'));
  });
});

describe('--check', () => {
  it('publishes nothing while something private is in the site, and names it without its value', async () => {
    cpSync(RUN, join(scratch, 'told/perf-uprobe-t1'), { recursive: true });
    const yaml = join(scratch, 'told/perf-uprobe-t1/run.yaml');
    const text = readFileSync(yaml, 'utf8')
      .replace('An unpatched', 'On armlab of ann@lab.example: an unpatched')
      .replace('Tiny Qwen2', 'Tiny Qwen2 of armlab');
    writeFileSync(yaml, text);
    const pins = (): string[] =>
      readdirSync(join(scratch, 'told-site/runs')).filter((name) => name.includes('@'));
    const story = (allow: string): void =>
      writeFiles(scratch, {
        'told/stories/night.mdx': `---\ntitle: A night\n${allow}---\nIts server is 10.1.2.3.\n`,
      });
    story('');
    cpSync(join(scratch, 'site'), join(scratch, 'told-site'), { recursive: true });
    const [pinned] = pins();
    const { code, stdout, stderr } = await build('told', '--out', 'told-site', '--check');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr.split('\n')).toEqual(
      expect.arrayContaining([
        'gemview: runs/perf-uprobe-t1/report.json: holds the host-name of run perf-uprobe-t1. Name the text under redact: in its run.yaml, or write allow: [host-name] there',
        'gemview: runs/perf-uprobe-t1/report.json: holds an address of the form user@host. Name the text under redact: in run.yaml, or write allow: [mail-address] there',
        'gemview: stories/night/index.html: holds an IPv4 address. Take it out of told/stories/night.mdx, or write allow: [ip-address] in its front matter',
      ]),
    );
    expect(stderr).not.toMatch(/armlab|ann@|10\.1/);
    // The last good site stays.
    expect(contents('told-site')).toEqual(first);
    expect(leftovers('told-site')).toEqual([]);

    writeFileSync(yaml, `${text}allow: [host-name]\nredact: [ann@lab.example]\n`);
    story('allow: [ip-address]\n');
    expect(await build('told', '--out', 'told-site', '--check')).toMatchObject({ code: 0, stderr: '' });
    const published = readFileSync(join(scratch, 'told-site/runs/perf-uprobe-t1/report.json'), 'utf8');
    expect(published).toContain('On armlab of [redacted]: an unpatched');
    expect(Object.keys(contents('told-site')).filter((path) => path.includes('private'))).toEqual([]);

    // What an earlier build let through lives on in no pinned chart.
    const pin = pins().find((name) => name !== pinned)!;
    writeFileSync(yaml, text.replaceAll(/armlab( of ann@lab.example)?/g, 'a machine'));
    const mended = await build('told', '--out', 'told-site', '--check');
    expect(mended).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(
        new RegExp(
          `^runs/${pin}/charts/[\\w.-]+: holds the host-name of run perf-uprobe-t1, so the charts pinned as ${pin} are published no longer\\n$`,
        ),
      ) as string,
    });
    expect(pins()).toHaveLength(2);
    expect(pins()).toContain(pinned);
    expect(pins()).not.toContain(pin);
  });
});

describe('the files of a capture', () => {
  it('are not published, neither under their names nor under another', () => {
    const published = readdirSync(join(scratch, 'site'), { recursive: true }).map(String);
    const raw = readdirSync(RUN);
    expect(raw).toContain('perf.data');
    for (const name of raw) {
      expect(published.filter((path) => basename(path) === name)).toEqual([]);
      const hash = createHash('sha256')
        .update(readFileSync(join(RUN, name)))
        .digest('hex');
      expect(Object.values(first)).not.toContain(hash);
    }
  });
});

describe('a capture that run.yaml publishes', () => {
  it('lies beside the report with a link, its size and its hash, and stays when pages come from the cache', async () => {
    cpSync(RUN, join(scratch, 'raw/perf-uprobe-t1'), { recursive: true });
    const yaml = join(scratch, 'raw/perf-uprobe-t1/run.yaml');
    writeFileSync(yaml, `${readFileSync(yaml, 'utf8')}publish: [capture]\naliases: [first]\n`);
    const said =
      /^published as recorded: the raw capture of perf-uprobe-t1 \(.*\); what is withheld elsewhere is in there, and --check does not look into it$/m;
    const path = 'raw-site/runs/perf-uprobe-t1/capture/perf-uprobe-t1.zip';
    const hashes: string[] = [];
    for (const reuse of ['', ', 1 unchanged']) {
      const { code, stdout } = await build('raw', '--out', 'raw-site', '--check');
      expect(code).toBe(0);
      expect(stdout).toContain(`1 run${reuse}\n`);
      expect(stdout).toMatch(said);
      hashes.push(
        createHash('sha256')
          .update(readFileSync(join(scratch, path)))
          .digest('hex'),
      );
    }
    expect(new Set(hashes).size).toBe(1);
    const page = readFileSync(join(scratch, 'raw-site/runs/perf-uprobe-t1/method/index.html'), 'utf8');
    expect(page).toContain('href="/runs/perf-uprobe-t1/capture/perf-uprobe-t1.zip"');
    expect(page).toContain(hashes[0]);
    expect(Object.keys(contents('raw-site'))).toContain('/runs/first/capture/perf-uprobe-t1.zip');
  });
});

describe('what is refused', () => {
  /** The lines on stderr of a build that must fail and must write nothing. */
  async function refused(captures: string): Promise<string[]> {
    const out = `${captures}-site`;
    const result = await build(captures, '--out', out);
    expect(result).toMatchObject({ code: 1, stdout: '' });
    expect(readdirSync(scratch).filter((entry) => entry.includes(out))).toEqual([]);
    return result.stderr.trimEnd().split('\n');
  }

  it('are folders that gemview did not make', async () => {
    writeFiles(scratch, { 'mine/thesis.txt': 'years of work' });
    expect(await build('one', '--out', 'mine')).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'gemview: mine: this folder holds files that gemview did not make. Name an empty or a new folder with --out\n',
    });
    expect(readFileSync(join(scratch, 'mine/thesis.txt'), 'utf8')).toBe('years of work');
  });

  it('are all runs that cannot be read, each with its reason', async () => {
    writeFiles(scratch, {
      'unread/a/x.bin': 'nothing known',
      'unread/b/y.log': '',
      'unread/c/': '',
      'unread/d/run.yaml': 'titel: wrong key\n',
      'unread/d/x.bin': 'x',
      'unread/e/cap.apc.zip': 'PK\u0003\u0004 cut',
    });
    cpSync(RUN, join(scratch, 'unread/fine'), { recursive: true });
    const lines = await refused('unread');
    expect(lines).toHaveLength(5);
    expect(lines[0]).toMatch(/^gemview: unread\/a: x\.bin: no reader recognises this content\. /);
    expect(lines[1]).toMatch(/^gemview: unread\/b: y\.log: the file is empty\. /);
    expect(lines[2]).toMatch(/^gemview: unread\/c: holds no files of a run\. /);
    expect(lines[3]).toMatch(/^gemview: unread\/d: run\.yaml: .*titel/);
    expect(lines[4]).toMatch(
      /^gemview: unread\/e: cap\.apc\.zip: the zip archive cannot be read: .*it was cut/,
    );
  });
});
