/** The package as npm would install it: compiled, in a `node_modules` folder, in a project that is not gemview's. */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, readdirSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { gemview } from '../support/command.ts';
import { scratchFolder } from '../support/scratch.ts';

let project: string;
let installed: string;

beforeAll(() => {
  project = scratchFolder({ 'package.json': '{ "private": true }', 'caps/': '' });
  execFileSync('npm', ['pack', '--silent', '--pack-destination', project], { stdio: 'pipe' });
  const [tarball] = readdirSync(project).filter((name) => name.endsWith('.tgz'));
  installed = join(project, 'node_modules/gemview');
  mkdirSync(installed, { recursive: true });
  execFileSync('tar', ['-xzf', join(project, tarball), '--strip-components=1', '-C', installed]);
  // npm would put the dependencies beside it.
  for (const name of readdirSync('node_modules')) {
    if (!name.startsWith('.'))
      symlinkSync(resolve('node_modules', name), join(project, 'node_modules', name));
  }
  cpSync('test/site/captures/script', join(project, 'caps/script'), { recursive: true });
});

/** Runs the installed command in the project. */
function run(args: string[]): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(installed, 'bin/gemview.mjs'), ...args],
    {
      cwd: project,
      encoding: 'utf8',
    },
  );
  return { status, stdout, stderr };
}

/** Path → text of every file below a folder. */
function texts(folder: string): Map<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return new Map(
    files
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((file) => [file.slice(folder.length), readFileSync(file, 'latin1')]),
  );
}

describe('the installed package', () => {
  it('holds what it runs on and nothing of the development', () => {
    expect(readdirSync(installed).sort()).toEqual(
      [
        'CHANGELOG.md',
        'LICENSE',
        'README.md',
        'astro.config.mjs',
        'bin',
        'lib',
        'package.json',
        'src',
      ].filter((name) => name !== 'README.md' || readdirSync('.').includes(name)),
    );
    expect(readdirSync(join(installed, 'lib')).sort()).toEqual(['scripts', 'src']);
  });

  it('inspects a run', () => {
    const { status, stdout, stderr } = run(['inspect', 'caps/script', '--json']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const result = JSON.parse(stdout) as { samples: { count: number }; tokens: unknown[] };
    expect(result.samples.count).toBe(28);
    expect(result.tokens).toHaveLength(7);
  });

  it('explains a kernel', () => {
    const { status, stdout } = run(['explain', 'ggml_vec_dot_q4_0_q8_0']);
    expect(status).toBe(0);
    expect(stdout).toContain('ggml_vec_dot_q4_0_q8_0');
  });

  it('builds the site that the checkout builds, and leaves its own folder alone', async () => {
    const before = texts(installed);
    expect(run(['build', './caps', '--out', './site', '--base', '/x/'])).toEqual({
      status: 0,
      stdout:
        './site: 1 run\n' +
        "withheld: command-line (1 run); run.yaml's allow: publishes it\n" +
        "withheld: host-name (1 run); run.yaml's allow: publishes it\n" +
        'Social cards and canonical links name the site by its whole address: build with --site https://example.org\n',
      stderr: '',
    });
    expect(texts(installed)).toEqual(before);
    const byCheckout = await gemview(
      ['build', 'caps', '--out', 'other', '--base', '/x/', '--cache', 'other-cache'],
      {
        cwd: project,
      },
    );
    expect(byCheckout.code).toBe(0);
    expect(texts(join(project, 'site'))).toEqual(texts(join(project, 'other')));
  });

  it('says what is wrong with the input in a sentence', () => {
    expect(run(['build', 'nowhere'])).toEqual({
      status: 1,
      stdout: '',
      stderr: 'gemview: nowhere: there is no such folder\n',
    });
  });
});

it('has the name by which docs/github-pages.yml runs it', () => {
  const { name, version } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    name: string;
    version: string;
  };
  for (const guide of ['docs/github-pages.yml', 'docs/DEPLOY.md'])
    expect(readFileSync(guide, 'utf8'), guide).toContain(`${name}-${version}.tgz`);
});
