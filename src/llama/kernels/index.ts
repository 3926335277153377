/** The kernel classifier: names of functions, and what their callers add. */
export { CATEGORIES, CATEGORY_GROUP_IDS, CATEGORY_ORDER, categoryFacts } from './categories.ts';
export type { CategoryFacts, CategoryGroupId, KernelCategory } from './categories.ts';
export { classifyKernel } from './classify.ts';
export type { KernelClass } from './classify.ts';
export { NO_CONTEXT, extendContext, refineByCallers, refineByContext } from './callers.ts';
export type { CallContext } from './callers.ts';
export type { KernelTypes } from './products.ts';
export type { KernelFamily } from './families.ts';
export type { StageHint } from './rules.ts';
export { weightTypeOf } from './weightType.ts';
