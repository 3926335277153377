import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Profile } from '../../../src/profile/types.ts';
import { perfStatReader } from '../../../src/readers/perfStat/index.ts';
import { describeWithSamples } from '../../support/samples.ts';
import { detects, fileBytes, readWith } from '../../support/textFiles.ts';

const read = (content: string | Uint8Array): Promise<Profile> => readWith(perfStatReader, content);

/** Sum of a counter's readings per counter; null where there is no usable value. */
function totalsOf(profile: Profile): Record<string, number | null> {
  return Object.fromEntries(
    profile.counters.map(({ name, unavailable }, counter) => {
      if (unavailable !== null) return [name, null];
      let total = 0;
      for (const readings of profile.readings) {
        const column = readings.counters.indexOf(counter);
        if (column >= 0) for (const delta of readings.deltas[column]) total += delta;
      }
      // Values have at most six decimals: what lies behind is the adding up of doubles.
      return [name, Number(total.toFixed(6))];
    }),
  );
}

const counterOf = (profile: Profile, name: string) =>
  profile.counters.find((counter) => counter.name === name);

const TITLE_LINE = " Performance counter stats for './demo 8':\n\n";

const TEXT = `# started on Tue Nov 24 02:46:45 2026


 Performance counter stats for './demo 8':

            747.69 msec cpu-clock                        #    0.928 CPUs utilized
              2104      page-faults                      #    2.814 K/sec
     5,123,456,789      cycles:u                         #    3.000 GHz                      (33.33%)
     1,000,000,001      cache-misses
   <not supported>      L1-icache-loads
     <not counted>      branches                                                             (0.00%)

       0.805688801 seconds time elapsed

       0.696290000 seconds user
       0.042316000 seconds sys

`;

describe('perf stat text', () => {
  it('reads counts with codes of what the names stand for on Arm', async () => {
    const profile = await read(TEXT);
    expect(totalsOf(profile)).toEqual({
      'cpu-clock': 747.69,
      'page-faults': 2104,
      'cycles:u': 5123456789,
      'cache-misses': 1000000001,
      'L1-icache-loads': null,
      branches: null,
    });
    expect(counterOf(profile, 'cycles:u')).toMatchObject({
      code: '0x11',
      mnemonic: 'CPU_CYCLES',
      unit: 'cycles',
      runningShare: 0.3333,
      excludesKernel: true,
    });
    expect(counterOf(profile, 'cache-misses')).toMatchObject({
      code: '0x3',
      mnemonic: 'L1D_CACHE_REFILL',
      runningShare: 1,
      excludesKernel: false,
    });
    expect(counterOf(profile, 'cpu-clock')).toMatchObject({ code: null, unit: 'ms' });
    expect(counterOf(profile, 'L1-icache-loads')?.unavailable).toMatch(/<not supported>/);
    expect(counterOf(profile, 'branches')?.unavailable).toMatch(/<not counted>/);
    expect(profile.warnings).toEqual([]);
  });

  it('reads durations, the command (private) and when it started', async () => {
    const profile = await read(TEXT);
    expect(profile.figures.map(({ subject, value, unit }) => [subject, value, unit])).toEqual([
      ['time-elapsed', 0.805688801, 's'],
      ['user-time', 0.69629, 's'],
      ['system-time', 0.042316, 's'],
    ]);
    expect(profile.facts.map(({ name, value, private: isPrivate }) => [name, value, isPrivate])).toEqual([
      ['command-line', './demo 8', true],
      ['recorded-at', 'Tue Nov 24 02:46:45 2026', false],
    ]);
    const [readings] = profile.readings;
    expect([...readings.startNs]).toEqual([0]);
    expect([...readings.timeNs]).toEqual([805688801]);
  });

  it.each([
    ['German', '781,99 msec cpu-clock', '2.104      page-faults', '5.123.456.789', '1,213897140'],
    [
      'French',
      '781,99 msec cpu-clock',
      '2\u202f104      page-faults',
      '5\u202f123\u202f456\u202f789',
      '1,213897140',
    ],
    ['Indian', '781.99 msec cpu-clock', '2,104      page-faults', '5,12,34,56,789', '1.213897140'],
    ['no', '781.99 msec cpu-clock', '2104      page-faults', '5123456789', '1.213897140'],
  ])('reads numbers of the %s locale', async (_, clock, faults, cycles, elapsed) => {
    const profile = await read(
      ` Performance counter stats for 'x':\n\n   ${clock}   #    0,644 CPUs utilized\n   ${faults}\n   ${cycles}      cycles\n\n   ${elapsed} seconds time elapsed\n`,
    );
    expect(totalsOf(profile)).toEqual({ 'cpu-clock': 781.99, 'page-faults': 2104, cycles: 5123456789 });
    expect(profile.figures[0].value).toBe(1.21389714);
  });

  it('reads repetitions as means with their spread', async () => {
    const profile = await read(` Performance counter stats for './demo' (3 runs):

             85.53 msec cpu-clock                        #    0.984 CPUs utilized            ( +-  2.54% )
              2104      page-faults                      #   25.312 K/sec                    ( +-  0.50% )  (50.00%)

           0.08687 +- 0.00321 seconds time elapsed  ( +-  3.70% )
`);
    expect(
      profile.figures.map(({ kind, subject, value, spread, settings }) => [
        kind,
        subject,
        value,
        spread,
        settings.runs,
      ]),
    ).toEqual([
      ['counter-total', 'cpu-clock', 85.53, 85.53 * 0.0254, '3'],
      ['counter-total', 'page-faults', 2104, 10.52, '3'],
      ['metric', 'time-elapsed', 0.08687, 0.00321, '3'],
    ]);
    expect(counterOf(profile, 'page-faults')?.runningShare).toBe(0.5);
    expect(profile.warnings.map(({ code }) => code)).toEqual(['stat-repeated']);
  });

  it('reads intervals as readings from the start of perf', async () => {
    const profile = await read(`#           time             counts unit events
     0.100000001              50.00 msec cpu-clock                        #    0.979 CPUs utilized
     0.100000001          1,000,000      cycles                                                         (50.00%)
     0.100000001    <not supported>      branches
[ something the program printed ]
     0.250000002              75.50 msec cpu-clock
     0.250000002          2,000,000      cycles                                                         (100.00%)
     0.250000002    <not supported>      branches
`);
    expect(profile.clock).toMatchObject({ name: 'perf-stat', startNs: null });
    const [readings] = profile.readings;
    expect([...readings.startNs]).toEqual([0, 100000001]);
    expect([...readings.timeNs]).toEqual([100000001, 250000002]);
    expect(readings.deltas.map((column) => [...column])).toEqual([
      [50, 75.5],
      [1000000, 2000000],
    ]);
    // Half of 0.1 s and all of 0.15 s.
    expect(counterOf(profile, 'cycles')?.runningShare).toBe(0.8);
    expect(totalsOf(profile)).toEqual({ 'cpu-clock': 125.5, cycles: 3000000, branches: null });
  });

  it('keeps events apart that were not counted in every interval', async () => {
    const profile = await read(`#           time             counts unit events
     0.100000000          10      cycles
     0.100000000    <not counted>      instructions
     0.200000000          20      cycles
     0.200000000           7      instructions
`);
    expect(totalsOf(profile)).toEqual({ cycles: 30, instructions: 7 });
    expect(profile.readings.map((readings) => [...readings.timeNs])).toEqual([
      [100000000, 200000000],
      [200000000],
    ]);
  });

  it('reads rows of CPUs, cores and threads', async () => {
    const profile = await read(` Performance counter stats for 'system wide':

CPU0                 1,000      cycles
CPU3                 2,000      cycles
S0-D0-C1          2      3,000      cycles
   V8 Worker-1234        4,000      cycles

       1.000000000 seconds time elapsed
`);
    const [readings] = profile.readings;
    expect([...readings.cpu]).toEqual([0, 3, -1, -1]);
    expect([...readings.deltas[0]]).toEqual([1000, 2000, 3000, 4000]);
    expect(profile.threads[readings.thread[3]]).toMatchObject({ tid: 1234, name: 'V8 Worker' });
    expect([...readings.thread].slice(0, 3)).toEqual([-1, -1, -1]);
  });

  it('takes back the scaling of events that ran on one kind of core only', async () => {
    const profile = await read(` Performance counter stats for 'x':

     4,000,000      armv8_cortex_a55/cycles/                                           (25.00%)
     8,000,000      armv8_cortex_a76/cycles/                                           (75.00%)
           100      page-faults

       1.000000000 seconds time elapsed
`);
    expect(totalsOf(profile)).toEqual({
      'armv8_cortex_a55/cycles/': 1000000,
      'armv8_cortex_a76/cycles/': 6000000,
      'page-faults': 100,
    });
    expect(profile.counters.map(({ code, pmu, runningShare }) => [code, pmu, runningShare])).toEqual([
      ['0x11', 'armv8_cortex_a55', null],
      ['0x11', 'armv8_cortex_a76', null],
      [null, null, 1],
    ]);
    expect(profile.warnings.map(({ code }) => code)).toEqual(['core-pmus-placement']);
  });

  it('keeps an event that is listed twice as two counters', async () => {
    const profile = await read(
      ` Performance counter stats for 'x':\n\n  100      cycles\n  7      stall_backend\n  120      cycles\n\n  1.000000000 seconds time elapsed\n`,
    );
    expect(totalsOf(profile)).toEqual({ cycles: 100, stall_backend: 7, 'cycles #2': 120 });
  });

  it.each([
    ['text', `${TITLE_LINE}    10  page-faults\n    -4  cycles\n${'    10  instructions\n'.repeat(5)}`],
    ['-x', '10,,page-faults,9,100.00,,\n-4,,cycles,9,100.00,,\n' + '10,,instructions,9,100.00,,\n'.repeat(5)],
    [
      '-j',
      ['page-faults 10', 'cycles -4', ...Array<string>(5).fill('instructions 10')]
        .map((row) => row.split(' '))
        .map(([event, value]) => `{"counter-value" : "${value}.000000", "event" : "${event}"}\n`)
        .join(''),
    ],
  ])('leaves a count below zero out of %s', async (_, text) => {
    const profile = await read(text);
    expect(profile.counters.map(({ name }) => name)).not.toContain('cycles');
    expect(profile.warnings.map(({ code }) => code)).toEqual(['lines-not-understood']);
  });

  it('takes no time that no clock can have', async () => {
    const row = (interval: string): string =>
      `{"interval" : ${interval}, "counter-value" : "5.000000", "event" : "cycles"}\n`;
    const profile = await read(row('1.5') + row('2.5').repeat(4) + row('1e308'));
    expect(profile.readings.flatMap(({ timeNs }) => [...timeNs]).every(Number.isFinite)).toBe(true);
    expect(profile.warnings.map(({ code }) => code)).toEqual(['lines-not-understood']);
  });

  it('is not held up by an event that is listed without end, and says how many rows it left out', async () => {
    const profile = await read(`${TITLE_LINE}${'  5  page-faults\n'.repeat(60_000)}`);
    expect(profile.counters.length).toBe(4096);
    expect(profile.counters[4095].name).toBe('page-faults #4096');
    expect(profile.warnings.map(({ message }) => message)).toEqual([
      '55904 rows behind the first 4096 events were left out',
    ]);
  }, 15_000);

  it('is not held up by many events that were counted in few of many intervals', async () => {
    const rows = Array.from({ length: 60_000 }, (_, at) => {
      const seconds = String(at + 1).padStart(6);
      return `${seconds}.000000000  7  ${at < 4000 ? `event_${at}` : 'page-faults'}\n`;
    });
    const before = process.cpuUsage();
    const profile = await read(`#           time             counts unit events\n${rows.join('')}`);
    const { user } = process.cpuUsage(before);
    expect(profile.counters.length).toBe(4001);
    expect(totalsOf(profile)).toMatchObject({ event_3999: 7, 'page-faults': 56_000 * 7 });
    expect(user / 1e6).toBeLessThan(10);
  }, 60_000);

  it('looks for rows between title and footer only', async () => {
    const profile = await read(`build: a3cb0474 (6735)
 12 tokens
 Performance counter stats for 'x':

   5      cycles

   1.000000000 seconds time elapsed

   0.500000000 seconds user
 99 problems
`);
    expect(totalsOf(profile)).toEqual({ cycles: 5 });
    expect(profile.warnings).toEqual([]);
  });

  it('says so when perf counted nothing', async () => {
    const profile = await read('# started on Tue Nov 24 02:15:29 2026\n\n');
    expect(profile.counters).toEqual([]);
    expect(profile.warnings.map(({ code }) => code)).toEqual(['perf-stat-empty']);
  });

  it.each([
    [
      'text',
      `# started on Tue Nov 24 21:09:06 2026\n\n\n${TITLE_LINE}      GHz  insn per cycle\n     2.10            0.85%\n`,
    ],
    [
      'text by socket',
      `# started on Tue Nov 24 21:09:06 2026\n\n\n${TITLE_LINE}            \nS0        2 \n\n       0.138804805 seconds time elapsed\n`,
    ],
    ['JSON', '# started on Tue Nov 24 21:09:06 2026\n\n{"GHz" : "2.10", "insn  per cycle" : "0.85"}\n'],
    ['CSV', '# started on Tue Nov 24 21:09:07 2026\n\nGHz,insn per cycle,\n2.10,0.85,\n'],
    [
      'intervals',
      '# started on Tue Nov 24 21:09:07 2026\n\n#           time       GHz  insn per cycle\n     0.100218301      2.10           0.85\n',
    ],
  ])('refuses metrics without counts, and says how to record counts: %s', async (_, text) => {
    expect(detects(perfStatReader, text)).toBe(true);
    await expect(read(text)).rejects.toThrow(
      'input.txt: holds no count of perf stat, as with --metric-only. Record again without --metric-only: gemview computes metrics from counts',
    );
  });

  it('refuses a table whose rows it cannot read', async () => {
    const rows = '   some words that are no row\n'.repeat(3);
    await expect(read(` Performance counter stats for 'x':\n\n  5      cycles\n${rows}`)).rejects.toThrow(
      'input.txt: 3 of 4 rows of perf stat cannot be read; the first is line 4: “some words that are no row”. Write',
    );
  });
});

describe('perf stat -x', () => {
  const row = '0.100000000,CPU1,104.90,msec,cpu-clock [software],104896865,50.00,1.049,CPUs utilized\n';

  it('reads time, CPU, value, unit, event, run time and share', async () => {
    const profile = await read(row);
    expect(counterOf(profile, 'cpu-clock [software]')).toMatchObject({
      unit: 'ms',
      pmu: 'software',
      runningShare: 0.5,
    });
    const [readings] = profile.readings;
    expect([readings.timeNs[0], readings.cpu[0], readings.deltas[0][0]]).toEqual([100000000, 1, 104.9]);
  });

  it.each([',', ';', '\t', '|', '@'])('finds the separator %j', async (separator) => {
    const profile = await read(row.replaceAll(',', separator));
    expect(totalsOf(profile)).toEqual({ 'cpu-clock [software]': 104.9 });
  });

  it('puts event names together that hold the separator, and leaves the cgroup out', async () => {
    const profile = await read(
      '100,,cpu/event=0x3c,umask=1/,5000,100.00,,\n200,,cycles,my.slice,5000,100.00,0.5,GHz\n300,,instructions,1.84%,5000,100.00,,\n',
    );
    expect(totalsOf(profile)).toEqual({ 'cpu/event=0x3c,umask=1/': 100, cycles: 200, instructions: 300 });
    expect(profile.figures.map(({ subject, spread }) => [subject, spread])).toEqual([
      ['instructions', 300 * 0.0184],
    ]);
  });

  it('mends values that a decimal comma tore apart', async () => {
    const profile = await read(
      '     0.107996404,40,84,msec,cpu-clock,40867487,100,00,0,CPUs utilized\n     0.107996404,49,,page-faults,40867487,33,33,1,K/sec\n     0.107996404,<not supported>,,cycles,0,100,00,,\n',
    );
    expect(totalsOf(profile)).toEqual({ 'cpu-clock': 40.84, 'page-faults': 49, cycles: null });
    expect(counterOf(profile, 'page-faults')?.runningShare).toBe(0.3333);
  });

  it('mends spreads that a decimal comma tore apart', async () => {
    const profile = await read('86,99,msec,cpu-clock,1,90%,87027015,100,00,0,CPUs utilized\n');
    expect(profile.figures.map(({ value, spread }) => [value, spread])).toEqual([[86.99, 86.99 * 0.019]]);
  });

  it('skips further metrics of an event', async () => {
    const profile = await read('100,,cycles,5000,100.00,0.5,GHz\n,,,,,1.2,insn per cycle\n');
    expect(totalsOf(profile)).toEqual({ cycles: 100 });
    expect(profile.warnings).toEqual([]);
  });
});

describe('perf stat -j', () => {
  it('reads objects, and those that a locale damaged', async () => {
    const good =
      '{"interval" : 0.100000001, "cpu" : "2", "counter-value" : "389.600587", "unit" : "msec", "event" : "cpu-clock", "event-runtime" : 389781274, "pcnt-running" : 100.00, "metric-value" : "0.653672", "metric-unit" : "CPUs utilized"}\n';
    const damaged = good
      .replace('389.600587', '389,600587')
      .replace('100.00,', '100,00,')
      .replace('"0.653672"', '0,653672');
    for (const text of [good, damaged]) {
      const profile = await read(text);
      expect(totalsOf(profile)).toEqual({ 'cpu-clock': 389.600587 });
      expect(profile.readings[0].cpu[0]).toBe(2);
      expect(profile.readings[0].timeNs[0]).toBe(100000001);
    }
  });

  it('skips objects with metrics only and says which lines are broken', async () => {
    const line = (event: string): string =>
      `{"counter-value" : "5.000000", "unit" : "", "event" : "${event}", "event-runtime" : 1, "pcnt-running" : 50.00}\n`;
    const events = ['cycles', 'instructions', 'branches', 'stall', 'r24'];
    const profile = await read(
      `${events.map(line).join('')}{"metric-value" : "1.2", "metric-unit" : "insn per cycle"}\n{"counter-value" : "7"\n`,
    );
    expect(Object.keys(totalsOf(profile))).toEqual(events);
    expect(counterOf(profile, 'r24')).toMatchObject({ code: '0x24', runningShare: 0.5 });
    expect(profile.warnings.map(({ code }) => code)).toEqual(['lines-not-understood']);
  });

  it.each(['socket', 'core', 'node'])('reads counts of each %s', async (key) => {
    const profile = await read(
      `{"${key}" : "S0", "aggregate-number" : 2, "counter-value" : "418.690861", "unit" : "msec", "event" : "cpu-clock", "event-runtime" : 1, "pcnt-running" : 100.00}\n`,
    );
    expect(totalsOf(profile)).toEqual({ 'cpu-clock': 418.690861 });
  });
});

describe('simpleperf stat', () => {
  const block = (cycles: string, seconds: string): string => `Performance counter statistics:

#          count  event_name                # count / runtime
       ${cycles}  cpu-cycles                # 1.234 GHz  (87%)
  12888.605049(ms)  task-clock                # 5.478707 cpus used
               12  raw-stall-backend:u       #

Total test time: ${seconds} seconds.
`;

  it('reads counts with thousands and milliseconds', async () => {
    const profile = await read(block('9,654,318', '2.352000'));
    expect(totalsOf(profile)).toEqual({
      'cpu-cycles': 9654318,
      'task-clock': 12888.605049,
      'raw-stall-backend:u': 12,
    });
    expect(counterOf(profile, 'cpu-cycles')).toMatchObject({ code: '0x11', runningShare: 0.87 });
    expect(profile.inputs[0].tool).toBe('simpleperf');
    expect(profile.figures.map(({ subject, value }) => [subject, value])).toEqual([['time-elapsed', 2.352]]);
  });

  it('takes counts that go on from block to block apart', async () => {
    const profile = await read(block('1,000', '1.000000') + block('1,500', '2.000000'));
    const column = profile.readings[0].counters.indexOf(0);
    expect([...profile.readings[0].deltas[column]]).toEqual([1000, 500]);
    expect([...profile.readings[0].timeNs]).toEqual([1e9, 2e9]);
  });

  it('reads --csv', async () => {
    const profile = await read(
      'Performance counter statistics,\n9654318,cpu-cycles,1.234,GHz,\n12,page-faults:u,,,(generated),\nTotal test time,2.352,seconds,\n',
    );
    expect(totalsOf(profile)).toEqual({ 'cpu-cycles': 9654318, 'page-faults:u': 12 });
  });
});

describe('what is perf stat output', () => {
  it.each([
    ['text', TEXT, true],
    ['a folded stack', 'java;start;run 12\n', false],
    ['a table of numbers', '1,2,3\n4,5,6\n', false],
    ['tracks', 't,name,value\n0.1,freq,2.4\n', false],
    ['llama-bench CSV', 'build_commit,build_number,avg_ts\n"178a6c4","1","33.7"\n', false],
    ['llama-bench JSON', '[\n  {\n    "build_commit": "178a6c4",\n', false],
    ['lines that start with blanks', '      1.5 %  a b c\n          |\n          ---d\n', false],
    [
      'perf script',
      'trace    6061 150520.991529:   16949152 task-clock:ppp: \n\t    aaaa f+0x1 (/x)\n',
      false,
    ],
    ['XML', '<counters>\n  <counter name="x"/>\n</counters>\n', false],
    ['prose', 'Performance counter stats for the win\n', false],
    ['lscpu', 'Architecture:   aarch64\nCPU(s):   2\n', false],
    ['nothing', '', false],
  ])('%s: %#', (_, text, expected) => {
    expect(detects(perfStatReader, text)).toBe(expected);
  });
});

describeWithSamples('perf stat output of the samples', (folder) => {
  const sample = (path: string): Promise<Profile> => read(fileBytes(join(folder, path)));
  const recorded = 'perf-recorded/perf_stat';

  it.each(['I100_x_61.csv', 'I100_x_612.csv', 'I100_j_61.json', 'I100_j_612.json'])(
    'agrees with the independent sums of %s',
    async (name) => {
      const truths = JSON.parse(readFileSync(join(folder, recorded, 'truth.json'), 'utf8')) as Record<
        string,
        Record<string, { rows: number; sum: number | null; last_time?: number; last_interval?: number }>
      >;
      const truth = truths[name.replace(/\.\w+$/, '')];
      const profile = await sample(join(recorded, name));
      const totals = totalsOf(profile);
      expect(Object.keys(totals)).toEqual(Object.keys(truth));
      const sums = Object.fromEntries(
        Object.entries(truth).map(([event, { sum }]) => [event, sum === null ? null : sum.toFixed(3)]),
      );
      const ours = Object.entries(totals).map(([event, total]) => [
        event,
        total === null ? null : total.toFixed(3),
      ]);
      expect(Object.fromEntries(ours)).toEqual(sums);
      const { rows, last_time, last_interval } = truth['cpu-clock'];
      const [readings] = profile.readings;
      expect(readings.length).toBe(rows);
      expect(readings.timeNs[rows - 1]).toBe(Math.round((last_time ?? last_interval ?? 0) * 1e9));
    },
  );

  it.each([
    ['text_de_DE_61.txt', { 'cpu-clock': 781.99, 'page-faults': 2104, 'context-switches': 192 }],
    ['text_fr_FR_612.txt', { 'cpu-clock': 759.38, 'page-faults': 2103, 'context-switches': 150 }],
    ['xsemi_de_DE_61.csv', { 'cpu-clock': 422.62, 'page-faults': 2103, 'context-switches': 88 }],
    ['j_fr_FR_61.json', { 'cpu-clock': 393.388702, 'page-faults': 2104, 'context-switches': 198 }],
    ['r3_x_61.csv', { 'cpu-clock': 86.99, 'page-faults': 2104, 'context-switches': 70 }],
    // Sums of the rows by hand: 104.90 + 105.07 + 101.18 + 101.06 + 51.11 + 51.11.
    ['aA_x_61.csv', { 'cpu-clock': 514.43 }],
    ['percore_x_612.csv', { 'cpu-clock': 716.88 }],
  ])('reads %s', async (name, expected) => {
    const profile = await sample(join(recorded, name));
    expect(totalsOf(profile)).toMatchObject(expected);
  });

  it('agrees with the truth of an interval recording on Arm', async () => {
    for (const [name, cycles, instructions, clock] of [
      ['stat.x.txt', 1450907848, 725453924, 1451.51],
      ['stat.j.txt', 1449347764, 724673882, 1449.970176],
    ] as const) {
      const profile = await sample(join('captures/perf-stat-interval', name));
      expect(totalsOf(profile)).toEqual({
        cycles,
        instructions,
        'task-clock': clock,
        'page-faults': 1668,
        branches: null,
        'cache-misses': null,
      });
      expect(profile.readings[0].length).toBe(14);
    }
    const empty = await sample('captures/perf-stat-interval/stat.human.txt');
    expect(empty.warnings.map(({ code }) => code)).toEqual(['perf-stat-empty']);
  });

  it('reads the counters of a Raspberry Pi 5', async () => {
    const core = totalsOf(await sample('public/rpi5-tinyllama/perf-stat-core.txt')) as Record<string, number>;
    expect(core.inst_retired / core.cycles).toBeCloseTo(2.609, 3);
    expect(core.stall_backend / core.cycles).toBeCloseTo(0.1491, 4);
    const bus = await sample('public/rpi5-tinyllama/perf-stat-l3bus.txt');
    const totals = totalsOf(bus) as Record<string, number>;
    expect(totals.L3D_CACHE_REFILL / totals.L3D_CACHE_RD).toBeCloseTo(0.969, 3);
    expect(bus.counters.map(({ code }) => code)).toEqual(['0xa0', '0x2a', '0x60', '0x61', '0x1d', '0x11']);
  });
});
