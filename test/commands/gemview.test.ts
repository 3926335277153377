import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runGemview } from '../../scripts/gemview.ts';
import { gemview } from '../support/command.ts';
import { fakeIo } from '../support/fakeIo.ts';
import { scratchFolder } from '../support/scratch.ts';

const SHIM = resolve('bin/gemview.mjs');

async function run(args: string[], cwd = scratchFolder()) {
  const io = fakeIo(cwd);
  const code = await runGemview(args, io);
  return { code, out: io.out(), errors: io.errors() };
}

describe('the dispatcher', () => {
  it('prints help and version on request', async () => {
    const help = await run(['--help']);
    expect(help).toMatchObject({ code: 0, errors: '' });
    expect(help.out).toMatch(/^Usage: gemview <command>/);
    for (const command of ['build', 'dev', 'inspect', 'symbols', 'explain', 'model']) {
      expect(help.out).toMatch(new RegExp(`^  ${command} `, 'm'));
    }
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(await run(['--version'])).toEqual({ code: 0, out: `${version}\n`, errors: '' });
  });

  it('prints the usage of one command', async () => {
    const { code, out } = await run(['inspect', '--help']);
    expect(code).toBe(0);
    expect(out).toMatch(/^Usage: gemview inspect /);
  });

  it.each([
    [[], /^Usage: gemview <command>/],
    [['launch'], /^gemview: there is no command 'launch'\n\nUsage: gemview <command>/],
    [['capture'], /^gemview: there is no command 'capture'/],
    [['inspect'], /^gemview: name the files of one run, or its folder\nUsage: gemview inspect /],
    [['inspect', '--jsn', 'x'], /^gemview: Unknown option '--jsn'\nUsage: gemview inspect /],
    [['build', 'a', 'b'], /^gemview: name one captures folder\nUsage: gemview build /],
    [
      ['build', '--base', '/a/../b'],
      /^gemview: --base is a path such as \/docs\/profiles\/, not '\/a\/\.\.\/b'/,
    ],
    [['build', '--site', 'example'], /^gemview: --site is an address such as https:\/\/example\.org/],
    [
      ['build', '--site', 'https://example.org/docs'],
      /^gemview: --site names the path \/docs: give it as --base \/docs\/\nUsage: gemview build /,
    ],
    [['build', '--out'], /^gemview: Option '--out <value>' argument missing\nUsage: gemview build /],
  ])('answers the wrong usage %j with exit code 2', async (args, message) => {
    const { code, out, errors } = await run(args);
    expect(errors).toMatch(message);
    expect({ code, out }).toEqual({ code: 2, out: '' });
  });

  it('answers bad input with exit code 1 and a sentence that names the file', async () => {
    expect(await run(['inspect', 'nowhere.apc'])).toEqual({
      code: 1,
      out: '',
      errors: 'gemview: nowhere.apc: there is no such file or folder\n',
    });
  });

  it('says every fault of a captures folder on a line of its own', async () => {
    const cwd = scratchFolder({
      'caps/My Run/x': '',
      'caps/good-run/x': '',
      'caps/Good-Run/x': '',
      'caps/Ünïcode!/x': '',
      'caps/---/x': '',
    });
    const { code, errors } = await run(['build', 'caps'], cwd);
    expect(code).toBe(1);
    expect(errors.split('\n')).toEqual([
      "gemview: caps/---: the name is no run id: lower-case letters, digits and hyphens. Rename the folder, for example to 'run'",
      "gemview: caps/Good-Run: the name differs from 'good-run' only in case, and both would have one address. Rename the folder, for example to 'good-run-2'",
      "gemview: caps/My Run: the name is no run id: lower-case letters, digits and hyphens. Rename the folder, for example to 'my-run'",
      "gemview: caps/Ünïcode!: the name is no run id: lower-case letters, digits and hyphens. Rename the folder, for example to 'unicode'",
      '',
    ]);
  });

  it.each([
    ['nowhere', 'gemview: nowhere: there is no such folder\n'],
    ['empty', 'gemview: empty: holds no runs. Put each run into a folder of its own: captures/<run-id>/\n'],
    [
      'files',
      'gemview: files: holds files, but no folder of a run. Put each run into a folder of its own: captures/<run-id>/\n',
    ],
    [
      'files/perf.data',
      'gemview: files/perf.data: is a file, not a folder of runs. Put each run into a folder of its own: captures/<run-id>/\n',
    ],
  ])('refuses to build %s', async (captures, errors) => {
    const cwd = scratchFolder({ 'empty/': '', 'empty/.DS_Store': '', 'files/perf.data': '' });
    expect(await run(['build', captures], cwd)).toEqual({ code: 1, out: '', errors });
  });
});

describe('the process', () => {
  it('keeps what Node compiled in the cache of the user, and says the same without one', async () => {
    const cwd = scratchFolder();
    const symbol = 'kai_run_matmul_clamp_f32_qsi8d32p4x8_qsi4c32p4x8_16x4_neon_i8mm';
    const kept = await gemview(['explain', symbol], { cwd, env: { XDG_CACHE_HOME: cwd } });
    expect(kept).toMatchObject({ code: 0, stderr: '' });
    const files = readdirSync(join(cwd, 'gemview', 'compiled'), { recursive: true });
    expect(files.length).toBeGreaterThan(10);
    expect(await gemview(['explain', symbol], { cwd, env: { XDG_CACHE_HOME: cwd } })).toEqual(kept);
    // A file is no folder to keep anything in.
    const file = join(cwd, 'file');
    writeFileSync(file, '');
    expect(await gemview(['explain', symbol], { cwd, env: { XDG_CACHE_HOME: file } })).toEqual(kept);
  });

  const capture = resolve('captures/gator-channels-t2');

  it('writes more than a megabyte through a pipe, complete', async () => {
    const samples = Array.from({ length: 6000 }, (_, i) => {
      const time = `1.${String(i).padStart(6, '0')}`;
      return `llama-cli  2000 [000]     ${time}:    1000000 cycles: \n\t          401234 function_${i}_${'long'.repeat(20)}+0x4 (/usr/bin/llama-cli)\n`;
    });
    const cwd = scratchFolder({ 'perf.script.txt': `${samples.join('\n')}\n` });
    const { code, stdout, stderr } = await gemview(['inspect', 'perf.script.txt', '--json'], { cwd });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.length).toBeGreaterThan(1_000_000);
    const result = JSON.parse(stdout) as { functions: { name: string; self: number }[] };
    expect(result.functions).toHaveLength(6000);
  });

  it('ends quietly when nobody reads its output any more', async () => {
    const shell = `'${process.execPath}' '${SHIM}' inspect '${capture}' --json | head -c 100 > /dev/null; echo "\${PIPESTATUS[0]}"`;
    const { stdout, stderr } = spawnSync('bash', ['-c', shell], { encoding: 'utf8' });
    expect({ stdout, stderr }).toEqual({ stdout: '0\n', stderr: '' });
  });

  it('inspects a small capture in little processor time', () => {
    // The children's time, which the shell's \`times\` prints on its second line.
    const output = execFileSync(
      'bash',
      ['-c', `'${process.execPath}' '${SHIM}' inspect captures/gator-app-t1 > /dev/null; times`],
      { encoding: 'utf8' },
    );
    const [user, system] = output.trim().split('\n')[1].split(' ').map(secondsOf);
    expect(user + system).toBeLessThan(4);
  });

  it('starts again with the bundled Node when the one that runs it is old', () => {
    const cwd = scratchFolder({
      'old.cjs': "Object.defineProperty(process.versions, 'node', { value: '20.20.0' });",
    });
    const { stdout, stderr, status } = spawnSync(
      process.execPath,
      ['--require', join(cwd, 'old.cjs'), SHIM, 'explain', 'kai_run_matmul_nothing', '--json'],
      { cwd, encoding: 'utf8' },
    );
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
    expect(JSON.parse(stdout)).toHaveLength(1);
  });

  it('passes the exit code of the restarted command on', () => {
    const cwd = scratchFolder({
      'old.cjs': "Object.defineProperty(process.versions, 'node', { value: '18.0.0' });",
    });
    const { stderr, status } = spawnSync(
      process.execPath,
      ['--require', join(cwd, 'old.cjs'), SHIM, 'inspect', 'nowhere'],
      { cwd, encoding: 'utf8' },
    );
    expect(stderr).toBe('gemview: nowhere: there is no such file or folder\n');
    expect(status).toBe(1);
  });

  it("takes paths from the caller's folder when npm has changed into the project", async () => {
    const cwd = scratchFolder({ 'here/x.txt': 'nothing known' });
    const npm = { INIT_CWD: join(cwd, 'here'), npm_lifecycle_event: 'gemview' };
    const byNpm = await gemview(['inspect', 'x.txt'], { cwd: resolve('.'), env: npm });
    expect(byNpm.stderr).toMatch(/^gemview: x\.txt: no reader recognises this content/);
    // Another script's INIT_CWD says nothing about where its command runs.
    const byAnother = await gemview(['inspect', 'x.txt'], {
      cwd: join(cwd, 'here'),
      env: { ...npm, INIT_CWD: cwd },
    });
    expect(byAnother.stderr).toMatch(/^gemview: x\.txt: no reader recognises this content/);
  });
});

/** `0m1.234s` of the shell's `times`. */
function secondsOf(text: string): number {
  const [, minutes, seconds] = text.match(/^(\d+)m([\d.,]+)s$/)!;
  return Number(minutes) * 60 + Number(seconds.replace(',', '.'));
}
