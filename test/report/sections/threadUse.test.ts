import { describe, expect, it } from 'vitest';
import type { RunAnalysis } from '../../../src/analysis/analyseRun.ts';
import { threadUse } from '../../../src/analysis/threadUse.ts';
import { tokenBlocks } from '../../../src/analysis/tokenBlocks.ts';
import { threadUseSchema } from '../../../src/report/schema/threadUse.ts';
import { threadsAnswer, threadsCsv, threadUseSection } from '../../../src/report/sections/threadUse.ts';
import { threadedRun, type ThreadedRun } from '../../support/threadedRun.ts';

function analysed(drawn: ThreadedRun): RunAnalysis {
  const input = threadedRun(drawn);
  const blocks = {
    prefill: tokenBlocks(input.timeline, 'prefill'),
    decode: tokenBlocks(input.timeline, 'decode'),
  };
  const use = threadUse(input, [blocks.prefill, blocks.decode], { startNs: 0, endNs: 8e6 });
  // The section reads these three fields of an analysis and no other.
  return { profile: input.profile, threadUse: use, tokenBlocks: blocks } as unknown as RunAnalysis;
}

/** Prefill: 4 + 3 busy and 1 waiting samples. Decode: 4 + 2 busy, 2 waiting; thread 101 moves to CPU 2. */
const two: ThreadedRun = {
  threads: { 100: 'GGGGVVVV', 101: 'GGGBVVBB' },
  cpus: { 100: '00000000', 101: '11112222' },
  stages: 'PpppDddd',
};

const plain = (text: string): string => text.replaceAll('\u00A0', ' ');

describe('threads in the report', () => {
  it('fit their schema and carry work, places and the reason for a missing interval', () => {
    const section = threadUseSchema.parse(threadUseSection(analysed(two)));
    expect(
      section.threads.map(({ tid, isMain, stages, cpus }) => [tid, isMain, stages.decode, cpus]),
    ).toEqual([
      [100, true, { busy: 4, sync: 0, idle: 0 }, [{ cpu: 0, prefill: 4, decode: 4 }]],
      [
        101,
        false,
        { busy: 2, sync: 2, idle: 0 },
        [
          { cpu: 1, prefill: 4, decode: 0 },
          { cpu: 2, prefill: 0, decode: 4 },
        ],
      ],
    ]);
    const [prefill, decode] = section.stages;
    expect(prefill.syncShare.value).toBe(12.5);
    expect(decode.syncShare.value).toBe(25);
    expect(decode.workers[1]).toEqual({
      tid: 101,
      busy: 2,
      sync: 2,
      ofWork: { value: 0.333333, interval: null },
      waiting: { value: 0.5, interval: null },
    });
    expect(decode.noInterval).toBe('one call: its spread is unknown');
    expect(section.cores.map(({ cpu }) => cpu)).toEqual([0, 1, 2]);
  });

  it('are summed up in a sentence', () => {
    expect(plain(threadsAnswer(threadUseSection(analysed(two))))).toBe(
      '2 threads compute on 3 CPUs: in Prefill they wait for each other in 12.5 % of their samples, and the busiest thread works 14.3 % more than the mean; in Decode they wait for each other in 25.0 % of their samples, and the busiest thread works 33.3 % more than the mean.',
    );
    const alone = analysed({ threads: { 100: 'GGVV' }, stages: 'PpDd' });
    expect(plain(threadsAnswer(threadUseSection(alone)))).toBe(
      'One thread computes on 1 CPU: no work is shared, and no thread waits for another.',
    );
    // A thread that only writes down what happens is seen on another CPU.
    const watched = analysed({
      threads: { 100: 'GGVV', 101: '..X.' },
      cpus: { 100: '0000', 101: '1111' },
      stages: 'PpDd',
    });
    expect(plain(threadsAnswer(threadUseSection(watched)))).toMatch(/^One thread computes on 1 CPU:/);
    const nowhere = analysed({ threads: { 100: 'GGVV' }, cpus: { 100: '----' }, stages: 'PpDd' });
    expect(threadsAnswer(threadUseSection(nowhere))).toMatch(
      /^One thread computes, and samples carry no CPU/,
    );
    expect(threadsAnswer(null)).toBe('There are no samples.');
  });

  it('have a row for each thread and stage in the CSV', () => {
    const lines = threadsCsv(analysed(two)).trim().split('\r\n');
    expect(lines[0].split(',').slice(0, 9)).toEqual([
      'pid',
      'tid',
      'name',
      'main thread',
      'stage',
      'computes',
      'busy samples',
      'waiting samples',
      'idle samples',
    ]);
    expect(lines).toHaveLength(1 + 2 * 4);
    const decode = lines.find((line) => line.includes(',101,') && line.includes(',decode,'))!;
    expect(decode).toBe('100,101,:100,false,decode,true,2,2,0,0.333333,,,0.5,,,100,1,2: 4');
  });

  it('are no part of a run without samples', () => {
    expect(threadUseSection({ ...analysed(two), threadUse: null })).toBeNull();
  });
});
