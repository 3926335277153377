import { MemorySource } from '../../src/platform/bytes.ts';
import type { RawInput } from '../../src/readers/reader.ts';
import { functionAt } from '../../src/symbols/functionRanges.ts';
import { readSymbolSource } from '../../src/symbols/sources.ts';
import type { FunctionRanges, SymbolTable } from '../../src/symbols/types.ts';

/** An input of a run that is in memory. */
export function memoryInput(path: string, content: string | Uint8Array): RawInput {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  return { path, bytes: bytes.byteLength, content: { kind: 'file', source: new MemorySource(bytes) } };
}

export function readTable(path: string, content: string | Uint8Array): Promise<SymbolTable> {
  return readSymbolSource(memoryInput(path, content));
}

/** Functions drawn as text, one a line: `1000-1010 main`. */
export function drawn(functions: FunctionRanges): string[] {
  return functions.rawNames.map(
    (name, row) => `${functions.start[row].toString(16)}-${functions.end[row].toString(16)} ${name}`,
  );
}

/** Name of the function at an address, null when there is none. */
export function nameAt(functions: FunctionRanges, address: number): string | null {
  const row = functionAt(functions, address);
  return row < 0 ? null : functions.rawNames[row];
}
