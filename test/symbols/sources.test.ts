import { describe, expect, it } from 'vitest';
import type { InputHead } from '../../src/readers/reader.ts';
import { writeCompactTable } from '../../src/symbols/compact/write.ts';
import { detectSymbolSource, readSymbolSource } from '../../src/symbols/sources.ts';
import { elfBytes } from '../support/elfWriter.ts';
import { drawn, readTable } from '../support/symbolTables.ts';

const ELF = elfBytes({
  buildId: 'abcdef0123456789',
  loads: [{ offset: 0, vaddr: 0, fileSize: 0x3000 }],
  symbols: [
    { name: 'main', value: 0x1000, size: 0x20 },
    { name: 'expf', value: 0x1020, size: 0x10, binding: 'weak' },
    { name: '__expf', value: 0x1020, size: 0x10 },
    { name: 'kai_kernel', value: 0x1040 },
    { name: 'label_1', value: 0x1050, binding: 'local', type: 'notype' },
    { name: '$x', value: 0x1040, binding: 'local', type: 'notype' },
    { name: 'tail', value: 0x1080, size: 8, binding: 'local' },
  ],
});

/** What nm -nS prints of the same file; nm hides marks like $x. */
const LISTING = `# build-id: abcdef0123456789
# load: offset=0x0 vaddr=0x0 filesz=0x3000 flags=RE
0000000000001000 0000000000000020 T main
0000000000001020 0000000000000010 T __expf
0000000000001020 0000000000000010 W expf
0000000000001040 T kai_kernel
0000000000001050 t label_1
0000000000001080 0000000000000008 t tail
`;

const head = (content: string | Uint8Array): InputHead => {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  return { path: 'x', bytes, text: new TextDecoder().decode(bytes) };
};

describe('symbol sources', () => {
  it('are told by content', async () => {
    const compact = writeCompactTable(await readTable('x', ELF));
    expect(detectSymbolSource(head(ELF))).toBe('elf');
    expect(detectSymbolSource(head(compact))).toBe('compact');
    expect(detectSymbolSource(head(compact.replace('symbols 1', 'symbols 9')))).toBe('compact');
    expect(detectSymbolSource(head(LISTING))).toBe('listing');
    expect(detectSymbolSource(head('PERFILE2'))).toBeNull();
    expect(detectSymbolSource(head('gemview symbols are explained here'))).toBeNull();
    expect(detectSymbolSource(head(''))).toBeNull();
  });

  it('are read as PowerShell writes them: in UTF-16', async () => {
    const compact = writeCompactTable(await readTable('x', ELF));
    for (const text of [LISTING, compact]) {
      const bytes = new Uint8Array(Buffer.from(`\ufeff${text.replaceAll('\n', '\r\n')}`, 'utf16le'));
      expect(detectSymbolSource(head(bytes))).toBe(text === compact ? 'compact' : 'listing');
      const table = await readTable('x', bytes);
      expect(table.buildId).toBe('abcdef0123456789');
      expect(drawn(table.functions)).toEqual(drawn((await readTable('x', ELF)).functions));
    }
  });

  it('of one image give the same functions', async () => {
    const elf = await readTable('llama-cli', ELF);
    const listing = await readTable('llama-cli.nm.txt', LISTING);
    const compact = await readTable('llama-cli.symbols', writeCompactTable(elf));
    expect(drawn(elf.functions)).toEqual([
      '1000-1020 main',
      '1020-1030 __expf',
      '1040-1080 kai_kernel',
      '1080-1088 tail',
    ]);
    expect(drawn(listing.functions)).toEqual(drawn(elf.functions));
    expect(drawn(compact.functions)).toEqual(drawn(elf.functions));
    for (const table of [listing, compact]) {
      expect(table).toMatchObject({ buildId: elf.buildId, path: elf.path, loads: elf.loads, warnings: [] });
    }
    // All that the listing and the file say is in the compact table.
    expect(writeCompactTable(listing)).toBe(writeCompactTable(elf));
  });

  it('that do not name their image are called like their file', async () => {
    expect((await readTable('folder/libggml.so.nm.txt', LISTING)).path).toBe('libggml.so');
    expect((await readTable('llama.txt', LISTING)).path).toBe('llama');
  });

  it('are files, and nothing else is one', async () => {
    await expect(readTable('notes.txt', 'no symbols')).rejects.toThrow(
      'notes.txt: this is no ELF file, no symbol table of gemview and no listing of nm',
    );
    await expect(
      readSymbolSource({ path: 'x.apc', bytes: 0, content: { kind: 'bundle', members: new Map() } }),
    ).rejects.toThrow('x.apc: a folder or archive is no symbol table');
  });
});
