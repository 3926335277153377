/** All findings of a run, in order of importance. One entry in the list is one subject. */
import { microBatches } from './batches.ts';
import { fallThrough } from './fallThrough.ts';
import type { Finding } from './finding.ts';
import { throttling } from './frequency.ts';
import { findingInput, type Finder, type FindingInput } from './input.ts';
import { dominantKernels, matmulShape, tailRows } from './kernels.ts';
import { contradictions } from './logs.ts';
import { negligible } from './negligible.ts';
import { outputLayer } from './outputLayer.ts';
import { pageFaults } from './pageFaults.ts';
import { stallSplit } from './stalls.ts';
import { syncShare } from './threads.ts';
import { samplingShare, stageSplit, warmup } from './time.ts';
import { contextGrowth, steadiness } from './tokens.ts';
import { instructionsPerToken, trafficAgainstModel, trafficPerToken } from './work.ts';

export type { Finding, FindingEvidence, FindingKind, FindingSelection, FindingValue } from './finding.ts';

const FINDERS: readonly Finder[] = [
  contradictions,
  throttling,
  fallThrough,
  stageSplit,
  stallSplit,
  trafficPerToken,
  dominantKernels,
  instructionsPerToken,
  trafficAgainstModel,
  outputLayer,
  syncShare,
  contextGrowth,
  pageFaults,
  microBatches,
  matmulShape,
  steadiness,
  samplingShare,
  tailRows,
  negligible,
  warmup,
];

/** What the data of a run supports, most important first; silent where it supports nothing. */
export function findings(run: FindingInput['run']): Finding[] {
  const input = findingInput(run);
  return byImportance(FINDERS.flatMap((finder) => finder(input)));
}

/** Most important first, then by id. */
export function byImportance(rows: readonly Finding[]): Finding[] {
  return [...rows].sort((a, b) => b.importance - a.importance || (a.id < b.id ? -1 : 1));
}
