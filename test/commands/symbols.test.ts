import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { symbolsCommand } from '../../scripts/commands/symbols.ts';
import { UsageError } from '../../scripts/usage.ts';
import { elfBytes } from '../support/elfWriter.ts';
import { scratchFolder } from '../support/scratch.ts';

const ELF = elfBytes({
  buildId: 'abcdef0123456789',
  loads: [{ offset: 0, vaddr: 0, fileSize: 0x3000 }],
  symbols: [{ name: 'main', value: 0x1000, size: 0x20 }],
});
const OTHER = elfBytes({
  buildId: '0123456789abcdef',
  symbols: [{ name: 'other', value: 0x1000, size: 0x20 }],
});
const TABLE = `gemview symbols 1
build-id abcdef0123456789
file llama-cli
load 0 0 3000 rx
words 0
functions 1
1000+20 main
`;

async function run(cwd: string, ...args: string[]) {
  let out = '';
  let errors = '';
  const code = await symbolsCommand(args, {
    cwd,
    stdout: async (data) => {
      out += data as string;
    },
    stderr: (text) => {
      errors += text;
    },
    stderrIsTerminal: false,
  });
  return { code, out, errors };
}

describe('gemview symbols', () => {
  it('writes the table of one file to the standard output', async () => {
    const cwd = scratchFolder({ 'bin/llama-cli': ELF });
    expect(await run(cwd, 'bin/llama-cli')).toEqual({ code: 0, out: TABLE, errors: '' });
  });

  it('writes to a file, relative to the caller, in folders that it makes', async () => {
    const cwd = scratchFolder({ 'llama-cli': ELF });
    const { code, out } = await run(cwd, 'llama-cli', '--out', 'run/x.symbols');
    expect(code).toBe(0);
    expect(out).toBe(`run/x.symbols: 1 function, ${TABLE.length} bytes, build-id abcdef0123456789\n`);
    expect(readFileSync(join(cwd, 'run/x.symbols'), 'utf8')).toBe(TABLE);
  });

  it('writes several tables to a folder, builds of one name apart', async () => {
    const cwd = scratchFolder({ 'old/llama-cli': ELF, 'new/llama-cli': OTHER, 'libggml.so': ELF });
    const { code } = await run(cwd, 'old/llama-cli', 'new/llama-cli', 'libggml.so', '--out', 'tables');
    expect(code).toBe(0);
    expect(readdirSync(join(cwd, 'tables')).sort()).toEqual([
      'libggml.so.symbols',
      'llama-cli-abcdef012345.symbols',
      'llama-cli.symbols',
    ]);
  });

  it('keeps the folder of the image only when asked', async () => {
    const listing = '# file: /home/me/bin/llama-cli\n0000000000001000 0000000000000020 T main\n';
    const cwd = scratchFolder({ 'list.txt': listing });
    expect((await run(cwd, 'list.txt')).out).toContain('\nfile llama-cli\n');
    expect((await run(cwd, 'list.txt', '--full-path')).out).toContain('\nfile /home/me/bin/llama-cli\n');
  });

  it('says in JSON what it found', async () => {
    const cwd = scratchFolder({ 'llama-cli': ELF, other: OTHER });
    const { code, out } = await run(cwd, 'llama-cli', 'other', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual({
      schema: 1,
      tables: [
        {
          path: 'llama-cli',
          source: 'elf',
          build_id: 'abcdef0123456789',
          file: 'llama-cli',
          functions: 1,
          segments: 1,
          bytes: TABLE.length,
          out: null,
          warnings: [],
        },
        expect.objectContaining({ path: 'other', build_id: '0123456789abcdef' }),
      ],
    });
  });

  it('warns on the error output and still writes', async () => {
    const stripped = elfBytes({
      dynamicSymbols: [{ name: 'llama_decode', value: 0x1000, size: 8 }],
      debugLink: 'libllama.debug',
    });
    const { code, out, errors } = await run(scratchFolder({ 'libllama.so': stripped }), 'libllama.so');
    expect(code).toBe(0);
    expect(out).toContain('1000+8 llama_decode\n');
    expect(errors).toContain('gemview: libllama.so is stripped: only one exported function has a name');
  });

  it('ends with 1 when an input is none, and writes the others', async () => {
    const cwd = scratchFolder({ 'notes.txt': 'no symbols', 'llama-cli': ELF, nothing: elfBytes({}) });
    const { code, out, errors } = await run(cwd, 'notes.txt', 'llama-cli', 'nothing', '--out', 'tables');
    expect(code).toBe(1);
    expect(out).toMatch(/^tables\/llama-cli\.symbols: 1 function,/);
    expect(errors.trim().split('\n')).toEqual([
      expect.stringMatching(/^gemview: notes\.txt: this is no ELF file/),
      'gemview: nothing: it names no functions. Give gemview the file as it was before strip, or build without -s',
    ]);
  });

  it('names what is wrong with the command line', async () => {
    const cwd = scratchFolder({ a: ELF, b: OTHER, 'out.txt': '' });
    await expect(run(cwd)).rejects.toThrow(UsageError);
    await expect(run(cwd, 'a', 'b')).rejects.toThrow('several tables need --out <folder>');
    await expect(run(cwd, 'a', 'b', '--out', 'out.txt')).rejects.toThrow('--out out.txt is a file');
    await expect(run(cwd, 'a', '--nonsense')).rejects.toThrow(UsageError);
    await expect(run(cwd, 'missing')).rejects.toThrow('missing: there is no such file or folder');
  });
});
