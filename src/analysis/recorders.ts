/** The tools that made the files of a run. */
import { inputKind, toolOfFormat, type InputKind } from '../profile/inputFormats.ts';
import type { InputFile } from '../profile/types.ts';

type Made = Pick<InputFile, 'format' | 'tool'>;

/** One text may hold what several programs printed: its formats and tools stand in one order. */
function partsOf({ format, tool }: InputFile): Made[] {
  const formats = format?.split(' + ') ?? [];
  const tools = tool?.split(', ') ?? [];
  if (formats.length < 2 || formats.length !== tools.length) return [{ format, tool }];
  return formats.map((of, at) => ({ format: of, tool: tools[at] }));
}

/**
 * What a recorder wrote, and what was printed of a recording that is not there to say it itself: text printed from one that
 * is there holds the same samples again.
 */
function recordedParts(inputs: readonly InputFile[]): Made[] {
  const parts = inputs.flatMap(partsOf);
  const of = (...kinds: InputKind[]): Made[] =>
    parts.filter(({ format }) => kinds.some((kind) => kind === inputKind(format)));
  const isHere = of('recording').length > 0;
  return of('recording', 'counts', ...(isHere ? [] : (['printed'] as const)));
}

export function isRecorded(inputs: readonly InputFile[]): boolean {
  return recordedParts(inputs).length > 0;
}

/** The tools that recorded, each once; empty where neither the files nor their formats tell. */
export function recordersOf(inputs: readonly InputFile[]): string[] {
  const tools = recordedParts(inputs).flatMap(({ tool, format }) => tool ?? toolOfFormat(format) ?? []);
  return [...new Set(tools)].sort();
}

/** The same with the format of what names no tool: enough to tell whether two runs were recorded alike. */
export function recordersOrFormatsOf(inputs: readonly InputFile[]): string[] {
  return [...new Set(recordedParts(inputs).flatMap(({ tool, format }) => tool ?? format ?? []))].sort();
}

/** The other programs that the files name: those whose logs lie beside. */
export function printersOf(inputs: readonly InputFile[]): string[] {
  const recorders = new Set(recordersOf(inputs));
  const tools = inputs.flatMap(partsOf).flatMap(({ tool }) => tool ?? []);
  return [...new Set(tools)].filter((tool) => !recorders.has(tool)).sort();
}
