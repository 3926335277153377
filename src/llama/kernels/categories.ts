/**
 * What kernels are for: the categories of the classifier, their names on pages, and the few groups that charts can tell
 * apart by colour.
 */

/** At most eight hues can be told apart; `other` is grey. In the order of legends. */
export const CATEGORY_GROUP_IDS = [
  'matmul',
  'attention',
  'vector',
  'quantise',
  'memory',
  'sync',
  'runtime',
  'kernel',
  'other',
] as const;

export type CategoryGroupId = (typeof CATEGORY_GROUP_IDS)[number];

export interface CategoryFacts {
  /** As tables and legends print it. */
  label: string;
  group: CategoryGroupId;
  /** True for work on numbers of the model; false for waiting, housekeeping and the operating system. */
  computes: boolean;
}

/** All categories in the order of tables: the model's work first, in the order a layer runs it. */
export const CATEGORIES = {
  matmul: { label: 'Matrix multiplication', group: 'matmul', computes: true },
  blas: { label: 'Matrix multiplication (BLAS)', group: 'matmul', computes: true },
  conv: { label: 'Convolution', group: 'matmul', computes: true },
  attention: { label: 'Attention', group: 'attention', computes: true },
  softmax: { label: 'Softmax', group: 'attention', computes: true },
  quantize: { label: 'Quantise activations', group: 'quantise', computes: true },
  pack: { label: 'Pack activations', group: 'quantise', computes: true },
  norm: { label: 'Normalisation', group: 'vector', computes: true },
  rope: { label: 'Rotary embedding', group: 'vector', computes: true },
  activation: { label: 'Activation', group: 'vector', computes: true },
  elementwise: { label: 'Element-wise', group: 'vector', computes: true },
  recurrent: { label: 'Recurrent state', group: 'vector', computes: true },
  other_op: { label: 'Other operator', group: 'vector', computes: true },
  libm: { label: 'Mathematical library', group: 'vector', computes: true },
  embedding: { label: 'Embedding rows', group: 'memory', computes: true },
  kv_write: { label: 'KV cache write', group: 'memory', computes: true },
  copy: { label: 'Copy', group: 'memory', computes: true },
  libc: { label: 'Memory functions', group: 'memory', computes: false },
  sync: { label: 'Waiting for threads', group: 'sync', computes: false },
  graph: { label: 'Graph and dispatch', group: 'runtime', computes: false },
  sampling: { label: 'Sampling', group: 'runtime', computes: false },
  tokenizer: { label: 'Tokeniser', group: 'runtime', computes: false },
  load: { label: 'Load and weight packing', group: 'runtime', computes: false },
  kernel_mem: { label: 'Page faults', group: 'kernel', computes: false },
  kernel_io: { label: 'File input', group: 'kernel', computes: false },
  kernel_sched: { label: 'Scheduler', group: 'kernel', computes: false },
  idle: { label: 'Idle', group: 'kernel', computes: false },
  other: { label: 'Other', group: 'other', computes: false },
} as const satisfies Record<string, CategoryFacts>;

export type KernelCategory = keyof typeof CATEGORIES;

/** Categories in the order of tables. */
export const CATEGORY_ORDER = Object.keys(CATEGORIES) as KernelCategory[];

/** Facts about a category as a Report carries it; `other` for null and for a name this table does not know. */
export function categoryFacts(category: string | null): CategoryFacts {
  const known = category !== null && Object.hasOwn(CATEGORIES, category);
  return CATEGORIES[known ? (category as KernelCategory) : 'other'];
}
