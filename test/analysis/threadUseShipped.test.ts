import { describe, expect, it } from 'vitest';
import { timelineSection } from '../../src/report/sections/timeline.ts';
import { shippedRun } from '../support/shippedRuns.ts';

describe('threads of shipped runs', () => {
  it('are those that the simulator counted, each with its CPU', async () => {
    const { profile, threadUse } = await shippedRun('sim-qwen05b-t2');
    const use = threadUse!;
    const samples = use.threads.map(({ thread, isMain, stages }) => [
      profile.threads[thread].tid,
      isMain,
      stages.reduce((sum, stage) => sum + stage.samples, 0),
    ]);
    // Samples a thread and exact instructions a thread as the simulator's own log gives them; thread 25397 ran on CPU 0,
    // the two others on CPU 1.
    expect(samples).toEqual([
      [25397, true, 4635],
      [25403, false, 2599],
      [25402, false, 109],
    ]);
    const instructions = profile.counters.findIndex(({ mnemonic }) => mnemonic === 'INST_RETIRED');
    const onCpu = use.cores.map(({ cpu, counters }) => [
      cpu,
      counters.get(instructions)!.reduce((sum, value) => sum + value, 0),
    ]);
    expect(onCpu[0][0]).toBe(0);
    // What a thread did after its last sample is in no reading: less than a period of 1,500,000 instructions each.
    expect(6_952_923_352 - onCpu[0][1]).toBeGreaterThanOrEqual(0);
    expect(6_952_923_352 - onCpu[0][1]).toBeLessThan(1_500_000);
    expect(onCpu[1][0]).toBe(1);
    expect(11_017_235_202 - 6_952_923_352 - onCpu[1][1]).toBeGreaterThanOrEqual(0);
    expect(11_017_235_202 - 6_952_923_352 - onCpu[1][1]).toBeLessThan(2 * 1_500_000);
    // llama.cpp was given two threads for both stages; the third took part in the warm-up only.
    for (const { workers } of use.stages) {
      expect(workers.map((row) => profile.threads[row].tid).sort()).toEqual([25397, 25403]);
    }
    expect(use.migrationsFrom).toBe('samples');
    expect(use.threads.flatMap(({ migrations }) => migrations!).every((moves) => moves === 0)).toBe(true);
  });

  it('are never on more CPUs than the machine has, and run as long as they have samples', async () => {
    const run = await shippedRun('gator-channels-t2');
    const tracks = timelineSection(run)!.threadTracks;
    const meanOf = (values: (number | null)[]) =>
      values.reduce<number>((sum, v) => sum + v!, 0) / values.length;
    const means = new Map(tracks.map(({ label, values }) => [label, meanOf(values)]));
    expect([...means.values()].reduce((sum, mean) => sum + mean, 0)).toBeLessThan(2);
    // Thread 2403 works for the warm-up and ends: 33 samples, one a millisecond, of a capture of 1,669 ms. No record says
    // that it left its CPU.
    expect(means.get('llama-cli-chann (2403)')).toBeGreaterThan(0.5 * (33 / 1669));
    expect(means.get('llama-cli-chann (2403)')).toBeLessThan(2 * (33 / 1669));
  });

  it('leave helpers of the recorder out of those that compute', async () => {
    const { profile, threadUse } = await shippedRun('gator-channels-t2');
    const use = threadUse!;
    for (const { workers } of use.stages) {
      expect(workers.map((row) => profile.threads[row].tid)).toEqual([2396, 2404]);
    }
    const names = use.threads.map(({ thread }) => profile.threads[thread].name);
    expect(names).toContain('gator-annotate');
    expect(use.migrationsFrom).toBe('switches');
    const decode = use.stages.find(({ stage }) => stage === 'decode')!;
    const [low, high] = decode.syncShare.interval!;
    expect(low).toBeLessThan(decode.syncShare.value!);
    expect(high).toBeGreaterThan(decode.syncShare.value!);
  });
});
