/** Models that come in several files (`…-00001-of-00003.gguf`): the first has the settings, every one some tensors. */
import type { ModelInfo, ModelSplit } from './model.ts';
import type { Warning } from './types.ts';
import { modelTotals } from './modelTotals.ts';

/** Code of the warning that a model file is only a part; it has no place in a run that has all parts. */
export const PART_WARNING = 'gguf-split-part';

/** The warning about one part of a split model. */
export function partWarning(split: ModelSplit): Warning {
  return {
    code: PART_WARNING,
    message: `This is part ${split.part + 1} of a model in ${split.parts} files; its tensors alone are not the model.`,
    fix: 'Give all parts.',
  };
}

/** What the parts make together. */
export interface JoinedModel {
  /** `split` is null when nothing is missing. */
  model: ModelInfo;
  /** Numbers of the parts that were not given, from 1. */
  missing: number[];
}

/**
 * Joins the parts of one split model, given in any order; a part given twice counts once. Parts that are not there leave
 * the model a part: its `split` stays set. Null for no parts, and for parts that do not belong together.
 */
export function joinModelParts(parts: readonly ModelInfo[]): JoinedModel | null {
  const byNumber = new Map(parts.map((part) => [part.split?.part ?? 0, part]));
  const inOrder = [...byNumber.keys()]
    .sort((a, b) => a - b)
    .map((number) => byNumber.get(number) as ModelInfo);
  const count = inOrder[0]?.split?.parts;
  if (count === undefined || inOrder.some((part) => part.split?.parts !== count)) return null;

  const first = inOrder.find((part) => part.architecture !== null) ?? inOrder[0];
  const tensors = inOrder.every((part) => part.tensors !== null)
    ? inOrder.flatMap((part) => part.tensors ?? [])
    : null;
  const totals = tensors && modelTotals(tensors);
  const missing = Array.from({ length: count }, (_, part) => part).filter((part) => !byNumber.has(part));
  const announced = first.split?.tensors ?? null;
  const isWhole = missing.length === 0 && (announced === null || announced === tensors?.length);
  return {
    model: {
      ...first,
      fileBytes: inOrder.reduce((sum, part) => sum + (part.fileBytes ?? 0), 0),
      parameterCount: totals?.parameters ?? null,
      bitsPerWeight: totals?.bitsPerWeight ?? null,
      vocabulary: first.vocabulary ?? inOrder.find((part) => part.vocabulary !== null)?.vocabulary ?? null,
      tensors,
      split: isWhole ? null : first.split,
    },
    missing: missing.map((part) => part + 1),
  };
}
