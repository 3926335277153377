/** What the model file asks of each call of the run, one row per row of the token table. */
import type { ModelDemand } from '../../llama/roofline.ts';
import type { StageTimeline } from '../../llama/types.ts';
import type { RooflineSettings } from './settings.ts';
import { isModelCall, ROOFLINE_STAGES } from './stageCalls.ts';
import { demandOfCall } from './stageDemand.ts';

export interface CallRow {
  token: number;
  bytes: number;
  weightBytes: number;
  cacheReadBytes: number;
  cacheWriteBytes: number;
  operations: number;
}

/**
 * Null for calls whose demand is not known: of a draft model, failed ones, those without a position, and of stages other
 * than Prefill and Decode, where it depends on how many logits were wanted.
 */
export function callRows(
  demand: ModelDemand | null,
  timeline: StageTimeline,
  settings: RooflineSettings,
): (CallRow | null)[] {
  return timeline.tokens.map((token) => {
    const { past } = token;
    const stage = isModelCall(token) ? ROOFLINE_STAGES.find((one) => one === token.stage) : undefined;
    if (demand === null || past === null || stage === undefined) return null;
    const call = demandOfCall(demand, stage, { tokens: token.nEval, past }, settings);
    return {
      token: token.index,
      bytes: call.bytes,
      weightBytes: call.weightBytes + call.rowBytes,
      cacheReadBytes: call.cacheReadBytes,
      cacheWriteBytes: call.cacheWriteBytes,
      operations: call.operations,
    };
  });
}
