/** Counters that come with samples: sampled groups, READ records, `perf stat record`. */
import { describe, expect, it } from 'vitest';
import { samplesByEvent } from '../../../src/profile/eventTotals.ts';
import { counterTotal, readPerfData, warningCodes } from '../../support/perfDataRead.ts';
import { PerfDataWriter, type EventOptions, type WrittenEvent } from '../../support/perfDataWriter.ts';

function cyclesAndInstructions(leader: Partial<EventOptions> = {}): {
  file: PerfDataWriter;
  cycles: WrittenEvent;
  instructions: WrittenEvent;
} {
  const file = new PerfDataWriter();
  file.describe({ arch: 'aarch64', pmus: { 8: 'armv8_pmuv3_0' } });
  const [cycles, instructions] = file.group([
    { name: 'cycles', ...leader },
    { name: 'instructions', config: 1, ...leader, period: 0 },
  ]);
  return { file, cycles, instructions };
}

describe('a sampled group', () => {
  it('turns cumulative values into differences per instance, in order of time', async () => {
    const { file, cycles } = cyclesAndInstructions({ instances: 2 });
    // Two CPUs: each has its own running totals. The file holds the second buffer first.
    file.sample(cycles, { pid: 1, timeNs: 200, cpu: 1, instance: 1, values: [50, 5] });
    file.sample(cycles, { pid: 1, timeNs: 400, cpu: 1, instance: 1, values: [80, 5] });
    file.sample(cycles, { pid: 1, timeNs: 100, cpu: 0, instance: 0, values: [1000, 400], enabledNs: 60 });
    file.sample(cycles, { pid: 1, timeNs: 300, cpu: 0, instance: 0, values: [1700, 900], enabledNs: 260 });
    const profile = await readPerfData(file.toFile());
    const [readings] = profile.readings;
    expect([...readings.timeNs]).toEqual([0, 100, 200, 300]);
    // A first reading begins when its event was enabled; later ones at the reading before.
    expect([...readings.startNs]).toEqual([-60, 100, 0, 100]);
    expect([...readings.cpu]).toEqual([0, 1, 0, 1]);
    expect([...readings.sample]).toEqual([0, 1, 2, 3]);
    expect([...readings.deltas[0]]).toEqual([1000, 50, 700, 30]);
    expect([...readings.deltas[1]]).toEqual([400, 5, 500, 0]);
    // perf prints no entry for a member that did not move, and weighs the leader by its difference.
    expect(samplesByEvent(profile)).toEqual([
      { event: 'cycles', count: 4, periodSum: 1780 },
      { event: 'instructions', count: 3, periodSum: 905 },
    ]);
    expect([...profile.samples.period]).toEqual([1000, 50, 700, 30]);
  });

  it('does not believe a description of a group that reaches beyond the events', async () => {
    const file = new PerfDataWriter();
    const clock = file.event({ name: 'cpu-clock', type: 1, period: 1000 });
    const options: EventOptions = { name: 'cycles', read: ['group'] };
    const [cycles, instructions] = file.group([options, { ...options, name: 'instructions', config: 1 }]);
    // Readings without ids: only the description says which events they are of. It names a third one.
    cycles.members.push(instructions);
    file.sample(clock, { pid: 1, timeNs: 1 });
    file.sample(cycles, { pid: 1, timeNs: 2, values: [10, 4, 7] });
    const bytes = file.toFile();
    const members = Buffer.from(bytes.buffer, bytes.byteOffset).indexOf('{anon_group}') + 64 + 4;
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    expect(view.getUint32(members, true)).toBe(2);
    view.setUint32(members, 3, true);
    const profile = await readPerfData(bytes);
    expect(profile.samples.length).toBe(2);
    expect(profile.counters).toEqual([]);
    expect(warningCodes(profile)).toContain('perf-bad-read');
  });

  it('describes its events and counters', async () => {
    const { file, cycles } = cyclesAndInstructions({ excludeKernel: true });
    file.sample(cycles, { pid: 1, timeNs: 1, counts: [10, 4], enabledNs: 1000, runningNs: 1000 });
    const profile = await readPerfData(file.toFile());
    expect(profile.events).toMatchObject([
      { name: 'cycles', role: 'sampling', code: '0x11', mnemonic: 'CPU_CYCLES', unit: 'cycles', counter: 0 },
      { name: 'instructions', role: 'group-member', code: '0x8', mnemonic: 'INST_RETIRED', counter: 1 },
    ]);
    expect(profile.counters).toMatchObject([
      { name: 'cycles', kind: 'delta', status: 'counted', runningShare: 1, excludesKernel: true },
      { name: 'instructions', pmu: 'armv8_pmuv3_0', unit: 'instructions' },
    ]);
    expect(profile.samples.length).toBe(1);
  });

  it.each([
    ['enabled', 'running', 'id', 'group'],
    ['id', 'group'],
    ['id', 'group', 'lost'],
    ['enabled', 'running', 'id', 'group', 'lost'],
    ['group'],
    ['enabled', 'group'],
  ] as const)('is read in the form %s %s %s %s %s', async (...read) => {
    const { file, cycles } = cyclesAndInstructions({ read });
    file.sample(cycles, { pid: 1, timeNs: 10, counts: [100, 40] });
    file.sample(cycles, { pid: 1, timeNs: 20, counts: [100, 60] });
    const profile = await readPerfData(file.toFile());
    expect(profile.warnings).toEqual([]);
    expect(counterTotal(profile, 'cycles')).toBe(200);
    expect(counterTotal(profile, 'instructions')).toBe(100);
  });

  it('of one event is read too', async () => {
    const file = new PerfDataWriter();
    const event = file.event({
      name: 'cycles',
      fields: ['identifier', 'ip', 'tid', 'time', 'read'],
      read: ['enabled', 'running', 'id'],
    });
    file.sample(event, { pid: 1, timeNs: 10, values: [100], enabledNs: 10 });
    file.sample(event, { pid: 1, timeNs: 20, values: [350], enabledNs: 20 });
    expect(samplesByEvent(await readPerfData(file.toFile()))).toEqual([
      { event: 'cycles', count: 2, periodSum: 350 },
    ]);
  });

  it('keeps threads apart that inherited one id', async () => {
    const { file, cycles } = cyclesAndInstructions({ inherit: true });
    file.sample(cycles, { pid: 1, tid: 1, timeNs: 10, values: [100, 10] });
    file.sample(cycles, { pid: 1, tid: 2, timeNs: 20, values: [30, 3] });
    file.sample(cycles, { pid: 1, tid: 1, timeNs: 30, values: [150, 15] });
    file.sample(cycles, { pid: 1, tid: 2, timeNs: 40, values: [90, 9] });
    const profile = await readPerfData(file.toFile());
    expect(profile.warnings).toEqual([]);
    expect([...profile.readings[0].deltas[0]]).toEqual([100, 30, 50, 60]);
    expect([...profile.readings[0].thread]).toEqual([0, 1, 0, 1]);
  });

  it('of a whole CPU belongs to no thread', async () => {
    const { file, cycles } = cyclesAndInstructions();
    file.idIndex([{ id: cycles.ids[0], cpu: 0, tid: -1 }]);
    file.sample(cycles, { pid: 1, timeNs: 10, counts: [100, 10] });
    file.sample(cycles, { pid: 2, timeNs: 20, counts: [200, 20] });
    const profile = await readPerfData(file.toFile());
    expect([...profile.readings[0].thread]).toEqual([-1, -1]);
    expect([...profile.readings[0].sample]).toEqual([0, 1]);
  });

  it('leaves out differences that would be negative', async () => {
    const { file, cycles } = cyclesAndInstructions();
    for (const [timeNs, value] of [
      [10, 100],
      [20, 40],
      [30, 70],
    ]) {
      file.sample(cycles, { pid: 1, timeNs, values: [value, 0] });
    }
    const profile = await readPerfData(file.toFile());
    expect([...profile.readings[0].deltas[0]]).toEqual([100, 0, 30]);
    expect(warningCodes(profile)).toEqual(['perf-counter-went-back']);
  });

  it('says how much of the time it ran when it had to share counters', async () => {
    const { file, cycles } = cyclesAndInstructions();
    file.sample(cycles, { pid: 1, timeNs: 10, counts: [100, 10], enabledNs: 500, runningNs: 400 });
    file.sample(cycles, { pid: 1, timeNs: 20, counts: [100, 10], enabledNs: 1000, runningNs: 500 });
    const profile = await readPerfData(file.toFile());
    expect(profile.counters[0].runningShare).toBe(0.5);
    // Values are as counted, not scaled.
    expect(counterTotal(profile, 'cycles')).toBe(200);
    expect(warningCodes(profile)).toEqual(['perf-multiplexed']);
  });

  it('does not take a thread that moves between CPUs for a shared counter', async () => {
    // Each CPU's event is enabled while the thread runs on the other one.
    const { file, cycles, instructions } = cyclesAndInstructions({ instances: 2 });
    file.idIndex(
      [0, 1].flatMap((cpu) => [cycles, instructions].map(({ ids }) => ({ id: ids[cpu], cpu, tid: 1 }))),
    );
    file.sample(cycles, { pid: 1, timeNs: 10, cpu: 0, counts: [60, 6], enabledNs: 1000, runningNs: 600 });
    file.sample(cycles, {
      pid: 1,
      timeNs: 11,
      cpu: 1,
      instance: 1,
      counts: [40, 4],
      enabledNs: 1000,
      runningNs: 400,
    });
    const profile = await readPerfData(file.toFile());
    expect(profile.counters[0].runningShare).toBe(1);
    expect(profile.warnings).toEqual([]);
    expect([...profile.readings[0].thread]).toEqual([0, 0]);
  });

  it('tells that perf did not follow threads that began later', async () => {
    const { file, cycles, instructions } = cyclesAndInstructions();
    file.idIndex([cycles, instructions].map(({ ids }) => ({ id: ids[0], cpu: -1, tid: 1 })));
    file.sample(cycles, { pid: 1, timeNs: 10, counts: [1, 1] });
    file.fork({ pid: 1, tid: 2, parentPid: 1, timeNs: 20 });
    file.fork({ pid: 1, tid: 3, parentPid: 1, timeNs: 30 });
    const profile = await readPerfData(file.toFile());
    expect(warningCodes(profile)).toEqual(['perf-threads-missing']);
    expect(profile.warnings[0].message).toMatch(/^2 threads/);
  });

  it('keeps the sample when its counter values cannot be read', async () => {
    const { file, cycles } = cyclesAndInstructions();
    file.sample(cycles, { pid: 1, timeNs: 10, counts: [1, 1] });
    file.sample(cycles, { pid: 1, timeNs: 20, values: [1n << 60n, 1] });
    const profile = await readPerfData(file.toFile());
    expect(profile.samples.length).toBe(2);
    expect(profile.readings[0].length).toBe(1);
    expect(warningCodes(profile)).toEqual(['perf-bad-read']);
  });
});

describe('READ records of ending threads', () => {
  it('are counters that cover the life of each thread', async () => {
    const file = new PerfDataWriter();
    const clock = file.event({
      name: 'task-clock',
      type: 1,
      config: 1,
      read: ['enabled', 'running', 'id'],
      fields: ['identifier', 'ip', 'tid', 'time'],
    });
    file.sample(clock, { pid: 1, tid: 2, timeNs: 1000 });
    file.fork({ pid: 1, tid: 2, parentPid: 1, timeNs: 900 });
    file.read(clock, { pid: 1, tid: 2, timeNs: 5000, value: 3700 });
    file.read(clock, { pid: 1, tid: 1, timeNs: 6000, value: 300 });
    const profile = await readPerfData(file.toFile());
    const [readings] = profile.readings;
    expect(profile.counters).toMatchObject([{ name: 'task-clock', unit: 'ns' }]);
    expect([...readings.startNs]).toEqual([-100, 0]);
    expect([...readings.timeNs]).toEqual([4000, 5000]);
    expect([...readings.deltas[0]]).toEqual([3700, 300]);
    // They are totals beside the samples, not samples.
    expect(samplesByEvent(profile)).toEqual([{ event: 'task-clock', count: 1, periodSum: 1000 }]);
  });
});

describe('perf stat record', () => {
  function statFile(): { file: PerfDataWriter; clock: WrittenEvent; refills: WrittenEvent } {
    const file = new PerfDataWriter();
    file.describe({ arch: 'aarch64', isStat: true, pmus: { 8: 'armv8_pmuv3_0' } });
    const fields = [] as const;
    const clock = file.event({ name: 'task-clock', type: 1, config: 1, fields, withoutTrailer: true });
    const refills = file.event({
      name: 'l3d_cache_refill',
      type: 8,
      config: 0x2a,
      fields,
      withoutTrailer: true,
    });
    file.eventUnit(clock, 'msec', 1e-6);
    file.threadMap([{ pid: 4711, name: 'llama-cli' }]);
    return { file, clock, refills };
  }

  it('has a reading for each interval, no samples, and times from its own start', async () => {
    const { file, clock, refills } = statFile();
    const all = { cpu: -1, thread: 0 };
    file.stat(clock.ids[0], { ...all, value: 100, enabledNs: 100, runningNs: 100 });
    file.stat(refills.ids[0], { ...all, value: 8000, enabledNs: 100, runningNs: 100 });
    file.statRound(100_500_000);
    file.stat(clock.ids[0], { ...all, value: 300, enabledNs: 300, runningNs: 300 });
    file.stat(refills.ids[0], { ...all, value: 8500, enabledNs: 300, runningNs: 300 });
    file.statRound(201_000_000);
    // perf reads once more after the last round: without a time.
    file.stat(clock.ids[0], { ...all, value: 301, enabledNs: 301, runningNs: 301 });
    const profile = await readPerfData(file.toFile());
    expect(profile.samples.length).toBe(0);
    expect(profile.events).toEqual([]);
    expect(profile.clock.name).toBe('none');
    expect(profile.counters).toMatchObject([
      { name: 'task-clock', unit: 'msec', multiplier: 1e-6, runningShare: 1, code: null },
      { name: 'l3d_cache_refill', code: '0x2a', mnemonic: 'L3D_CACHE_REFILL', status: 'counted' },
    ]);
    const [clockReadings, refillReadings] = profile.readings;
    expect([...clockReadings.deltas[0]]).toEqual([100, 200]);
    expect([...refillReadings.deltas[0]]).toEqual([8000, 500]);
    expect([...clockReadings.startNs]).toEqual([0, 100_500_000]);
    expect([...clockReadings.timeNs]).toEqual([100_500_000, 201_000_000]);
    expect(profile.threads).toMatchObject([{ pid: 4711, tid: 4711, name: 'llama-cli' }]);
  });

  it('scales what shared a counter, and says so', async () => {
    const { file, clock, refills } = statFile();
    const all = { cpu: -1, thread: 0 };
    file.stat(clock.ids[0], { ...all, value: 100, enabledNs: 100, runningNs: 100 });
    file.stat(refills.ids[0], { ...all, value: 1000, enabledNs: 100, runningNs: 25 });
    file.statRound(1000);
    const profile = await readPerfData(file.toFile());
    expect(counterTotal(profile, 'l3d_cache_refill')).toBe(4000);
    expect(profile.counters[1]).toMatchObject({ status: 'estimated', runningShare: 0.25 });
    expect(profile.counters[0]).toMatchObject({ status: 'counted', runningShare: 1 });
  });

  it('does not take an event that never ran for zero', async () => {
    const { file, clock, refills } = statFile();
    const all = { cpu: -1, thread: 0 };
    file.stat(clock.ids[0], { ...all, value: 100, enabledNs: 100, runningNs: 100 });
    file.stat(refills.ids[0], { ...all, value: 0, enabledNs: 0, runningNs: 0 });
    file.statRound(1000);
    const profile = await readPerfData(file.toFile());
    expect(profile.readings[1].length).toBe(0);
    expect(profile.counters[1].unavailable).toMatch(/never counted/);
    expect(profile.counters[0].unavailable).toBeNull();
  });
});
