/**
 * What llama.cpp's own timings say of a run whose stages nothing else tells. The traps: printed counts are at least 1
 * (`0.00 ms / 1 runs` is none), verified drafts count as prompt, load time holds the first evaluation, eval time has no
 * sampling in it, and a server counts tokens, of which the first came out of the prompt.
 */
import type { LlamaTimings, Profile } from '../../profile/types.ts';
import { mainTimings } from '../logChecks.ts';
import { quantity, unknown, type Quantity } from '../quantity.ts';
import type { StageMetric } from '../stageMetrics.ts';

const PRINTED = 'printed by llama.cpp';

/** Rates and times of the log, in reading order; empty without timings. */
export function logMetrics({ timings }: Pick<Profile, 'timings'>): StageMetric[] {
  const requests = timings.filter((block) => block.era === 'server');
  if (requests.length > 0) return serverMetrics(requests);
  const main = mainTimings(timings);
  if (main === null) return [];
  if (main.era === 'cli-rates') return printedRates(main);
  const rows: (StageMetric | null)[] = [
    row('prefill-rate', 'Prompt rate', 'prefill', promptRate(main, timings.length > 1)),
    row('decode-rate', 'Decode rate', 'decode', decodeRate(main)),
    time('prompt-eval-time', 'Prompt evaluation', 'prefill', main.promptMs, {
      formula: `prompt eval time, ${PRINTED}`,
      inputs: [{ name: 'tokens', value: main.promptTokens, unit: 'tokens' }],
    }),
    time('eval-time', 'Evaluation of generated tokens', 'decode', main.evalMs, {
      formula: `eval time, ${PRINTED}`,
      inputs: [{ name: 'calls', value: main.evalRuns, unit: 'calls' }],
      note: 'sampling is not in it',
    }),
    time('sampling-time-log', 'Sampling', 'sampling', main.samplingMs, {
      formula: `sampling time, ${PRINTED}`,
      inputs: [{ name: 'tokens', value: main.samplingRuns, unit: 'tokens' }],
      note: 'prompt tokens pass the samplers too, so its count is no number of generated tokens',
    }),
    time('load-time-log', 'Load', 'load', main.loadMs, {
      formula: `load time, ${PRINTED}`,
      note: 'up to the end of the first evaluation: the warm-up, or without one (--no-warmup) the first prompt, which then counts here and as prompt',
    }),
  ];
  return rows.filter((metric) => metric !== null);
}

function row(id: string, label: string, stage: StageMetric['stage'], value: Quantity): StageMetric {
  return { id, label, stage, quantity: value, isHeadline: true };
}

function time(
  id: string,
  label: string,
  stage: StageMetric['stage'],
  ms: number | null,
  working: Parameters<typeof quantity>[3],
): StageMetric | null {
  return ms === null ? null : row(id, label, stage, quantity(ms, 'ms', 'counted', working));
}

/** @param hasDraft another context printed timings as well: a draft model's */
function promptRate({ promptTokens, promptMs, evalRuns }: LlamaTimings, hasDraft: boolean): Quantity {
  if (promptTokens === 0) return unknown('tokens/s', 'the log counts no prompt token');
  if (promptTokens === null || promptMs === null || promptMs <= 0)
    return unknown('tokens/s', 'the log does not say how long the prompt took');
  const mayHoldDrafts = hasDraft || evalRuns === 0;
  return perSecond(promptTokens, promptMs, {
    formula: 'prompt tokens ÷ prompt eval time',
    note: mayHoldDrafts
      ? 'calls that verify drafted tokens count as prompt: with speculation this is no rate of the prompt alone'
      : null,
  });
}

function decodeRate({ evalRuns, evalMs }: LlamaTimings): Quantity {
  if (evalRuns === 0) {
    return unknown(
      'tokens/s',
      'the log counts no call of a single token: nothing was generated, or drafted tokens were verified, which counts as prompt',
    );
  }
  if (evalRuns === null || evalMs === null || evalMs <= 0)
    return unknown('tokens/s', 'the log does not say how long evaluation took');
  return perSecond(evalRuns, evalMs, {
    formula: 'calls of one token ÷ eval time',
    note: 'sampling between calls is not in it',
  });
}

function perSecond(
  tokens: number,
  ms: number,
  { formula, note }: { formula: string; note: string | null },
): Quantity {
  return quantity(tokens / (ms / 1e3), 'tokens/s', 'counted', {
    formula: `${formula}, ${PRINTED}`,
    inputs: [
      { name: 'tokens', value: tokens, unit: 'tokens' },
      { name: 'time', value: ms, unit: 'ms' },
    ],
    note,
  });
}

/** All requests together: Σ tokens ÷ Σ time. */
function serverMetrics(requests: readonly LlamaTimings[]): StageMetric[] {
  const over = requests.length === 1 ? '' : ` over ${requests.length} requests`;
  const prompts = requests.filter((block) => block.promptTokens !== null && block.promptMs !== null);
  const answers = requests.filter(
    (block) => (block.generatedTokens ?? null) !== null && block.evalMs !== null,
  );
  const promptTokens = sum(prompts.map((block) => block.promptTokens ?? 0));
  const promptMs = sum(prompts.map((block) => block.promptMs ?? 0));
  const generated = sum(answers.map((block) => block.generatedTokens ?? 0));
  const evaluated = sum(answers.map((block) => Math.max(0, (block.generatedTokens ?? 0) - 1)));
  const evalMs = sum(answers.map((block) => block.evalMs ?? 0));
  const noTime = 'the server does not say how long it took';
  return [
    row(
      'prefill-rate',
      'Prompt rate',
      'prefill',
      promptTokens > 0 && promptMs > 0
        ? perSecond(promptTokens, promptMs, {
            formula: `prompt tokens ÷ prompt time${over}`,
            note: 'tokens taken from the prompt cache do not count',
          })
        : unknown('tokens/s', promptTokens === 0 ? 'the server evaluated no prompt token' : noTime),
    ),
    row(
      'decode-rate',
      'Decode rate',
      'decode',
      evaluated > 0 && evalMs > 0
        ? perSecond(evaluated, evalMs, {
            formula: `(generated tokens − 1) ÷ generation time${over}`,
            note: `the server divides all ${generated} generated tokens by the same time; the first of each answer came out of the prompt, and sampling is in this time`,
          })
        : unknown('tokens/s', evaluated === 0 ? 'no token was generated after the first' : noTime),
    ),
    row('prompt-tokens-log', 'Prompt tokens', 'prefill', tokens(promptTokens, over)),
    row('generated-tokens-log', 'Generated tokens', 'decode', tokens(generated, over)),
  ];
}

function tokens(count: number, over: string): Quantity {
  return quantity(count, 'tokens', 'counted', { formula: `printed by llama-server${over}` });
}

/** The two rates of the new llama-cli stand without counts. */
function printedRates({ promptTokensPerSecond, evalTokensPerSecond }: LlamaTimings): StageMetric[] {
  const printed = (value: number | null): Quantity =>
    value === null
      ? unknown('tokens/s', 'not printed')
      : quantity(value, 'tokens/s', 'counted', {
          formula: 'printed by llama-cli',
          note: 'of how many tokens is not printed',
        });
  return [
    row('prefill-rate', 'Prompt rate', 'prefill', printed(promptTokensPerSecond)),
    row('decode-rate', 'Decode rate', 'decode', printed(evalTokensPerSecond)),
  ];
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
