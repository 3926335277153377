/** Which colour token belongs to what: one colour for a stage and for a group of operator categories, everywhere. */
import { categoryFacts, type CategoryGroupId } from '../llama/kernels/categories.ts';
import type { ReportStage } from '../report/schema.ts';
import type { ColourToken } from './palette.ts';

export function stageToken(stage: ReportStage): ColourToken {
  return `stage-${stage}`;
}

/** Stages as words at the start of a label. */
export const STAGE_NAMES: Record<ReportStage, string> = {
  load: 'Load',
  prefill: 'Prefill',
  decode: 'Decode',
  speculative: 'Speculative',
  mixed: 'Mixed',
  sampling: 'Sampling',
  idle: 'Idle',
};

export interface CategoryGroup {
  id: string;
  label: string;
  token: ColourToken;
}

const GROUPS = {
  matmul: { id: 'matmul', label: 'Matrix multiplication', token: 'cat-matmul' },
  attention: { id: 'attention', label: 'Attention', token: 'cat-attention' },
  vector: { id: 'vector', label: 'Norm, activation, element-wise', token: 'cat-vector' },
  quantise: { id: 'quantise', label: 'Quantise and pack', token: 'cat-quantise' },
  memory: { id: 'memory', label: 'Copies and memory', token: 'cat-memory' },
  sync: { id: 'sync', label: 'Waiting for threads', token: 'cat-sync' },
  runtime: { id: 'runtime', label: 'Load, graph, sampling', token: 'cat-runtime' },
  kernel: { id: 'kernel', label: 'Operating system', token: 'cat-kernel' },
  other: { id: 'other', label: 'Other', token: 'cat-other' },
} as const satisfies Record<CategoryGroupId, CategoryGroup>;

/** The groups in the order of legends. */
export const CATEGORY_GROUPS: readonly CategoryGroup[] = Object.values(GROUPS);

/** Group of a category; `other` for what is not classified. */
export function categoryGroup(category: string | null): CategoryGroup {
  return GROUPS[categoryFacts(category).group];
}
