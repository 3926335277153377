/** Real recordings against what perf itself, or the program that was recorded, says about them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { mappingAt } from '../../../src/profile/addressSpaces.ts';
import { samplesByEvent } from '../../../src/profile/eventTotals.ts';
import type { Profile } from '../../../src/profile/types.ts';
import { expectSameSamples, framesAsPerfPrints } from '../../support/perfDataCompare.ts';
import {
  addressOfFrame,
  counterTotal,
  readPerfDataFile,
  stackOfSample,
  warningCodes,
} from '../../support/perfDataRead.ts';
import { parsePerfScript, printedTime, type ScriptSample } from '../../support/perfScriptText.ts';
import { describeWithSamples } from '../../support/samples.ts';

const SHIPPED = 'captures';

/** Counts and sums by event name. */
function totals(profile: Profile): Record<string, [count: number, periodSum: number]> {
  return Object.fromEntries(
    samplesByEvent(profile).map(({ event, count, periodSum }) => [event, [count, periodSum]]),
  );
}

/** `n_tokens` of the entry hits and `ret` of the return hits, in order of time. */
function decodeCalls(profile: Profile): { tokens: number[]; returns: number[] } {
  const values = (isReturn: boolean, name: string): number[] =>
    profile.probeHits
      .filter((hit) => hit.isReturn === isReturn)
      .map((hit) => Number(hit.arguments.get(name)));
  return { tokens: values(false, 'n_tokens'), returns: values(true, 'ret') };
}

describe('captures that ship with the project', () => {
  it('perf-uprobe-t1: a group and a probe on an emulated Arm target', async () => {
    const profile = await readPerfDataFile(join(SHIPPED, 'perf-uprobe-t1/perf.data'));
    // perf report --stats and perf script of perf 6.12.
    expect(totals(profile)).toEqual({
      cycles: [723, 1_446_001_158],
      instructions: [723, 723_000_579],
      'probe_llama:llama_decode': [21, 21],
      'probe_llama:llama_decode__return': [21, 21],
    });
    expect(profile.samples.length).toBe(723);
    expect(decodeCalls(profile)).toEqual({
      tokens: [2, 110, ...Array<number>(19).fill(1)],
      returns: Array<number>(21).fill(0),
    });
    const first = profile.probeHits[0];
    expect(printedTime(profile.clock.startNs, first.timeNs, 6)).toBe('827.715150');
    expect(first.arguments.get('__probe_ip')).toBe(0x57a3e0n);
    expect(profile.probeHits[1].arguments.get('__probe_ret_ip')).toBe(0x52487cn);
    expect(profile.target).toMatchObject({
      arch: 'aarch64',
      cpuCount: 2,
      kernel: '6.12.117+deb13-arm64',
      cpus: [
        { cpu: 0, name: 'Neoverse-V1', midr: '0x411fd402' },
        { cpu: 1, name: 'Neoverse-V1', midr: '0x411fd402' },
      ],
    });
    expect(profile.events.map(({ code, mnemonic }) => [code, mnemonic])).toEqual([
      ['0x11', 'CPU_CYCLES'],
      ['0x8', 'INST_RETIRED'],
      [null, null],
      [null, null],
    ]);
    expect(profile.origin.value).toBeNull();
    expect(profile.processes.map(({ executable }) => executable)).toEqual(['/root/bin/llama-cli']);
    // The two helper threads of llama-cli began after perf: :S does not follow them.
    expect(warningCodes(profile)).toEqual(['perf-threads-missing']);
  });

  it('sim-qwen05b-t2: fifteen counters, threads with instances of their own', async () => {
    const profile = await readPerfDataFile(join(SHIPPED, 'sim-qwen05b-t2/perf.data'));
    // Counts: perf report --stats of perf 6.1 and 6.12.
    const counts = Object.fromEntries(samplesByEvent(profile).map(({ event, count }) => [event, count]));
    expect(counts).toEqual({
      inst_retired: 7343,
      ld_spec: 7341,
      st_spec: 7286,
      dp_spec: 7343,
      ase_spec: 6799,
      vfp_spec: 4570,
      br_retired: 7343,
      l1d_cache: 7343,
      l1d_cache_refill: 7278,
      l2d_cache: 7278,
      l2d_cache_refill: 7235,
      l3d_cache: 7235,
      l3d_cache_refill: 6492,
      ll_cache_rd: 6990,
      ll_cache_miss_rd: 4944,
      'probe_llama:llama_decode': 11,
      'probe_llama:llama_decode__return': 11,
    });
    expect(profile.origin.value).toBe('simulated');
    expect(profile.counters).toHaveLength(15);
    expect(profile.counters[0]).toMatchObject({ code: '0x8', runningShare: 1, excludesKernel: true });
    expect(decodeCalls(profile).tokens).toEqual([2, 110, ...Array<number>(9).fill(1)]);
    expect(warningCodes(profile)).toEqual([]);
  });
});

interface RecordedTruth {
  mode: string;
  attrs: { name: string; ids: number[] }[];
  walker: {
    samples_per_event: Record<string, number>;
    first_sample_ns: number;
    period_sum: Record<string, number>;
  };
  clock_data: { tod_ns: number; clockid_ns: number };
  leader_delta_sum?: Record<string, number>;
  leader_nonzero_deltas?: Record<string, number>;
  last_value_per_id?: Record<string, number>;
  markers?: ({ time_ns: number; event: string } & Record<string, number | string>)[];
}

describeWithSamples('small recordings of which everything is known', (samples) => {
  const folder = join(samples, 'perf-recorded');
  const truthOf = (name: string): RecordedTruth =>
    JSON.parse(readFileSync(join(folder, name, 'truth.json'), 'utf8')) as RecordedTruth;

  it.each(['fp_cpuclock', 'leader_group', 'uprobe_args', 'pipe_uprobe', 'zstd_mixed'])(
    '%s: events, times and clock',
    async (name) => {
      const truth = truthOf(name);
      const profile = await readPerfDataFile(join(folder, name, 'perf.data'));
      expect(profile.warnings).toEqual([]);
      expect(profile.events.map((event) => event.name)).toEqual(truth.attrs.map((attr) => attr.name));
      const counted = totals(profile);
      for (const [event, count] of Object.entries(
        truth.leader_nonzero_deltas ?? truth.walker.samples_per_event,
      )) {
        const sum = (truth.leader_delta_sum ?? truth.walker.period_sum)[event];
        expect([event, ...counted[event]]).toEqual([event, count, sum]);
      }
      const startNs = BigInt(profile.clock.startNs ?? 0);
      const earliest = Math.min(profile.samples.timeNs[0], profile.probeHits[0]?.timeNs ?? Infinity);
      expect(startNs + BigInt(earliest)).toBe(BigInt(truth.walker.first_sample_ns));
      expect(profile.clock.name).toBe('CLOCK_MONOTONIC');
      // Both read at one instant; the numbers are beyond what JSON holds exactly.
      const wallNs = Number(BigInt(profile.clock.anchors.realtimeNs ?? 0) - startNs);
      expect(Math.abs(wallNs - (truth.clock_data.tod_ns - truth.clock_data.clockid_ns))).toBeLessThan(1000);
    },
  );

  it.each(['fp_cpuclock', 'zstd_mixed', 'uprobe_args', 'pipe_uprobe', 'leader_group'])(
    '%s: every sample and every frame as perf script prints them',
    async (name) => {
      const profile = await readPerfDataFile(join(folder, name, 'perf.data'));
      const sampled = profile.events.filter((event) => event.role === 'sampling').map((event) => event.name);
      const printed = parsePerfScript(readFileSync(join(folder, name, 'script-fields.txt'), 'utf8')).filter(
        ({ event }) => sampled.includes(event),
      );
      expectSameSamples(profile, printed, 9);
    },
  );

  it('leader_group: the last value of each id is the sum of its differences', async () => {
    const profile = await readPerfDataFile(join(folder, 'leader_group/perf.data'));
    const { last_value_per_id: last, attrs } = truthOf('leader_group');
    for (const { name, ids } of attrs) {
      const sum = ids.reduce((total, id) => total + (last?.[String(id)] ?? 0), 0);
      expect(counterTotal(profile, name)).toBe(sum);
    }
  });

  it.each(['uprobe_args', 'pipe_uprobe'])('%s: every probe hit with its arguments', async (name) => {
    const profile = await readPerfDataFile(join(folder, name, 'perf.data'));
    const startNs = BigInt(profile.clock.startNs ?? 0);
    const hits = profile.probeHits.map((hit) => ({
      time_ns: Number(startNs + BigInt(hit.timeNs)),
      event: hit.name,
      ...Object.fromEntries([...hit.arguments].map(([key, value]) => [key, Number(value)])),
    }));
    expect(hits).toEqual(truthOf(name).markers);
    expect(profile.probeHits.map(({ isReturn }) => isReturn)).toEqual(
      profile.probeHits.map((_, row) => row % 2 === 1),
    );
  });

  it('zstd_mixed: context switches inside the compressed records', async () => {
    const profile = await readPerfDataFile(join(folder, 'zstd_mixed/perf.data'));
    expect(profile.switches.length).toBe(68);
    expect(profile.threads).toHaveLength(3);
    const demo = profile.addressSpaces
      .flatMap(({ mappings }) => mappings)
      .find(({ path }) => path.endsWith('demo_mt'));
    expect(demo?.buildId).toMatch(/^[0-9a-f]{40}$/);
  });
});

describeWithSamples('recordings of an emulated Arm target', (samples) => {
  const folder = join(samples, 'captures');
  const scriptOf = (name: string): ScriptSample[] =>
    parsePerfScript(gunzipSync(readFileSync(join(folder, name, 'perf.script.txt.gz'))).toString());

  it.each(['perf-group-t1', 'perf-dwarf-t1', 'perf-uprobe-t1'])('%s: events and leaves', async (name) => {
    const truth = JSON.parse(readFileSync(join(folder, name, 'truth.json'), 'utf8')) as {
      by_event: Record<string, number>;
      period_sum_by_event: Record<string, number>;
      raw_sample_records_in_perf_data: number;
      probes: { time_s: string; event: string; args: string; tid: number }[];
    };
    const profile = await readPerfDataFile(join(folder, name, 'perf.data'));
    const counted = totals(profile);
    expect(Object.fromEntries(Object.entries(counted).map(([event, [count]]) => [event, count]))).toEqual(
      truth.by_event,
    );
    for (const [event, sum] of Object.entries(truth.period_sum_by_event)) expect(counted[event][1]).toBe(sum);
    expect(profile.samples.length + profile.probeHits.length).toBe(truth.raw_sample_records_in_perf_data);

    // perf completes arm64 chains with the link register and DWARF: only the leaves are the same as in the file.
    const printed = scriptOf(name).filter(({ event }) => event === 'cycles');
    expect(printed.length).toBe(profile.samples.length);
    const startNs = profile.clock.startNs;
    const ours = Array.from(profile.samples.timeNs, (timeNs, row) => [
      printedTime(startNs, timeNs, 6),
      framesAsPerfPrints(profile, row)[0],
    ]);
    expect(ours.map(([time]) => time)).toEqual(printed.map(({ time }) => time));
    // perf prints no frame at all where it could not unwind.
    const leaves = printed.map(({ frames }) => frames[0]?.address.toString(16));
    const isComparable = (row: number): boolean => leaves[row] !== undefined;
    expect(ours.map(([, leaf]) => leaf).filter((_, row) => isComparable(row))).toEqual(
      leaves.filter((_, row) => isComparable(row)),
    );
    expect(
      profile.probeHits.map((hit) => ({
        time_s: printedTime(startNs, hit.timeNs, 6),
        event: hit.name,
        tid: profile.threads[hit.thread].tid,
        args: hit.isReturn
          ? `(${hex(hit.arguments.get('__probe_func'))} <- ${hex(hit.arguments.get('__probe_ret_ip'))}) ret=${hit.arguments.get('ret')}`
          : `(${hex(hit.arguments.get('__probe_ip'))}) n_tokens=${hit.arguments.get('n_tokens')}`,
      })),
    ).toEqual(truth.probes);
  });

  it.each(['sim-tiny-t1', 'sim-qwen05b-t1', 'sim-qwen05b-t2', 'sim-qwen05b-t1-norepack'])(
    '%s: totals as the simulator counted them, calls at their times',
    async (name) => {
      const truth = JSON.parse(readFileSync(join(folder, name, 'truth.json'), 'utf8')) as {
        sample_period: number;
        events: Record<string, string>;
        threads: { tid: number; totals: Record<string, number> }[];
        totals_all_threads: Record<string, number>;
        samples: number;
        samples_by_tid: Record<string, number>;
        calls: { n_tokens: number; ret: number; start_ns: number; end_ns: number }[];
      };
      const profile = await readPerfDataFile(join(folder, name, 'perf.data'));
      expect(profile.samples.length).toBe(truth.samples);
      expect(profile.origin.value).toBe('simulated');
      for (const [event, code] of Object.entries(truth.events)) {
        const counter = profile.counters.find((candidate) => candidate.name === event);
        expect(Number(counter?.code)).toBe(Number(code));
      }
      // What a thread did after its last sample is in no sample: less than one period each.
      const missing = truth.totals_all_threads.inst_retired - counterTotal(profile, 'inst_retired');
      expect(missing).toBeGreaterThanOrEqual(0);
      expect(missing).toBeLessThan(truth.sample_period * truth.threads.length);
      expect(missing / truth.totals_all_threads.inst_retired).toBeLessThan(0.001);

      const byTid: Record<string, number> = {};
      for (const thread of profile.samples.thread) {
        const { tid } = profile.threads[thread];
        byTid[tid] = (byTid[tid] ?? 0) + 1;
      }
      expect(byTid).toEqual(truth.samples_by_tid);

      const startNs = Number(profile.clock.startNs);
      const times = (isReturn: boolean): number[] =>
        profile.probeHits.filter((hit) => hit.isReturn === isReturn).map((hit) => startNs + hit.timeNs);
      expect(times(false)).toEqual(truth.calls.map((call) => call.start_ns));
      expect(times(true)).toEqual(truth.calls.map((call) => call.end_ns));
      expect(decodeCalls(profile)).toEqual({
        tokens: truth.calls.map((call) => call.n_tokens),
        returns: truth.calls.map((call) => call.ret),
      });
    },
  );

  it('sim-tiny-t1: every frame and every difference as perf script prints them', async () => {
    const profile = await readPerfDataFile(join(folder, 'sim-tiny-t1/perf.data'));
    const script = scriptOf('sim-tiny-t1');
    const printed = script.filter(({ event }) => event === 'inst_retired');
    expect(profile.samples.length).toBe(printed.length);
    printed.forEach(({ time, frames, period }, row) => {
      expect(printedTime(profile.clock.startNs, profile.samples.timeNs[row], 6)).toBe(time);
      expect(stackOfSample(profile, row).replaceAll('r', '')).toBe(
        frames.map(({ address }) => `0x${address.toString(16)}`).join(' < '),
      );
      expect(profile.samples.period[row]).toBe(period);
    });
    // perf prints one entry for each member of a sample whose value moved, in the order of the group.
    const [readings] = profile.readings;
    const names = readings.counters.map((counter) => profile.counters[counter].name);
    const moved: [string, number][] = [];
    for (let row = 0; row < readings.length; row++) {
      readings.deltas.forEach((deltas, k) => {
        if (deltas[row] !== 0) moved.push([names[k], deltas[row]]);
      });
    }
    expect(moved).toEqual(
      script.filter(({ event }) => !event.startsWith('probe_')).map(({ event, period }) => [event, period]),
    );
  });
});

function hex(value: bigint | string | undefined): string {
  return typeof value === 'bigint' ? value.toString(16) : String(value);
}

describeWithSamples('recordings of others', (samples) => {
  const folder = join(samples, 'public');
  const rows = samples
    ? readFileSync(join(folder, 'perf-data-truths.tsv'), 'utf8')
        .trim()
        .split('\n')
        .slice(1)
        .map((line) => line.split('\t'))
    : [];
  const count = (records: string, name: string): number =>
    Number(new RegExp(`'(?:z:)?${name}': (\\d+)`).exec(records)?.[1] ?? 0);

  it.each(rows)('%s (%s)', async (file, arch, records) => {
    const kind = file.startsWith('sleep') ? 'linux-perf-data' : 'simpleperf';
    const profile = await readPerfDataFile(join(folder, kind, file));
    expect(profile.target.arch).toBe(arch);
    expect(profile.samples.length + profile.probeHits.length).toBe(count(records, 'SAMPLE'));
    expect(profile.switches.length).toBe(count(records, 'SWITCH'));
    expect(profile.losses.throttles).toBe(count(records, 'THROTTLE'));
    const trailing = Number(/trailing (\d+)/.exec(records)?.[1]);
    expect(warningCodes(profile).includes('perf-trailing-bytes')).toBe(trailing > 0);
  });

  it('aperf: who used the CPU, and kernel stacks as perf script prints them', async () => {
    const profile = await readPerfDataFile(join(folder, 'aperf/perf_profile.perf.data'));
    expect(profile.samples.length).toBe(4752);
    const byName = new Map<string, number>();
    for (const thread of profile.samples.thread) {
      const { process } = profile.threads[thread];
      const { name } = profile.processes[process];
      byName.set(name, (byName.get(name) ?? 0) + 1);
    }
    expect(((byName.get('swapper') ?? 0) / 4752) * 100).toBeCloseTo(74.81, 1);
    const printed = parsePerfScript(readFileSync(join(folder, 'aperf/script.out'), 'utf8'));
    expect(printed.length).toBe(4752);
    // perf completes user chains on arm64 with the link register: six samples have one.
    const differing = printed.filter(({ time, frames }, row) => {
      expect(printedTime(profile.clock.startNs, profile.samples.timeNs[row], 6)).toBe(time);
      return stackAddresses(profile, row) !== printedAddresses(frames);
    });
    expect(differing).toHaveLength(6);
    for (const { frames } of differing) expect(frames.at(-1)?.image).not.toBe('[kernel.kallsyms]');
  });

  it('perf_display_bitmaps: the chains that simpleperf unwound itself', async () => {
    const profile = await readPerfDataFile(join(folder, 'simpleperf/perf_display_bitmaps.data'));
    const text = readFileSync(join(folder, 'simpleperf/perf_display_bitmaps.perf-script'), 'utf8');
    const printed = parsePerfScript(text.replaceAll('\t', ' '));
    expect(printed.length).toBe(525);
    // simpleperf leaves the frames of the interpreter out of its text: stacks with Java code differ.
    const java = new Set(
      profile.addressSpaces
        .flatMap(({ mappings }) => mappings)
        .filter(({ path }) => path.includes('libart.so')),
    );
    const isNative = (row: number): boolean => {
      const { stacks, frames, addressSpaces } = profile;
      for (let at = profile.samples.stack[row]; at >= 0; at = stacks.prefix[at]) {
        const frame = stacks.frame[at];
        const mapping = mappingAt(addressSpaces[frames.space[frame]], addressOfFrame(profile, frame));
        if (mapping && java.has(mapping)) return false;
      }
      return true;
    };
    const theirs = new Set(printed.map(({ time, frames }) => `${time} ${printedAddresses(frames)}`));
    let compared = 0;
    for (let row = 0; row < profile.samples.length; row++) {
      if (!isNative(row)) continue;
      const time = printedTime(profile.clock.startNs, profile.samples.timeNs[row], 6);
      expect(theirs).toContain(`${time} ${stackAddresses(profile, row)}`);
      compared++;
    }
    expect(compared).toBeGreaterThan(250);
  });
});

function stackAddresses(profile: Profile, row: number): string {
  return stackOfSample(profile, row).replaceAll(/[kr]/g, '');
}

function printedAddresses(frames: ScriptSample['frames']): string {
  return frames
    .filter(({ address }) => address >= 2n)
    .map(({ address }) => `0x${address.toString(16)}`)
    .join(' < ');
}
