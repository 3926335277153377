/** All readers in the order they are asked: binary formats by their magic, then texts from the strictest to the loosest. */
import { apcReader } from './apc/index.ts';
import { ggufCompactReader, ggufReader } from './gguf/index.ts';
import { llamaLogReader } from './llamaLog/index.ts';
import { perfDataReader } from './perfData/index.ts';
import { perfScriptReader } from './perfScript/index.ts';
import type { InputHead, RawInput, Reader } from './reader.ts';

export const readers: readonly Reader[] = [
  apcReader,
  perfDataReader,
  ggufReader,
  ggufCompactReader,
  llamaLogReader,
  perfScriptReader,
];

/** The first reader that recognises an input; null when none does. */
export function detectReader(head: InputHead, input: RawInput): Reader | null {
  return readers.find((reader) => reader.detect(head, input)) ?? null;
}
