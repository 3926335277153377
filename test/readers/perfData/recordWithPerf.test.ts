/**
 * Records with the perf of this machine, where there is one, and compares with what it prints. Needs perf (Debian:
 * linux-perf, Ubuntu: linux-tools-generic) and gcc; the probe also needs tracefs and the right to write to it.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { readFileSync } from 'node:fs';
import { MemorySource } from '../../../src/platform/bytes.ts';
import type { Profile } from '../../../src/profile/types.ts';
import { resolveFunctions } from '../../../src/symbols/resolve.ts';
import { readSymbolSource } from '../../../src/symbols/sources.ts';
import { expectSameSamples } from '../../support/perfDataCompare.ts';
import { counterTotal, readPerfDataFile } from '../../support/perfDataRead.ts';
import { parsePerfScript, printedTime } from '../../support/perfScriptText.ts';
import { scratchFolder } from '../../support/scratch.ts';

const PROGRAM = `
#include <stdint.h>
#include <stdio.h>
static volatile uint64_t sink;
__attribute__((noinline)) void spin_hot(uint64_t n) {
  for (uint64_t i = 0; i < n; i++) sink = sink * 6364136223846793005ull + i;
}
__attribute__((noinline)) void spin_warm(uint64_t n) {
  for (uint64_t i = 0; i < n; i++) sink ^= (sink << 13) ^ (i >> 7);
}
__attribute__((noinline)) int decode(int n_tokens) {
  spin_hot(12000000);
  spin_warm(4000000);
  return n_tokens + 1;
}
int main(void) {
  int sum = decode(110);
  for (int i = 0; i < 4; i++) sum += decode(1);
  sum += decode(-7);
  printf("%d\\n", sum);
  return 0;
}
`;

/** Register of the first argument, as perf probe names it. */
const FIRST_ARGUMENT: Record<string, string> = { x64: '%di', arm64: '%x0' };

const folder = scratchFolder({ 'demo.c': PROGRAM });
// perf keeps copies of what it probes and records in the home folder.
const env = { ...process.env, LC_ALL: 'C', HOME: folder, PERF_BUILDID_DIR: join(folder, 'buildid') };
const run = (command: string, ...args: string[]): { ok: boolean; out: string; problem: string } => {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: folder,
    env,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  return { ok: status === 0, out: stdout ?? '', problem: error?.message ?? stderr ?? '' };
};

/** Why nothing can be recorded here; null when it can. */
function missing(): string | null {
  if (!run('perf', '--version').ok) return 'no perf on this machine (Debian: apt install linux-perf)';
  if (!run('gcc', '-O1', '-fno-omit-frame-pointer', '-o', 'demo', 'demo.c').ok)
    return 'no gcc on this machine';
  const trial = run('perf', 'record', '-N', '-e', 'cpu-clock', '-o', 'trial.data', '--', 'true');
  return trial.ok ? null : `perf may not record here: ${trial.problem.trim().split('\n')[0]}`;
}

const reason = missing();

describe.skipIf(reason !== null)(`recorded with perf${reason === null ? '' : ` (${reason})`}`, () => {
  const record = (name: string, ...options: string[]): string => {
    const result = run('perf', 'record', '-N', '-o', name, ...options, '--', './demo');
    if (!result.ok) throw new Error(result.problem);
    return join(folder, name);
  };
  const script = (path: string) =>
    parsePerfScript(
      run('perf', 'script', '--ns', '-F', 'comm,pid,tid,time,period,event,ip,sym,dso', '-i', path).out,
    );

  describe('the clock, with frame pointers', () => {
    let path = '';
    let profile: Profile;
    beforeAll(async () => {
      path = record('clock.data', '-e', 'cpu-clock', '-F', '997', '--call-graph', 'fp');
      profile = await readPerfDataFile(path);
    });

    it('has the samples that perf script prints', () => {
      expect(profile.samples.length).toBeGreaterThan(50);
      expectSameSamples(profile, script(path), 9);
    });

    it('spends its time in the functions that perf report prints', async () => {
      const bytes = readFileSync(join(folder, 'demo'));
      const table = await readSymbolSource({
        path: 'demo',
        bytes: bytes.length,
        content: { kind: 'file', source: new MemorySource(bytes) },
      });
      const { functions, functionOfFrame } = resolveFunctions(profile, [table], (name) => name);
      const self = new Map<string, number>();
      for (const stack of profile.samples.stack) {
        const { name, image } = functions[functionOfFrame[profile.stacks.frame[stack]]];
        if (image.endsWith('/demo')) self.set(name, (self.get(name) ?? 0) + 1);
      }
      const report = run(
        ...(['perf', 'report', '--stdio', '--no-children', '-g', 'none'] as const),
        ...(['-F', 'sample,dso,sym', '-t', ';', '-i', path] as const),
      );
      const printed = report.out
        .split('\n')
        .map((line) => /^\s*(\d+)\s*;\s*demo\s*;\[\.\] (\S+)/.exec(line))
        .filter((match) => match !== null)
        .map(([, count, name]) => [name, Number(count)] as const);
      expect(printed.map(([name]) => name)).toContain('spin_hot');
      expect(Object.fromEntries(self)).toEqual(Object.fromEntries(printed));
    });
  });

  it.each([
    ['a group', ['-e', '{cpu-clock,page-faults}:S', '-F', '499', '-g'], 'cpu-clock'],
    ['zstd', ['-z', '-e', 'cpu-clock', '-F', '999', '-g', '--switch-events'], 'cpu-clock'],
    ['the monotonic clock', ['-k', 'CLOCK_MONOTONIC', '-e', 'cpu-clock', '-F', '999', '-g'], 'cpu-clock'],
    ['threads read at their end', ['-s', '-e', 'task-clock', '-F', '499', '-g'], 'task-clock'],
  ])('%s: the samples that perf script prints', async (name, options, event) => {
    const path = record(`${name.replaceAll(' ', '-')}.data`, ...options);
    const profile = await readPerfDataFile(path);
    expectSameSamples(
      profile,
      script(path).filter((sample) => sample.event.startsWith(event)),
      9,
    );
    expect(profile.warnings).toEqual([]);
  });

  it('perf stat record: what perf stat report prints', async () => {
    const recorded = run(
      'perf',
      'stat',
      'record',
      '-o',
      'stat.data',
      '-e',
      'task-clock,page-faults',
      '-I',
      '50',
      './demo',
    );
    expect(recorded.ok).toBe(true);
    const path = join(folder, 'stat.data');
    const profile = await readPerfDataFile(path);
    const report = run('perf', 'stat', 'report', '-i', path);
    const printed = (event: string): number =>
      `${report.out}\n${report.problem}`
        .split('\n')
        .map(
          (line) => new RegExp(String.raw`^\s*[\d.]+\s+([\d.,]+)\s+(?:msec )?\s*${event}\b`).exec(line)?.[1],
        )
        .reduce((sum, value) => sum + Number((value ?? '0').replaceAll(',', '')), 0);
    expect(counterTotal(profile, 'page-faults')).toBe(printed('page-faults'));
    // perf prints hundredths of a millisecond, once for each of up to some tens of intervals.
    const milliseconds = counterTotal(profile, 'task-clock') * (profile.counters[0].multiplier ?? 1);
    expect(Math.abs(milliseconds - printed('task-clock'))).toBeLessThan(1);
    expect(milliseconds).toBeGreaterThan(10);
  });

  it('a probe: the arguments that perf script prints', async (context) => {
    const register = FIRST_ARGUMENT[process.arch];
    if (register === undefined) return context.skip(`no register names for ${process.arch}`);
    const name = `gemview${process.pid}`;
    const probes = [`${name}=decode n_tokens=${register}:s32`, `${name}_r=decode%return ret=$retval:s32`];
    const added = probes.map((probe) => run('perf', 'probe', '-q', '-x', join(folder, 'demo'), probe));
    try {
      const failed = added.find(({ ok }) => !ok);
      if (failed) return context.skip(`no probes here: ${failed.problem.trim().split('\n')[0]}`);
      const path = record(
        'probe.data',
        ...['-e', `probe_demo:${name}`, '-e', `probe_demo:${name}_r__return`],
        ...['-e', 'cpu-clock', '-F', '499', '-g'],
      );
      const profile = await readPerfDataFile(path);
      const printed = parsePerfScript(
        run('perf', 'script', '--ns', '-F', 'trace:comm,tid,time,event,trace', '-i', path).out,
      ).filter(({ event }) => event.startsWith('probe_demo:'));
      expect(printed).toHaveLength(12);
      const hex = (value: unknown): string => (value as bigint).toString(16);
      expect(
        profile.probeHits.map((hit) => ({
          time: printedTime(profile.clock.startNs, hit.timeNs, 9),
          event: hit.name,
          trace: hit.isReturn
            ? `(${hex(hit.arguments.get('__probe_func'))} <- ${hex(hit.arguments.get('__probe_ret_ip'))}) ret=${hit.arguments.get('ret')}`
            : `(${hex(hit.arguments.get('__probe_ip'))}) n_tokens=${hit.arguments.get('n_tokens')}`,
        })),
      ).toEqual(printed.map(({ time, event, trace }) => ({ time, event, trace })));
      expect(
        profile.probeHits.filter((hit) => !hit.isReturn).map((hit) => hit.arguments.get('n_tokens')),
      ).toEqual([110n, 1n, 1n, 1n, 1n, -7n]);
      // The probed functions stand on the stack of their entry hits.
      expect(profile.probeHits[0].stack).toBeGreaterThanOrEqual(0);
    } finally {
      run('perf', 'probe', '-q', '-d', `probe_demo:${name}*`);
    }
  });
});
