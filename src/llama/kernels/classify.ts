/** From a function's name to what it does in llama.cpp. */
import { normaliseName } from '../../symbols/normalise.ts';
import type { KernelCategory } from './categories.ts';
import type { KernelFamily } from './families.ts';
import { parseKleidiaiBuffer, parseKleidiaiPacking } from './kleidiai.ts';
import { operatorOfName } from './operators.ts';
import { NO_TYPES, productFacts, type KernelTypes } from './products.ts';
import { KERNEL_RULES, OPERATOR_BY_NAME, type KernelRule, type StageHint } from './rules.ts';

/** What a function's name says about it. Unknown is null. */
export interface KernelClass {
  /** The name without what compilers and linkers append. */
  normalised: string;
  category: KernelCategory;
  operator: string | null;
  /**
   * Matrix–matrix or matrix–vector; `AMBIGUOUS` when the same function does both, so that the stage of the call tells.
   * Null for what is no matrix product.
   */
  shape: 'GEMM' | 'GEMV' | 'AMBIGUOUS' | null;
  dtypes: KernelTypes;
  tile: string | null;
  isa: string | null;
  instruction: string | null;
  family: KernelFamily | null;
  /** Where such code belongs whatever the time it runs at (`load` for weight packing); null for any stage. */
  stage: StageHint;
  /** A short sentence; null for `other`. */
  words: string | null;
  /** Id of the rule that decided; null when none did. */
  rule: string | null;
}

/**
 * Classifies a function by its name, mangled or demangled, as a tool printed it. `rawName` is tried when the name itself
 * fits no rule: some rules know mangled forms. The shape of a dot product never comes from its name.
 */
export function classifyKernel(name: string, rawName: string = name): KernelClass {
  const normalised = normaliseName(name);
  const candidates = new Set([normalised, withoutReturnType(normalised), normaliseName(rawName)]);
  for (const candidate of candidates) {
    for (const rule of KERNEL_RULES) {
      const match = rule.pattern.exec(candidate);
      if (match) return kernelOfRule(rule, normalised, candidate, match);
    }
  }
  return {
    ...NOT_A_PRODUCT,
    normalised,
    category: 'other',
    operator: null,
    family: null,
    stage: null,
    words: null,
    rule: null,
  };
}

const NOT_A_PRODUCT = { shape: null, dtypes: NO_TYPES, tile: null, isa: null, instruction: null } as const;

/** Demangled names of template functions begin with their return type. */
function withoutReturnType(name: string): string {
  return name.replace(/^(?:void|int|bool|float) /, '');
}

function kernelOfRule(
  rule: KernelRule,
  normalised: string,
  name: string,
  match: RegExpExecArray,
): KernelClass {
  const facts = rule.shape === null ? packingFacts(rule, name) : productFacts(rule, name, match);
  return {
    ...facts,
    normalised,
    category: rule.category,
    operator: rule.operator === OPERATOR_BY_NAME ? operatorOfName(name) : rule.operator,
    family: rule.family,
    stage: rule.shape === null ? rule.stage : stageOfShape(facts.shape),
    rule: rule.id,
  };
}

function stageOfShape(shape: KernelClass['shape']): StageHint {
  return shape === 'GEMM' ? 'prefill' : shape === 'GEMV' ? 'decode' : null;
}

/** KleidiAI's packing functions name what they read and write; other functions have nothing more in their names. */
function packingFacts(rule: KernelRule, name: string) {
  const packing = parseKleidiaiPacking(name);
  if (!packing) return { ...NOT_A_PRODUCT, words: rule.words };
  const { from, to } = packing;
  const isLeft = /_lhs_/.test(name);
  const buffer = parseKleidiaiBuffer(to);
  const format = buffer?.isInteger ? `${buffer.bits} bit` : (buffer?.float ?? null);
  return {
    ...NOT_A_PRODUCT,
    dtypes: { dst: to, lhs: isLeft ? from : null, rhs: isLeft ? null : from },
    isa: /_(neon|sve|sme2?)$/.exec(name)?.[1] ?? null,
    words:
      rule.category === 'quantize' && format
        ? `quantises activations to ${format} and packs them for a KleidiAI kernel`
        : rule.words,
  };
}
