/** llama-bench: tests × repetitions of random tokens, each test after a warm-up of its own; nothing is sampled. */
import type { Profile } from '../../profile/types.ts';
import type { Call } from '../types.ts';
import { label, type CallLabel } from './classify.ts';

/** One row of llama-bench's output. */
export interface BenchmarkTest {
  /** `pp512`, `tg128 @ d4096`. */
  name: string;
  promptTokens: number;
  generatedTokens: number;
  /** Tokens evaluated before the timed part. */
  depth: number;
  repetitions: number;
}

export interface BenchmarkLabels {
  labels: CallLabel[];
  /** One byte a call. */
  isWarmup: Uint8Array;
  /** False when the calls are not those of the tests: warm-up and repetitions are then not told apart. */
  matchesTests: boolean;
}

/** The tests that llama-bench's own output lists, from the run's figures; empty without one. */
export function benchmarkTests({ figures }: Pick<Profile, 'figures'>): BenchmarkTest[] {
  return figures.flatMap((figure): BenchmarkTest[] => {
    if (figure.kind !== 'rate' || figure.repetitions.length === 0) return [];
    const setting = (name: string): number => {
      const value = figure.settings[name] ?? '0';
      return /^\d{1,9}$/.test(value) ? Number(value) : 0;
    };
    const promptTokens = setting('n_prompt');
    const generatedTokens = setting('n_gen');
    if (promptTokens + generatedTokens === 0) return [];
    const repetitions = figure.repetitions.length;
    return [{ name: figure.subject, promptTokens, generatedTokens, depth: setting('n_depth'), repetitions }];
  });
}

/** Labels the calls of a llama-bench run; `tests` may be empty. One token is decode whatever stood before it. */
export function classifyBenchmark(
  calls: readonly Call[],
  tests: readonly BenchmarkTest[],
  batch: number,
): BenchmarkLabels {
  for (const warmup of [true, false]) {
    for (const depthEachTime of [true, false]) {
      const matched = matchTests(calls, tests, { warmup, depthEachTime });
      if (matched) return matched;
    }
  }
  const labels: CallLabel[] = [];
  calls.forEach((call, row) => {
    if (call.nEval === 1) labels.push(label('decode', 'D1'));
    else if (labels[row - 1]?.stage === 'prefill' && calls[row - 1].nEval === batch) {
      labels.push(label('prefill', 'P1'));
    } else labels.push(label('prefill', 'P2'));
  });
  return { labels, isWarmup: new Uint8Array(calls.length), matchesTests: false };
}

/**
 * Walks the calls as llama-bench makes them: per test a warm-up (the whole prompt, and one generated token), then each
 * repetition its depth (some builds restore it after the first), its prompt in chunks, its tokens one by one.
 */
function matchTests(
  calls: readonly Call[],
  tests: readonly BenchmarkTest[],
  how: { warmup: boolean; depthEachTime: boolean },
): BenchmarkLabels | null {
  if (tests.length === 0) return null;
  const labels: CallLabel[] = [];
  const isWarmup = new Uint8Array(calls.length);
  const usedNames = new Map<string, number>();

  /** Takes calls that add up to `tokens`. */
  const takePrompt = (tokens: number, phaseName: string, startsTurn: boolean): boolean => {
    let left = tokens;
    while (left > 0) {
      const call = calls[labels.length];
      if (!call || call.nEval > left) return false;
      const isFirst = left === tokens;
      const stage = call.nEval === 1 ? 'decode' : 'prefill';
      const rule = stage === 'decode' ? 'D1' : isFirst ? 'P2' : 'P1';
      labels.push(label(stage, rule, { startsPhase: isFirst, startsTurn: isFirst && startsTurn, phaseName }));
      left -= call.nEval;
    }
    return true;
  };
  const takeTokens = (tokens: number, phaseName: string, startsTurn: boolean): boolean => {
    for (let taken = 0; taken < tokens; taken++) {
      if (calls[labels.length]?.nEval !== 1) return false;
      const isFirst = taken === 0;
      labels.push(
        label('decode', 'D1', { startsPhase: isFirst, startsTurn: isFirst && startsTurn, phaseName }),
      );
    }
    return true;
  };

  for (const { name, promptTokens, generatedTokens, depth, repetitions } of tests) {
    if (how.warmup) {
      const first = labels.length;
      if (!takePrompt(promptTokens, 'warmup', false)) return null;
      if (!takeTokens(Math.min(1, generatedTokens), 'warmup', false)) return null;
      isWarmup.fill(1, first, labels.length);
    }
    for (let repetition = 0; repetition < repetitions; repetition++) {
      const number = (usedNames.get(name) ?? 0) + 1;
      usedNames.set(name, number);
      const hasDepth = depth > 0 && (how.depthEachTime || repetition === 0);
      if (hasDepth && !takePrompt(depth, `${name} ${number} depth`, true)) return null;
      if (!takePrompt(promptTokens, `${name} ${number}`, !hasDepth)) return null;
      if (!takeTokens(generatedTokens, `${name} ${number}`, !hasDepth && promptTokens === 0)) return null;
    }
  }
  return labels.length === calls.length ? { labels, isWarmup, matchesTests: true } : null;
}
