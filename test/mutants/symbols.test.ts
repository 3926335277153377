/** Damaged and lying symbol sources: every one ends soon, with a sound table or one clear error. */
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/readers/reader.ts';
import { writeCompactTable } from '../../src/symbols/compact/write.ts';
import { functionAt } from '../../src/symbols/functionRanges.ts';
import type { SymbolTable } from '../../src/symbols/types.ts';
import { elfBytes, type ElfImage } from '../support/elfWriter.ts';
import { readTable } from '../support/symbolTables.ts';

/** Small reproducible generator (Park–Miller): the same mutants in every run. */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
}

const IMAGE: ElfImage = {
  buildId: '9365dbc2cbffb0669b8a523cbd47ff4585287e8c',
  symbols: Array.from({ length: 40 }, (_, i) => ({
    name: `_ZN5llama${'x'.repeat(i)}Ev`,
    value: 0x1000 + i * 32,
    size: i % 3 === 0 ? 0 : 24,
  })),
  dynamicSymbols: [{ name: 'llama_decode', value: 0x1000, size: 24 }],
  debugLink: 'llama.debug',
  debugData: true,
};
const ELF_FILES = [
  elfBytes(IMAGE),
  elfBytes({ ...IMAGE, byteOrder: 'big' }),
  elfBytes({ ...IMAGE, bits: 32 }),
  elfBytes({ ...IMAGE, symbols: undefined, extendedNumbering: true }),
];

/** What is wrong with a table; null when it is sound. */
function flaw({ functions, loads, buildId }: SymbolTable): string | null {
  const { length, start, end, rawNames } = functions;
  if (start.length !== length || end.length !== length || rawNames.length !== length) return 'uneven columns';
  for (let row = 0; row < length; row++) {
    if (!(start[row] >= 0 && start[row] <= end[row] && end[row] <= Number.MAX_SAFE_INTEGER)) return 'a range';
    if (row > 0 && start[row] < end[row - 1]) return 'an overlap';
    if (start[row] < end[row] && functionAt(functions, start[row]) !== row) return 'a look-up';
  }
  if (loads.length > 64) return 'too many segments';
  return buildId === null || /^[0-9a-f]+$/.test(buildId) ? null : 'a build-id';
}

async function outcome(path: string, bytes: Uint8Array): Promise<string> {
  const started = performance.now();
  try {
    const table = await readTable(path, bytes);
    const wrong = flaw(table);
    if (wrong) return `${wrong} is wrong`;
    if (performance.now() - started > 5000) return 'it took too long';
    return 'read';
  } catch (error) {
    if (!(error instanceof InputError)) return `${error instanceof Error ? error.stack : error}`;
    return error.message.startsWith(path) && !error.message.includes('undefined') ? 'refused' : error.message;
  }
}

/** Outcomes that must not be. */
const bad = (outcomes: readonly string[]) => outcomes.filter((one) => one !== 'read' && one !== 'refused');

describe('mutants of ELF files', () => {
  it('50 cuts', async () => {
    const outcomes: string[] = [];
    for (const bytes of ELF_FILES) {
      for (let cut = 0; cut < 50; cut++) {
        outcomes.push(await outcome('cut', bytes.subarray(0, Math.floor((bytes.byteLength * cut) / 50))));
      }
    }
    // The section table is last: no cut file is taken for a whole one.
    expect(new Set(outcomes)).toEqual(new Set(['refused']));
  });

  it('200 files with flipped bits', async () => {
    const random = randomNumbers(77);
    const outcomes: string[] = [];
    for (let mutant = 0; mutant < 200; mutant++) {
      const bytes = ELF_FILES[mutant % ELF_FILES.length].slice();
      const flips = mutant % 5 === 0 ? 40 : 1 + random(3);
      for (let flip = 0; flip < flips; flip++) bytes[4 + random(bytes.byteLength - 4)] ^= 1 << random(8);
      outcomes.push(await outcome('flipped', bytes));
    }
    expect(bad(outcomes)).toEqual([]);
    expect(outcomes).toContain('read');
    expect(outcomes).toContain('refused');
  });

  it('a lie at every place of the headers', async () => {
    const outcomes: string[] = [];
    for (const bytes of ELF_FILES.slice(0, 3)) {
      const headers = [
        ...Array(64).keys(),
        ...Array.from({ length: 640 }, (_, i) => bytes.byteLength - 640 + i),
      ];
      for (const lie of [0, 0x7f, 0xff]) {
        for (const at of headers.filter((at) => at >= 4)) {
          const lying = bytes.slice();
          lying.fill(lie, at, at + (at % 3 === 0 ? 8 : 2));
          outcomes.push(await outcome('lying', lying));
        }
      }
    }
    expect(bad(outcomes)).toEqual([]);
  });

  it('a string table in which every name is as long as can be', async () => {
    const names = elfBytes({
      symbols: Array.from({ length: 3000 }, (_, i) => ({
        name: 'x'.repeat(i % 40),
        value: 0x1000 + i,
        size: 1,
      })),
    });
    // Without its separators the table is one name, of which each symbol names an end.
    for (let at = 200; at < names.byteLength - 64 * 9; at++)
      if (names[at] === 0 && names[at - 1] === 0x78) names[at] = 0x79;
    expect(bad([await outcome('long', names)])).toEqual([]);
  });
});

describe('mutants of compact tables', async () => {
  const table = await readTable('image', ELF_FILES[0]);
  const whole = new TextEncoder().encode(writeCompactTable(table));

  it('50 cuts', async () => {
    const outcomes: string[] = [];
    for (let cut = 0; cut < 50; cut++) {
      outcomes.push(await outcome('cut', whole.subarray(0, Math.floor((whole.byteLength * cut) / 50))));
    }
    expect(bad(outcomes)).toEqual([]);
    expect(outcomes).toContain('read');
    expect(outcomes).toContain('refused');
  });

  it('200 files with flipped bits', async () => {
    const random = randomNumbers(5);
    const outcomes: string[] = [];
    for (let mutant = 0; mutant < 200; mutant++) {
      const bytes = whole.slice();
      for (let flip = 0; flip <= random(4); flip++) bytes[random(bytes.byteLength)] ^= 1 << random(8);
      outcomes.push(await outcome('flipped', bytes));
    }
    expect(bad(outcomes)).toEqual([]);
    expect(outcomes).toContain('read');
    expect(outcomes).toContain('refused');
  });

  it('words that would make a gigabyte of names', async () => {
    const lines = ['gemview symbols 1', 'words 1', 'x'.repeat(256), 'functions 200000'];
    const bomb = `10 ~00${'!0'.repeat(250)}`;
    const text = [...lines, ...Array.from({ length: 200_000 }, () => bomb)].join('\n');
    const { functions } = await readTable('bomb', text);
    expect(functions.length).toBeLessThanOrEqual(200_000);
  });
});

describe('mutants of listings', () => {
  it('are read or refused', async () => {
    const text = [
      '# build-id: 9365dbc2cbffb0669b8a523cbd47ff4585287e8c',
      '# load: offset=0x000000 vaddr=0x0000000000400000 filesz=0x624190 flags=RE',
      '  LOAD           0x001000 0x0000000000001000 0x0000000000001000 0x000391 0x000391 R E 0x1000',
      ...Array.from(
        { length: 60 },
        (_, i) => `${(0x400000 + i * 64).toString(16).padStart(16, '0')} 0000000000000040 T f${i}`,
      ),
    ].join('\n');
    const whole = new TextEncoder().encode(text);
    const random = randomNumbers(31);
    const outcomes: string[] = [];
    for (let mutant = 0; mutant < 200; mutant++) {
      const bytes = whole.slice(0, mutant % 4 === 0 ? random(whole.byteLength) : undefined);
      for (let flip = 0; flip <= random(6) && bytes.byteLength > 0; flip++) {
        bytes[random(bytes.byteLength)] ^= 1 << random(8);
      }
      outcomes.push(await outcome('listing', bytes));
    }
    expect(bad(outcomes)).toEqual([]);
    expect(outcomes).toContain('read');
  });
});
