import { describe, expect, it } from 'vitest';
import { fuse } from '../../../src/profile/fuse.ts';
import { kernelSymbolName } from '../../../src/profile/kallsyms.ts';
import type { Profile } from '../../../src/profile/types.ts';
import { kallsymsReader } from '../../../src/readers/kallsyms/index.ts';
import { detectReader } from '../../../src/readers/registry.ts';
import { detectSymbolSource } from '../../../src/symbols/sources.ts';
import { resolveFunctions } from '../../../src/symbols/resolve.ts';
import { ProfileBuilder } from '../../../src/profile/builder.ts';
import { detects, headOf, readWith, textFile } from '../../support/textFiles.ts';

const KALLSYMS = [
  'ffff800080000000 T _text',
  'ffff800080010000 T _stext',
  'ffff800080020000 t do_idle',
  'ffff800080020100 T schedule',
  'ffff800078d52000 t nft_do_chain\t[nf_tables]',
  'ffff800082000000 D init_task',
  '',
].join('\n');
/** As PowerShell's `>` writes what a program prints. */
const UTF_16 = new Uint8Array(Buffer.from(`\ufeff${KALLSYMS.replaceAll('\n', '\r\n')}`, 'utf16le'));
const HIDDEN = '0000000000000000 T _text\n0000000000000000 T _stext\n0000000000000000 t do_idle\n';

/** A capture with one sample in the kernel, whose text begins at `startsAt`. */
function recorded(startsAt: bigint): Profile {
  const builder = new ProfileBuilder({ path: 'perf.data', format: 'perf.data', tool: null, bytes: 1 });
  builder.clock = { ...builder.clock, name: 'perf' };
  builder.addressSpaces.mapKernel({
    start: startsAt,
    end: 0xffff_ffff_ffff_ffffn,
    fileOffset: 0n,
    path: '[kernel.kallsyms]',
    buildId: null,
    kind: 'kernel',
  });
  builder.events.push({
    name: 'cycles',
    role: 'sampling',
    code: null,
    mnemonic: null,
    unit: 'cycles',
    period: 1,
    frequencyHz: null,
    counter: null,
  });
  const stack = builder.stacks.intern(-1, builder.frames.intern(0x8002_0104, 0xffff_8000, 0, 2));
  builder.addSample(0, builder.thread(1, 1), 0, stack, 0, 1, true);
  return builder.finish();
}

const functionsOf = (profile: Profile): string[] =>
  resolveFunctions(profile, [], (name) => name).functions.map(({ name }) => name);

describe('kallsyms', () => {
  it.each([
    ['UTF-16 of PowerShell', UTF_16],
    ['UTF-8 with a byte-order mark', new TextEncoder().encode(`\ufeff${KALLSYMS}`)],
  ])('is read in %s', async (_, bytes) => {
    expect(detects(kallsymsReader, bytes)).toBe(true);
    const plain = await readWith(kallsymsReader, KALLSYMS);
    const profile = await readWith(kallsymsReader, bytes);
    expect(profile.warnings).toEqual([]);
    expect(profile.kernelSymbols).not.toBeNull();
    expect(profile.kernelSymbols).toEqual(plain.kernelSymbols);
  });

  it('is told from listings of programs', () => {
    for (const text of [KALLSYMS, HIDDEN]) {
      expect(detects(kallsymsReader, text)).toBe(true);
      expect(detectSymbolSource(headOf(text))).toBeNull();
      expect(detectReader(headOf(text), textFile(text))).toBe(kallsymsReader);
    }
    expect(detects(kallsymsReader, '0000000000400b2c T main\n0000000000400c00 t helper\n')).toBe(false);
    expect(detects(kallsymsReader, `${KALLSYMS}Some notes\nof mine\n`)).toBe(false);
    expect(detects(kallsymsReader, '\n')).toBe(false);
  });

  it('names kernel frames of a recording beside it', async () => {
    const symbols = await readWith(kallsymsReader, KALLSYMS, 'kallsyms');
    expect(functionsOf(recorded(0xffff_8000_8000_0000n))).toEqual(['[kernel]']);
    const run = fuse([recorded(0xffff_8000_8000_0000n), symbols]);
    expect(functionsOf(run)).toEqual(['schedule']);
    expect(run.warnings).toEqual([]);
    // perf names the kernel's mapping after _text or _stext.
    expect(functionsOf(fuse([recorded(0xffff_8000_8001_0000n), symbols]))).toEqual(['schedule']);
  });

  it('names nothing with the symbols of another boot', async () => {
    const symbols = await readWith(kallsymsReader, KALLSYMS, 'kallsyms');
    const run = fuse([recorded(0xffff_8000_8020_0000n), symbols]);
    expect(functionsOf(run)).toEqual(['[kernel]']);
    expect(run.warnings.map(({ code }) => code)).toEqual(['kallsyms-other-boot']);
  });

  it('says that the kernel hid its addresses, and what to do', async () => {
    const profile = await readWith(kallsymsReader, HIDDEN, 'kallsyms');
    expect(profile.kernelSymbols).toBeNull();
    expect(profile.warnings).toMatchObject([
      { code: 'kallsyms-hidden', fix: expect.stringContaining('kernel.kptr_restrict=0') },
    ]);
  });

  it('survives lines that lie', async () => {
    const profile = await readWith(
      kallsymsReader,
      `${KALLSYMS}ffff800080030000 t ${'x'.repeat(1 << 20)}\nffff80008004 t short\nffff800080050000 t \n\u0000\u0001`,
    );
    // Of the four: a name of a megabyte and a short address are symbols, a missing name and no text are none.
    expect(profile.kernelSymbols?.length).toBe(7);
    expect(kernelSymbolName(profile.kernelSymbols!, 0)).toBe('short');
    expect(kernelSymbolName(profile.kernelSymbols!, 6)).toHaveLength(1 << 20);
  });
});
