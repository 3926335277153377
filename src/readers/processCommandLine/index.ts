/** Reader of a copy of /proc/<pid>/cmdline: the arguments of the program, each ended by a NUL byte. */
import { decodeText } from '../../platform/bytes.ts';
import { ProfileBuilder } from '../../profile/builder.ts';
import type { InputFile, Profile } from '../../profile/types.ts';
import type { InputHead, RawInput, Reader } from '../reader.ts';
import { fileSource } from '../textInput.ts';

const FORMAT = 'command-line';

/** A single argument can have 128 KiB (MAX_ARG_STRLEN); a file that does not fit the head is no command line of llama.cpp. */
const MAX_BYTES = 64 * 1024;
/** Bytes below a space that a prompt may hold: tabulator, line feed, carriage return. */
const TEXT_CONTROLS = new Set([9, 10, 13]);

export const processCommandLineReader: Reader = {
  format: FORMAT,

  detect(head: InputHead, input: RawInput): boolean {
    if (input.content.kind !== 'file' || input.bytes > MAX_BYTES) return false;
    const { bytes } = head;
    if (bytes.length < 4 || bytes[bytes.length - 1] !== 0 || bytes[0] <= 0x20) return false;
    const isText = bytes.every((byte) => byte >= 0x20 || byte === 0 || TEXT_CONTROLS.has(byte));
    // Two arguments at least, the first of them a program; UTF-16 has a NUL behind every letter.
    const [program, ...rest] = argumentsOf(bytes);
    return isText && rest.length > 0 && program.length > 2 && !/[\s�]/.test(program);
  },

  async read(input: RawInput): Promise<Profile> {
    const bytes = await fileSource(input).read(0, MAX_BYTES);
    const file: InputFile = { path: input.path, format: FORMAT, tool: null, bytes: input.bytes };
    const builder = new ProfileBuilder(file);
    builder.addFact('command-line', argumentsOf(bytes).join(' '), true);
    return builder.finish();
  },
};

function argumentsOf(bytes: Uint8Array): string[] {
  return decodeText(bytes).replace(/\0$/, '').split('\0');
}
