/** Which stacks pass through functions of interest: how samples tell what llama.cpp was doing. */
import type { Profile, StackIndex } from '../../profile/types.ts';
import type { FunctionTable, ResolvedFunction } from '../../symbols/types.ts';

/** Tells whether a stack (row of the stack table, -1 for none) passes through some function. */
export type StackPredicate = (stack: StackIndex) => boolean;

/** What the stacks of llama.cpp's threads are asked. */
export interface LlamaStacks {
  /** Inside llama_decode. */
  isInsideDecode: StackPredicate;
  /** Choosing the next token. */
  isSampling: StackPredicate;
  /** Printing timings or freeing the model: no token is evaluated any more. */
  isClosing: StackPredicate;
}

const DECODE = /^(?:llama_decode|llama_context::decode)(?:\(|$)/;
/** `llama_sampler_*`, `common_sampler_*`; before September 2024 `llama_sampling_*`. */
const SAMPLING = /^(?:llama_sampler_|common_sampler_|llama_sampling_|gpt_sampler_)/;
const CLOSING =
  /^(?:llama_perf_(?!context_reset|sampler_reset)\w+|common_perf_print|llama_print_timings|(?:llama|common)_memory_breakdown_print|llama_free(?:_model)?|llama_model_free|llama_backend_free)(?:\(|$)/;

/**
 * Marks the stacks that hold a wanted function anywhere, in one pass: a stack's callers always stand before it.
 *
 * @returns one byte a row of the stack table, 1 where a frame of the stack or of its callers is wanted
 */
export function stacksThrough(
  { stacks }: Pick<Profile, 'stacks'>,
  functions: FunctionTable,
  isWanted: (row: ResolvedFunction) => boolean,
): Uint8Array {
  const wanted = Uint8Array.from(functions.functions, (row) => (isWanted(row) ? 1 : 0));
  const marks = new Uint8Array(stacks.length);
  for (let stack = 0; stack < stacks.length; stack++) {
    const prefix = stacks.prefix[stack];
    marks[stack] =
      prefix >= 0 && marks[prefix] === 1 ? 1 : wanted[functions.functionOfFrame[stacks.frame[stack]]];
  }
  return marks;
}

/** The questions of {@link LlamaStacks} answered from function names; without names every answer is no. */
export function llamaStacks(profile: Pick<Profile, 'stacks'>, functions: FunctionTable): LlamaStacks {
  const through = (pattern: RegExp): StackPredicate => {
    const marks = stacksThrough(
      profile,
      functions,
      (row) => !row.isKernel && (pattern.test(row.name) || pattern.test(row.rawName)),
    );
    return (stack) => stack >= 0 && marks[stack] === 1;
  };
  return {
    isInsideDecode: through(DECODE),
    isSampling: through(SAMPLING),
    isClosing: through(CLOSING),
  };
}
