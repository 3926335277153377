import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Profile } from '../../../src/profile/types.ts';
import { perfScriptReader } from '../../../src/readers/perfScript/index.ts';
import { describeWithSamples } from '../../support/samples.ts';
import { detects, fileBytes, readWith } from '../../support/textFiles.ts';

const read = (content: string | Uint8Array): Promise<Profile> => readWith(perfScriptReader, content);

/** Two samples of a worker, one of the main thread, a kernel frame, all fields that matter. */
const TWO_THREADS = `llama-cli  100/101 [003]   50.000100:       1000 cycles:u: 
\t          4904e0 ggml_vec_dot+0xe0 (/bin/llama-cli)
\t          491468 ggml_compute_forward+0x48 (/bin/llama-cli)
\t          40d1f0 thread_start+0x30 (/lib/libc.so.6)

llama-cli  100/101 [003]   50.000300:       3000 cycles:u: 
\t          4904e4 ggml_vec_dot+0xe4 (/bin/llama-cli)
\t          491468 ggml_compute_forward+0x48 (/bin/llama-cli)
\t          40d1f0 thread_start+0x30 (/lib/libc.so.6)

main one  100/100 [000]   50.000200:       2000 cycles:u: 
\tffff80008030a45c el0_svc+0xbc ([kernel.kallsyms])
\t          40d1f0 _start+0x30 (/bin/llama-cli)

`;

/** What perf 6.1 prints with `-F comm,pid,tid,time,event,ip,sym,dso,srcline`. */
const WITH_SOURCE_LINES = `demo  78/78 47422.960745: cpu-clock: 
\t           1ba07 _dl_start (/lib/ld.so)
  rtld.c:566
\t           1ab78 _dl_start_user (/lib/ld.so)
  :0
\t    7fea63bc58a8 [unknown] ([unknown])

demo  78/78 47422.960746: cpu-clock: 
\tffffffff8225fd19 el0_svc ([kernel.kallsyms])
  [kernel.kallsyms][ffffffff8225fd19]
\t           27304 __libc_start_main (inlined)
  libc-start.c:360 (inlined)
\t            1080 _start (/lib/libc.so.6)
  demo[1080]

     demo  78/78 47422.960747: cpu-clock:      7fe8bc7a6645 handle_amd (/lib/ld.so)
  dl-get-cpu-features.c:333
`;

/** What perf 6.1 prints with `-F ip,sym`, with and without call chains. */
const FRAMES_ALONE = `
\t           1ba07 _dl_start
\t           1ab78 _dl_start_user


\t    7fea63bc58a8 [unknown]
\tffffffff8225fd19 pvm_irq_enable

`;
const LEAVES_ALONE = `     7fe8bc7a6645 handle_amd
 ffffffff822572d4 __get_user_8
  [kernel.kallsyms][ffffffff822572d4]
`;

/** The stack of a sample as text, leaf first. */
function stackOf(profile: Profile, stack: number): string[] {
  const names: string[] = [];
  for (let at = stack; at >= 0; at = profile.stacks.prefix[at]) {
    const frame = profile.stacks.frame[at];
    const name = profile.frames.name[frame];
    const image = profile.frames.image[frame];
    names.push(`${name < 0 ? '?' : profile.strings[name]} ${image < 0 ? '?' : profile.strings[image]}`);
  }
  return names;
}

const stackOfSample = (profile: Profile, sample: number): string[] =>
  stackOf(profile, profile.samples.stack[sample]);

/** Samples per event name with the sum of their periods. */
function countsOf(profile: Profile): Record<string, [count: number, periods: number]> {
  return Object.fromEntries(
    profile.events.map(({ name }, event) => {
      const rows = [...profile.samples.event.keys()].filter((row) => profile.samples.event[row] === event);
      return [name, [rows.length, rows.reduce((sum, row) => sum + profile.samples.period[row], 0)]];
    }),
  );
}

/** Non-zero deltas and their sum per counter: what perf prints for the members of a group. */
function deltasOf(profile: Profile): Record<string, [records: number, sum: number]> {
  const result: Record<string, [number, number]> = {};
  for (const readings of profile.readings) {
    readings.counters.forEach((counter, column) => {
      const deltas = [...readings.deltas[column]];
      result[profile.counters[counter].name] = [
        deltas.filter((delta) => delta !== 0).length,
        deltas.reduce((sum, delta) => sum + delta, 0),
      ];
    });
  }
  return result;
}

/** Self samples per symbol of one event, the largest first. */
function selfOf(profile: Profile, event: string, top: number): [string, number][] {
  const counts = new Map<string, number>();
  for (let row = 0; row < profile.samples.length; row++) {
    if (profile.events[profile.samples.event[row]].name !== event) continue;
    const leaf = stackOfSample(profile, row)[0]?.split(' ').slice(0, -1).join(' ') ?? '';
    counts.set(leaf, (counts.get(leaf) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, top);
}

describe('perf script text', () => {
  it('puts samples in time order on a clock from the first one', async () => {
    const profile = await read(TWO_THREADS);
    expect([...profile.samples.timeNs]).toEqual([0, 100_000, 200_000]);
    expect([...profile.samples.period]).toEqual([1000, 2000, 3000]);
    expect([...profile.samples.cpu]).toEqual([3, 0, 3]);
    expect(profile.clock).toMatchObject({ name: 'perf', startNs: '50000100000' });
  });

  it('names threads, processes and the event', async () => {
    const profile = await read(TWO_THREADS);
    expect(profile.threads.map(({ pid, tid, name }) => ({ pid, tid, name }))).toEqual([
      { pid: 100, tid: 101, name: 'llama-cli' },
      { pid: 100, tid: 100, name: 'main one' },
    ]);
    expect(profile.processes).toEqual([{ pid: 100, name: 'main one', executable: null }]);
    expect(profile.events).toEqual([
      {
        name: 'cycles:u',
        role: 'sampling',
        code: '0x11',
        mnemonic: 'CPU_CYCLES',
        unit: 'cycles',
        period: null,
        frequencyHz: null,
        counter: null,
      },
    ]);
    expect(profile.warnings).toEqual([]);
  });

  it('keeps stacks with names and images, and tells kernel from user code', async () => {
    const profile = await read(TWO_THREADS);
    expect(stackOfSample(profile, 0)).toEqual([
      'ggml_vec_dot /bin/llama-cli',
      'ggml_compute_forward /bin/llama-cli',
      'thread_start /lib/libc.so.6',
    ]);
    expect(stackOfSample(profile, 1)).toEqual(['el0_svc [kernel.kallsyms]', '_start /bin/llama-cli']);
    expect([...profile.samples.isKernel]).toEqual([0, 1, 0]);
    // Two addresses in one function are two frames; the callers are shared.
    expect(profile.frames.length).toBe(6);
    expect(profile.stacks.length).toBe(6);
  });

  it('reads the same with \\r\\n, a byte-order mark, colours and as UTF-16', async () => {
    const plain = await read(TWO_THREADS);
    const coloured = TWO_THREADS.replaceAll('ggml_vec_dot', '\x1b[31mggml_vec_dot\x1b[0m');
    const utf16 = new Uint8Array(Buffer.from(`\ufeff${TWO_THREADS}`, 'utf16le'));
    for (const variant of [TWO_THREADS.replaceAll('\n', '\r\n'), `\ufeff${TWO_THREADS}`, coloured, utf16]) {
      expect(detects(perfScriptReader, variant)).toBe(true);
      const profile = await read(variant);
      expect(stackOfSample(profile, 2)).toEqual(stackOfSample(plain, 2));
      expect([...profile.samples.timeNs]).toEqual([...plain.samples.timeNs]);
      expect(profile.warnings).toEqual([]);
    }
  });

  it('takes threads of one name as one process when the text prints thread ids only', async () => {
    const profile = await read(
      TWO_THREADS.replaceAll('100/101', '101').replaceAll('main one  100/100', 'llama-cli  100'),
    );
    expect(profile.threads.map(({ tid, name }) => ({ tid, name }))).toEqual([
      { tid: 101, name: 'llama-cli' },
      { tid: 100, name: 'llama-cli' },
    ]);
    expect(profile.processes.length).toBe(1);
    expect(profile.processes[0].pid).toBeLessThan(0);
    expect(profile.processes[0].name).toBe('llama-cli');
    expect(profile.warnings.map(({ code }) => code)).toEqual(['pids-missing']);
  });

  it('weighs a sample without a period as 1', async () => {
    const profile = await read(TWO_THREADS.replaceAll(/ \d+000 cycles/g, ' cycles'));
    expect([...profile.samples.period]).toEqual([1, 1, 1]);
  });

  it('says so when there are no times', async () => {
    const profile = await read(TWO_THREADS.replaceAll(/50\.000\d00: /g, ''));
    expect([...profile.samples.period]).toEqual([1000, 3000, 2000]);
    expect(profile.clock).toMatchObject({ name: 'none', startNs: null });
    expect(profile.warnings.map(({ code }) => code)).toEqual(['times-missing']);
  });

  it('places an inlined frame in the image of the frame that holds it', async () => {
    const profile = await read(`x  1/1 1.000000: 5 cycles: 
\t 4904e0 vdotq_s32 (inlined)
\t 4904e0 helper(int) (inlined)
\t 4904e0 ggml_vec_dot+0xe0 (/bin/llama-cli)
\t 40d1f0 main+0x30 (/bin/other)
`);
    expect(stackOfSample(profile, 0)).toEqual([
      'vdotq_s32 /bin/llama-cli',
      'helper(int) /bin/llama-cli',
      'ggml_vec_dot /bin/llama-cli',
      'main /bin/other',
    ]);
  });

  it('reads records without call chains, whose frame is on the same line', async () => {
    const profile =
      await read(`       llama-cli  7/7 [000]     1.000000:   11 cycles:   4904e0 ggml_vec_dot+0xe0 (/bin/llama-cli)
       llama-cli  7/7 [000]     1.000001:   12 cycles:  ffffffc008010000 el0_svc+0x1 ([kernel.kallsyms])
       llama-cli  7/7 [000]     1.000002:   13 cycles:  ffffffc008010000 [unknown] ([unknown])
`);
    expect([...profile.samples.period]).toEqual([11, 12, 13]);
    expect(stackOfSample(profile, 0)).toEqual(['ggml_vec_dot /bin/llama-cli']);
    expect(stackOfSample(profile, 2)).toEqual(['? ?']);
    expect([...profile.samples.isKernel]).toEqual([0, 1, 1]);
  });

  it('skips source lines and reads frames whose tab was lost', async () => {
    const profile = await read(`x 1/1 1.000000: 5 cycles: 
        4904e0 ggml_vec_dot+0xe0 (/bin/llama-cli)
  quants.c:120
        40d1f0 main+0x30 (/bin/llama-cli)
  main.cpp:3
`);
    expect(stackOfSample(profile, 0)).toEqual(['ggml_vec_dot /bin/llama-cli', 'main /bin/llama-cli']);
    expect(profile.warnings).toEqual([]);
  });

  it('skips every shape of source line: without a file, without a line, inlined, below records without a call chain', async () => {
    expect(detects(perfScriptReader, WITH_SOURCE_LINES)).toBe(true);
    const profile = await read(WITH_SOURCE_LINES);
    expect([0, 1, 2].map((sample) => stackOfSample(profile, sample))).toEqual([
      ['_dl_start /lib/ld.so', '_dl_start_user /lib/ld.so', '? ?'],
      ['el0_svc [kernel.kallsyms]', '__libc_start_main /lib/libc.so.6', '_start /lib/libc.so.6'],
      ['handle_amd /lib/ld.so'],
    ]);
    expect(profile.warnings.map(({ code }) => code)).toEqual([]);
  });

  it('names the fields that call chains without record lines lack', async () => {
    const sentence =
      'input.txt: holds frames of perf script but no line that names their command, thread, time and event. Print these fields too: perf script -F comm,pid,tid,time,period,event,ip,sym,dso';
    for (const text of [FRAMES_ALONE, LEAVES_ALONE, FRAMES_ALONE.replaceAll('\n', '\r\n')]) {
      expect(detects(perfScriptReader, text)).toBe(true);
      await expect(read(text)).rejects.toThrow(sentence);
    }
  });

  it('joins the records of a sampled group into one sample with a reading', async () => {
    const group = (time: string, cycles: number, faults: number): string =>
      `x 1/1 ${time}: ${cycles} cycles: \n\t 10 f (/x)\n\nx 1/1 ${time}: 7 instructions: \n\t 10 f (/x)\n\n` +
      (faults > 0 ? `x 1/1 ${time}: ${faults} page-faults: \n\t 10 f (/x)\n\n` : '');
    const profile = await read(
      group('1.000001', 100, 0) + group('1.000002', 110, 3) + group('1.000002', 120, 0),
    );
    expect(profile.samples.length).toBe(3);
    expect(profile.events.map(({ name, role }) => [name, role])).toEqual([
      ['cycles', 'sampling'],
      ['instructions', 'group-member'],
      ['page-faults', 'group-member'],
    ]);
    expect(deltasOf(profile)).toEqual({ cycles: [3, 330], instructions: [3, 21], 'page-faults': [1, 3] });
    const [readings] = profile.readings;
    expect([...readings.sample]).toEqual([0, 1, 2]);
    expect([...readings.startNs]).toEqual([0, 0, 1000]);
    expect([...readings.timeNs]).toEqual([0, 1000, 1000]);
  });

  it('keeps events apart that only meet now and then', async () => {
    const profile = await read(`x 1/1 1.000001: 1 cycles: \n\t 10 f (/x)\n
x 1/1 1.000001: 1 instructions: \n\t 10 f (/x)\n
x 1/1 1.000002: 1 instructions: \n\t 10 f (/x)\n
x 1/1 1.000003: 1 cycles: \n\t 10 f (/x)\n`);
    expect(profile.events.map(({ role }) => role)).toEqual(['sampling', 'sampling']);
    expect(profile.samples.length).toBe(4);
    expect(profile.readings).toEqual([]);
  });

  it('gives probes as hits with their arguments and stacks, not as samples', async () => {
    const profile =
      await read(`llama-cli 9/9 [001]     2.071693:         probe_llama:llama_decode: (57a3e0) n_tokens=110
\t 57a3e0 llama_decode+0x0 (/bin/llama-cli)
\t 4058e8 main+0x10 (/bin/llama-cli)

llama-cli 9/9 [001]     2.080000:   500 cycles: 
\t 4904e0 gemm+0xe0 (/bin/llama-cli)

llama-cli 9/9 [001]     2.235329: probe_llama:llama_decode__return: (57a3e0 <- 52487c) ret=0
llama-cli 9/9 [001]     2.266352:         probe_llama:llama_decode: (57a3e0) n_tokens=1
`);
    expect(profile.samples.length).toBe(1);
    expect(profile.samples.timeNs[0]).toBe(8_307_000);
    expect(
      profile.probeHits.map((hit) => [
        hit.timeNs,
        hit.name,
        hit.isReturn,
        hit.cpu,
        hit.arguments.get('n_tokens') ?? hit.arguments.get('ret'),
        stackOf(profile, hit.stack).length,
      ]),
    ).toEqual([
      [0, 'probe_llama:llama_decode', false, 1, 110n, 2],
      [163_636_000, 'probe_llama:llama_decode__return', true, 1, 0n, 0],
      [194_659_000, 'probe_llama:llama_decode', false, 1, 1n, 0],
    ]);
    expect(profile.events.map(({ role }) => role)).toEqual(['tracepoint', 'sampling', 'tracepoint']);
  });

  it('is told by namespaces of many processes that stand before the first sample', () => {
    const namespaces = Array.from(
      { length: 40 },
      (_, pid) => `swapper     0 [000]     0.000000: PERF_RECORD_NAMESPACES ${pid}/${pid} - nr_namespaces: 7
\t\t[0/net: 4/0xeffffff9, 1/uts: 4/0xeffffffe, 2/ipc: 4/0xefffffff, 3/pid: 4/0xeffffffc,\x20
\t\t 4/user: 4/0xeffffffd, 5/mnt: 4/0xeffffff8, 6/cgroup: 4/0xeffffffb]
`,
    ).join('');
    expect(detects(perfScriptReader, namespaces)).toBe(true);
  });

  it('reads context switches from tracepoints and from side records, and counts what was lost', async () => {
    const profile = await read(`a 5/5 [000] 1.000000: 1 cycles: \n\t 10 f (/x)\n
a 5/5 [000] 1.000010: sched:sched_switch: prev_comm=a prev_pid=5 prev_prio=120 prev_state=R ==> next_comm=b next_pid=6 next_prio=120
b 6/6 [000] 1.000020: PERF_RECORD_SWITCH OUT
a 5/5 [000] 1.000021: PERF_RECORD_SWITCH IN
a 5/5 [000] 1.000022: PERF_RECORD_LOST lost 17
a 5/5 [000] 1.000023: PERF_RECORD_NAMESPACES 5/5 - nr_namespaces: 7
\t\t[0/net: 4/0xf0000098]
a 5/5 [000] 1.000024: PERF_RECORD_MMAP2 5/5: [0x5000(0x1000) @ 0 00:00 0 0]: r-xp /bin/x
`);
    const { switches } = profile;
    const rows = [...switches.timeNs.keys()].map((row) => [
      switches.timeNs[row],
      profile.threads[switches.thread[row]].name,
      switches.kind[row],
    ]);
    expect(rows).toEqual([
      [10_000, 'a', 2],
      [10_000, 'b', 0],
      [20_000, 'b', 1],
      [21_000, 'a', 0],
    ]);
    expect(profile.losses.records).toBe(17);
    expect(profile.warnings).toEqual([]);
  });

  it('takes target, clock and private facts from the header, whose command line may have line breaks', async () => {
    const header = `# ========
# captured on    : Tue Nov 24 02:14:35 2026
# hostname : armlab
# os release : 6.12.117+deb13-arm64
# perf version : 6.12.117
# arch : aarch64
# nrcpus online : 2
# nrcpus avail : 2
# cpuid : 0x00000000411fd402
# cmdline : /usr/bin/perf record -p <|im_start|>
You are 1234 assistant: be helpful
<|im_end|>
# event : name = cycles:u, , id = { 1 }, type = 0 (PERF_TYPE_HARDWARE), size = 136, config = 0, { sample_period, sample_freq } = 999, freq = 1
# pmu mappings: armv8_pmuv3 = 10, breakpoint = 5, software = 1
# clockid: monotonic (1)
# reference time: 2026-11-24 02:43:38.006694 = 1795488218.006694 (TOD) = 49.500000000 (monotonic)
# missing features: TRACING_DATA
# ========
#
`;
    const profile = await read(header + TWO_THREADS);
    expect(profile.inputs[0].tool).toBe('perf 6.12.117');
    expect(profile.target).toEqual({
      arch: 'aarch64',
      cpuCount: 2,
      kernel: '6.12.117+deb13-arm64',
      pageBytes: null,
      cpus: [
        { cpu: 0, name: 'Neoverse-V1', midr: '0x411fd402' },
        { cpu: 1, name: 'Neoverse-V1', midr: '0x411fd402' },
      ],
    });
    expect(profile.events[0]).toMatchObject({ frequencyHz: 999, period: null });
    expect(profile.clock.name).toBe('CLOCK_MONOTONIC');
    // 50.0001 s on the clock is 0.5001 s after the noted instant.
    expect(profile.clock.anchors.realtimeNs).toBe('1795488218506794000');
    const privateFacts = profile.facts.filter((fact) => fact.private);
    expect(privateFacts.map(({ name, value }) => [name, value])).toEqual([
      ['host-name', 'armlab'],
      [
        'command-line',
        '/usr/bin/perf record -p <|im_start|>\nYou are 1234 assistant: be helpful\n<|im_end|>',
      ],
    ]);
  });

  it('takes target and facts from a header without records', async () => {
    const profile = await read(
      '# ========\n# captured on    : x\n# hostname : pi\n# os release : 6.6.1\n# ========\n#\n',
    );
    expect(profile.inputs[0].format).toBe('perf-header');
    expect(profile.target.kernel).toBe('6.6.1');
    expect(profile.samples.length).toBe(0);
    expect(profile.warnings).toEqual([]);
  });

  it('names the host “simulated” as the origin', async () => {
    const profile = await read(`# ========\n# hostname : simulated\n# ========\n${TWO_THREADS}`);
    expect(profile.origin.value).toBe('simulated');
  });

  it('leaves out a few lines of something else and says how many', async () => {
    const profile = await read(`${TWO_THREADS}[ perf record: Woken up 2 times ]\n`);
    expect(profile.samples.length).toBe(3);
    expect(profile.warnings.map(({ code }) => code)).toEqual(['lines-not-understood']);
  });

  it('refuses a text with more than a fifth of other lines and quotes the first', async () => {
    const text = `${TWO_THREADS}${'Overhead 12 % of something\n'.repeat(4)}`;
    await expect(read(text)).rejects.toThrow(
      'input.txt: 27 % of its lines are no perf script output; the first is line 15: “Overhead 12 % of something”. Write',
    );
    await expect(read('# a comment\n')).rejects.toThrow('input.txt: holds no records of perf script. Write');
  });

  it('cuts lines and stacks that never end', async () => {
    const frames = '\t 10 f (/x)\n'.repeat(10_050);
    const profile = await read(`x 1/1 1.000000: 1 cycles: \n\t 11 ${'y'.repeat(3 << 20)} (/x)\n${frames}`);
    expect(profile.samples.length).toBe(1);
    expect(profile.warnings.map(({ code }) => code)).toEqual(['stacks-cut']);
  });

  it('reads lines that are cut by the ends of blocks', async () => {
    // 4 MiB blocks: 180 bytes a sample do not divide them.
    const many = TWO_THREADS.repeat(14_000);
    const profile = await read(many);
    expect(profile.samples.length).toBe(42_000);
    expect(profile.frames.length).toBe(6);
    expect(profile.stacks.length).toBe(6);
  });

  it.each([
    ['records with frames', TWO_THREADS, true],
    ['records without times', TWO_THREADS.replaceAll(/50\.000\d00: /g, ''), true],
    [
      'a header that fills the head',
      `# ========\n# captured on    : Tue Nov 24\n${'# event : x\n'.repeat(500)}`,
      true,
    ],
    [
      'perf report with the same header',
      '# ========\n# captured on : x\n# ========\n#\n# Total Lost Samples: 0\n#\n# Samples: 4K of event cycles\n',
      false,
    ],
    [
      'perf stat',
      ' Performance counter stats for ./demo:\n\n   85.53 msec cpu-clock   #    0.984 CPUs utilized\n',
      false,
    ],
    ['folded stacks', 'java;start;run 12\njava;start;stop 1\n', false],
    ['a log', '12:00:01 server: started\n12:00:02 worker 12: ready\n', false],
    ['kallsyms', 'ffff800008010000 T _text\nffff800008010008 t foo [bar]\n', false],
    ['nm output', '                 U memcpy\n0000000000401136 T main\n', false],
    ['numbers in columns', '           12345 cycles\n           67890 instructions\n', false],
    ['nothing', '', false],
    ['bytes', '\0\x01\x02PERFILE2', false],
  ])('detects %s: %#', (_, text, expected) => {
    expect(detects(perfScriptReader, text)).toBe(expected);
  });
});

describeWithSamples('perf script text of the samples', (folder) => {
  const sample = (path: string): Promise<Profile> => read(fileBytes(join(folder, path)));
  const truth = (path: string): Record<string, unknown> =>
    JSON.parse(readFileSync(join(folder, path), 'utf8')) as Record<string, unknown>;

  it.each([
    ['perf-recorded/fp_cpuclock/script.txt', { 'cpu-clock': [932, 932932932] }],
    ['perf-recorded/fp_cpuclock/script-fields.txt', { 'cpu-clock': [932, 932932932] }],
    ['perf-recorded/zstd_mixed/script.txt', { 'cpu-clock': [117, 234468936] }],
    ['public/aperf/script.out', { 'cpu-clock:pppH': [4752, 47999999520] }],
    ['public/speedscope/forks.linux-perf.txt', { 'cpu-clock': [561, 561561561] }],
    ['public/speedscope/rust-mangled.linux-perf.txt', { 'task-clock:ppp': [96, 1627118592] }],
    ['public/speedscope/simple-with-header.linux-perf.txt', { 'cpu-clock': [136, 136136136] }],
    ['public/simpleperf/perf_display_bitmaps.perf-script', { 'cpu-clock': [525, 131250000] }],
    ['captures/perf-dwarf-t1/perf.script.txt.gz', { cycles: [229, 1094491972] }],
  ])('%s has the samples that perf counts', async (path, counts) => {
    const profile = await sample(path);
    expect(countsOf(profile)).toEqual(counts);
    expect(profile.warnings.map(({ code }) => code).filter((code) => code !== 'pids-missing')).toEqual([]);
  });

  it('agrees with perf report about self samples', async () => {
    const profile = await sample('perf-recorded/fp_cpuclock/script.txt');
    expect(selfOf(profile, 'cpu-clock', 4)).toEqual([
      ['spin_leaf', 653],
      ['spin_other', 165],
      ['pvm_irq_enable', 83],
      ['touch_pages', 20],
    ]);
    const kernelSamples = profile.samples.isKernel.reduce((sum, one) => sum + one, 0);
    // 932 samples less those of perf report's user rows.
    expect(kernelSamples).toBe(kernelRows(join(folder, 'perf-recorded/fp_cpuclock/report-flat.csv')));
  });

  it('finds idle time of a system-wide recording', async () => {
    const profile = await sample('public/aperf/script.out');
    const idle = profile.threads.findIndex(({ tid }) => tid === 0);
    const count = profile.samples.thread.filter((thread) => thread === idle).length;
    // perf report: swapper 74.81 % of 4752.
    expect(count).toBe(3555);
    expect(profile.threads[idle]).toMatchObject({ pid: 0, name: 'swapper' });
  });

  it('reads the group of perf-group-t1 as 1447 samples', async () => {
    const profile = await sample('captures/perf-group-t1/perf.script.txt.gz');
    expect(profile.samples.length).toBe(1447);
    expect(deltasOf(profile)).toEqual({ cycles: [1447, 1447001158], instructions: [1447, 723500579] });
    expect(selfOf(profile, 'cycles', 4)).toEqual([
      ['kai_run_matmul_clamp_f32_qsi8d32p4x8_qsi4c32p4x8_16x4_neon_i8mm', 273],
      ['ggml_vec_dot_q6_K_q8_K', 177],
      ['kai_run_matmul_clamp_f32_qsi8d32p1x8_qsi4c32p4x8_1x4x32_neon_dotprod', 151],
      ['ggml_compute_forward_flash_attn_ext', 139],
    ]);
    expect(profile.target.cpus[1]).toEqual({ cpu: 1, name: 'Neoverse-V1', midr: '0x411fd402' });
    expect(profile.samples.stack.filter((stack) => stack === -1).length).toBe(5);
  });

  it('finds groups without a header too', async () => {
    const profile = await sample('perf-recorded/leader_group/script.txt');
    expect(profile.samples.length).toBe(413);
    expect(deltasOf(profile)).toEqual({ 'cpu-clock': [413, 829298393], 'page-faults': [19, 2098] });
  });

  it('finds a group of 15 counters without a header, with the records that perf counts for each', async () => {
    const profile = await sample('captures/sim-tiny-t1/perf.script.txt.gz');
    // perf 6.12 report --stats; totals of truth.json differ by what ran before the first and after the last sample.
    expect(
      Object.fromEntries(Object.entries(deltasOf(profile)).map(([event, [records]]) => [event, records])),
    ).toEqual({
      inst_retired: 3497,
      ld_spec: 3483,
      st_spec: 3496,
      dp_spec: 3497,
      ase_spec: 3243,
      vfp_spec: 2561,
      br_retired: 3497,
      l1d_cache: 3497,
      l1d_cache_refill: 3285,
      l2d_cache: 3285,
      l2d_cache_refill: 2824,
      l3d_cache: 2824,
      l3d_cache_refill: 2221,
      ll_cache_rd: 2187,
      ll_cache_miss_rd: 1595,
    });
    expect(profile.samples.length).toBe(3497);
    const { totals_all_threads: totals } = truth('captures/sim-tiny-t1/truth.json') as {
      totals_all_threads: Record<string, number>;
    };
    for (const [event, [, sum]] of Object.entries(deltasOf(profile))) {
      expect(Math.abs(sum / totals[event] - 1), event).toBeLessThan(0.02);
    }
  });

  it('reads the probes of perf-uprobe-t1 as perf prints them', async () => {
    const profile = await sample('captures/perf-uprobe-t1/perf.script.txt.gz');
    const { probes } = truth('captures/perf-uprobe-t1/truth.json') as {
      probes: { time_s: string; event: string; args: string; tid: number }[];
    };
    expect(profile.samples.length).toBe(723);
    expect(profile.probeHits.length).toBe(42);
    expect(
      profile.probeHits.map((hit) => ({
        time_s: ((hit.timeNs + Number(profile.clock.startNs)) / 1e9).toFixed(6),
        event: hit.name,
        args: hit.isReturn
          ? `(57a3e0 <- ${hit.arguments.get('__probe_ret_ip')?.toString(16)}) ret=${hit.arguments.get('ret')}`
          : `(57a3e0) n_tokens=${hit.arguments.get('n_tokens')}`,
        tid: profile.threads[hit.thread].tid,
      })),
    ).toEqual(probes);
  });

  it('reads the probes of another program with two arguments', async () => {
    const profile = await sample('perf-recorded/uprobe_args/script.txt');
    expect(countsOf(profile)['cpu-clock/freq=499/']).toEqual([411, 823647288]);
    const entries = profile.probeHits.filter((hit) => !hit.isReturn);
    expect(entries.map((hit) => Number(hit.arguments.get('n_tokens')))).toEqual([512, 1, 1, 1, 1, 1, 1, -1]);
    expect(entries[0].arguments.get('work')).toBe(0x1312d00n);
    const returns = profile.probeHits.filter((hit) => hit.isReturn);
    expect(returns.map((hit) => Number(hit.arguments.get('ret')))).toEqual([513, 2, 2, 2, 2, 2, 2, 0]);
  });
});

/** Samples in perf report's rows whose symbol is marked `[k]`. */
function kernelRows(path: string): number {
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line.includes('[k]'))
    .reduce((sum, line) => sum + Number(line.split(';')[1]), 0);
}
