import { describe, expect, it } from 'vitest';
import { isListing } from '../../src/symbols/listing.ts';
import { drawn, nameAt, readTable } from '../support/symbolTables.ts';

const WITH_HEADER = `# build-id: 9365DBC2cbffb0669b8a523cbd47ff4585287e8c
# file: /root/bin/llama-cli
# load: offset=0x000000 vaddr=0x0000000000400000 filesz=0x624190 flags=RE
# load: offset=0x625120 vaddr=0x0000000000a35120 filesz=0x01d8c4 flags=RW
0000000000000070 0000000000000008 u _ZGVZ1fvE1x
0000000000402ca8 00000000000000ec W _ZN5minja4nodeEv
0000000000402d94 00000000000000b4 T main
0000000000402e48 00000000000000b4 t inner
0000000000402f00 0000000000000010 i memcpy
0000000000a40000 0000000000000010 W data_start
0000000000a40010 0000000000000010 D table
0000000000a40020 0000000000000010 V weak_object
`;

describe('listings', () => {
  it('with header lines name the image, its segments and its functions', async () => {
    const table = await readTable('x.nm.txt', WITH_HEADER);
    expect(table).toMatchObject({
      buildId: '9365dbc2cbffb0669b8a523cbd47ff4585287e8c',
      path: '/root/bin/llama-cli',
      source: 'listing',
      warnings: [],
    });
    expect(table.loads).toEqual([
      { offset: 0n, vaddr: 0x400000n, fileSize: 0x624190n, executable: true },
      { offset: 0x625120n, vaddr: 0xa35120n, fileSize: 0x1d8c4n, executable: false },
    ]);
    expect(drawn(table.functions)).toEqual([
      '402ca8-402d94 _ZN5minja4nodeEv',
      '402d94-402e48 main',
      '402e48-402efc inner',
      '402f00-402f10 memcpy',
    ]);
  });

  it('may be pasted from readelf and nm, with Windows line ends', async () => {
    const pasted = `
Elf file type is DYN (Position-Independent Executable file)
Entry point 0x1060

Program Headers:
  Type           Offset   VirtAddr           PhysAddr           FileSiz  MemSiz   Flg Align
  PHDR           0x000040 0x0000000000000040 0x0000000000000040 0x000310 0x000310 R   0x8
  LOAD           0x000000 0x0000000000000000 0x0000000000000000 0x000700 0x000700 R   0x1000
  LOAD           0x001000 0x0000000000001000 0x0000000000001000 0x000391 0x000391 R E 0x1000

Displaying notes found in: .note.gnu.build-id
  Owner                Data size \tDescription
  GNU                  0x00000014\tNT_GNU_BUILD_ID (unique build ID bitstring)\t    Build ID: 1941b49fde96eda77fe7684c02278a0d93a051ec
0000000000001170 0000000000000009 t frame_dummy
0000000000001179 000000000000003d T spin_leaf\t/home/me/demo.c:12
                 U printf@GLIBC_2.2.5
                 w __gmon_start__
0000000000001300 T _fini
`;
    for (const text of [pasted, pasted.replaceAll('\n', '\r\n')]) {
      expect(isListing(text)).toBe(true);
      const table = await readTable('demo.nm.txt', text);
      expect(table.buildId).toBe('1941b49fde96eda77fe7684c02278a0d93a051ec');
      expect(table.path).toBe('demo');
      expect(table.loads.map((load) => [load.vaddr, load.executable])).toEqual([
        [0n, false],
        [0x1000n, true],
      ]);
      expect(drawn(table.functions)).toEqual([
        '1170-1179 frame_dummy',
        '1179-11b6 spin_leaf',
        '1300-1391 _fini',
      ]);
    }
  });

  it('understand readelf without -W, which breaks LOAD entries in two', async () => {
    const table = await readTable(
      'x',
      `Program Headers:
  Type           Offset             VirtAddr           PhysAddr
                 FileSiz            MemSiz              Flags  Align
  LOAD           0x0000000000000000 0x0000000000400000 0x0000000000400000
                 0x0000000000624190 0x0000000000624190  R E    0x10000
0000000000402d94 00000000000000b4 T main
`,
    );
    expect(table.loads).toEqual([{ offset: 0n, vaddr: 0x400000n, fileSize: 0x624190n, executable: true }]);
  });

  it('keep demangled names and 32-bit addresses', async () => {
    const table = await readTable('x', '00010400 00000020 T llama_model::load(int, char const*)\n');
    expect(drawn(table.functions)).toEqual(['10400-10420 llama_model::load(int, char const*)']);
    expect(table.warnings[0]).toMatchObject({ code: 'symbols-without-segments' });
  });

  it('work without sizes (plain nm)', async () => {
    const { functions } = await readTable('x', '0000000000001000 T a\n0000000000001040 t b\n');
    expect(nameAt(functions, 0x103f)).toBe('a');
    expect(nameAt(functions, 0x1fff)).toBe('b');
  });

  it('of several files are refused', async () => {
    const two = '\na.out:\n0000000000001000 T a\n0000000000001010 T b\n\nb.out:\n0000000000001000 T c\n';
    await expect(readTable('two.txt', two)).rejects.toThrow(
      'two.txt: the listing continues with the symbols of another file (b.out). Write one listing for each file',
    );
  });
});

describe('recognising listings', () => {
  it.each([
    ['kallsyms', 'ffff800080000000 T _text\nffff800080010000 T _stext\n'],
    ['hidden kallsyms', '0000000000000000 T _text\n0000000000000000 T _stext\n'],
    ['prose', 'The listing below has addresses.\nfile: none\n'],
    ['perf script', 'llama 12 [000] 1.0: cycles:\n\tffff8000 main (/bin/llama)\n'],
    ['nothing', ''],
  ])('%s is none', (_, text) => {
    expect(isListing(text)).toBe(false);
  });

  it('knows one whose head is all readelf output', () => {
    const load =
      '  LOAD           0x001000 0x0000000000001000 0x0000000000001000 0x000391 0x000391 R E 0x1000\n';
    const notes = '  GNU  0x14  NT_GNU_BUILD_ID  Build ID: 1941b49fde96eda77fe7684c02278a0d93a051ec\n';
    expect(isListing(load + load + notes + ' 03  .init .plt .text\n'.repeat(5))).toBe(true);
  });
});
