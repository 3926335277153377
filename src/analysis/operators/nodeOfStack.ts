/** Which operator of the graph a stack works for: the ggml function that its callers pass through, whatever the leaf is. */
import { categoryFacts, type KernelClass } from '../../llama/kernels/index.ts';
import type { Profile } from '../../profile/types.ts';
import type { FunctionTable } from '../../symbols/types.ts';
import type { KernelUse } from '../kernelUse.ts';
import { mayMultiplyCache, type CacheProductsByType } from './cacheProducts.ts';
import { weightTypeOf } from '../../llama/kernels/weightType.ts';

/** Products with keys and values that are nodes of their own, and not part of flash attention. */
export const ATTENTION_PRODUCT = 'MUL_MAT_KQ_KQV';

const OPERATOR_FUNCTION = /^(?:void )?ggml_compute_forward_(?!extra)/;
const DISPATCH = new Set(['KLEIDIAI_DISPATCH', 'REPACK_DISPATCH']);
/** Work that only matrix products ask for. */
const PART_OF_PRODUCT = new Set(['ACT_QUANT', 'LHS_QUANT_PACK', 'LHS_PACK']);

/**
 * The operator of every stack, as row of `operators`; -1 where the stack does not tell: waiting between nodes, library
 * functions whose callers have no frame. A prefix tree: each stack costs one step.
 */
export function nodeOperators(
  { stacks }: Pick<Profile, 'stacks'>,
  functions: FunctionTable,
  use: KernelUse,
  cache: CacheProductsByType,
  usesFlashAttention: boolean,
): { operators: string[]; operatorOfStack: Int32Array } {
  const operators: string[] = [];
  const rowOf = new Map<string, number>();
  const rowOfName = (name: string | null): number => {
    if (name === null) return -1;
    let row = rowOf.get(name);
    if (row === undefined) {
      row = operators.push(name) - 1;
      rowOf.set(name, row);
    }
    return row;
  };
  const attention = rowOfName(ATTENTION_PRODUCT);
  const product = rowOfName('MUL_MAT');
  const asCaller = use.classes.map((kernel) => rowOfName(operatorAsCaller(kernel)));
  const asLeaf = use.classes.map((kernel) => rowOfName(operatorAsLeaf(kernel, usesFlashAttention)));
  const isAttentionLeaf = use.classes.map((kernel) => {
    const type = weightTypeOf(kernel);
    return mayMultiplyCache(kernel, type) && cache.get(type ?? '')?.meaning === 'attention';
  });

  const ofCallers = new Int32Array(stacks.length);
  const operatorOfStack = new Int32Array(stacks.length);
  for (let stack = 0; stack < stacks.length; stack++) {
    const index = functions.functionOfFrame[stacks.frame[stack]];
    const prefix = stacks.prefix[stack];
    const inherited = prefix < 0 ? -1 : ofCallers[prefix];
    // The innermost operator function counts: KleidiAI's dispatch stands above its own look-up of rows.
    ofCallers[stack] = asCaller[index] >= 0 ? asCaller[index] : inherited;
    const own = ofCallers[stack] >= 0 ? ofCallers[stack] : asLeaf[index];
    operatorOfStack[stack] = own === product && isAttentionLeaf[index] ? attention : own;
  }
  return { operators, operatorOfStack };
}

function operatorAsCaller(kernel: KernelClass): string | null {
  if (OPERATOR_FUNCTION.test(kernel.normalised)) return kernel.operator;
  if (!DISPATCH.has(kernel.operator ?? '')) return null;
  return /get_rows/.test(kernel.normalised) ? 'GET_ROWS' : 'MUL_MAT';
}

/** What a leaf says alone, for stacks without a frame of its operator. */
function operatorAsLeaf(kernel: KernelClass, usesFlashAttention: boolean): string | null {
  if (kernel.operator === ATTENTION_PRODUCT) return usesFlashAttention ? 'FLASH_ATTN_EXT' : 'MUL_MAT';
  if (kernel.shape !== null || PART_OF_PRODUCT.has(kernel.operator ?? '')) return 'MUL_MAT';
  const names = ['LIBM', 'MEMCPY', 'MALLOC', 'CONVERT', 'QUANTIZE', 'KAI_QUERY'];
  if (!categoryFacts(kernel.category).computes || names.includes(kernel.operator ?? '')) return null;
  return kernel.operator;
}
