/** What the inputs of a run are, by the format that their reader states. Every format of `src/readers/` has an entry. */

/**
 * - `recording`: the file that a recorder wrote, with its samples.
 * - `printed`: text that a tool made of a recording: the same samples again.
 * - `counts`: what a recorder counted, without samples.
 * - `other`: logs, models, symbols and facts, which tell nothing of a recorder.
 */
export type InputKind = 'recording' | 'printed' | 'counts' | 'other';

const KINDS: ReadonlyMap<string, InputKind> = new Map([
  ['apc', 'recording'],
  ['perf.data', 'recording'],
  ['perf-script', 'printed'],
  ['perf-report', 'printed'],
  ['simpleperf-report', 'printed'],
  ['folded-stacks', 'printed'],
  ['perf-stat', 'counts'],
  ['perf-header', 'other'],
  ['llama-log', 'other'],
  ['llama-bench', 'other'],
  ['llama-batched-bench', 'other'],
  ['llama-server-timings', 'other'],
  ['gguf', 'other'],
  ['gguf-compact', 'other'],
  ['kallsyms', 'other'],
  ['build-ids', 'other'],
  ['command-line', 'other'],
  ['target-facts', 'other'],
  ['tracks', 'other'],
  ['mixed-text', 'other'],
  ['unread', 'other'],
  ['unread-text', 'other'],
]);

/** What makes files of a format that name no tool themselves; folded stacks come from any. */
const TOOLS: ReadonlyMap<string, string> = new Map([
  ['apc', 'gator'],
  ['perf.data', 'perf'],
  ['perf-script', 'perf'],
  ['perf-report', 'perf'],
  ['perf-stat', 'perf'],
  ['simpleperf-report', 'simpleperf'],
]);

/** The tool whose files have this format; null where that is not one. */
export function toolOfFormat(format: string | null): string | null {
  return format === null ? null : (TOOLS.get(format) ?? null);
}

/** Null for a format without an entry, and for an input that nothing recognised. */
export function inputKind(format: string | null): InputKind | null {
  return format === null ? null : (KINDS.get(format) ?? null);
}
