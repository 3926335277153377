import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ByteSource } from '../../src/platform/bytes.ts';
import { FileSource } from '../../src/platform/node/files.ts';
import { readElf, readElfBytes } from '../../src/symbols/elf/index.ts';
import type { SymbolTable } from '../../src/symbols/types.ts';
import { elfBytes, type ElfImage } from '../support/elfWriter.ts';
import { describeWithSamples } from '../support/samples.ts';
import { drawn, nameAt, readTable } from '../support/symbolTables.ts';

const read = (image: ElfImage): Promise<SymbolTable> => readElfBytes('image', elfBytes(image));

const BUILD_ID = '9365dbc2cbffb0669b8a523cbd47ff4585287e8c';

describe('ELF files of both classes and byte orders', () => {
  it.each([
    { bits: 64, byteOrder: 'little' },
    { bits: 64, byteOrder: 'big' },
    { bits: 32, byteOrder: 'little' },
    { bits: 32, byteOrder: 'big' },
  ] as const)('$bits bits, $byteOrder endian', async (kind) => {
    const table = await read({
      ...kind,
      buildId: BUILD_ID,
      loads: [
        { offset: 0, vaddr: 0x400000, fileSize: 0x2000 },
        { offset: 0x2000, vaddr: 0x412000, fileSize: 0x100, flags: 6 },
      ],
      text: { vaddr: 0x401000, size: 0x400 },
      symbols: [
        { name: 'main', value: 0x401000, size: 0x80 },
        { name: '_ZN5llama4evalEv', value: 0x401100, size: 0x24 },
      ],
    });
    expect(table).toMatchObject({ buildId: BUILD_ID, path: 'image', source: 'elf', warnings: [] });
    expect(table.loads).toEqual([
      { offset: 0n, vaddr: 0x400000n, fileSize: 0x2000n, executable: true },
      { offset: 0x2000n, vaddr: 0x412000n, fileSize: 0x100n, executable: false },
    ]);
    expect(drawn(table.functions)).toEqual(['401000-401080 main', '401100-401124 _ZN5llama4evalEv']);
  });
});

describe('function symbols', () => {
  it('are code: functions, indirect functions and untyped labels of code; no data, no imports', async () => {
    const { functions } = await read({
      symbols: [
        { name: 'function', value: 0x1000, size: 8 },
        { name: 'indirect', value: 0x1010, size: 8, type: 'ifunc' },
        { name: '_start', value: 0x1020, size: 8, type: 'notype' },
        { name: 'weak', value: 0x1030, size: 8, binding: 'weak' },
        { name: 'table_in_code', value: 0x1040, size: 8, type: 'object' },
        { name: 'edata', value: 0x8000, type: 'notype', section: '.data' },
        { name: 'printf', value: 0, section: 'undefined' },
        { name: 'absolute', value: 0x1234, section: 'absolute' },
        { name: '', value: 0x1050, size: 8 },
      ],
    });
    expect(drawn(functions)).toEqual([
      '1000-1008 function',
      '1010-1018 indirect',
      '1020-1028 _start',
      '1030-1038 weak',
    ]);
  });

  it('of size 0 reach to the next one, not into the next section', async () => {
    const { functions } = await read({
      text: { vaddr: 0x1000, size: 0x200 },
      fini: { vaddr: 0x1300, size: 0x40 },
      symbols: [
        { name: 'first', value: 0x1000 },
        { name: 'second', value: 0x1100 },
        { name: '_fini', value: 0x1300, section: '.fini' },
      ],
    });
    expect(drawn(functions)).toEqual(['1000-1100 first', '1100-1200 second', '1300-1340 _fini']);
  });

  it('choose among names of one address by binding', async () => {
    const { functions } = await read({
      symbols: [
        { name: 'expf32', value: 0x1000, size: 8, binding: 'weak' },
        { name: '__ieee754_expf', value: 0x1000, size: 8 },
        { name: 'expf', value: 0x1000, size: 8, binding: 'weak' },
      ],
    });
    expect(functions.rawNames).toEqual(['__ieee754_expf']);
  });

  it('of 32-bit Arm lose the bit that tells Thumb code', async () => {
    const symbols = [{ name: 'thumb', value: 0x1001, size: 8 }];
    expect(drawn((await read({ bits: 32, machine: 40, symbols })).functions)).toEqual(['1000-1008 thumb']);
    expect(drawn((await read({ bits: 32, machine: 3, symbols })).functions)).toEqual(['1001-1009 thumb']);
  });

  it('keep names that are not ASCII', async () => {
    const { functions } = await read({ symbols: [{ name: 'größe_混合', value: 0x1000, size: 8 }] });
    expect(functions.rawNames).toEqual(['größe_混合']);
  });
});

describe('build-ids', () => {
  it('come from note sections where no segment has them (separate debug files)', async () => {
    const symbols = [{ name: 'f', value: 0x1000, size: 4 }];
    expect((await read({ buildId: 'abcdef0123456789', buildIdIn: 'section', symbols })).buildId).toBe(
      'abcdef0123456789',
    );
    expect((await read({ symbols })).buildId).toBeNull();
  });
});

describe('stripped files', () => {
  it('have their code in another file: a debug file does not know where in it', async () => {
    // As objcopy --only-keep-debug leaves it: the first segment keeps its notes, that of the code no bytes.
    const { loads } = await read({
      loads: [
        { offset: 0, vaddr: 0, fileSize: 0x39c, flags: 4 },
        { offset: 0, vaddr: 0x1000, fileSize: 0 },
      ],
      symbols: [{ name: 'local_hot', value: 0x1129, size: 0x33 }],
    });
    expect(loads).toEqual([]);
  });

  it('give their exported functions and say where the rest is', async () => {
    const dynamicSymbols = [{ name: 'llama_decode', value: 0x1000, size: 0x40 }];
    const table = await readTable(
      'libllama.so',
      elfBytes({ dynamicSymbols, debugLink: 'libllama.so.debug' }),
    );
    expect(table.functions.rawNames).toEqual(['llama_decode']);
    expect(table.warnings).toEqual([
      {
        code: 'symbols-stripped',
        message:
          'libllama.so is stripped: only one exported function has a name; its symbols are in the separate file libllama.so.debug (.gnu_debuglink)',
        fix: 'Give gemview libllama.so.debug (it is in the package of debug symbols)',
      },
    ]);
  });

  it('say that a compressed symbol table is there and unread', async () => {
    const [warning] = (await read({ debugData: true })).warnings;
    expect(warning.message).toBe(
      'image is stripped: it has no function symbols; it holds a compressed symbol table (.gnu_debugdata, xz) that is not read',
    );
    expect(warning.fix).toContain('objcopy --dump-section .gnu_debugdata');
  });

  it('are not asked for exported functions when the whole table is there', async () => {
    const table = await read({
      symbols: [{ name: 'f', value: 0x1000, size: 4 }],
      dynamicSymbols: [{ name: 'g', value: 0x1010, size: 4 }],
      debugLink: 'f.debug',
    });
    expect(table.functions.rawNames).toEqual(['f']);
    expect(table.warnings).toEqual([]);
  });

  it('without section headers have no symbols', async () => {
    const table = await read({ withoutSections: true, buildId: BUILD_ID });
    expect(table).toMatchObject({ buildId: BUILD_ID, functions: { length: 0 } });
    expect(table.warnings[0].fix).toBe('Give gemview the file as it was before strip, or build without -s');
  });
});

describe('other ELF files', () => {
  it('reads section counts that do not fit the header', async () => {
    const { functions } = await read({
      extendedNumbering: true,
      symbols: [{ name: 'f', value: 0x1000, size: 4 }],
    });
    expect(functions.rawNames).toEqual(['f']);
  });

  it.each([
    [
      { type: 1 },
      'image, byte 16: this is an object file (.o) that is not linked yet. Give gemview the program',
    ],
    [{ type: 4 }, 'image, byte 16: this is a core dump. Give gemview the program'],
    [{ loads: [{ offset: 0, vaddr: 2 ** 64 - 2 ** 31, fileSize: 0x1000 }] }, 'image: this is a kernel image'],
  ])('refuses %o', async (image, message) => {
    await expect(read(image)).rejects.toThrow(message);
  });

  it('says where a cut file ends', async () => {
    const bytes = elfBytes({ symbols: [{ name: 'f', value: 0x1000, size: 4 }] });
    await expect(readElfBytes('cut', bytes.subarray(0, bytes.byteLength - 10))).rejects.toThrow(
      `cut, byte ${bytes.byteLength - 7 * 64}: the ELF file has ${bytes.byteLength - 10} bytes, but the section header table is said to end at byte ${bytes.byteLength}: it is cut or damaged. Copy the file again`,
    );
  });

  it('reads of a file of gigabytes only headers and symbols', async () => {
    // The same image, with eight gigabytes of nothing before its last byte.
    const bytes = elfBytes({ buildId: BUILD_ID, symbols: [{ name: 'f', value: 0x1000, size: 4 }] });
    let bytesRead = 0;
    const huge: ByteSource = {
      size: 8 * 2 ** 30,
      read: (offset, length) => {
        bytesRead += length;
        return Promise.resolve(bytes.subarray(offset, offset + length));
      },
    };
    const table = await readElf('huge', huge);
    expect(table.functions.rawNames).toEqual(['f']);
    expect(bytesRead).toBeLessThan(4096);
  });
});

describeWithSamples('recorded programs, against nm', (folder) => {
  it.each(['demo', 'demo_mt'])('%s', async (name) => {
    const path = join(folder, 'perf-recorded', name);
    const { functions, buildId, loads } = await readElfBytes(name, readFileSync(path));
    const listed = readFileSync(`${path}.nm.txt`, 'utf8').trim().split('\n');
    expect(listed.length).toBeGreaterThan(8);
    for (const line of listed) {
      const [address, size, letter, symbol] =
        line.split(' ').length === 4
          ? line.split(' ')
          : [line.split(' ')[0], '0', ...line.split(' ').slice(1)];
      if (!'TtWw'.includes(letter)) continue;
      const start = parseInt(address, 16);
      expect(nameAt(functions, start)).toBe(symbol);
      if (size !== '0') expect(nameAt(functions, start + parseInt(size, 16) - 1)).toBe(symbol);
    }
    expect(buildId).toMatch(/^[0-9a-f]{40}$/);
    expect(loads.filter((load) => load.executable)).toHaveLength(1);
  });
});

const hasBinutils = process.platform === 'linux' && spawnSync('nm', ['--version']).status === 0;

describe.skipIf(!hasBinutils)('the program that runs this test, against nm and readelf', () => {
  it('has the same functions, segments and build-id', async () => {
    const source = await FileSource.open(process.execPath);
    const elf = await readElf('node', source);
    await source.close();
    const list = spawnSync('sh', ['-c', 'readelf -lWn "$1"; nm -nS "$1"', 'sh', process.execPath], {
      maxBuffer: 2 ** 30,
    });
    const listing = await readTable('node.nm.txt', list.stdout);
    expect(listing.buildId).toBe(elf.buildId);
    expect(listing.loads).toEqual(elf.loads);
    // Only the linker's _init has no size; nm does not tell the sections in which such a function ends.
    const sized = (table: SymbolTable): string[] =>
      drawn(table.functions).filter((line) => !/ _(?:init|fini)$/.test(line));
    expect(elf.functions.length).toBeGreaterThan(1000);
    const listed = sized(listing);
    expect(sized(elf).filter((line, row) => line !== listed[row])).toEqual([]);
  });
});
