/** Reader of a copy of /proc/kallsyms: names for the kernel's frames, which perf.data does not hold. */
import { readAll } from '../../platform/bytes.ts';
import { ProfileBuilder } from '../../profile/builder.ts';
import { parseKallsyms } from '../../profile/kallsyms.ts';
import type { InputFile, Profile } from '../../profile/types.ts';
import { InputError } from '../reader.ts';
import type { InputHead, RawInput, Reader } from '../reader.ts';
import { fileSource, headLines, utf8Source } from '../textInput.ts';

const FORMAT = 'kallsyms';

/** `ffff800080000000 T _text`, `ffff800078d52000 t nft_do_chain\t[nf_tables]`. */
const SYMBOL_LINE = /^([0-9a-f]{16}) [A-Za-z?] [^\s[]\S*(?:[ \t]\[[^\s\]]+\])?$/;
const KERNEL_ADDRESS = /^f{4}/;
const ZERO_ADDRESS = /^0+$/;

/** Lines that are no symbols: a heading, a line that was cut. */
const MAX_OTHER_SHARE = 0.02;
/** Kernels with every debug option stay below a third of it. */
const MAX_BYTES = 128 << 20;

const FIX =
  'As root on the machine that was recorded, before it boots again: sysctl kernel.kptr_restrict=0; cat /proc/kallsyms > kallsyms';

export const kallsymsReader: Reader = {
  format: FORMAT,

  detect(head: InputHead, input: RawInput): boolean {
    if (input.content.kind !== 'file') return false;
    const lines = headLines(head, input).filter((line) => line.trim() !== '');
    const addresses = lines.flatMap((line) => SYMBOL_LINE.exec(line)?.slice(1) ?? []);
    if (addresses.length < 2 || lines.length - addresses.length > MAX_OTHER_SHARE * lines.length)
      return false;
    // Symbols of programs have other addresses; those of the kernel are zeros where it hides them.
    return (
      addresses.some((address) => KERNEL_ADDRESS.test(address)) ||
      addresses.every((address) => ZERO_ADDRESS.test(address))
    );
  },

  async read(input: RawInput): Promise<Profile> {
    const source = fileSource(input);
    if (source.size > MAX_BYTES) {
      throw new InputError(input.path, `${source.size} bytes are more than any kernel's list of symbols`, {
        fix: FIX,
      });
    }
    const symbols = parseKallsyms(await readAll(await utf8Source(source)));
    const file: InputFile = { path: input.path, format: FORMAT, tool: null, bytes: input.bytes };
    const builder = new ProfileBuilder(file);
    builder.kernelSymbols = symbols;
    if (symbols === null) {
      builder.warn(
        'kallsyms-hidden',
        `${input.path} names no code of the kernel: all addresses are 0, for whoever copied it was not allowed to see them`,
        FIX,
      );
    }
    return builder.finish();
  },
};
