/** The tools that made the files of a run. */
import { inputKind, type InputKind } from '../profile/inputFormats.ts';
import type { InputFile } from '../profile/types.ts';

/** The tools that recorded; of a text printed from a recording only where the recording is not there to say it. */
export function recordersOf(inputs: readonly InputFile[]): string[] {
  const of = (...kinds: InputKind[]): InputFile[] =>
    inputs.filter(({ format }) => kinds.some((kind) => kind === inputKind(format)));
  const isRecorded = of('recording').length > 0;
  const tools = of('recording', 'counts', ...(isRecorded ? [] : (['printed'] as const)));
  return [...new Set(tools.flatMap(({ tool, format }) => tool ?? format ?? []))].sort();
}

/** The other programs that the files name: those whose logs lie beside. */
export function printersOf(inputs: readonly InputFile[]): string[] {
  const recorders = new Set(recordersOf(inputs));
  const tools = inputs.flatMap(({ tool }) => tool ?? []);
  return [...new Set(tools)].filter((tool) => !recorders.has(tool)).sort();
}
