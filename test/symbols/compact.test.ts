import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { learnWords, MAX_WORDS, WordCoder } from '../../src/symbols/compact/words.ts';
import { writeCompactTable } from '../../src/symbols/compact/write.ts';
import type { SymbolTable } from '../../src/symbols/types.ts';
import { describeWithSamples } from '../support/samples.ts';
import { drawn, readTable } from '../support/symbolTables.ts';

function table(functions: [start: number, end: number, name: string][]): SymbolTable {
  return {
    buildId: 'abcdef0123456789',
    path: '/home/me/llama.cpp/build/bin/llama-cli',
    source: 'listing',
    loads: [
      { offset: 0n, vaddr: 0x400000n, fileSize: 0x2000n, executable: true },
      { offset: 0x2000n, vaddr: 0xffff0000n, fileSize: 0x100n, executable: false },
    ],
    functions: {
      length: functions.length,
      start: Float64Array.from(functions, ([start]) => start),
      end: Float64Array.from(functions, ([, end]) => end),
      rawNames: functions.map(([, , name]) => name),
    },
    warnings: [],
  };
}

const THREE = table([
  [0x400b2c, 0x400b50, 'main'],
  [0x400b50, 0x400b68, '_ZN5llama5parseEv'],
  [0x400b6c, 0x400e14, '_ZN5llama4loadEv'],
]);

describe('compact tables', () => {
  it('are this text', () => {
    expect(writeCompactTable(THREE)).toBe(
      [
        'gemview symbols 1',
        'build-id abcdef0123456789',
        'file llama-cli',
        'load 0 400000 2000 rx',
        'load 2000 ffff0000 100 r',
        'words 0',
        'functions 3',
        '400b2c+24 main',
        '18 ~00_ZN5llama5parseEv',
        // Ten characters (a in base 36) are those of the name before: _ZN5llama
        '4+2a8 ~094loadEv',
        '',
      ].join('\n'),
    );
  });

  it('keep the folder of the image only on demand', () => {
    expect(writeCompactTable(THREE)).not.toContain('/home/me');
    expect(writeCompactTable(THREE, { fullPath: true })).toContain(
      'file /home/me/llama.cpp/build/bin/llama-cli\n',
    );
  });

  it('read back as they were, with either line end', async () => {
    const text = writeCompactTable(THREE, { fullPath: true });
    for (const spelling of [text, text.replaceAll('\n', '\r\n')]) {
      expect(await readTable('llama-cli.symbols', spelling)).toEqual({ ...THREE, source: 'compact' });
    }
  });

  it('keep names that hold the characters which shorten others', async () => {
    const odd = [
      '~tilde',
      '_Zodd!"#%&\'()*+,-/:;<=>?[]^{|}`~',
      'std::vector<int, std::allocator<int> >::push_back(int&&)',
      '_ZN größe',
      'with  two spaces ',
      ...Array.from(
        { length: 40 },
        (_, i) => `_ZN4core3ops8function6FnOnce9call_once${i}17h0123456789abcdefE`,
      ),
    ];
    const given = table(odd.map((name, row) => [0x1000 + 16 * row, 0x1008 + 16 * row, name]));
    const text = writeCompactTable(given);
    expect(text).not.toContain('words 0');
    const back = await readTable('odd.symbols', text);
    expect(back.functions).toEqual(given.functions);
    expect(back.warnings).toEqual([]);
  });

  it('replace line ends in names, which cannot be written', async () => {
    const text = writeCompactTable(table([[0x1000, 0x1010, 'two\nlines\r']]));
    expect((await readTable('x', text)).functions.rawNames).toEqual(['two\ufffdlines\ufffd']);
  });

  it('without build-id and path say neither', async () => {
    const text = writeCompactTable({ ...THREE, buildId: null, path: null, loads: [] });
    expect(text.split('\n').slice(0, 3)).toEqual(['gemview symbols 1', 'words 0', 'functions 3']);
    expect(await readTable('folder/llama-cli.symbols', text)).toMatchObject({
      buildId: null,
      path: 'llama-cli',
    });
  });
});

describe('damaged compact tables', () => {
  const lines = writeCompactTable(THREE).split('\n');
  const readLines = (changed: string[]): Promise<SymbolTable> => readTable('x.symbols', changed.join('\n'));

  it('cut: give what is there and say so', async () => {
    const { functions, warnings } = await readLines(lines.slice(0, 9));
    expect(functions.rawNames).toEqual(['main', '_ZN5llama5parseEv']);
    expect(warnings).toEqual([
      {
        code: 'symbols-cut',
        message: 'x.symbols: the table is cut; 2 of 3 functions were read',
        fix: 'Write the table again: gemview symbols <elf>',
      },
    ]);
  });

  it('a line that is none ends the table', async () => {
    const { functions, warnings } = await readLines(lines.with(8, 'nonsense'));
    expect(functions.rawNames).toEqual(['main']);
    expect(warnings[0].message).toBe('x.symbols: line 9 is damaged; 1 of 3 functions were read');
  });

  it.each([
    [
      'a later version',
      lines.with(0, 'gemview symbols 2'),
      'this symbol table has version 2, which this version',
    ],
    ['no functions', lines.slice(0, 6), 'the symbol table ends before its functions: it is cut'],
    ['a count of 0', lines.with(6, 'functions 0'), 'line 7: it holds no functions'],
    ['a damaged first line', lines.with(7, '!'), 'line 8 is damaged'],
    ['absurdly many words', lines.with(5, 'words 999999999'), 'line 7: the list of words is damaged'],
    ['a word that is not listed', lines.slice(0, 7).concat('10 ~00!0'), 'line 8 is damaged'],
    ['a start of nothing', lines.slice(0, 7).concat('10 ~0zx'), 'line 8 is damaged'],
  ])('%s: an error', async (_, changed, message) => {
    await expect(readLines(changed)).rejects.toThrow(`x.symbols: ${message}`);
  });
});

describe('word lists', () => {
  it('find the pieces that repeat, the same for the same texts', () => {
    const texts = Array.from({ length: 50 }, (_, i) => `_Z${i}RKNSt7__cxx1112basic_stringIcE`);
    const words = learnWords(texts);
    expect(words).toContain('RKNSt7__cxx1112basic_stringIcE');
    expect(words).toEqual([...words].sort());
    expect(learnWords(texts)).toEqual(words);
    expect(learnWords([])).toEqual([]);
  });

  it('choose the shortest spelling, not the longest word first', () => {
    const coder = new WordCoder(['abc', 'bcdefgh']);
    // abc + defgh takes 7 characters, a + bcdefgh 3.
    expect(coder.encode('abcdefgh')).toBe('a!1');
    expect(coder.decode('a!1', 100)).toBe('abcdefgh');
  });

  it('restore no more than asked for', () => {
    const coder = new WordCoder(['x'.repeat(200)]);
    expect(coder.decode('!0!0', 400)).toBe('x'.repeat(400));
    expect(coder.decode('!0!0', 399)).toBeNull();
    expect(coder.decode('!1', 400)).toBeNull();
    expect(coder.decode('!', 400)).toBeNull();
  });

  it('can name every word of a full list', () => {
    const words = Array.from({ length: MAX_WORDS }, (_, i) => `word${i}.`);
    const coder = new WordCoder(words);
    for (const row of [0, 61, 62, MAX_WORDS - 1]) {
      expect(coder.decode(coder.encode(words[row]), 20)).toBe(words[row]);
      expect(coder.encode(words[row])).toHaveLength(2);
    }
  });
});

describeWithSamples('listings of recorded programs', (folder) => {
  // They list three builds of one program: one of them is enough.
  const names = folder === '' ? [] : readdirSync(join(folder, 'symbols')).slice(0, 1);

  it.each(names)('%s becomes a fifth of its size and names the same functions', async (name) => {
    const listing = readFileSync(join(folder, 'symbols', name));
    const before = await readTable(name, listing);
    const text = writeCompactTable(before, { fullPath: true });
    expect(text.length).toBeLessThan(listing.byteLength / 5);
    const after = await readTable('x.symbols', text);
    expect(drawn(after.functions)).toEqual(drawn(before.functions));
    expect(after).toMatchObject({ buildId: before.buildId, path: before.path, loads: before.loads });
  });
});
