import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gemview } from '../support/command.ts';

/** Five samples in perf script's words: three in gemm, two in gemv. */
const SCRIPT = [
  ['1.000', 'gemm'],
  ['1.001', 'gemm'],
  ['1.002', 'gemm'],
  ['1.003', 'gemv'],
  ['1.004', 'gemv'],
]
  .map(
    ([seconds, leaf]) =>
      `llama-cli 100/100 ${seconds}000: 1000 cycles:\n\t    1000 ${leaf}+0x4 (/usr/bin/llama)\n\t    2000 main+0x8 (/usr/bin/llama)\n`,
  )
  .join('\n');

/** `perf script -F event` prints so many lines of `inst_retired`. */
const SAMPLES_OF_SIM_TINY = 3497;

describe('gemview export', () => {
  let cwd: string;
  beforeAll(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'gemview-export-'));
    await writeFile(join(cwd, 'samples.txt'), SCRIPT);
    await mkdir(join(cwd, 'captures/My run'), { recursive: true });
    await writeFile(join(cwd, 'captures/My run/samples.txt'), SCRIPT);
    await writeFile(join(cwd, 'log.txt'), 'llama_perf_context_print: load time = 46.53 ms\n');
  });
  afterAll(() => rm(cwd, { recursive: true }));

  it('writes folded stacks to standard output', async () => {
    const { code, stdout } = await gemview(['export', 'samples.txt', '--to', 'folded'], { cwd });
    expect(stdout).toBe('main;gemm 3\nmain;gemv 2\n');
    expect(code).toBe(0);
  });

  it('writes a file, under its own name in a folder', async () => {
    const { stdout } = await gemview(['export', 'samples.txt', '--to', 'speedscope', '--out', 'out/'], {
      cwd,
    });
    expect(stdout).toBe('out/speedscope.json\n');
    const file = JSON.parse(await readFile(join(cwd, 'out/speedscope.json'), 'utf8')) as {
      profiles: { endValue: number }[];
    };
    expect(file.profiles.map(({ endValue }) => endValue)).toEqual([5]);
  });

  it('says what it lacks', async () => {
    const none = await gemview(['export', 'samples.txt'], { cwd });
    expect(none.code).toBe(2);
    expect(none.stderr).toContain('say --to speedscope, firefox, folded, learning-path');
    const unknown = await gemview(['export', 'samples.txt', '--to', 'pprof'], { cwd });
    expect(unknown.code).toBe(2);
    expect(unknown.stderr).toContain("not 'pprof'");
    const empty = await gemview(['export', 'log.txt', '--to', 'firefox'], { cwd });
    expect(empty.code).toBe(1);
    expect(empty.stderr).toContain('no samples');
  });

  it('reads a run that ships as its page does', async () => {
    const { stdout } = await gemview(['export', resolve('captures/sim-tiny-t1'), '--to', 'firefox'], { cwd });
    const file = JSON.parse(stdout) as { threads: { samples: { length: number } }[] };
    const samples = file.threads.reduce((sum, thread) => sum + thread.samples.length, 0);
    expect(samples).toBe(SAMPLES_OF_SIM_TINY);
  });

  it('writes a Learning Path of any folder, also of a run without stages', async () => {
    const { code, stdout, stderr } = await gemview(
      ['export', 'captures/My run', '--to', 'learning-path', '--out', 'path'],
      { cwd },
    );
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^path: \d+ written\n$/);
    expect(code).toBe(0);
    const names = await readdir(join(cwd, 'path'));
    expect(names).toEqual(
      expect.arrayContaining(['_index.md', '1-overview.md', '5-functions.md', '_next-steps.md']),
    );
    expect(await readFile(join(cwd, 'path/1-overview.md'), 'utf8')).toContain('Stages are not known');
    expect(await readFile(join(cwd, 'path/5-functions.md'), 'utf8')).toContain('| `gemm` |');
    const manifest = JSON.parse(await readFile(join(cwd, 'path/.gemview-export.json'), 'utf8')) as {
      run: string;
    };
    expect(manifest.run).toBe('my-run');
  });

  it.each([
    [['samples.txt', '--to', 'learning-path', '--out', 'x'], 1, 'is a file, not the folder of a run'],
    [['nowhere', '--to', 'learning-path', '--out', 'x'], 1, 'nowhere: there is no such folder'],
    [['captures/My run', '--to', 'learning-path'], 2, 'name the folder to write with --out'],
    [['captures/My run', '--to', 'learning-path', '--out', 'x', '--site', 'here'], 2, '--site is an address'],
    [['samples.txt', '--to', 'folded', '--author', 'A'], 2, '--author is for --to learning-path'],
  ])('says what is wrong with %j', async (args, expected, sentence) => {
    const { code, stderr } = await gemview(['export', ...args], { cwd });
    expect(stderr).toContain(sentence);
    expect(code).toBe(expected);
  });
});
