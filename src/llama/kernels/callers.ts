/** What the callers of a function say about it: `expf` under softmax is softmax. */
import type { KernelCategory } from './categories.ts';
import type { KernelClass } from './classify.ts';

/**
 * What a chain of callers means for the functions it calls. Call stacks are prefix trees: extend the context of a
 * stack's prefix by its frame, and every stack costs one step.
 */
export interface CallContext {
  /** Class of the nearest `ggml_compute_forward_…`; null outside operators. */
  operator: KernelClass | null;
  /** True below flash attention. */
  inFlashAttention: boolean;
}

/** Outside everything: the context of a root. */
export const NO_CONTEXT: CallContext = { operator: null, inFlashAttention: false };

/** Library functions and helpers that work for whoever calls them. */
const WORKS_FOR_CALLER: ReadonlySet<KernelCategory> = new Set(['libm', 'libc', 'elementwise']);

/** Waiting and the operating system stay what they are below any operator. */
const KEEPS_ITS_CATEGORY: ReadonlySet<KernelCategory> = new Set([
  'sync',
  'idle',
  'kernel_mem',
  'kernel_io',
  'kernel_sched',
]);

const OPERATOR_FUNCTION = /^(?:void )?ggml_compute_forward_/;

/** The context of what `caller` calls, given the context that it is itself called in. */
export function extendContext(context: CallContext, caller: KernelClass): CallContext {
  const isOperator = OPERATOR_FUNCTION.test(caller.normalised);
  const isFlashAttention = caller.operator === 'FLASH_ATTN_EXT';
  if (!isOperator && !isFlashAttention) return context;
  return {
    operator: isOperator ? caller : context.operator,
    inFlashAttention: context.inFlashAttention || isFlashAttention,
  };
}

/**
 * The class of a leaf in its context: below flash attention everything that computes is attention; a libm, libc or
 * element-wise function takes category and operator of the operator that called it. Shape, types and words stay its own.
 */
export function refineByContext(leaf: KernelClass, context: CallContext): KernelClass {
  if (KEEPS_ITS_CATEGORY.has(leaf.category)) return leaf;
  if (context.inFlashAttention) return { ...leaf, category: 'attention', operator: 'FLASH_ATTN_EXT' };
  const { operator } = context;
  if (operator === null || !WORKS_FOR_CALLER.has(leaf.category)) return leaf;
  return { ...leaf, category: operator.category, operator: operator.operator };
}

/** {@link refineByContext} for one stack, callers from the outermost to the nearest. */
export function refineByCallers(leaf: KernelClass, callers: Iterable<KernelClass>): KernelClass {
  let context = NO_CONTEXT;
  for (const caller of callers) context = extendContext(context, caller);
  return refineByContext(leaf, context);
}
