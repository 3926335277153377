/** The tools that made the files of a run. */
import { inputKind, type InputKind } from '../profile/inputFormats.ts';
import type { InputFile } from '../profile/types.ts';

type Made = Pick<InputFile, 'format' | 'tool'>;

/** One text may hold what several programs printed: its formats and tools stand in one order. */
function partsOf({ format, tool }: InputFile): Made[] {
  const formats = format?.split(' + ') ?? [];
  const tools = tool?.split(', ') ?? [];
  if (formats.length < 2 || formats.length !== tools.length) return [{ format, tool }];
  return formats.map((of, at) => ({ format: of, tool: tools[at] }));
}

/** The tools that recorded; of a text printed from a recording only where the recording is not there to say it. */
export function recordersOf(inputs: readonly InputFile[]): string[] {
  const parts = inputs.flatMap(partsOf);
  const of = (...kinds: InputKind[]): Made[] =>
    parts.filter(({ format }) => kinds.some((kind) => kind === inputKind(format)));
  const isRecorded = of('recording').length > 0;
  const tools = of('recording', 'counts', ...(isRecorded ? [] : (['printed'] as const)));
  return [...new Set(tools.flatMap(({ tool, format }) => tool ?? format ?? []))].sort();
}

/** The other programs that the files name: those whose logs lie beside. */
export function printersOf(inputs: readonly InputFile[]): string[] {
  const recorders = new Set(recordersOf(inputs));
  const tools = inputs.flatMap(partsOf).flatMap(({ tool }) => tool ?? []);
  return [...new Set(tools)].filter((tool) => !recorders.has(tool)).sort();
}
