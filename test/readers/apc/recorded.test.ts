/** The recorded captures against what two independent decoders said of them. */
import { beforeAll, describe, expect, it } from 'vitest';
import { NONE } from '../../../src/profile/types.ts';
import type { Profile } from '../../../src/profile/types.ts';
import { RECORDED_CAPTURES, readRecorded, totalOf, truthOf, warningCodes } from '../../support/apcReading.ts';
import type { RecordedCapture, RecordedTruth } from '../../support/apcReading.ts';
import { describeWithSamples } from '../../support/samples.ts';

/** Codes of the warnings each capture deserves. */
const WARNINGS: Record<RecordedCapture, string[]> = {
  'gator-app-t1': [],
  'gator-channels-t2': [],
  'gator-qwen05b-t1': [],
  'gator-systemwide-t1': ['apc-throttled'],
  'gator-killed': ['apc-cut-frame', 'apc-no-captured-xml'],
};

const SHAPES: Record<RecordedCapture, string> = {
  'gator-app-t1': 'per-thread-groups',
  'gator-channels-t2': 'per-thread-groups',
  'gator-qwen05b-t1': 'per-thread-groups',
  'gator-systemwide-t1': 'system-wide',
  'gator-killed': 'per-thread-groups',
};

describeWithSamples('recorded gator captures', (samples) => {
  describe.each(Object.keys(RECORDED_CAPTURES) as RecordedCapture[])('%s', (name) => {
    let profile: Profile;
    let truth: RecordedTruth;

    /** A time of the capture on its own clock. */
    const absolute = (timeNs: number): number => timeNs + truth.summary.clock_monotonic_raw;

    beforeAll(async () => {
      truth = truthOf(samples, name);
      profile = await readRecorded(samples, name);
    });

    it('has its clock, target and recorder', () => {
      expect(profile.clock.startNs).toBe(String(truth.summary.clock_monotonic_raw));
      expect(profile.clock.anchors.monotonicNs).toBe(String(truth.summary.clock_monotonic));
      // JSON has rounded the wall clock to a number; the file has it exactly.
      expect(Number(profile.clock.anchors.realtimeNs)).toBe(truth.summary.clock_realtime);
      expect(profile.target.cpus).toEqual(
        truth.cores.map(([cpu, cpuid, core]) => ({ cpu, name: core, midr: `0x${cpuid.toString(16)}` })),
      );
      expect(profile.target).toMatchObject({
        arch: 'aarch64',
        cpuCount: 2,
        kernel: '6.12.117+deb13-arm64',
        pageBytes: 4096,
      });
      expect(profile.inputs).toMatchObject([
        { format: 'apc', tool: name === 'gator-killed' ? null : 'gator 9.7.2' },
      ]);
      expect(profile.facts).toContainEqual(
        expect.objectContaining({ name: 'recording-shape', value: SHAPES[name] }),
      );
      expect(profile.facts).toContainEqual(
        expect.objectContaining({ name: 'host-name', value: 'armlab', private: true }),
      );
      expect(profile.origin.value).toBeNull();
    });

    it('has its markers in order, text and time exact', () => {
      expect(
        profile.markers.map(({ timeNs, thread, text }) => ({
          time_ns: absolute(timeNs),
          tid: profile.threads[thread].tid,
          text,
        })),
      ).toEqual(truth.markers);
    });

    it('has the samples of its clock, and no others', () => {
      const { samples: table } = profile;
      const { periodic_samples: expected } = truth;
      expect(table.length).toBe(expected.all);
      expect(absolute(table.timeNs[0])).toBe(expected.first_ns);
      expect(absolute(table.timeNs[table.length - 1])).toBe(expected.last_ns);
      expect(new Set(table.period)).toEqual(new Set([expected.period_ns]));
      expect(table.stack.every((stack) => stack !== NONE)).toBe(true);
      expect(new Set(table.event)).toEqual(new Set([0]));
      expect(profile.events[0]).toMatchObject({ name: 'cpu-clock', role: 'sampling', unit: 'ns' });
    });

    it('has its threads under their names', () => {
      const { by_tid: byTid, target_pids: pids } = truth.periodic_samples;
      const counts: Record<string, number> = {};
      let inKernel = 0;
      profile.samples.thread.forEach((thread, row) => {
        const { pid, tid } = profile.threads[thread];
        if (!pids.includes(pid)) return;
        counts[tid] = (counts[tid] ?? 0) + 1;
        inKernel += profile.samples.isKernel[row];
      });
      expect(counts).toEqual(Object.fromEntries(Object.entries(byTid).map(([tid, { n }]) => [tid, n])));
      expect(inKernel).toBe(truth.periodic_samples.kernel_mode);

      const names = profile.threads.filter(({ tid }) => byTid[tid]?.comm).map(({ tid, name }) => [tid, name]);
      expect(Object.fromEntries(names)).toEqual(
        Object.fromEntries(
          Object.entries(byTid).flatMap(([tid, { comm }]) => (comm === null ? [] : [[tid, comm]])),
        ),
      );
    });

    it('has the counts of its counters', () => {
      expect(totalOf(profile, 'Cycles: CPU Cycles')).toBe(truth.counter_totals.cycles);
      expect(totalOf(profile, 'Instructions (Executed): All')).toBe(truth.counter_totals.instructions);
      expect(totalOf(profile, 'cpu-clock')).toBe(truth.counter_totals.cpu_clock_ns);
      const readings = profile.readings.reduce((sum, table) => sum + table.length, 0);
      expect(readings).toBe(Object.values(truth.samples_by_key).reduce((sum, count) => sum + count, 0));
      expect(profile.counters.slice(0, 2)).toMatchObject([
        { code: '0x11', mnemonic: 'CPU_CYCLES', unit: 'cycles', pmu: 'armv8_pmuv3', unavailable: null },
        { code: '0x8', mnemonic: 'INST_RETIRED', unit: 'instructions', unavailable: null },
      ]);
    });

    it('has nothing lost, and the warnings it deserves', () => {
      expect(profile.losses.records).toBe(truth.lost);
      expect(warningCodes(profile)).toEqual(WARNINGS[name]);
    });

    it('finds code in the mappings of its process and of the kernel', () => {
      const { frames, addressSpaces } = profile;
      let inProgram = 0;
      for (let frame = 0; frame < frames.length; frame++) {
        const address = (BigInt(frames.addressHigh[frame]) << 32n) | BigInt(frames.addressLow[frame]);
        const { mappings } = addressSpaces[frames.space[frame]];
        const mapping = mappings.find(({ start, end }) => start <= address && address < end);
        if (mapping?.path.startsWith('/root/bin/llama-cli')) inProgram++;
      }
      expect(inProgram).toBeGreaterThan(frames.length / 4);
      expect(profile.kernelSymbols?.length).toBeGreaterThan(50_000);
    });
  });

  it.each(['gator-app-t1', 'gator-channels-t2', 'gator-qwen05b-t1', 'gator-killed'] as const)(
    'has a context switch for each record of one: %s',
    async (name) => {
      const { kind } = (await readRecorded(samples, name)).switches;
      const ins = kind.filter((each) => each === 0).length;
      expect({ in: ins, out: kind.length - ins }).toEqual(truthOf(samples, name).switch_records);
    },
  );

  it('has two sides for each sched_switch, the idle thread left out: gator-systemwide-t1', async () => {
    const { switches, readings, threads } = await readRecorded(samples, 'gator-systemwide-t1');
    const records = truthOf(samples, 'gator-systemwide-t1').samples_by_key['2147483647'];
    const [table] = readings;
    const byIdle = table.thread.filter(
      (thread, row) => threads[thread].tid === 0 && table.sample[row] === NONE,
    ).length;
    const ins = switches.kind.filter((each) => each === 0).length;
    expect(switches.kind.length - ins).toBe(records - byIdle);
    // What comes goes again, except for what runs at the end on either CPU.
    expect(Math.abs(2 * ins - switches.kind.length)).toBeLessThanOrEqual(2);
  });

  it('has the spans of its channels: gator-channels-t2', async () => {
    const profile = await readRecorded(samples, 'gator-channels-t2');
    const { channels: truth } = truthOf(samples, 'gator-channels-t2');
    const { spans, spanChannels, threads } = profile;
    const totals = spanChannels.map(({ thread, channel, name }) => ({
      tid: threads[thread].tid,
      channel,
      name,
      count: 0,
      total_ns: 0,
    }));
    const byText = new Map<string, { count: number; total_ns: number }>();
    for (let row = 0; row < spans.length; row++) {
      const durationNs = spans.endNs[row] - spans.startNs[row];
      totals[spans.channel[row]].count++;
      totals[spans.channel[row]].total_ns += durationNs;
      const text = profile.strings[spans.text[row]];
      const node = byText.get(text) ?? { count: 0, total_ns: 0 };
      byText.set(text, { count: node.count + 1, total_ns: node.total_ns + durationNs });
    }
    expect(totals.sort((a, b) => a.tid - b.tid || a.channel - b.channel)).toEqual(truth?.totals);
    expect(spans.endIsEstimated.every((each) => each === 0)).toBe(true);
    for (const { text, ...node } of truth?.top_nodes ?? []) expect(byText.get(text)).toEqual(node);
  });
});
