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
  });

  it('reads what it can and names what it cannot', async () => {
    const { profile } = await read([
      file('script.txt', script),
      file('x.bin', 'nothing known'),
      file('e', ''),
    ]);
    expect(
      profile.warnings.filter(({ code }) => code === 'input-unread').map(({ message }) => message),
    ).toEqual([
      expect.stringContaining('x.bin: no reader recognises this content'),
      expect.stringContaining('e: the file is empty'),
    ]);
    await expect(read([file('x.bin', 'nothing known')])).rejects.toThrow(InputError);
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
