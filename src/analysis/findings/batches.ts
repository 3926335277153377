/** Prompts that do not fit into one micro-batch: each piece reads the weights again. */
import { quantity } from '../quantity.ts';
import { finding, say, value, type Finding } from './finding.ts';
import { IMPORTANCE } from './importance.ts';
import type { FindingInput } from './input.ts';

/** Needs the micro-batch from the log: markers and probes see calls, not their pieces. */
export function microBatches({ run }: FindingInput): Finding[] {
  const microBatch = run.profile.settings?.microBatch ?? null;
  const calls = run.timeline.tokens.filter((token) => token.stage === 'prefill');
  if (microBatch === null || microBatch <= 0 || calls.length === 0) return [];
  const [first] = calls;
  const ofPhase = calls.filter((call) => call.phase === first.phase);
  const pieces = ofPhase.reduce((sum, call) => sum + Math.ceil(call.nEval / microBatch), 0);
  if (pieces < 2) return [];
  const prompt = ofPhase.reduce((sum, call) => sum + call.nEval, 0);
  const counted = (count: number, unit: string, formula: string) =>
    quantity(count, unit, 'counted', { formula });
  return finding(
    {
      id: 'prompt-in-pieces',
      kind: 'model',
      importance: IMPORTANCE.microBatches,
      evidence: { chart: 'tokens', chapter: 'timeline', selection: { stage: 'prefill' } },
    },
    say`The prompt of ${value('prompt', counted(prompt, 'tokens', 'tokens of the first prefill'))} is evaluated in ${value('pieces', counted(pieces, 'pieces', 'sum over its calls of tokens ÷ n_ubatch, rounded up'))} of at most ${value('micro-batch', counted(microBatch, 'tokens', 'n_ubatch, from the log'))}: each reads the weights again.`,
    [
      value(
        'calls',
        counted(ofPhase.length, ofPhase.length === 1 ? 'call' : 'calls', 'calls of the first prefill'),
      ),
    ],
  );
}
