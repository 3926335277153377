import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gemview } from '../support/command.ts';

let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'gemview-build-'));
  await cp('captures/perf-uprobe-t1', join(scratch, 'one/perf-uprobe-t1'), { recursive: true });
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

const build = (...args: string[]) => gemview(['build', ...args], { cwd: scratch });

/** Path → hash of every file below a folder. */
async function contents(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const hashes: [string, string][] = [];
  for (const file of files.sort()) {
    hashes.push([
      file.slice(folder.length),
      createHash('sha256')
        .update(await readFile(file))
        .digest('hex'),
    ]);
  }
  return Object.fromEntries(hashes);
}

describe('gemview build', () => {
  it('gives the same bytes from the same captures, cold or warm, whatever the folders are called', async () => {
    expect(await build('one', '--out', 'a', '--base', '/x/')).toMatchObject({
      code: 0,
      stdout: 'a: 1 run\n',
    });
    expect((await build('one', '--out', 'b', '--base', '/x/')).stdout).toBe('b: 1 run, 1 unchanged\n');
    await cp(join(scratch, 'one'), join(scratch, 'elsewhere/deep/captures'), { recursive: true });
    expect((await build('elsewhere/deep/captures', '--out', 'c', '--base', '/x/')).code).toBe(0);
    const first = await contents(join(scratch, 'a'));
    expect(Object.keys(first).length).toBeGreaterThan(20);
    expect(await contents(join(scratch, 'b'))).toEqual(first);
    expect(await contents(join(scratch, 'c'))).toEqual(first);
  });

  it('leaves the last site as it was when it is killed, and cleans up in the next build', async () => {
    await build('one', '--out', 'kept');
    const before = await contents(join(scratch, 'kept'));
    const child = spawn(process.execPath, [resolve('bin/gemview.mjs'), 'build', 'one', '--out', 'kept'], {
      cwd: scratch,
      stdio: 'ignore',
      detached: true,
    });
    await expect
      .poll(async () => (await readdir(scratch)).some((name) => name.startsWith('.kept.staging-')), {
        timeout: 60_000,
      })
      .toBe(true);
    process.kill(-child.pid!, 'SIGKILL');
    await new Promise((done) => child.on('close', done));
    expect(await contents(join(scratch, 'kept'))).toEqual(before);
    expect((await build('one', '--out', 'kept')).code).toBe(0);
    expect((await readdir(scratch)).filter((name) => name.startsWith('.kept.'))).toEqual([]);
  });

  it('refuses to replace a folder that it did not make', async () => {
    await mkdir(join(scratch, 'mine'));
    await writeFile(join(scratch, 'mine/thesis.txt'), 'years of work');
    const result = await build('one', '--out', 'mine');
    expect(result.code).toBe(1);
    expect(result.stderr).toContain('files that gemview did not make');
    expect(await readFile(join(scratch, 'mine/thesis.txt'), 'utf8')).toBe('years of work');
  });
});

describe('bad input', () => {
  async function captures(name: string, runs: Record<string, Record<string, string>>): Promise<string> {
    for (const [run, files] of Object.entries(runs)) {
      await mkdir(join(scratch, name, run), { recursive: true });
      for (const [file, text] of Object.entries(files)) await writeFile(join(scratch, name, run, file), text);
    }
    return name;
  }

  async function refused(name: string): Promise<string> {
    const out = `${name}-site`;
    const result = await build(name, '--out', out);
    expect(result.code).toBe(1);
    expect(result.stdout).toBe('');
    expect(result.stderr.trim().split('\n')).toHaveLength(1);
    expect(result.stderr).not.toMatch(/\bat .*:\d+:\d+/);
    expect((await readdir(scratch)).filter((entry) => entry.includes(out))).toEqual([]);
    return result.stderr;
  }

  it('suggests a name for a bad run id, and lists clashes, all at once', async () => {
    await captures('ids', { 'My Run': {}, 'good-run': {}, 'Good-Run': {} });
    const sentence = await refused('ids');
    expect(sentence).toContain("rename it to 'my-run'");
    expect(sentence).toContain("'Good-Run' and 'good-run' differ only in case");
  });

  it('says what is wrong with folders and files', async () => {
    expect(await refused('nowhere')).toContain('does not exist');
    await mkdir(join(scratch, 'empty'));
    expect(await refused('empty')).toContain('no run in this folder');
    await captures('unreadable', { a: { 'x.bin': 'nothing known' }, b: { 'y.log': '' } });
    const sentence = await refused('unreadable');
    expect(sentence).toContain('a: x.bin: no reader recognises this content');
    expect(sentence).toContain('b: y.log: the file is empty');
    await captures('yaml', { a: { 'run.yaml': 'titel: wrong key\n', 'x.bin': 'x' } });
    expect(await refused('yaml')).toMatch(/a: run\.yaml: .*titel/);
  });
});

describe('gemview inspect', () => {
  it('writes its JSON through a pipe, complete', async () => {
    const result = await gemview(['inspect', 'captures/gator-qwen05b-t1', '--json'], { cwd: resolve('.') });
    expect(result.code).toBe(0);
    const twice = await gemview(['inspect', 'captures/gator-channels-t2', '--json'], { cwd: resolve('.') });
    for (const { stdout } of [result, twice]) {
      expect(() => JSON.parse(stdout) as unknown).not.toThrow();
    }
    expect(result.stdout.length).toBeGreaterThan(190_000);
  });

  it('answers wrong usage with exit code 2 and bad input with 1, never with a stack trace', async () => {
    const usage = await gemview(['inspect'], { cwd: scratch });
    expect(usage).toMatchObject({ code: 2, stdout: '' });
    expect(usage.stderr).toContain('Usage: gemview inspect');
    const event = await gemview(['inspect', 'one/perf-uprobe-t1', '--event', 'nope'], { cwd: scratch });
    expect(event.code).toBe(2);
    expect(event.stderr).toContain("no sampled event is called 'nope'");
    const missing = await gemview(['inspect', 'nowhere.apc'], { cwd: scratch });
    expect(missing.code).toBe(1);
    expect(missing.stderr.trim().split('\n')).toHaveLength(1);
    expect((await gemview(['no-such-command'], { cwd: scratch })).code).toBe(2);
  });
});
