import { describe, expect, it } from 'vitest';
import { runSettings } from '../../../src/analysis/compare/runSettings.ts';
import type { StageTimeline } from '../../../src/llama/types.ts';
import type { InputFile, Profile } from '../../../src/profile/types.ts';
import { emptyProfile } from '../../support/emptyProfile.ts';
import { compareSelections, type SelectionCounts } from '../../../src/analysis/compare/difference.ts';
import { compareRepetitions, findSets, settingDifferences } from '../../../src/analysis/compare/sets.ts';

function selection(label: string, byKey: Record<string, number[]>): SelectionCounts {
  const blocks = Object.values(byKey)[0].length;
  return { label, blocks, byKey: new Map(Object.entries(byKey)), size: new Array<number>(blocks).fill(1) };
}

describe('compareSelections', () => {
  it('names the kernel that changed and leaves the one within noise alone', () => {
    const noise = [0, 1, -1, 2, -2, 0, 1, -1, 0, 0];
    const before = selection('repack', {
      gemv: noise.map((n) => 100 + n),
      vec_dot: noise.map(() => 0),
      softmax: noise.map((n) => 20 + n),
    });
    const after = selection('no repack', {
      gemv: noise.map(() => 0),
      vec_dot: noise.map((n) => 180 + n),
      softmax: [...noise].reverse().map((n) => 20 + n),
    });
    const rows = compareSelections(before, after);
    expect(rows.map(({ key, difference, outcome }) => [key, difference, outcome])).toEqual([
      ['vec_dot', 180, 'differs'],
      ['gemv', -100, 'differs'],
      ['softmax', 0, 'within-noise'],
    ]);
    expect(rows[0].relative).toBeNull();
    expect(rows[1].relative).toBe(-1);
  });

  it('does not claim a difference from single blocks', () => {
    const [row] = compareSelections(selection('a', { gemv: [100] }), selection('b', { gemv: [150] }));
    expect(row).toMatchObject({ difference: 50, relative: 0.5, interval: null, outcome: 'spread-unknown' });
  });

  it('does not claim a spread of a selection that holds nothing', () => {
    const nothing = { label: 'a', blocks: 10, byKey: new Map(), size: new Array<number>(10).fill(0) };
    const some = selection('b', { gemv: new Array<number>(10).fill(3) });
    for (const [row] of [compareSelections(nothing, some), compareSelections(some, nothing)]) {
      expect(row).toMatchObject({ key: 'gemv', interval: null, outcome: 'spread-unknown' });
    }
  });
});

const run = (id: string, settings: Record<string, string>) => ({
  id,
  settings: new Map(Object.entries(settings)),
});
const base = {
  architecture: 'qwen2',
  parameters: '619570176',
  quantisation: 'Q4_0',
  'matmul-path': 'repack',
};

describe('findSets', () => {
  it('groups runs that differ in one purposeful setting, confounders beside it', () => {
    const sets = findSets([
      run('t10', { ...base, threads: '10', 'llama-build': 'b6673' }),
      run('t2', { ...base, threads: '2', 'llama-build': 'b6673' }),
      run('t1', { ...base, threads: '1', 'llama-build': 'b6202' }),
      run('plain', { ...base, threads: '1', 'matmul-path': 'generic', 'llama-build': 'b6202' }),
      run('other-model', { ...base, parameters: '1', threads: '4' }),
    ]);
    expect(sets).toEqual([
      {
        runs: ['t1', 't2', 't10'],
        varies: [{ name: 'threads', values: ['1', '2', '10'] }],
        confounders: [{ name: 'llama-build', values: ['b6202', 'b6673', 'b6673'] }],
      },
      {
        runs: ['plain', 't1'],
        varies: [{ name: 'matmul-path', values: ['generic', 'repack'] }],
        confounders: [],
      },
    ]);
  });
});

describe('settingDifferences', () => {
  it('refuses to compare runs of different models or of several changes', () => {
    const a = run('a', { ...base, threads: '1' });
    expect(settingDifferences(a, run('b', { ...base, threads: '2' })).comparable).toBe(true);
    expect(settingDifferences(a, run('b', { ...base, threads: '2', quantisation: 'Q8_0' })).comparable).toBe(
      false,
    );
    expect(settingDifferences(a, run('b', { ...base, threads: '1', architecture: 'llama' })).comparable).toBe(
      false,
    );
  });
});

describe('compareRepetitions', () => {
  it('never says faster from one run on each side', () => {
    expect(compareRepetitions([10], [20]).outcome).toBe('spread-unknown');
    expect(compareRepetitions([10, 11], [20]).outcome).toBe('spread-unknown');
  });

  it('tests the difference of the means', () => {
    expect(compareRepetitions([10, 10.2, 9.9, 10.1], [12, 12.1, 11.9, 12.2]).outcome).toBe('higher');
    expect(compareRepetitions([12, 12.1, 11.9, 12.2], [10, 10.2, 9.9, 10.1]).outcome).toBe('lower');
    expect(compareRepetitions([9, 11, 10, 12], [10, 12, 9, 11]).outcome).toBe('within-noise');
    // llama-bench's two repetitions 17.5 and 49.9 say nothing against 33 ± 1.
    expect(compareRepetitions([17.5109, 49.8997], [32, 34]).outcome).toBe('within-noise');
  });
});

describe('what else may differ between runs', () => {
  const settingsOf = (change: (profile: Profile) => void): ReadonlyMap<string, string> => {
    const profile = emptyProfile('llama.log', 'llama-log');
    change(profile);
    const timeline = { source: null, tokens: [], phases: [] } as unknown as StageTimeline;
    return runSettings('run', { profile, timeline, operators: null, weight: null }).settings;
  };
  const fact = (name: string, value: string, isPrivate = false) => ({
    ...{ name, value, source: 'drawn', private: isPrivate },
  });

  it('is the environment of the machine', () => {
    const of = settingsOf((profile) => {
      profile.target.pageBytes = 65536;
      profile.facts.push(
        fact('cpu-governor', 'powersave'),
        fact('cpu-limit-khz', '2000000'),
        fact('transparent-huge-pages', 'always'),
        fact('hypervisor', 'KVM'),
      );
    });
    expect([...of]).toEqual(
      expect.arrayContaining([
        ['governor', 'powersave'],
        ['frequency-limit', '2000000'],
        ['huge-pages', 'always'],
        ['hypervisor', 'KVM'],
        ['page-size', '65536'],
      ]),
    );
  });

  it('are flags that no other setting shows, and no other word of the command line', () => {
    const of = settingsOf((profile) => {
      const line =
        'perf record -C 0 -- ./bin/llama-cli -m /home/jo/secret.gguf -p hello --no-mmap --poll 50 -C 0xf --numa jo -t 4 --no-repack';
      profile.facts.push(fact('command-line', line, true));
    });
    expect(of.get('flags')).toBe('--cpu-mask, --no-mmap, --poll 50');
    expect(settingsOf(() => undefined).has('flags')).toBe(false);
  });

  it('name the recorder, from a text printed of its recording only where that is not there', () => {
    const perfData = { path: 'perf.data', format: 'perf.data', tool: 'perf 6.12', bytes: 1 };
    const report = { path: 'report.txt', format: 'perf-report', tool: null, bytes: 1 };
    const stat = { path: 'stat.txt', format: 'perf-stat', tool: null, bytes: 1 };
    const log = { path: 'log', format: 'llama-log', tool: 'llama.cpp', bytes: 1 };
    const recorder = (...inputs: InputFile[]) =>
      settingsOf((profile) => profile.inputs.splice(0, 1, ...inputs)).get('recorder');
    expect(recorder(log)).toBeUndefined();
    expect(recorder(report, log)).toBe('perf-report');
    expect(recorder(report, perfData, stat)).toBe('perf 6.12, perf-stat');
  });

  it.each([
    // A path or a name of a model is no program.
    ['./bin/llama-cli --no-mmap --mlock -m /models/llama-2-7b -t 4', '--mlock, --no-mmap'],
    ['llama-server --no-mmap -hf user/llama-7b -t 4', '--no-mmap'],
    // What a recorder or a launcher is told is no flag of the program; that it pins the program is a setting.
    ['perf record -C 0-3 -g -- ./build/bin/llama-cli -t 4 --no-mmap', '--no-mmap'],
    ['perf record -C 0-3 llama-cli --mlock', '--mlock'],
    ['perf record -o llama-out -C 0 -- numactl -N 0 -- llama-cli --mlock', '--mlock, numactl'],
    ['taskset -c 0-3 ./llama-cli -t 4', 'taskset'],
    ['env OMP_NUM_THREADS=4 numactl --cpunodebind=0 ./llama-cli --mlock', '--mlock, numactl'],
    ['./llama-bench -mmp 0 -t 4', '--mmap 0'],
    ['llama-cli -m a.gguf -t 4', 'none of note'],
    ['perf record -C 0-3 -g -- ./main -m x.gguf -t 4', undefined],
    ['perf record -a -C 0-3 -p 1234', undefined],
  ])('are those of llama.cpp’s program: %s', (line, flags) => {
    const of = settingsOf((profile) => {
      profile.facts.push(fact('command-line', line, true));
    });
    expect(of.get('flags')).toBe(flags);
  });

  it('is the number of threads of the prompt only where it is another one', () => {
    const threads = (batch: number) =>
      settingsOf((profile) => {
        profile.settings = {
          ...{ build: null, compiler: null, contextLength: null, batch: null, microBatch: null },
          ...{ flashAttention: null, features: {}, buffers: {} },
          threads: 4,
          threadsBatch: batch,
          cacheTypes: { key: 'q8_0', value: 'f16' },
        };
      });
    expect(threads(4).has('threads-batch')).toBe(false);
    expect(threads(8).get('threads-batch')).toBe('8');
    expect(threads(8).get('kv-cache')).toBe('q8_0 and f16');
  });
});
