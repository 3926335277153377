import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { readRun } from '../../src/pipeline/readRun.ts';
import { MemorySource } from '../../src/platform/bytes.ts';
import { nodeServices } from '../../src/platform/node/services.ts';
import { profileViolations } from '../../src/profile/integrity.ts';
import { InputError, type RawInput } from '../../src/readers/reader.ts';

function file(path: string, content: string | Uint8Array): RawInput {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  return { path, bytes: bytes.length, content: { kind: 'file', source: new MemorySource(bytes) } };
}

const script = `llama-cli  1820 [000]   827.351944:    2000000 cycles:
\t          57a3e0 llama_decode (/root/bin/llama-cli)

`;
/** The log that this run would have written with --verbose: times as perf script prints them, tokens `msPerToken` apart. */
function uprobeLog(msPerToken: number): string {
  const seconds = [862_784, 1_369_211, 1_391_873].map((us) => us - 50);
  while (seconds.length < 6) seconds.push(seconds[seconds.length - 1] + msPerToken * 1000 + 947);
  const stamp = (us: number): string =>
    `0.0${Math.floor(us / 1e6)}.${String(Math.floor(us / 1e3) % 1000).padStart(3, '0')}.${String(us % 1000).padStart(3, '0')}`;
  return [
    'build: 6673 (50d26e8) with cc 14 for aarch64-linux-gnu',
    ...seconds.flatMap((us, call) => [
      `${stamp(us)} D eval: [ 'a':1 ]`,
      `${stamp(us + 1000)} D n_past = ${110 + call}`,
    ]),
  ].join('\n');
}

const read = (inputs: RawInput[], runYaml: string | null = null) =>
  readRun(inputs, runYaml === null ? null : { path: 'run.yaml', text: runYaml }, nodeServices);

describe('readRun', () => {
  it('counts samples once when the text printed from a recording lies beside it', async () => {
    const recording = file('perf.data', await readFile('captures/perf-uprobe-t1/perf.data'));
    const { profile } = await read([recording, file('script.txt', script)]);
    expect(profileViolations(profile)).toEqual([]);
    // 723 records of a group of two events; perf prints one of each.
    expect(profile.samples.length).toBe(723);
    expect(profile.inputs.map(({ format }) => format)).toEqual(['perf.data', 'perf-script']);
    expect(profile.warnings.map(({ code }) => code)).toContain('input-copy');
    expect((await read([file('script.txt', script)])).profile.samples.length).toBe(1);
    const report =
      'sample:\n  event_type: cpu-cycles\n  time: 5\n  event_count: 1\n  thread_id: 1\n  thread_name: a\n';
    expect((await read([recording, file('report.txt', report)])).profile.samples.length).toBe(723);
    expect((await read([file('report.txt', report)])).profile.samples.length).toBe(1);
  });

  it('aligns a log with times by the calls that probes saw', async () => {
    const { profile } = await read([
      file('perf.data', await readFile('captures/perf-uprobe-t1/perf.data')),
      file('llama.log', uprobeLog(21)),
    ]);
    expect(profileViolations(profile)).toEqual([]);
    const [alignment] = profile.clock.alignments;
    expect(alignment).toMatchObject({ path: 'llama.log', method: 'matched-events' });
    // perf script: the capture's first record is at 827.351944 s, the log began 827 s after the machine.
    expect(alignment.offsetNs / 1e6).toBeCloseTo(-351.944, 1);
    // perf script prints microseconds; the log lines below stand 50 µs before their calls.
    expect(alignment.residualNs! / 1e6).toBeLessThan(0.1);
    expect(profile.warnings.filter(({ code }) => code === 'clock-unrelated')).toEqual([]);
    const hits = profile.probeHits.filter(({ isReturn }) => !isReturn);
    // The first hit is of warm-up, of which the log says nothing.
    expect(profile.logEvents[0].timeNs - hits[1].timeNs).toBeCloseTo(0, -5);
  });

  it('leaves a log of another run at its own start', async () => {
    const { profile } = await read([
      file('perf.data', await readFile('captures/perf-uprobe-t1/perf.data')),
      file('llama.log', uprobeLog(30)),
    ]);
    expect(profile.clock.alignments).toEqual([
      { path: 'llama.log', method: 'none', offsetNs: 0, residualNs: null },
    ]);
    expect(profile.warnings.filter(({ code }) => code === 'clock-unrelated')[0].fix).toContain(
      '--log-timestamps',
    );
  });

  it('reads what it can and names what it cannot', async () => {
    const { profile } = await read([
      file('script.txt', script),
      file('x.bin', 'nothing known'),
      file('prompt.txt', 'Once upon a time'),
      file('e', ''),
    ]);
    expect(
      profile.warnings.filter(({ code }) => code === 'input-unread').map(({ message }) => message),
    ).toEqual([
      expect.stringContaining('e: the file is empty'),
      '2 files were not recognised and left out: x.bin, prompt.txt',
    ]);
    expect(profile.inputs.map(({ path, format }) => `${path} ${format}`)).toEqual([
      'e null',
      'prompt.txt null',
      'script.txt perf-script',
      'x.bin null',
    ]);
    await expect(read([file('x.bin', 'nothing known')])).rejects.toThrow(InputError);
    await expect(read([file('x.bin', 'no'), file('y', 'no'), file('z', 'no')])).rejects.toThrow(
      'x.bin: no reader recognises this content, nor that of the 2 other files here. gemview reads',
    );
    await expect(read([])).rejects.toThrow('no input files');
  });

  it('lets run.yaml say where a run comes from, and refuses what it does not know', async () => {
    const { profile } = await read([file('script.txt', script)], 'origin: emulated\n');
    expect(profile.origin.value).toBe('emulated');
    await expect(read([file('script.txt', script)], 'origin: hardwear\n')).rejects.toThrow(
      /run\.yaml: origin/,
    );
    await expect(
      read(
        [file('script.txt', script)],
        'figures:\n  - {kind: rate, subject: tg128, value: 1, unit: tokens/s}\n',
      ),
    ).rejects.toThrow('figures need a source');
  });
});

describe('figures in run.yaml', () => {
  const FIGURES = `source: somebody, https://example.org/page
model: { name: m, fileType: Q4_0, bytes: 4000, parameters: 7000 }
figures:
  - { kind: rate, subject: tg128, value: 8.85, unit: tokens/s, spread: 0.09, settings: { n_threads: 1, mmap: true } }
`;

  it('make a run of their own, of origin reported', async () => {
    const { profile } = await read([], FIGURES);
    expect(profileViolations(profile)).toEqual([]);
    expect(profile.origin.value).toBe('reported');
    expect(profile.inputs).toMatchObject([{ path: 'run.yaml', format: 'reported-figures' }]);
    expect(profile.figures).toEqual([
      {
        kind: 'rate',
        subject: 'tg128',
        value: 8.85,
        unit: 'tokens/s',
        spread: 0.09,
        repetitions: [],
        settings: { n_threads: '1', mmap: 'true' },
        source: 'somebody, https://example.org/page',
      },
    ]);
    expect(profile.model).toMatchObject({ name: 'm', fileType: 'Q4_0', fileBytes: 4000, tensors: null });
    expect(profile.model?.bitsPerWeight).toBeCloseTo(32_000 / 7000, 9);
  });

  it('do not make a recording reported, nor win over a stated origin', async () => {
    expect((await read([file('script.txt', script)], FIGURES)).profile.origin.value).toBeNull();
    expect((await read([], `origin: hardware\n${FIGURES}`)).profile.origin.value).toBe('hardware');
  });

  it('are what a run.yaml that stands alone must have', async () => {
    await expect(read([], 'title: nothing\n')).rejects.toThrow('lists no figures');
  });
});
