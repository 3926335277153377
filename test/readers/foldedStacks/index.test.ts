import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Profile } from '../../../src/profile/types.ts';
import { foldedStacksReader } from '../../../src/readers/foldedStacks/index.ts';
import { describeWithSamples } from '../../support/samples.ts';
import { detects, fileBytes, readWith } from '../../support/textFiles.ts';

const read = (content: string | Uint8Array): Promise<Profile> => readWith(foldedStacksReader, content);

/** Samples and weight by stack, `thread: leaf < caller < …`. */
function stacksOf(profile: Profile): Record<string, [samples: number, weight: number]> {
  const result: Record<string, [number, number]> = {};
  for (let row = 0; row < profile.samples.length; row++) {
    const names: string[] = [];
    for (let at = profile.samples.stack[row]; at >= 0; at = profile.stacks.prefix[at]) {
      const frame = profile.stacks.frame[at];
      const name = profile.frames.name[frame];
      const image = profile.frames.image[frame];
      names.push(name >= 0 ? profile.strings[name] : image >= 0 ? `in ${profile.strings[image]}` : '?');
    }
    const key = `${profile.threads[profile.samples.thread[row]].name}: ${names.join(' < ')}`;
    const [samples, weight] = result[key] ?? [0, 0];
    result[key] = [samples + 1, weight + profile.samples.period[row]];
  }
  return result;
}

describe('folded stacks', () => {
  it('draws counts of samples out into samples, so that self and total are the counts', async () => {
    const profile = await read(
      'java;start;run 3\njava;start;stop 1\nswapper;cpu_idle 2\n\n# a comment\njava;start;run 1\n',
    );
    expect(profile.samples.length).toBe(7);
    expect(stacksOf(profile)).toEqual({
      'java: run < start': [4, 4],
      'java: stop < start': [1, 1],
      'swapper: cpu_idle': [2, 2],
    });
    expect(profile.events).toMatchObject([
      { name: 'samples', role: 'sampling', unit: 'samples', period: null },
    ]);
    expect(profile.clock.name).toBe('none');
    expect(profile.warnings).toEqual([]);
  });

  it('takes counts with a common period as samples of that period', async () => {
    const profile = await read('a;f 10101010\na;g 30303030\na;h 20202020\n');
    expect(stacksOf(profile)).toEqual({
      'a: f': [1, 10101010],
      'a: g': [3, 30303030],
      'a: h': [2, 20202020],
    });
    expect(profile.events[0].period).toBe(10101010);
    expect(profile.warnings.map(({ code }) => code)).toEqual(['folded-periods']);
  });

  it.each([
    [
      'event counts',
      'a;f 175260618889\na;g 42\na;h 7\n',
      { 'a: f': [1, 175260618889], 'a: g': [1, 42], 'a: h': [1, 7] },
    ],
    ['fractions', 'a;f 1.5\na;g 2\n', { 'a: f': [1, 1.5], 'a: g': [1, 2] }],
    ['powers of ten', 'a;f 1.75e+10\na;g 2.5e-1\n', { 'a: f': [1, 17500000000], 'a: g': [1, 0.25] }],
  ])('keeps %s as weights and says so', async (_, text, expected) => {
    const profile = await read(text);
    expect(stacksOf(profile)).toEqual(expected);
    expect(profile.events[0].name).toBe('weights');
    expect(profile.warnings.map(({ code }) => code)).toEqual(['folded-weights']);
  });

  it('reads frames with blanks, templates and cut names', async () => {
    const profile = await read(
      'llama-cli;main loop;std::vector<int, std::allocator<int> >::push(int) 5\nllama-cli;operator new(unsigned long), 2\n',
    );
    expect(stacksOf(profile)).toEqual({
      'llama-cli: std::vector<int, std::allocator<int> >::push(int) < main loop': [5, 5],
      'llama-cli: operator new(unsigned long),': [2, 2],
    });
  });

  it('understands marks, images and offsets', async () => {
    const profile = await read(
      'x;f;el0_svc_[k] 1\nx;g_[j];h_[i] 1\nx;[libc.so.6];[unknown] 1\nx;[libfoo.so+0x1f0] 1\nx;[kernel.kallsyms] 1\n',
    );
    expect(Object.keys(stacksOf(profile))).toEqual([
      'x: el0_svc < f',
      'x: h < g',
      'x: ? < in libc.so.6',
      'x: in libfoo.so',
      'x: in [kernel.kallsyms]',
    ]);
    expect([...profile.samples.isKernel]).toEqual([1, 0, 0, 0, 1]);
    expect(profile.frames.addressLow[profile.stacks.frame[profile.samples.stack[3]]]).toBe(0x1f0);
  });

  it('reads process and thread ids when every line has them', async () => {
    const profile = await read('java-100/101;f 1\njava-100/102;f 1\nmy-tool-7-200/200;g 1\nlate-?/300;f 1\n');
    expect(profile.threads.map(({ pid, tid, name }) => [pid < 0 ? null : pid, tid, name])).toEqual([
      [100, 101, 'java'],
      [100, 102, 'java'],
      [200, 200, 'my-tool-7'],
      [null, 300, 'late'],
    ]);
  });

  it('keeps a name that only looks like one with an id', async () => {
    const profile = await read('nvme-1;f 1\nksoftirqd/1;f 1\nswapper;idle 4\n');
    expect(profile.threads.map(({ name }) => name)).toEqual(['nvme-1', 'ksoftirqd/1', 'swapper']);
    expect(profile.threads[2]).toMatchObject({ pid: 0, tid: 0 });
  });

  it('keeps the first frame as code when it is no process', async () => {
    for (const root of ['main', '_start', 'app::run()', '[unknown]']) {
      const profile = await read(`${root};f;g 2\nother;h 1\n`);
      expect(Object.keys(stacksOf(profile))).toEqual([
        `unknown: g < f < ${root === '[unknown]' ? '?' : root}`,
        'unknown: h < other',
      ]);
    }
  });

  it('shows the first of two counts and says so', async () => {
    const profile = await read('a;f 3 5\na;g 1 0\n');
    expect(stacksOf(profile)).toEqual({ 'a: f': [3, 3], 'a: g': [1, 1] });
    expect(profile.warnings.map(({ code }) => code)).toEqual(['folded-differential']);
  });

  it('refuses a text with more than a fifth of other lines', async () => {
    await expect(read('a;f 3\nno count here\na;g 1\n')).rejects.toThrow(
      'input.txt: 33 % of its lines are no folded stacks; the first is line 2: “no count here”. Write it',
    );
    await expect(read('# nothing\n')).rejects.toThrow('input.txt: holds no folded stacks. Write it');
  });

  it('reads \\r\\n and a byte-order mark', async () => {
    expect(stacksOf(await read('\ufeffa;f 3\r\na;g 1\r\n'))).toEqual({ 'a: f': [3, 3], 'a: g': [1, 1] });
  });

  it.each([
    ['stacks', 'java;start;run 3\njava;start;stop 1\n', true],
    ['processes without call chains', 'simpleperf   70372\nsleep   3913545\n', true],
    ['prose with numbers', 'There were 12\nand then there were 11\n', false],
    ['key and value', 'threads: 4\nbatch: 512\n', false],
    ['CSV', 't,name,value\n1,2,3\n', false],
    ['C code', 'int a; int b;\nfor (;;) x++; // 5\nreturn;\nfoo();\nbar();\n', false],
    ['JSON', '{"a": 1,\n"b": 2\n}', false],
    ['nothing', '', false],
  ])('detects %s: %#', (_, text, expected) => {
    expect(detects(foldedStacksReader, text)).toBe(expected);
  });
});

describeWithSamples('folded stacks of the samples', (folder) => {
  it('counts the 4752 samples of aperf', async () => {
    const profile = await read(fileBytes(join(folder, 'public/aperf/collapse.out')));
    expect(profile.samples.length).toBe(4752);
    const ofThread = (name: string): number =>
      profile.samples.thread.filter((thread) => profile.threads[thread].name === name).length;
    // perf report: swapper 74.81 %, java 25.00 %.
    expect([ofThread('swapper'), ofThread('java')]).toEqual([3555, 1188]);
    expect(stacksOf(profile)['java: in perf-26848.map']).toEqual([1187, 1187]);
  });

  it('reads the event counts of simpleperf as weights', async () => {
    const profile = await read(
      fileBytes(join(folder, 'public/simpleperf/perf_with_two_event_types.foldedstack')),
    );
    expect(stacksOf(profile)).toEqual({ 'simpleperf: ': [1, 70372], 'sleep: ': [1, 3913545] });
  });
});
