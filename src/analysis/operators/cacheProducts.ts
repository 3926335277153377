/**
 * Whether products with operands of the KV cache's type (F16 unless -ctk and -ctv set another) are attention or weights:
 * their kernels have one name. The model's tensors decide, and whether attention runs in a function of its own (flash
 * attention).
 */
import type { KernelClass } from '../../llama/kernels/index.ts';
import { isFloatType } from '../../llama/kernels/weightType.ts';
import { tensorDemands } from '../../llama/rooflineTensors.ts';
import type { ModelInfo } from '../../profile/model.ts';
import type { Profile } from '../../profile/types.ts';

export interface CacheProducts {
  meaning: 'attention' | 'weights' | 'ambiguous';
  /** Why, a sentence. */
  reason: string;
}

/** Types of keys and values, and what products with them are. */
export type CacheProductsByType = ReadonlyMap<string, CacheProducts>;

/**
 * What products with F16 operands and with those of the cache's types are in this run, outside flash attention. F16 always
 * has an entry, also where the log does not name the cache's types.
 */
export function cacheProducts(
  { model, settings }: Pick<Profile, 'model' | 'settings'>,
  usesFlashAttention: boolean,
): CacheProductsByType {
  const { key, value } = settings?.cacheTypes ?? { key: 'f16', value: 'f16' };
  // F32 weights are everywhere (routers, norms): nothing of theirs is taken for attention.
  const types = new Set(['f16', key, value].filter((type) => type !== 'f32'));
  return new Map([...types].map((type) => [type, meaningOf(type, model, usesFlashAttention)]));
}

/**
 * Whether a kernel may multiply with a KV cache of the type. A quantised cache lies in an ordinary buffer: kernels for packed
 * weights (KleidiAI, repack) never read it.
 */
export function mayMultiplyCache(
  { operator, family }: Pick<KernelClass, 'operator' | 'family'>,
  type: string | null,
): boolean {
  if (type === null || operator === 'FLASH_ATTN_EXT') return false;
  return isFloatType(type) || family === 'generic';
}

function meaningOf(type: string, model: ModelInfo | null, usesFlashAttention: boolean): CacheProducts {
  const name = type.startsWith('q') ? type : type.toUpperCase();
  const matrices = model?.tensors ? matricesOf(model, type) : null;
  // Without tensors, F16 is the cache unless the file's type says otherwise; of a quantised type nothing can be said.
  const mayBeWeights = type !== 'f16' || /^(?:MOSTLY_)?F16$/i.test(model?.fileType ?? '');
  if (matrices === null && !mayBeWeights) {
    return {
      meaning: 'attention',
      reason: `Products with ${name} operands are taken as attention: the model’s tensors are not at hand.`,
    };
  }
  if (matrices === 0) {
    return {
      meaning: 'attention',
      reason: `Products with ${name} operands are attention: no weight matrix of the model is ${name}.`,
    };
  }
  const weights =
    matrices !== null
      ? `${matrices} weight matrices of the model are ${name}`
      : type === 'f16'
        ? 'the model is an F16 file'
        : 'the model’s tensors are not at hand';
  return usesFlashAttention
    ? {
        meaning: 'weights',
        reason: `Products with ${name} operands outside flash attention are weights: ${weights}, and attention runs in flash attention.`,
      }
    : {
        meaning: 'ambiguous',
        reason: `Products with ${name} operands${isFloatType(type) ? '' : ' in dot products'} may be weights or attention: ${weights}, and attention runs in the same kernels. They stand under matrix multiplication.`,
      };
}

function matricesOf(model: ModelInfo, type: string): number {
  return tensorDemands(model, 1).filter(
    (tensor) =>
      tensor.type === type &&
      (tensor.role === 'matmul' || tensor.role === 'experts' || tensor.role === 'output'),
  ).length;
}
