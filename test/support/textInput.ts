import { decodeText, MemorySource } from '../../src/platform/bytes.ts';
import type { InputHead, RawInput } from '../../src/readers/reader.ts';

const HEAD_BYTES = 64 * 1024;

/** A text as a reader gets it. */
export function textInput(text: string, path = 'run/llama.log'): RawInput {
  const bytes = new TextEncoder().encode(text);
  return { path, bytes: bytes.byteLength, content: { kind: 'file', source: new MemorySource(bytes) } };
}

/** The head of a text as a detector gets it. */
export function textHead(text: string, path = 'run/llama.log'): InputHead {
  const bytes = new TextEncoder().encode(text).subarray(0, HEAD_BYTES);
  return { path, bytes, text: decodeText(bytes) };
}
