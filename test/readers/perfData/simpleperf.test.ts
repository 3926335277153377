/** simpleperf's recordings: names of functions, records and features of its own. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { kernelSymbolName } from '../../../src/profile/kallsyms.ts';
import { nodeServices } from '../../../src/platform/node/services.ts';
import type { Profile } from '../../../src/profile/types.ts';
import { loadDemangler } from '../../../src/symbols/demangle.ts';
import { resolveFunctions } from '../../../src/symbols/resolve.ts';
import { Bytes } from '../../support/perfDataBytes.ts';
import { addressOfFrame, readPerfData, readPerfDataFile, warningCodes } from '../../support/perfDataRead.ts';
import { CONTEXT_KERNEL, CONTEXT_USER, PerfDataWriter } from '../../support/perfDataWriter.ts';
import { message } from '../../support/protobufBytes.ts';
import type { Fields } from '../../support/protobufBytes.ts';
import { describeWithSamples } from '../../support/samples.ts';

const LIBRARY = '/data/local/tmp/libllama.so';
const APK = '/data/app/base.apk!/lib/arm64/libggml.so';
const MODULE = '/vendor/lib/modules/exynos.ko';

/**
 * Samples of a library whose code begins at 0x7000 of the file and is linked at 0x9000, of one in an `.apk`, and of the
 * kernel:
 *
 *     mapped at           of file offset    sampled at
 *     0x7a_0000_0000      0x7000            0x7a_0000_0120  → 0x9120 as linked
 *     0x7b_0000_0000      0x4_5000          0x7b_0000_0040  → 0x1040 (the segment at 0x4_5000 is linked at 0x1000)
 */
function recording(): PerfDataWriter {
  const file = new PerfDataWriter();
  file.describe({
    arch: 'aarch64',
    simpleperfMeta: { simpleperf_version: '1.build.9', clockid: 'monotonic' },
  });
  const cycles = file.event({ name: 'cpu-cycles' });
  file.comm({ pid: 100, name: 'llama-cli' });
  file.mmap({ pid: 100, start: 0x7a_0000_0000n, bytes: 0x1000n, fileOffset: 0x7000n, path: LIBRARY });
  file.mmap({ pid: 100, start: 0x7b_0000_0000n, bytes: 0x1000n, fileOffset: 0x4_5000n, path: APK });
  file.mmap({
    pid: -1,
    start: 0xffff_ff80_0800_0000n,
    bytes: 0x100_0000n,
    path: '[kernel.kallsyms]',
    isKernel: true,
  });
  file.mmap({ pid: -1, start: 0xffff_ff80_0100_0000n, bytes: 0x1000n, path: MODULE, isKernel: true });
  file.sample(cycles, {
    pid: 100,
    timeNs: 1000,
    ip: 0x7a_0000_0120n,
    // The call ends where the next function begins: it is of the one before.
    chain: [CONTEXT_USER, 0x7a_0000_0120n, 0x7b_0000_0040n, 0x7a_0000_0400n],
  });
  file.sample(cycles, {
    pid: 100,
    timeNs: 2000,
    ip: 0xffff_ff80_0800_0210n,
    mode: 'kernel',
    chain: [CONTEXT_KERNEL, 0xffff_ff80_0800_0210n, 0xffff_ff80_0100_0088n, CONTEXT_USER, 0x7a_0000_0800n],
  });
  return file;
}

/** What the frames of a stack are called, leaf first. */
function namesOf(profile: Profile, sample: number): (string | null)[] {
  const { stacks, frames, strings } = profile;
  const names: (string | null)[] = [];
  for (let at = profile.samples.stack[sample]; at >= 0; at = stacks.prefix[at]) {
    const name = frames.name[stacks.frame[at]];
    names.push(name < 0 ? null : strings[name]);
  }
  return names;
}

/** Feature FILE2: `u32 size` and a message, for each file. */
function files2(...files: Fields[]): Uint8Array {
  const bytes = new Bytes(true);
  for (const fields of files) {
    const content = message(fields);
    bytes.u32(content.length).bytes(content);
  }
  return bytes.done();
}

/** Feature FILE: `u32 size`, path, type, lowest address, symbols, and where the segment begins. */
function files1(
  ...files: {
    path: string;
    type: number;
    minVaddr: bigint;
    symbols: [bigint, number, string][];
    offset?: bigint;
  }[]
): Uint8Array {
  const bytes = new Bytes(true);
  for (const { path, type, minVaddr, symbols, offset } of files) {
    const piece = new Bytes(true).text(path).u8(0).u32(type).u64(minVaddr).u32(symbols.length);
    for (const [vaddr, size, name] of symbols) piece.u64(vaddr).u32(size).text(name).u8(0);
    if (offset !== undefined) piece.u64(offset);
    bytes.u32(piece.length).bytes(piece.done());
  }
  return bytes.done();
}

const library: Fields = [
  [1, LIBRARY],
  [2, 2],
  [3, 0x9000],
  [
    4,
    [
      [1, 0x9300],
      [2, 0x100],
      [3, 'llama_decode'],
    ],
  ],
  [
    4,
    [
      [1, 0x9100],
      [2, 0x80],
      [3, '_ZN5llama4stepEi'],
    ],
  ],
  [6, [[1, 0x7000]]],
];
const apk: Fields = [
  [1, APK],
  [2, 2],
  [3, 0x1000],
  [
    4,
    [
      [1, 0x1000],
      [2, 0x100],
      [3, 'ggml_compute_forward'],
    ],
  ],
  [6, [[1, 0x4_5000]]],
];
const kernel: Fields = [
  [1, '[kernel.kallsyms]'],
  [
    4,
    [
      [1, 0xffff_ff80_0800_0200n],
      [2, 0x40],
      [3, 'do_futex'],
    ],
  ],
];
const kernelModule: Fields = [
  [1, MODULE],
  [2, 1],
  [3, 0x40],
  [
    4,
    [
      [1, 0xa0],
      [2, 0x20],
      [3, 'exynos_poll'],
    ],
  ],
  [7, [[1, 0x20]]],
];

describe('names of functions', () => {
  it('come from the list of files as protobuf', async () => {
    const file = recording();
    file.features.set(132, files2(library, apk, kernel, kernelModule));
    const profile = await readPerfData(file.toFile());
    expect(namesOf(profile, 0)).toEqual(['_ZN5llama4stepEi', 'ggml_compute_forward', 'llama_decode']);
    // The module's frame: 0x88 - 1 - 0x20 + 0x40 = 0xa7. The last one lies behind all functions of the library.
    expect(namesOf(profile, 1)).toEqual(['do_futex', 'exynos_poll', null]);
    expect(warningCodes(profile)).toEqual([]);
  });

  it('come from the list of files of recordings before 2021', async () => {
    const file = recording();
    file.features.set(
      128,
      files1(
        {
          path: LIBRARY,
          type: 2,
          minVaddr: 0x9000n,
          offset: 0x7000n,
          symbols: [
            [0x9100n, 0x80, 'step'],
            [0x9300n, 0x100, 'llama_decode'],
          ],
        },
        // 2017: no offset. The address counts from the start of the mapping.
        { path: APK, type: 2, minVaddr: 0x1000n, symbols: [[0x1000n, 0x100, 'ggml_compute_forward']] },
        {
          path: '[kernel.kallsyms]',
          type: 0,
          minVaddr: 0n,
          symbols: [[0xffff_ff80_0800_0200n, 0x40, 'do_futex']],
        },
      ),
    );
    const profile = await readPerfData(file.toFile());
    expect(namesOf(profile, 0)).toEqual(['step', 'ggml_compute_forward', 'llama_decode']);
    expect(namesOf(profile, 1)[0]).toBe('do_futex');
    expect(warningCodes(profile)).toEqual([]);
  });

  it('are kept as far as a damaged list goes', async () => {
    const file = recording();
    const list = files2(library, apk);
    file.features.set(132, list.subarray(0, list.length - 5));
    const profile = await readPerfData(file.toFile());
    expect(namesOf(profile, 0)).toEqual(['_ZN5llama4stepEi', null, 'llama_decode']);
    expect(warningCodes(profile)).toEqual(['perf-bad-feature']);
  });

  it('are functions of their images', async () => {
    const file = recording();
    file.features.set(132, files2(library, apk, kernel));
    const profile = await readPerfData(file.toFile());
    const { functions } = resolveFunctions(profile, [], await loadDemangler(nodeServices));
    expect(functions.map(({ name, image }) => [name, image])).toEqual(
      expect.arrayContaining([
        ['llama::step(int)', LIBRARY],
        ['ggml_compute_forward', APK],
        ['do_futex', '[kernel.kallsyms]'],
      ]),
    );
  });
});

describe('records of its own', () => {
  /** simpleperf's header: type, then the high and the low half of the size. */
  function ownRecord(type: number, body: Uint8Array): Uint8Array {
    const size = 8 + body.length;
    return new Bytes(true)
      .u32(type)
      .u16(size >>> 16)
      .u16(size & 0xffff)
      .bytes(body)
      .done();
  }

  const kallsyms = `ffffff8008000200 T do_futex\n${'ffffff8008000300 t padding\n'.repeat(3000)}`;

  it.each([
    ['in one record of more than 64 KiB', (text: Bytes) => [ownRecord(32769, text.done())]],
    [
      'in pieces',
      (text: Bytes) => {
        const whole = ownRecord(32769, text.done());
        return [
          ownRecord(32772, whole.subarray(0, 60_000)),
          ownRecord(32772, whole.subarray(60_000)),
          ownRecord(32773, new Uint8Array(0)),
        ];
      },
    ],
  ])('list the symbols of the kernel, %s', async (_name, records) => {
    const file = recording();
    const body = new Bytes(true).u32(kallsyms.length).text(kallsyms).pad(8);
    file.records.push(...records(body));
    const profile = await readPerfData(file.toFile());
    const { kernelSymbols } = profile;
    expect(kernelSymbols && kernelSymbolName(kernelSymbols, 0)).toBe('do_futex');
    expect(profile.samples.length).toBe(2);
    expect(warningCodes(profile)).toEqual([]);
  });

  it('in more pieces than any record has are bounded, and counted', async () => {
    const file = recording();
    const piece = ownRecord(32772, new Uint8Array(0));
    for (let at = 0; at < 4100; at++) file.records.push(piece);
    const { warnings, samples } = await readPerfData(file.toFile());
    expect(samples.length).toBe(2);
    expect(warnings.find(({ code }) => code === 'perf-bad-record')?.message).toMatch(/^4 /);
  });

  it('add ids of events that were opened later', async () => {
    const file = new PerfDataWriter();
    file.describe({ simpleperfMeta: { simpleperf_version: '1' } });
    const [cycles, instructions] = [
      file.event({ name: 'cpu-cycles' }),
      file.event({ name: 'instructions', config: 1 }),
    ];
    file.record(32774, 0, new Bytes(true).u64(2).u64(1).u64(900).u64(0).u64(901).done());
    file.sample(cycles, { pid: 1, timeNs: 10, ip: 0x1000n, id: 901n });
    file.sample(instructions, { pid: 1, timeNs: 20, ip: 0x1000n, id: 900n });
    const profile = await readPerfData(file.toFile());
    expect([...profile.samples.event].map((event) => profile.events[event].name)).toEqual([
      'cpu-cycles',
      'instructions',
    ]);
    expect(warningCodes(profile)).toEqual([]);
  });

  it('ignores ids of events that there are none of, and records that are cut', async () => {
    const file = recording();
    file.record(32774, 0, new Bytes(true).u64(1).u64(7).u64(900).done());
    file.record(32774, 0, new Bytes(true).u64(1000).u64(0).u64(900).done());
    file.record(32769, 0, new Bytes(true).u32(5000).text('short').done());
    const profile = await readPerfData(file.toFile());
    expect(profile.samples.length).toBe(2);
    expect(warningCodes(profile)).toEqual(['perf-bad-record']);
  });
});

it('takes mappings from the list that stands before the records', async () => {
  const maps = new PerfDataWriter();
  maps.event({ name: 'cpu-cycles' });
  maps.comm({ pid: 100, name: 'llama-cli' });
  maps.mmap({ pid: 100, start: 0x7a_0000_0000n, bytes: 0x1000n, fileOffset: 0x7000n, path: LIBRARY });
  const file = new PerfDataWriter();
  file.describe({ simpleperfMeta: { simpleperf_version: '1' } });
  const cycles = file.event({ name: 'cpu-cycles' });
  file.sample(cycles, { pid: 100, timeNs: 1000, ip: 0x7a_0000_0120n });
  file.features.set(134, Uint8Array.from(maps.records.flatMap((record) => [...record])));
  file.features.set(132, files2(library));
  const profile = await readPerfData(file.toFile());
  expect(namesOf(profile, 0)).toEqual(['_ZN5llama4stepEi']);
  expect(profile.threads[0].name).toBe('llama-cli');
});

describeWithSamples('a recording of a phone beside its text', (folder) => {
  it('names frames as simpleperf does, but for two thunks and one name that the demangler cuts', async () => {
    const profile = await readPerfDataFile(join(folder, 'public/simpleperf/perf_display_bitmaps.data'));
    const text = readFileSync(join(folder, 'public/simpleperf/perf_display_bitmaps.perf-script'), 'utf8');
    const printed = text
      .split(/\n\n+/)
      .filter((block) => /\d: \d+ cpu-clock:/.test(block))
      .map((block) => [
        ...block.matchAll(/^\t *([0-9a-f]+) (.*) \((?![^()]*\.(?:vdex|jar|apk|odex|oat)\))[^()]*\)$/gm),
      ]);
    expect(printed).toHaveLength(525);
    const demangle = await loadDemangler(nodeServices);
    const seen = { frames: 0, elsewhere: 0, differing: new Set<string>() };
    printed.forEach((block, sample) => {
      const nameOfAddress = namesByAddress(profile, sample);
      for (const [, address, symbol] of block) {
        // Methods of Java lie in mappings that are not executable.
        if (/^(?:java|androidx?|com)\./.test(symbol)) continue;
        seen.frames++;
        const name = nameOfAddress.get(BigInt(`0x${address}`));
        // `libfoo.so[+29c3f0]`: it found no symbol.
        const expected = /\[\+[0-9a-f]+\]$/.test(symbol) ? null : stem(symbol);
        if (name === undefined) seen.elsewhere++;
        else if ((name === null ? null : stem(demangle(name))) !== expected) seen.differing.add(`${name}`);
      }
    });
    expect(seen).toEqual({
      frames: 12_444,
      elsewhere: 0,
      differing: new Set([
        '_ZN8SkTArrayI8SkStringLb0EE4moveILb0EEENSt3__19enable_ifIXntntntT_EvE4typeEPv',
        '_ZThn32_N4llvm13MPPassManagerD0Ev',
        '_ZThn32_N12_GLOBAL__N_118BasicAliasAnalysis5aliasERKN4llvm13AliasAnalysis8LocationES5_',
      ]),
    });
  });
});

function namesByAddress(profile: Profile, sample: number): Map<bigint, string | null> {
  const { stacks, frames, strings } = profile;
  const names = new Map<bigint, string | null>();
  for (let at = profile.samples.stack[sample]; at >= 0; at = stacks.prefix[at]) {
    const frame = stacks.frame[at];
    names.set(addressOfFrame(profile, frame), frames.name[frame] < 0 ? null : strings[frames.name[frame]]);
  }
  return names;
}

/** The demanglers differ in spaces, return types, templates and thunks: the function's own name is compared. */
function stem(name: string): string {
  let bare = name
    .replace(/^__dl_/, '')
    .replaceAll('(anonymous namespace)', '_')
    .replace(/\{.*$/, '');
  for (let before = ''; before !== bare;) {
    before = bare;
    bare = bare.replace(/<[^<>()]*(?:\([^<>()]*\)[^<>()]*)*>/g, '');
  }
  return (
    /([\w~$.@]+|operator\S*)(?:\(|$)/.exec(
      bare.split('::').find((part) => part.includes('(')) ?? bare.split('::').at(-1) ?? '',
    )?.[1] ?? bare
  );
}
