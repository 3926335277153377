import { describe, expect, it } from 'vitest';
import { ProfileBuilder } from '../../src/profile/builder.ts';
import { profileViolations } from '../../src/profile/integrity.ts';
import { parseKallsyms } from '../../src/profile/kallsyms.ts';
import type { Mapping } from '../../src/profile/types.ts';
import { resolveFunctions } from '../../src/symbols/resolve.ts';
import type { FunctionTable, SymbolTable } from '../../src/symbols/types.ts';
import { readTable } from '../support/symbolTables.ts';

const BUILD_ID = 'e7ced0f7b98d650ec05ca5c755fc07d91fbb5a8f';

/** A static program: linked to 0x400000, code from file offset 0 on. */
const staticProgram = (): Promise<SymbolTable> =>
  readTable(
    'llama-cli.nm.txt',
    `# build-id: ${BUILD_ID}
# file: /root/bin/llama-cli
# load: offset=0x0 vaddr=0x400000 filesz=0x2000 flags=RE
0000000000400100 0000000000000100 T main
0000000000400200 0000000000000100 T _ZN5llama6decodeEv
0000000000400300 0000000000000100 T ggml_barrier
`,
  );

/** A shared library as lld links it: the code segment's offset and address differ by a page. */
const library = (buildId = 'abcdef01', file = '/usr/lib/libggml.so'): Promise<SymbolTable> =>
  readTable(
    'libggml.nm.txt',
    `# build-id: ${buildId}
# file: ${file}
# load: offset=0x0 vaddr=0x0 filesz=0x1200 flags=R
# load: offset=0x1200 vaddr=0x2200 filesz=0x800 flags=RE
0000000000002240 0000000000000040 T ggml_mul_mat
0000000000002280 0000000000000040 t inner
`,
  );

interface FrameOptions {
  pid?: number;
  atNs?: number;
  returns?: boolean;
  kernel?: boolean;
}

/** A profile with the mappings and frames that a test adds. */
class Drawing {
  #named = 0;
  readonly builder = new ProfileBuilder({ path: 'drawn', format: 'drawing', tool: null, bytes: 0 });

  map(mapping: Partial<Mapping> & { start: bigint; end: bigint; path: string }, pid = 7, atNs = 0): this {
    this.builder.addressSpaces.map(pid, atNs, { fileOffset: 0n, buildId: null, kind: 'file', ...mapping });
    return this;
  }

  /** Row of a frame at an address. */
  frame(address: bigint, { pid = 7, atNs = 0, returns, kernel }: FrameOptions = {}): number {
    const space = kernel ? 0 : this.builder.addressSpaces.ensureSpaceAt(pid, atNs);
    const flags = (returns ? 1 : 0) | (kernel ? 2 : 0);
    return this.builder.frames.intern(Number(address & 0xffff_ffffn), Number(address >> 32n), space, flags);
  }

  /** Row of a frame of a text format. */
  named(name: string | null, image: string | null, kernel = false): number {
    const intern = (text: string | null): number => (text === null ? -1 : this.builder.strings.intern(text));
    return this.builder.frames.intern(0, this.#named++, -1, kernel ? 2 : 0, intern(name), intern(image));
  }

  resolve(tables: SymbolTable[]): FunctionTable & { nameOf(frame: number): string } {
    const profile = this.builder.finish();
    expect(profileViolations(profile)).toEqual([]);
    const table = resolveFunctions(profile, tables, (rawName) =>
      rawName === '_ZN5llama6decodeEv' ? 'llama::decode()' : rawName,
    );
    return { ...table, nameOf: (frame) => table.functions[table.functionOfFrame[frame]].name };
  }
}

const STATIC = { start: 0x400000n, end: 0x402000n, path: '/root/bin/llama-cli', buildId: BUILD_ID };

describe('user frames', () => {
  it('of a static program are named by address', async () => {
    const drawing = new Drawing().map(STATIC);
    const first = drawing.frame(0x400100n);
    const last = drawing.frame(0x4003ffn);
    const decode = drawing.frame(0x400210n);
    const { nameOf, functions, images } = drawing.resolve([await staticProgram()]);
    expect([first, last, decode].map(nameOf)).toEqual(['main', 'ggml_barrier', 'llama::decode()']);
    expect(functions[2]).toEqual({
      name: 'llama::decode()',
      rawName: '_ZN5llama6decodeEv',
      image: '/root/bin/llama-cli',
      isKernel: false,
      hasSymbol: true,
    });
    expect(images).toEqual([
      {
        image: '/root/bin/llama-cli',
        buildId: BUILD_ID,
        frames: 3,
        resolvedFrames: 3,
        source: 'listing',
        fix: null,
      },
    ]);
  });

  it('of a shared library are found through its segments, wherever it is mapped', async () => {
    const code = { fileOffset: 0x1000n, path: '/usr/lib/libggml.so', buildId: 'abcdef01' };
    const drawing = new Drawing()
      .map({ ...code, start: 0x7f0000001000n, end: 0x7f0000002000n })
      .map({ ...code, start: 0x7e0000001000n, end: 0x7e0000002000n }, 8);
    // File offset 0x1245 is address 0x2245 of the library.
    const here = drawing.frame(0x7f0000001245n);
    const there = drawing.frame(0x7e0000001245n, { pid: 8 });
    const { nameOf, functions } = drawing.resolve([await library()]);
    expect([here, there].map(nameOf)).toEqual(['ggml_mul_mat', 'ggml_mul_mat']);
    expect(functions).toHaveLength(1);
  });

  it('that are return addresses belong to the call before them', async () => {
    const drawing = new Drawing().map(STATIC);
    const called = drawing.frame(0x400200n, { returns: true });
    const executing = drawing.frame(0x400200n);
    const { nameOf } = drawing.resolve([await staticProgram()]);
    expect([called, executing].map(nameOf)).toEqual(['main', 'llama::decode()']);
  });

  it('right behind a mapping, or at a page of 4 GiB, return into it', async () => {
    const at = 0x7f00_0000_0000n;
    const drawing = new Drawing().map({
      start: at - 0x2000n,
      end: at,
      fileOffset: 0n,
      path: '/root/bin/llama-cli',
      buildId: BUILD_ID,
    });
    const behind = drawing.frame(at, { returns: true });
    const { functions, functionOfFrame } = drawing.resolve([await staticProgram()]);
    expect(functions[functionOfFrame[behind]].image).toBe('/root/bin/llama-cli');
  });

  it('lose pointer authentication codes and tags of Arm', async () => {
    const drawing = new Drawing().map(STATIC).map({
      ...STATIC,
      start: 0xf_ffff_0040_0000n,
      end: 0xf_ffff_0040_2000n,
    });
    const signed = [0x002b_0000_0040_0210n, 0xff00_0000_0040_0210n, 0xab5f_ffff_0040_0210n];
    const frames = signed.map((address) => drawing.frame(address));
    const { nameOf } = drawing.resolve([await staticProgram()]);
    expect(frames.map(nameOf)).toEqual(Array(3).fill('llama::decode()'));
  });

  it('after exec belong to the new program, in a fork to the inherited one', async () => {
    const drawing = new Drawing().map({ ...STATIC, path: '/bin/sh', buildId: 'aa' });
    const { addressSpaces } = drawing.builder;
    addressSpaces.fork(8, 7, 10);
    addressSpaces.exec(8, 20);
    drawing.map(STATIC, 8, 20);
    const inherited = drawing.frame(0x400110n, { pid: 8, atNs: 15 });
    const executed = drawing.frame(0x400110n, { pid: 8, atNs: 25 });
    const { nameOf } = drawing.resolve([await staticProgram()]);
    expect([inherited, executed].map(nameOf)).toEqual(['[sh]', 'main']);
  });
});

describe('code without symbols', () => {
  it('is one function an image', async () => {
    const drawing = new Drawing()
      .map(STATIC)
      .map({ start: 0x7f00_0000_0000n, end: 0x7f00_0010_0000n, path: '/lib/libc.so.6', buildId: 'cc' })
      .map({ start: 0x7f00_1000_0000n, end: 0x7f00_1000_1000n, path: '[vdso]', kind: 'vdso' })
      .map({ start: 0x7f00_2000_0000n, end: 0x7f00_2000_1000n, path: '//anon', kind: 'anonymous' })
      .map({ start: 0x7f00_3000_0000n, end: 0x7f00_3000_1000n, path: '', kind: 'anonymous' });
    const frames = [
      0x400000n,
      0x7f00_0000_1234n,
      0x7f00_0000_5678n,
      0x7f00_1000_0010n,
      0x7f00_2000_0010n,
      0x7f00_3000_0010n,
      0x1234n,
    ].map((address) => drawing.frame(address));
    const { nameOf, functions, images } = drawing.resolve([await staticProgram()]);
    expect(frames.map(nameOf)).toEqual([
      '[llama-cli]',
      '[libc.so.6]',
      '[libc.so.6]',
      '[vdso]',
      '[anon]',
      '[anon]',
      '[unknown]',
    ]);
    expect(functions.every(({ hasSymbol }) => !hasSymbol)).toBe(true);
    expect(functions.filter(({ name }) => name === '[libc.so.6]')).toHaveLength(1);
    expect(
      images.map(({ image, frames, resolvedFrames, fix }) => [image, frames, resolvedFrames, fix]),
    ).toEqual([
      ['//anon', 2, 0, null],
      [
        '/lib/libc.so.6',
        2,
        0,
        expect.stringMatching(/^no symbols for libc\.so\.6 \(build-id cc\): run gemview symbols/),
      ],
      ['/root/bin/llama-cli', 1, 0, null],
      ['[unknown]', 1, 0, null],
      ['[vdso]', 1, 0, null],
    ]);
  });
});

describe('the table of an image', () => {
  const names = async (buildId: string | null, path: string, tables: SymbolTable[]) => {
    const drawing = new Drawing().map({ ...STATIC, path, buildId });
    const frame = drawing.frame(0x400110n);
    const { nameOf, warnings, images } = drawing.resolve(tables);
    return { name: nameOf(frame), codes: warnings.map(({ code }) => code), fix: images[0].fix };
  };

  it('is the one with its build-id, whatever it is called', async () => {
    expect(
      await names(BUILD_ID, '/elsewhere/renamed', [await library(), await staticProgram()]),
    ).toMatchObject({
      name: 'main',
      codes: [],
    });
    expect(await names(`${BUILD_ID}0000`, '/x', [await staticProgram()])).toMatchObject({ name: 'main' });
  });

  it('is made of the stripped file and of its debug symbols, which do not know where the code lay', async () => {
    // The library as lld links it: guessing that addresses are offsets in the file would be a page off.
    const stripped = await library();
    const exported = {
      start: Float64Array.of(0x2240),
      end: Float64Array.of(0x2280),
      rawNames: ['ggml_mul_mat'],
    };
    const locals = {
      start: Float64Array.of(0x2280, 0x22c0),
      end: Float64Array.of(0x22c0, 0x2300),
      rawNames: ['inner', 'outer'],
    };
    const tables = [
      { ...stripped, functions: { length: 1, ...exported } },
      { ...stripped, path: 'libggml.so.debug', loads: [], functions: { length: 2, ...locals } },
    ];
    const code = { fileOffset: 0x1000n, path: '/usr/lib/libggml.so', buildId: 'abcdef01' };
    const resolved = (given: SymbolTable[]) => {
      const drawing = new Drawing().map({ start: 0x7f00_0000_1000n, end: 0x7f00_0000_2000n, ...code });
      const rows = [0x7f00_0000_1250n, 0x7f00_0000_1290n, 0x7f00_0000_12c0n].map((ip) => drawing.frame(ip));
      const { nameOf } = drawing.resolve(given);
      return rows.map((row) => nameOf(row));
    };
    expect(resolved(tables)).toEqual(['ggml_mul_mat', 'inner', 'outer']);
    const warning = { code: 'symbols-stripped', message: 'libggml.so is stripped', fix: null };
    const [first, second] = tables;
    const codes = (given: SymbolTable[]) => new Drawing().resolve(given).warnings.map(({ code }) => code);
    expect(codes([{ ...first, warnings: [warning] }, second])).toEqual([]);
    expect(codes([{ ...first, warnings: [warning] }])).toEqual(['symbols-stripped']);
    expect(
      codes([
        { ...first, warnings: [warning] },
        { ...second, buildId: '77' },
      ]),
    ).toEqual(['symbols-stripped']);
    // A stripped file that names nothing still says how it is loaded.
    const nameless = {
      ...stripped,
      functions: { length: 0, start: new Float64Array(), end: new Float64Array(), rawNames: [] },
    };
    expect(resolved([nameless, tables[1]])).toEqual(['[libggml.so]', 'inner', 'outer']);
  });

  it('is never one of another build', async () => {
    const other = { ...(await staticProgram()), buildId: '1234abcd' };
    expect(await names(BUILD_ID, '/root/bin/llama-cli', [other])).toEqual({
      name: '[llama-cli]',
      codes: ['symbols-other-build'],
      fix: `the symbols of llama-cli are of another build (1234abcd) than the one that ran (${BUILD_ID}). Run gemview symbols on the ELF file that was recorded, not on a later build`,
    });
  });

  it('is told by path where a build-id is not known', async () => {
    expect(await names(null, '/root/bin/llama-cli', [await staticProgram()])).toMatchObject({
      name: 'main',
      codes: [],
    });
    expect(await names(null, '/root/bin/llama-cli (deleted)', [await staticProgram()])).toMatchObject({
      name: 'main',
    });
  });

  it('is told by file name only when that is clear, and then with a warning', async () => {
    const program = await staticProgram();
    expect(await names(null, '/opt/llama-cli', [program])).toMatchObject({
      name: 'main',
      codes: ['symbols-matched-by-name'],
    });
    const twin = { ...program, buildId: null, path: '/other/llama-cli' };
    expect(await names(null, '/opt/llama-cli', [program, twin])).toMatchObject({
      name: '[llama-cli]',
      codes: ['symbols-ambiguous'],
    });
    expect(await names(null, '/other/llama-cli', [program, twin])).toMatchObject({ name: 'main', codes: [] });
  });

  it('is not one without functions, which a stripped file gives', async () => {
    const stripped = {
      ...(await staticProgram()),
      functions: { length: 0, start: new Float64Array(0), end: new Float64Array(0), rawNames: [] },
      warnings: [{ code: 'symbols-stripped', message: 'm', fix: null }],
    };
    expect(await names(BUILD_ID, '/x', [stripped, await staticProgram()])).toMatchObject({
      name: 'main',
      // What was missing is there.
      codes: [],
    });
  });

  it('is inherited by mappings that were recorded without a build-id', async () => {
    const drawing = new Drawing()
      .map({ ...STATIC, buildId: null, path: '/x/a.out' })
      .map({ ...STATIC, path: '/x/a.out' }, 8);
    const frame = drawing.frame(0x400110n);
    drawing.frame(0x400110n, { pid: 8 });
    const { nameOf, images } = drawing.resolve([await staticProgram()]);
    expect(nameOf(frame)).toBe('main');
    expect(images).toHaveLength(1);
  });

  it('without segments is taken for fixed addresses or for file offsets', async () => {
    const fixed = { ...(await staticProgram()), loads: [] };
    expect(await names(BUILD_ID, '/x', [fixed])).toMatchObject({ name: 'main' });

    const movable = await readTable('lib.nm.txt', '0000000000001200 0000000000000040 T f\n');
    const drawing = new Drawing().map({
      start: 0x7f00_0000_1000n,
      end: 0x7f00_0000_2000n,
      fileOffset: 0x1000n,
      path: '/x/lib',
    });
    const frame = drawing.frame(0x7f00_0000_1210n);
    expect(drawing.resolve([movable]).nameOf(frame)).toBe('f');
  });

  it('that no sample needs raises no doubts', async () => {
    const drawing = new Drawing()
      .map(STATIC)
      .map({ start: 0x7f00_0000_0000n, end: 0x7f00_0000_1000n, path: '/opt/libggml.so' });
    drawing.frame(0x400110n);
    expect(drawing.resolve([await staticProgram(), await library()]).warnings).toEqual([]);
  });
});

describe('kernel frames', () => {
  const KALLSYMS = `ffff800080010000 T _stext
ffff800080010100 T do_idle
ffff800080010100 W __pi_do_idle
ffff800080020000 T last_of_kernel
ffff80007a500000 t crc32c_init\t[crc32c_generic]
ffff80007a500040 t crc32c_final\t[crc32c_generic]
`;

  it('are named by kallsyms, modules with their name', () => {
    const drawing = new Drawing();
    drawing.builder.kernelSymbols = parseKallsyms(KALLSYMS);
    const kernel = { kernel: true };
    const frames = [
      drawing.frame(0xffff_8000_8001_0108n, kernel),
      drawing.frame(0xffff_8000_8001_0100n, { kernel: true, returns: true }),
      drawing.frame(0xffff_8000_7a50_0044n, kernel),
      // Signed return address: only bit 55 is certain.
      drawing.frame(0x00a5_8000_8001_0108n, kernel),
      drawing.frame(0xffff_8000_8002_1fffn, kernel),
      drawing.frame(0xffff_8000_8002_2000n, kernel),
      drawing.frame(0xffff_8000_7000_0000n, kernel),
    ];
    const { nameOf, functions, images } = drawing.resolve([]);
    expect(frames.map(nameOf)).toEqual([
      'do_idle',
      '_stext',
      'crc32c_final',
      'do_idle',
      'last_of_kernel',
      '[kernel]',
      '[kernel]',
    ]);
    expect(functions.map(({ image, isKernel }) => [image, isKernel])).toEqual([
      ['[kernel.kallsyms]', true],
      ['[kernel.kallsyms]', true],
      ['[crc32c_generic]', true],
      ['[kernel.kallsyms]', true],
      ['[kernel.kallsyms]', true],
    ]);
    expect(images.map(({ image, resolvedFrames, source }) => [image, resolvedFrames, source])).toEqual([
      ['[kernel.kallsyms]', 4, 'kallsyms'],
      ['[crc32c_generic]', 1, 'kallsyms'],
    ]);
  });

  it('without symbols are one function', () => {
    const drawing = new Drawing();
    drawing.frame(0xffff_8000_8001_0108n, { kernel: true });
    drawing.frame(0xffff_8000_8009_0108n, { kernel: true });
    const { functions, images } = drawing.resolve([]);
    expect(functions).toEqual([
      {
        name: '[kernel]',
        rawName: '[kernel]',
        image: '[kernel.kallsyms]',
        isKernel: true,
        hasSymbol: false,
      },
    ]);
    expect(images[0]).toMatchObject({ frames: 2, resolvedFrames: 0, source: null });
    expect(images[0].fix).toContain('kernel.kptr_restrict=0');
  });
});

describe('frames of text formats', () => {
  it('keep their names, one function for each name and image', () => {
    const drawing = new Drawing();
    const frames = [
      drawing.named('ggml_vec_dot', '/usr/lib/libggml.so'),
      drawing.named('ggml_vec_dot', '/usr/lib/libggml.so'),
      drawing.named('ggml_vec_dot', '/usr/bin/other'),
      drawing.named('_ZN5llama6decodeEv', null),
      drawing.named('do_idle', null, true),
      drawing.named('[unknown]', '/usr/lib/libc.so.6'),
      drawing.named('[unknown]', '[kernel.kallsyms]', true),
      drawing.named(null, '/usr/lib/libc.so.6'),
      drawing.named(null, null),
    ];
    const { nameOf, functions, functionOfFrame, images } = drawing.resolve([]);
    expect(frames.map(nameOf)).toEqual([
      'ggml_vec_dot',
      'ggml_vec_dot',
      'ggml_vec_dot',
      'llama::decode()',
      'do_idle',
      '[libc.so.6]',
      '[kernel]',
      '[libc.so.6]',
      '[unknown]',
    ]);
    expect(functionOfFrame[frames[0]]).toBe(functionOfFrame[frames[1]]);
    expect(functionOfFrame[frames[0]]).not.toBe(functionOfFrame[frames[2]]);
    expect(functions.map(({ image }) => image)).toEqual([
      '/usr/lib/libggml.so',
      '/usr/bin/other',
      '[unknown]',
      '[kernel.kallsyms]',
      '/usr/lib/libc.so.6',
      '[kernel.kallsyms]',
      '[unknown]',
    ]);
    expect(images.find(({ image }) => image === '/usr/lib/libggml.so')).toMatchObject({
      frames: 2,
      resolvedFrames: 2,
      source: 'capture',
    });
  });
});

describe('cost', () => {
  it('a million frames take well under a second', async () => {
    const drawing = new Drawing().map(STATIC);
    for (let i = 0; i < 60; i++) {
      const start = 0x7f00_0000_0000n + BigInt(i) * 0x100000n;
      drawing.map({ start, end: start + 0x80000n, path: `/lib/lib${i}.so` });
    }
    const space = drawing.builder.addressSpaces.ensureSpaceAt(7, 0);
    const profile = drawing.builder.finish();
    const length = 1_000_000;
    profile.frames = {
      length,
      addressLow: Uint32Array.from({ length }, (_, i) => 0x400100 + ((i * 7919) % 0x300)),
      addressHigh: new Uint32Array(length),
      space: new Int32Array(length).fill(space),
      isReturnAddress: new Uint8Array(length),
      isKernel: new Uint8Array(length),
      name: new Int32Array(length).fill(-1),
      image: new Int32Array(length).fill(-1),
    };
    const started = performance.now();
    const { functions, images } = resolveFunctions(profile, [await staticProgram()], (name) => name);
    // Measured: 0.2 s. The bound leaves room for a busy machine.
    expect(performance.now() - started).toBeLessThan(3000);
    expect(functions).toHaveLength(3);
    expect(images[0].resolvedFrames).toBe(length);
  });
});
