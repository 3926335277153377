import { describe, expect, it } from 'vitest';
import { kernelSymbolName, parseKallsyms } from '../../src/profile/kallsyms.ts';
import type { KernelSymbols } from '../../src/profile/types.ts';

/** Symbols drawn as text: `ffff800080010000 name [module]`. */
function drawn(symbols: KernelSymbols | null): string[] | null {
  if (!symbols) return null;
  return Array.from({ length: symbols.length }, (_, row) => {
    const address = [symbols.addressHigh[row], symbols.addressLow[row]]
      .map((half) => half.toString(16).padStart(8, '0'))
      .join('');
    const module = symbols.modules[symbols.module[row]];
    return `${address} ${kernelSymbolName(symbols, row)}${module && ` [${module}]`}`;
  });
}

describe('parseKallsyms', () => {
  it('keeps code in order of address, with modules', () => {
    const text = [
      'ffff800080010000 T _stext',
      'ffff800080010008 t gic_handle_irq',
      'ffff800080f70000 D _etext',
      'ffff800081110de0 d err_text',
      'ffff800080010010 W arch_weak',
      'ffff800080010018 V weak_object',
      'ffff80007a500040 t crc32c_final\t[crc32c_generic]',
      'ffff80007a500000 t crc32c_init\t[crc32c_generic]',
      'ffff80007a600000 t bpf_prog_6deef7357e7b4530\t[bpf]',
      '',
    ].join('\n');
    const expected = [
      'ffff80007a500000 crc32c_init [crc32c_generic]',
      'ffff80007a500040 crc32c_final [crc32c_generic]',
      'ffff80007a600000 bpf_prog_6deef7357e7b4530 [bpf]',
      'ffff800080010000 _stext',
      'ffff800080010008 gic_handle_irq',
      'ffff800080010010 arch_weak',
    ];
    expect(drawn(parseKallsyms(text))).toEqual(expected);
    expect(drawn(parseKallsyms(new TextEncoder().encode(text)))).toEqual(expected);
    expect(drawn(parseKallsyms(text.replaceAll('\n', '\r\n')))).toEqual(expected);
  });

  it('chooses one name of an address: not weak, fewest underscores, longest', () => {
    const names = (...lines: string[]) =>
      drawn(parseKallsyms(lines.join('\n')))?.map((line) => line.split(' ')[1]);
    const at = 'ffff800080010000';
    expect(names(`${at} T _text`, `${at} t __pi__text`)).toEqual(['_text']);
    expect(names(`${at} W longer_weak_name`, `${at} t __strong`)).toEqual(['__strong']);
    expect(names(`${at} T abc`, `${at} T abcd`, `${at} T ab`)).toEqual(['abcd']);
  });

  it('leaves out marks of the assembler', () => {
    const text = 'ffff800080010000 t $x\nffff800080010004 t .L1447\nffff800080010008 t real\n';
    expect(drawn(parseKallsyms(text))).toEqual(['ffff800080010008 real']);
  });

  it('is null where addresses are hidden or nothing is there', () => {
    expect(parseKallsyms('0000000000000000 T _text\n0000000000000000 T _stext\n')).toBeNull();
    expect(parseKallsyms('')).toBeNull();
    expect(parseKallsyms('Permission denied\n\n  \nffff\nffff80 T')).toBeNull();
    expect(parseKallsyms('ffff800080010000 D only_data\n')).toBeNull();
  });

  it('reads 32-bit kernels and lines without a line end', () => {
    expect(drawn(parseKallsyms('c0100000 T stext\nc0100010 T last'))).toEqual([
      '00000000c0100000 stext',
      '00000000c0100010 last',
    ]);
  });

  it('keeps nothing of the input', () => {
    const bytes = new TextEncoder().encode('ffff800080010000 T _stext\n');
    const symbols = parseKallsyms(bytes)!;
    bytes.fill(0);
    expect(kernelSymbolName(symbols, 0)).toBe('_stext');
  });

  it('reads 150,000 lines in a moment', () => {
    const lines = Array.from({ length: 150_000 }, (_, i) => {
      const address = (0xffff800080000000n + BigInt(i) * 64n).toString(16);
      return `${address} ${'tTdD'[i % 4]} some_kernel_function_${i}${i > 120_000 ? '\t[nf_tables]' : ''}`;
    });
    const bytes = new TextEncoder().encode(lines.join('\n'));
    const started = performance.now();
    expect(parseKallsyms(bytes)?.length).toBe(75_000);
    // Measured: 0.05 s. The bound leaves room for a busy machine.
    expect(performance.now() - started).toBeLessThan(2000);
  });
});
