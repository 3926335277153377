/** docs/github-pages.yml, step by step, in a repository with captures and the packed gemview, as its guide says. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { scratchFolder } from '../support/scratch.ts';
import { runJob, type JobResult } from '../support/workflow.ts';

const WORKFLOW = readFileSync('docs/github-pages.yml', 'utf8');
const AUTHOR = ['-c', 'user.name=Author', '-c', 'user.email=author@localhost'];

let scratch: string;
let jobs = 0;

const git = (folder: string, ...args: string[]): string =>
  execFileSync('git', ['-C', join(scratch, folder), ...AUTHOR, ...args], { encoding: 'utf8' }).trim();

/** Commits what lies in the author's folder, pushes it, and runs the workflow on it. */
function push(message: string): JobResult {
  git('author', 'add', '--all');
  git('author', 'commit', '-qm', message);
  git('author', 'push', '-q', 'origin', 'main');
  return runJob(WORKFLOW, 'publish', {
    origin: join(scratch, 'origin.git'),
    folder: join(scratch, `job-${jobs++}`),
    values: {
      'github.run_id': String(jobs),
      'steps.pages.outputs.base_path': '/profiles',
      'steps.pages.outputs.origin': 'https://example.github.io',
    },
    env: { npm_config_cache: join(scratch, 'npm'), GIT_CONFIG_GLOBAL: '/dev/null' },
  });
}

const title = (text: string): void => {
  const file = join(scratch, 'author/captures/script/run.yaml');
  writeFileSync(file, readFileSync(file, 'utf8').replace(/^title: .*$/m, `title: ${JSON.stringify(text)}`));
};
/** The run under its pinned addresses, oldest name first. */
const pins = (site: string): string[] =>
  readdirSync(join(site, 'runs'))
    .filter((name) => name.startsWith('script@'))
    .sort();

beforeAll(() => {
  scratch = scratchFolder({ 'npm/': '', 'author/captures/': '' });
  // Packages come from npm's own cache, but what npx installs goes with the scratch folder.
  const cache = join(
    execFileSync('npm', ['config', 'get', 'cache'], { encoding: 'utf8' }).trim(),
    '_cacache',
  );
  mkdirSync(cache, { recursive: true });
  symlinkSync(cache, join(scratch, 'npm/_cacache'));
  cpSync('test/site/captures/script', join(scratch, 'author/captures/script'), { recursive: true });
  execFileSync('npm', ['pack', '--silent', '--pack-destination', join(scratch, 'author')], { stdio: 'pipe' });
  execFileSync('git', ['init', '-q', '--bare', '-b', 'main', join(scratch, 'origin.git')]);
  git('author', 'init', '-q', '-b', 'main');
  git('author', 'remote', 'add', 'origin', join(scratch, 'origin.git'));
});

// npx installs the packed gemview with all that it depends on.
describe('the workflow for GitHub Pages', { timeout: 900_000 }, () => {
  let first: JobResult;
  let firstPins: string[];

  it('publishes the captures under the path of the repository, and keeps the site in a branch', () => {
    first = push('Captures');
    expect(first.failedStep, first.output).toBe(null);
    const page = readFileSync(join(first.deployed!, 'runs/script/index.html'), 'utf8');
    expect(page).toContain('<link rel="canonical" href="https://example.github.io/profiles/runs/script/"');
    firstPins = pins(first.deployed!);
    expect(firstPins).toHaveLength(1);
    expect(git('origin.git', 'rev-list', '--count', 'gemview-site')).toBe('1');
    const kept = git('origin.git', 'ls-tree', '-r', '--name-only', 'gemview-site').split('\n');
    const deployed = readdirSync(first.deployed!, { recursive: true, withFileTypes: true });
    expect(kept).toHaveLength(deployed.filter((entry) => entry.isFile()).length);
  });

  it('keeps the charts that were pinned before, with the same bytes', () => {
    title('The same recording, told anew');
    const second = push('Another title');
    expect(second.failedStep, second.output).toBe(null);
    expect(pins(second.deployed!)).toHaveLength(2);
    const chart = `runs/${firstPins[0]}/charts/functions.svg`;
    expect(readFileSync(join(second.deployed!, chart), 'utf8')).toBe(
      readFileSync(join(first.deployed!, chart), 'utf8'),
    );
    // One commit, which the second deployment put in place of the first.
    expect(git('origin.git', 'rev-list', '--count', 'gemview-site')).toBe('1');
    expect(git('origin.git', 'rev-list', '--count', 'main')).toBe('2');
  });

  it('deploys nothing, and leaves the kept site alone, where something private would be published', () => {
    const before = git('origin.git', 'rev-parse', 'gemview-site');
    title('Recorded by jane@build-server.test');
    const third = push('A name in the title');
    expect(third.failedStep).toMatch(/^npx .+ build /);
    expect(third.output).toMatch(/^gemview: runs\/script\/index\.html: /m);
    expect(third.output).not.toContain('jane@build-server.test');
    expect(third.deployed).toBe(null);
    expect(git('origin.git', 'rev-parse', 'gemview-site')).toBe(before);
  });
});

it('asks for the rights that its steps need, and no more', () => {
  const { permissions } = parse(WORKFLOW) as { permissions: Record<string, string> };
  expect(permissions).toEqual({ contents: 'write', pages: 'write', 'id-token': 'write' });
});
