/**
 * One file that several programs wrote: `perf stat llama-cli … 2> run.log` puts perf's table behind llama.cpp's log, and
 * a copied terminal holds llama-bench's table as well. Each reader takes its own lines from the whole file.
 */
import { decodeText } from '../platform/bytes.ts';
import { fuse } from '../profile/fuse.ts';
import type { Profile } from '../profile/types.ts';
import { InputError } from './reader.ts';
import type { InputHead, RawInput, ReadContext, Reader } from './reader.ts';
import { fileSource } from './textInput.ts';

/** As much as a detector is given of any file. */
const HEAD_BYTES = 64 * 1024;

/**
 * A reader for files that more than one of `parts` recognises. Each part must leave lines alone that are not its own.
 * `inputs[].format` names the parts: `llama-log + perf-stat`.
 */
export function mixedTextReader(parts: readonly Reader[]): Reader {
  const partsOf = (head: InputHead, input: RawInput): Reader[] =>
    parts.filter((part) => part.detect(head, input));
  return {
    format: 'mixed-text',

    detect(head: InputHead, input: RawInput): boolean {
      return input.content.kind === 'file' && partsOf(head, input).length > 1;
    },

    async read(input: RawInput, context: ReadContext): Promise<Profile> {
      const bytes = new Uint8Array(await fileSource(input).read(0, HEAD_BYTES));
      const found = partsOf({ path: input.path, bytes, text: decodeText(bytes) }, input);
      const fragments: Profile[] = [];
      const refusals: InputError[] = [];
      for (const part of found) {
        try {
          fragments.push(await part.read(input, context));
        } catch (error) {
          if (!(error instanceof InputError)) throw error;
          refusals.push(error);
        }
      }
      if (fragments.length === 0)
        throw refusals[0] ?? new InputError(input.path, 'holds nothing that can be read');
      const profile = fuse(fragments);
      const tools = profile.inputs.map(({ tool }) => tool).filter((tool) => tool !== null);
      const format = profile.inputs.map((file) => file.format).join(' + ');
      profile.inputs = [
        { path: input.path, format, tool: tools.length > 0 ? tools.join(', ') : null, bytes: input.bytes },
      ];
      for (const { message } of refusals) profile.warnings.push({ code: 'part-unread', message, fix: null });
      return profile;
    },
  };
}
