import { describe, expect, it } from 'vitest';
import { filledUp, functionAt, FunctionRangesBuilder } from '../../src/symbols/functionRanges.ts';
import type { FunctionRanges } from '../../src/symbols/types.ts';
import { drawn, nameAt } from '../support/symbolTables.ts';

/** Symbols as lines of `start size letter name`, sizes and letters as nm writes them. */
function ranges(lines: string, regionEnd = Infinity): FunctionRanges {
  const builder = new FunctionRangesBuilder();
  for (const line of lines.trim().split('\n')) {
    const [start, size, letter, name] = line.trim().split(' ');
    builder.add(parseInt(start, 16), parseInt(size, 16), name, {
      isWeak: letter === 'W',
      isLocal: letter === 't',
    });
  }
  return builder.finish(() => regionEnd);
}

describe('names of one address', () => {
  it('prefers a non-weak one, then the fewest leading underscores, then the longest', () => {
    expect(drawn(ranges('100 10 W a_much_longer_weak_name\n100 10 T __strong'))).toEqual([
      '100-110 __strong',
    ]);
    expect(drawn(ranges('100 10 T __libc_malloc\n100 10 T malloc'))).toEqual(['100-110 malloc']);
    expect(drawn(ranges('100 10 T exp\n100 10 T expf32\n100 10 T expf'))).toEqual(['100-110 expf32']);
  });

  it('does not depend on the order of the source', () => {
    const lines = ['100 10 T bb', '100 10 T aa', '100 10 T ab', '100 10 W cccc'];
    for (const order of [lines, lines.toReversed()]) {
      expect(drawn(ranges(order.join('\n')))).toEqual(['100-110 aa']);
    }
  });

  it('takes over the size that only an alias has', () => {
    expect(drawn(ranges('100 0 T entry\n100 20 T _entry\n200 10 T next'))).toEqual([
      '100-120 entry',
      '200-210 next',
    ]);
  });
});

describe('ends of functions', () => {
  it('lets a symbol of size 0 reach to the next one', () => {
    expect(drawn(ranges('100 0 T start\n180 10 T next'))).toEqual(['100-180 start', '180-190 next']);
  });

  it('ends it with its section, and the last one with its page', () => {
    expect(drawn(ranges('100 0 T start\n180 10 T next', 0x140))).toEqual(['100-140 start', '180-190 next']);
    expect(drawn(ranges('1234 0 T last'))).toEqual(['1234-2000 last']);
  });

  it('leaves gaps between functions of known size', () => {
    const functions = ranges('100 10 T a\n120 10 T b');
    expect(nameAt(functions, 0xff)).toBeNull();
    expect(nameAt(functions, 0x100)).toBe('a');
    expect(nameAt(functions, 0x10f)).toBe('a');
    expect(nameAt(functions, 0x110)).toBeNull();
    expect(nameAt(functions, 0x12f)).toBe('b');
    expect(nameAt(functions, 0x130)).toBeNull();
    expect(functionAt(functions, NaN)).toBe(-1);
  });

  it('gives a nested function its part and the outer one what is left', () => {
    expect(drawn(ranges('100 100 T outer\n140 20 T inner\n150 4 T innermost\n300 8 T far'))).toEqual([
      '100-140 outer',
      '140-150 inner',
      '150-154 innermost',
      '154-160 inner',
      '160-200 outer',
      '300-308 far',
    ]);
  });

  it('cuts a function where one begins that reaches beyond it', () => {
    expect(drawn(ranges('100 100 T first\n180 100 T second'))).toEqual(['100-180 first', '180-280 second']);
  });
});

describe('local labels', () => {
  it('belong to the symbol before them: assembly kernels keep theirs', () => {
    const functions = ranges(`
      1000 200 T kai_kernel_matmul_clamp_f32_8x8_sve_i8mm
      1040 0 t label_1
      1100 0 t label_opt_3
      1400 10 T next`);
    expect(drawn(functions)).toEqual([
      '1000-1200 kai_kernel_matmul_clamp_f32_8x8_sve_i8mm',
      '1400-1410 next',
    ]);
  });

  it('also where its size is not stated, or ends before the label', () => {
    expect(drawn(ranges('1000 0 T kernel\n1040 0 t label_1\n1400 10 T next'))).toEqual([
      '1000-1400 kernel',
      '1400-1410 next',
    ]);
    expect(drawn(ranges('1000 20 T kernel\n1040 0 t label_1\n1060 0 t label_2\n1400 10 T next'))).toEqual([
      '1000-1400 kernel',
      '1400-1410 next',
    ]);
  });

  it('do not make code of what no function precedes', () => {
    expect(drawn(ranges('1000 0 t label_1\n1400 10 T first'))).toEqual(['1400-1410 first']);
  });

  it('are not the exported functions that happen to be called so', () => {
    expect(drawn(ranges('1000 10 T label_1'))).toEqual(['1000-1010 label_1']);
  });

  it('marks of the assembler are no functions, Swift names are', () => {
    const marks = ['$x', '$d.12', '$t', '$xrv64i2p1', '.L42', '.Lfoo'];
    const lines = [
      '1000 100 T real',
      ...marks.map((mark, row) => `${(0x1004 + row).toString(16)} 0 t ${mark}`),
    ];
    expect(drawn(ranges(lines.join('\n')))).toEqual(['1000-1100 real']);
    expect(drawn(ranges('1000 10 T $s4main3fooyyF'))).toEqual(['1000-1010 $s4main3fooyyF']);
  });
});

describe('hostile symbols', () => {
  it('leaves out addresses that are none and cuts absurd sizes', () => {
    const builder = new FunctionRangesBuilder();
    const binding = { isWeak: false, isLocal: false };
    builder.add(2 ** 63, 8, 'beyond', binding);
    builder.add(0x100, 2 ** 63, 'endless', binding);
    builder.add(0x200, 8, '', binding);
    const functions = builder.finish(() => Infinity);
    expect(functions.rawNames).toEqual(['endless']);
    expect(functions.end[0]).toBe(Number.MAX_SAFE_INTEGER);
  });

  it('keeps 100,000 functions that all reach to the end of memory in linear time', () => {
    const builder = new FunctionRangesBuilder();
    for (let i = 0; i < 100_000; i++) {
      builder.add(i * 16, 1e12, `f${i}`, { isWeak: false, isLocal: false });
    }
    const functions = builder.finish(() => Infinity);
    expect(functions.length).toBe(100_000);
    expect(nameAt(functions, 16 * 500 + 3)).toBe('f500');
  });
});

describe('two tables of one program', () => {
  const local = ranges(`1000 20 t start
    1100 40 t hot`);

  it('fill the gaps of the first with the functions of the second', () => {
    const exported = ranges(`1010 20 T inside_start
      1040 20 T between
      10f0 20 T reaches_into_hot
      1100 40 T hot_alias
      1200 10 T behind`);
    expect(drawn(filledUp(local, exported))).toEqual([
      '1000-1020 start',
      '1040-1060 between',
      '10f0-1100 reaches_into_hot',
      '1100-1140 hot',
      '1200-1210 behind',
    ]);
  });

  it('are the first where the second adds nothing', () => {
    expect(filledUp(local, ranges('1100 40 T hot_alias'))).toBe(local);
    expect(filledUp(local, local)).toBe(local);
  });
});
