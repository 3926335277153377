/** What a user of one turn sees: the wait for the first token, and how many there were. */
import { countsTokens } from '../llama/stages/phases.ts';
import type { StageTimeline, Token } from '../llama/types.ts';
import { quantity, unknown, type Quantity } from './quantity.ts';
import { isDecodeToken } from './stageMetricsEnds.ts';

export interface TurnMetrics {
  /** From 1. */
  turn: number;
  /** Seconds from the first call of the turn (of its prompt, or the flush of the turn before) to its first decode call. */
  timeToFirstToken: Quantity;
  /** Tokens of the prompt that were evaluated. */
  promptTokens: number;
  /** Tokens that stood in the KV cache before. */
  cachedTokens: number;
  /** Tokens of the answer: one more than decode calls, since the last one sampled is never evaluated. */
  generatedTokens: Quantity;
}

/** The turns of a run in order. Empty for llama-bench, which has none, and where stages are not known. */
export function turnMetrics(timeline: StageTimeline): TurnMetrics[] {
  if (timeline.source === null || timeline.source === 'benchmark') return [];
  const tokensOfTurn = Map.groupBy(timeline.tokens, (token) => timeline.phases[token.phase].turn);
  return [...tokensOfTurn].map(([turn, tokens]) => {
    const prompt = tokens.filter((token) => token.stage === 'prefill' && countsTokens(token.notes));
    const firstPrompt = timeline.phases.find((phase) => phase.turn === turn && phase.stage === 'prefill');
    return {
      turn,
      timeToFirstToken: timeToFirstToken(tokens),
      promptTokens: prompt.reduce((sum, token) => sum + token.nEval, 0),
      cachedTokens: firstPrompt?.cachedTokens ?? 0,
      generatedTokens: generatedTokens(tokens),
    };
  });
}

function timeToFirstToken(tokens: readonly Token[]): Quantity {
  const severalAtOnce = tokens.some(
    (token) => token.stage === 'mixed' || (token.rule === 'D1' && token.nEval > 1),
  );
  if (severalAtOnce) {
    return unknown('s', "requests overlap in this server's calls: its own timing lines tell each request's");
  }
  const begin = tokens[0];
  const prompt = tokens.filter((token) => token.stage === 'prefill');
  const lastPrompt = prompt.at(-1);
  if (!lastPrompt) return unknown('s', 'this turn has no prefill');
  const decode = tokens.find(
    (token) => token.index > prompt[0].index && token.stage !== 'prefill' && !token.notes.includes('draft'),
  );
  const isLate = begin.rule === 'F1';
  const beginName = isLate ? 'first call of the turn' : 'first prefill call';
  if (!decode) {
    return quantity((lastPrompt.endNs - begin.startNs) / 1e9, 's', 'estimated', {
      formula: `end of the last prefill call − start of the ${beginName}`,
      inputs: [
        { name: beginName, value: begin.startNs / 1e9, unit: 's' },
        { name: 'end of the last prefill call', value: lastPrompt.endNs / 1e9, unit: 's' },
      ],
      note: 'no token was decoded: the first token was ready at about the end of the prompt',
    });
  }
  return quantity((decode.startNs - begin.startNs) / 1e9, 's', 'counted', {
    formula: `start of the first decode call − start of the ${beginName}`,
    inputs: [
      { name: beginName, value: begin.startNs / 1e9, unit: 's' },
      { name: 'first decode call', value: decode.startNs / 1e9, unit: 's' },
    ],
    note: isLate
      ? 'includes evaluating the last token of the turn before, and choosing the first token'
      : 'includes choosing the first token; what a user waits for also holds tokenising and queueing',
  });
}

function generatedTokens(tokens: readonly Token[]): Quantity {
  const decoded = tokens.filter(isDecodeToken).reduce((sum, token) => sum + token.nEval, 0);
  const steps = tokens.filter((token) => token.stage === 'speculative' && countsTokens(token.notes));
  const emitted = steps.reduce((sum, token) => sum + (token.emitted ?? 0), 0);
  const unknownSteps = steps.filter((token) => token.emitted === null).length;
  if (steps.length > 0 && unknownSteps === steps.length) {
    return unknown('tokens', 'the positions of this capture do not tell how many drafted tokens were kept');
  }
  return quantity(decoded + emitted + 1, 'tokens', unknownSteps > 0 ? 'estimated' : 'counted', {
    formula:
      steps.length > 0
        ? 'decode calls + tokens kept by speculative steps + 1'
        : 'decode calls + 1: the last token sampled is not evaluated',
    inputs: [
      { name: 'decode calls', value: decoded, unit: 'tokens' },
      ...(steps.length > 0 ? [{ name: 'kept by steps', value: emitted, unit: 'tokens' }] : []),
    ],
    note: unknownSteps > 0 ? `what ${unknownSteps} of ${steps.length} steps kept is not known` : null,
  });
}
