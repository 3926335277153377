import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Profile } from '../../../src/profile/types.ts';
import { targetFactsReader, tracksReader } from '../../../src/readers/targetFacts/index.ts';
import { describeWithSamples } from '../../support/samples.ts';
import { detects, fileBytes, readWith } from '../../support/textFiles.ts';

const read = (content: string | Uint8Array): Promise<Profile> => readWith(targetFactsReader, content);

const factsOf = (profile: Profile): Record<string, string> =>
  Object.fromEntries(profile.facts.map(({ name, value }) => [name, value]));
const privateFactsOf = (profile: Profile): string[] =>
  profile.facts.filter((fact) => fact.private).map(({ name }) => name);

const cpu = (number: number, variant: number, part: string, revision: number): string =>
  `processor\t: ${number}\nBogoMIPS\t: 54.00\nFeatures\t: fp asimd asimddp\nCPU implementer\t: 0x41\nCPU architecture: 8\nCPU variant\t: 0x${variant}\nCPU part\t: ${part}\nCPU revision\t: ${revision}\n\n`;

describe('/proc/cpuinfo', () => {
  it('gives the MIDR and name of each CPU', async () => {
    const profile = await read(cpu(0, 2, '0xd05', 0) + cpu(1, 2, '0xd05', 0) + cpu(4, 4, '0xd0b', 1));
    expect(profile.target).toMatchObject({
      arch: 'aarch64',
      cpuCount: 3,
      cpus: [
        { cpu: 0, name: 'Cortex-A55', midr: '0x412fd050' },
        { cpu: 1, name: 'Cortex-A55', midr: '0x412fd050' },
        { cpu: 4, name: 'Cortex-A76', midr: '0x414fd0b1' },
      ],
    });
    expect(factsOf(profile)).toEqual({ 'cpu-features': 'fp asimd asimddp' });
  });

  it('keeps the serial number private', async () => {
    const board =
      'Revision\t: d04170\nSerial\t\t: 1000000012345678\nModel\t\t: Raspberry Pi 5 Model B Rev 1.0\n';
    const profile = await read(cpu(0, 4, '0xd0b', 1) + board);
    expect(factsOf(profile)['machine-model']).toBe('Raspberry Pi 5 Model B Rev 1.0');
    expect(factsOf(profile)['serial-number']).toBe('1000000012345678');
    expect(privateFactsOf(profile)).toEqual(['serial-number']);
  });

  it('makes no MIDR of fields that are missing or too large', async () => {
    const text = cpu(0, 4, '0xd0b', 1).replace(/CPU variant.*\n/, '') + cpu(1, 4, '0xfffff', 1);
    const profile = await read(text);
    expect(profile.target.cpus).toEqual([
      { cpu: 0, name: null, midr: null },
      { cpu: 1, name: null, midr: null },
    ]);
  });
});

describe('lscpu', () => {
  const TEXT = `Architecture:                            aarch64
CPU op-mode(s):                          64-bit
CPU(s):                                  3
Model name:                              Neoverse-V2
Stepping:                                r0p1
Socket(s):                               -
Flags:                                   fp asimd
L1d cache:                               192 KiB (3 instances)
Vulnerability Spectre v2:                Mitigation; CSV2, BHB
`;

  it('names the CPUs of a machine with one kind of core', async () => {
    const profile = await read(TEXT);
    expect(profile.target).toMatchObject({ arch: 'aarch64', cpuCount: 3 });
    expect(profile.target.cpus.map(({ name }) => name)).toEqual([
      'Neoverse-V2',
      'Neoverse-V2',
      'Neoverse-V2',
    ]);
    expect(factsOf(profile)).toEqual({
      'core-models': 'Neoverse-V2',
      'core-revision': 'r0p1',
      'cpu-features': 'fp asimd',
      'cache-l1d': '192 KiB (3 instances)',
    });
    expect(profile.origin.value).toBeNull();
  });

  it('names no CPU when there are several kinds of cores', async () => {
    const profile = await read(
      'Architecture:  aarch64\nCPU(s):  8\nVendor ID:  ARM\n  Model name:  Cortex-A55\n    Stepping:  r2p0\n  Model name:  Cortex-A76\n    Stepping:  r4p1\n',
    );
    expect(profile.target).toMatchObject({ cpuCount: 8, cpus: [] });
    expect(factsOf(profile)['core-models']).toBe('Cortex-A55, Cortex-A76');
  });

  it('takes a hypervisor as a virtual machine', async () => {
    const profile = await read(`${TEXT}Hypervisor vendor:  KVM\n`);
    expect(profile.origin).toEqual({ value: 'vm', reason: 'lscpu names the hypervisor KVM' });
  });

  it('reads JSON with children', async () => {
    const json = JSON.stringify({
      lscpu: [
        { field: 'Architecture:', data: 'aarch64', children: [{ field: 'CPU(s):', data: '2' }] },
        { field: 'Vendor ID:', data: 'ARM', children: [{ field: 'Model name:', data: 'Neoverse-N1' }] },
      ],
    });
    expect(detects(targetFactsReader, json)).toBe(true);
    const profile = await read(json);
    expect(profile.target.cpus.map(({ name }) => name)).toEqual(['Neoverse-N1', 'Neoverse-N1']);
    await expect(read(json.slice(0, -5))).rejects.toThrow('input.txt: is no JSON:');
  });
});

describe('lines of the system', () => {
  it.each([
    [
      'uname -a',
      'Linux armlab 6.12.117+deb13-arm64 #1 SMP Debian 6.12.117-1 (2026-11-12) aarch64 GNU/Linux',
      { arch: 'aarch64', kernel: '6.12.117+deb13-arm64' },
    ],
    [
      'uname of Android',
      'Linux localhost 5.15.94-android13 #1 SMP PREEMPT aarch64 Toybox',
      { kernel: '5.15.94-android13' },
    ],
    [
      'uname of macOS',
      'Darwin Mac.local 23.6.0 Darwin Kernel Version 23.6.0: Mon Jul 29; root:xnu-10063/RELEASE_ARM64_T6000 arm64',
      { arch: 'arm64', kernel: '23.6.0' },
    ],
    [
      '/proc/version',
      'Linux version 6.1.0-rpi7 (a@b) (gcc 12.2.0) #1 SMP',
      { arch: null, kernel: '6.1.0-rpi7' },
    ],
  ])('reads %s', async (_, line, target) => {
    const profile = await read(`${line}\n`);
    expect(profile.target).toMatchObject(target);
    expect(profile.facts.every((fact) => fact.private)).toBe(true);
  });

  it('reads memory and huge pages', async () => {
    const profile = await read(
      'MemTotal:        3043928 kB\nMemFree:         2862272 kB\nActive(anon):     1 kB\nHugePages_Total:      16\nHugepagesize:       2048 kB\n',
    );
    expect(factsOf(profile)).toEqual({ 'total-memory': '3043928 kB', 'huge-pages': '16 × 2048 kB' });
  });

  it('reads a mix of answers, and keeps host and boot line private', async () => {
    const profile = await read(`Linux armlab 6.12.0 #1 SMP aarch64 GNU/Linux

${cpu(0, 1, '0xd40', 2)}MemTotal:        3043928 kB
perf version 6.12.117
console=ttyAMA0 root=/dev/vda rw
perf_event_paranoid -1
[    0.873217] hw perfevents: enabled with armv8_pmuv3 PMU driver, 7 (0,8000003f) counters available
armv8_pmuv3
breakpoint
kprobe
software
some line of a script
`);
    expect(factsOf(profile)).toEqual({
      'host-name': 'armlab',
      'cpu-features': 'fp asimd asimddp',
      'perf-version': '6.12.117',
      'kernel-command-line': 'console=ttyAMA0 root=/dev/vda rw',
      'perf-event-paranoid': '-1',
      'pmu-counters': 'armv8_pmuv3: 7',
      'total-memory': '3043928 kB',
      pmus: 'armv8_pmuv3 breakpoint kprobe software',
    });
    expect(privateFactsOf(profile)).toEqual(['host-name', 'kernel-command-line']);
  });
});

describe('files of sysfs', () => {
  it.each([
    [
      'ls with a heading',
      '/sys/bus/event_source/devices/armv8_pmuv3_0/events:\nbr_mis_pred\ncpu_cycles\nstall_backend\n',
      'armv8_pmuv3_0: br_mis_pred cpu_cycles stall_backend',
    ],
    [
      'ls in columns',
      '/sys/devices/armv8_cortex_a76/events/:\nbr_mis_pred  cpu_cycles\nstall_backend  l1d_cache\n',
      'armv8_cortex_a76: br_mis_pred cpu_cycles stall_backend l1d_cache',
    ],
    [
      'grep with values',
      '/sys/bus/event_source/devices/armv8_pmuv3_0/events/cpu_cycles:event=0x0011\n/sys/bus/event_source/devices/armv8_pmuv3_0/events/inst_retired:event=0x0008\n',
      'armv8_pmuv3_0: cpu_cycles inst_retired',
    ],
    [
      'perf list',
      '  armv8_pmuv3_0/br_mis_pred/                         [Kernel PMU event]\n  cpu_cycles OR armv8_pmuv3_0/cpu_cycles/            [Kernel PMU event]\n',
      'armv8_pmuv3_0: br_mis_pred cpu_cycles',
    ],
    [
      'names alone',
      'br_mis_pred\nbus_access\ncpu_cycles\ninst_retired\nstall_backend\nsomething_new\n',
      'br_mis_pred bus_access cpu_cycles inst_retired stall_backend something_new',
    ],
  ])('reads events from %s', async (_, text, events) => {
    expect(detects(targetFactsReader, text)).toBe(true);
    expect(factsOf(await read(text))['pmu-events']).toBe(events);
  });

  it('reads MIDRs, governors and frequencies', async () => {
    const profile = await read(`/sys/devices/system/cpu/cpu0/regs/identification/midr_el1:0x00000000412fd050
/sys/devices/system/cpu/cpu4/regs/identification/midr_el1:0x00000000414fd0b1
/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor:schedutil
==> /sys/devices/system/cpu/cpu4/cpufreq/scaling_governor <==
performance
/sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq:1800000
/sys/bus/event_source/devices/armv8_cortex_a55/caps/bus_width:0x00000010
/sys/kernel/mm/transparent_hugepage/enabled:always [madvise] never
`);
    expect(profile.target.cpus).toEqual([
      { cpu: 0, name: 'Cortex-A55', midr: '0x412fd050' },
      { cpu: 4, name: 'Cortex-A76', midr: '0x414fd0b1' },
    ]);
    expect(factsOf(profile)).toEqual({
      'cpu-governor': 'schedutil, performance',
      'cpu-max-khz': '1800000',
      'pmu-bus-width': '0x00000010',
      'transparent-huge-pages': 'madvise',
    });
  });

  it('reads governors alone', async () => {
    expect(factsOf(await read('performance\nperformance\n'))).toEqual({ 'cpu-governor': 'performance' });
  });
});

describe('STREAM', () => {
  it('gives measured bandwidths in bytes per second', async () => {
    const text = `-------------------------------------------------------------
STREAM version $Revision: 5.10 $
-------------------------------------------------------------
This system uses 8 bytes per array element.
Number of Threads requested = 8
Number of Threads counted = 4
Function    Best Rate MB/s  Avg time     Min time     Max time
Copy:           11600.5     0.014000     0.013793     0.014500
Scale:          10000.0     0.016100     0.016000     0.016300
Add:            12000.0     0.020100     0.020000     0.020400
Triad:          13200.5     0.018300     0.018181     0.018700
-------------------------------------------------------------
Solution Validates: avg error less than 1.000000e-13 on all three arrays
`;
    expect(detects(targetFactsReader, text)).toBe(true);
    const profile = await read(text);
    expect(profile.figures.map(({ subject, value }) => [subject, value])).toEqual([
      ['stream-copy', 11600500000],
      ['stream-scale', 10000000000],
      ['stream-add', 12000000000],
      ['stream-triad', 13200500000],
    ]);
    expect(profile.figures[3]).toMatchObject({
      kind: 'peak',
      unit: 'B/s',
      settings: { threads: '4' },
      source: 'input.txt',
    });
  });
});

describe('target.json', () => {
  const TARGET = {
    schema: 'gemview-target/1',
    arch: 'aarch64',
    kernel: '6.12.0',
    machine: 'Raspberry Pi 5',
    origin: 'hardware',
    cpus: [
      { cpu: 1, midr: '0x414fd0b1' },
      { cpu: 0, midr: '0x41d0b', name: 'big' },
    ],
    memory_bytes: 8443187200,
    page_bytes: 16384,
    governor: 'performance',
    pmus: [{ name: 'armv8_cortex_a76', counters: 7, events: ['cpu_cycles', 'stall_backend'] }],
    peaks: [{ name: 'read-bandwidth', value: 13.2e9, unit: 'B/s', threads: 2 }],
    host: 'pi',
    serial: '1234',
  };

  it('says all that other texts say, and peaks', async () => {
    expect(detects(targetFactsReader, JSON.stringify(TARGET, null, 2))).toBe(true);
    const profile = await read(JSON.stringify(TARGET));
    expect(profile.target).toEqual({
      arch: 'aarch64',
      kernel: '6.12.0',
      cpuCount: 2,
      pageBytes: 16384,
      cpus: [
        { cpu: 0, name: 'big', midr: '0x41d0b' },
        { cpu: 1, name: 'Cortex-A76', midr: '0x414fd0b1' },
      ],
    });
    expect(profile.origin.value).toBe('hardware');
    expect(profile.figures).toEqual([
      {
        kind: 'peak',
        subject: 'read-bandwidth',
        value: 13.2e9,
        unit: 'B/s',
        spread: null,
        repetitions: [],
        settings: { threads: '2' },
        source: 'input.txt',
      },
    ]);
    expect(factsOf(profile)).toEqual({
      'machine-model': 'Raspberry Pi 5',
      'total-memory': '8443187200 B',
      'cpu-governor': 'performance',
      'host-name': 'pi',
      'serial-number': '1234',
      pmus: 'armv8_cortex_a76',
      'pmu-counters': 'armv8_cortex_a76: 7',
      'pmu-events': 'armv8_cortex_a76: cpu_cycles stall_backend',
    });
    expect(privateFactsOf(profile)).toEqual(['host-name', 'serial-number']);
  });

  it('reports keys that it does not know', async () => {
    const profile = await read(JSON.stringify({ schema: 'gemview-target/1', colour: 'red' }));
    expect(profile.warnings).toEqual([
      {
        code: 'target-keys-unknown',
        message: 'Keys of target.json that gemview does not know: colour',
        fix: null,
      },
    ]);
  });

  it.each([
    ['broken JSON', '{"schema": "gemview-target/1", ', 'input.txt: is no JSON:'],
    ['another version', '{"schema": "gemview-target/9"}', 'input.txt: schema:'],
    [
      'a CPU that cannot be',
      '{"schema": "gemview-target/1", "cpus": [{"cpu": 1e9}]}',
      'input.txt: cpus.0.cpu:',
    ],
    [
      'a MIDR that is none',
      '{"schema": "gemview-target/1", "cpus": [{"cpu": 0, "midr": "0x0"}]}',
      'cpus.0.midr: is no Main ID',
    ],
    [
      'a negative peak',
      '{"schema": "gemview-target/1", "peaks": [{"name": "x", "value": -1, "unit": "B/s"}]}',
      'peaks.0.value:',
    ],
    ['an array', '[{"schema": "gemview-target/1"}]', 'holds no facts'],
  ])('refuses %s', async (_, text, message) => {
    await expect(read(text)).rejects.toThrow(message);
  });
});

describe('tracks', () => {
  it('gives a counter of levels for each name', async () => {
    const text =
      't,name,value,unit,cpu\n0.5,freq,2400,MHz,4\n0.5,temp,61.5,°C,\n1.25,freq,1800,MHz,4\n1.0,freq,600,MHz,0\n';
    expect(detects(tracksReader, text)).toBe(true);
    const profile = await readWith(tracksReader, text);
    expect(profile.counters.map(({ name, unit, kind }) => [name, unit, kind])).toEqual([
      ['freq', 'MHz', 'absolute'],
      ['temp', '°C', 'absolute'],
    ]);
    const [freq] = profile.readings;
    expect([...freq.timeNs]).toEqual([5e8, 1e9, 1.25e9]);
    expect([...freq.startNs]).toEqual([5e8, 1e9, 5e8]);
    expect([...freq.cpu]).toEqual([4, 0, 4]);
    expect([...freq.deltas[0]]).toEqual([2400, 600, 1800]);
    expect(profile.clock).toMatchObject({ name: 'tracks', startNs: null });
    expect(profile.inputs[0].format).toBe('tracks');
  });

  it('keeps wall-clock times exact', async () => {
    const profile = await readWith(
      tracksReader,
      'name,t,value\nw,1795488218.006694123,1\nw,1795488219.5,2\n',
    );
    expect(profile.clock).toMatchObject({ name: 'CLOCK_REALTIME', startNs: '1795488218000000000' });
    expect([...profile.readings[0].timeNs]).toEqual([6694123, 1.5e9]);
  });

  it('leaves out a few bad rows and refuses many', async () => {
    const good = '1,x,1\n2,x,2\n3,x,3\n4,x,4\n';
    const profile = await readWith(tracksReader, `t,name,value\n${good}5,x,many\n`);
    expect(profile.warnings.map(({ code }) => code)).toEqual(['lines-not-understood']);
    await expect(readWith(tracksReader, 't,name,value\n1,x,1\nNaN,x,2\n')).rejects.toThrow(
      '1 of 2 rows are no tracks',
    );
    await expect(readWith(tracksReader, 'a,b\n1,2\n')).rejects.toThrow('has no heading t,name,value');
  });
});

describe('what is no fact about a target', () => {
  it.each([
    ['prose', 'Tell me a story.\nOnce upon a time: there was a machine.\n'],
    ['a log', 'main: threads = 4\nload time = 5 ms\n'],
    ['YAML', 'title: A run\ndescription: of something\n'],
    ['nothing', ''],
  ])('%s', (_, text) => {
    expect(detects(targetFactsReader, text)).toBe(false);
    expect(detects(tracksReader, text)).toBe(false);
  });
});

describeWithSamples('target facts of the samples', (folder) => {
  it('knows the emulated Neoverse V1 and a Graviton4', async () => {
    const emulated = await read(fileBytes(join(folder, 'captures/gator-app-t1/cpuinfo.txt')));
    expect(emulated.target.cpus).toEqual([
      { cpu: 0, name: 'Neoverse-V1', midr: '0x411fd402' },
      { cpu: 1, name: 'Neoverse-V1', midr: '0x411fd402' },
    ]);
    const graviton = await read(fileBytes(join(folder, 'public/graviton4-onnx/cpuinfo.txt')));
    expect(graviton.target.cpuCount).toBe(16);
    expect(graviton.target.cpus[15]).toEqual({ cpu: 15, name: 'Neoverse-V2', midr: '0x410fd4f1' });
    const lscpu = await read(fileBytes(join(folder, 'public/graviton4-onnx/lscpu.txt')));
    expect(factsOf(lscpu)['machine-model']).toBe('AWS Graviton4 AWS Graviton4 CPU @ 2.8GHz');
  });

  it('reads the mixed answers beside a recording', async () => {
    const profile = await read(fileBytes(join(folder, 'captures/gator-app-t1/system.txt')));
    expect(profile.target).toMatchObject({ arch: 'aarch64', cpuCount: 2, kernel: '6.12.117+deb13-arm64' });
    expect(factsOf(profile)).toMatchObject({
      'total-memory': '3043928 kB',
      'perf-version': '6.12.117',
      'pmu-counters': 'armv8_pmuv3: 7',
      pmus: 'armv8_pmuv3 breakpoint kprobe software tracepoint uprobe',
    });
  });
});
