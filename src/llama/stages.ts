/**
 * Load, prefill, decode and what else a run of llama.cpp went through, told from its calls of llama_decode: by markers or
 * probe hits, never by how the time looks.
 */
import type { Profile, Warning } from '../profile/types.ts';
import { processActivity, type Activity } from './stages/activity.ts';
import { benchmarkTests, classifyBenchmark, type BenchmarkTest } from './stages/benchmark.ts';
import {
  classifyChat,
  classifyServer,
  DEFAULT_BATCH,
  label,
  slotsSeen,
  type CallLabel,
} from './stages/classify.ts';
import { callEnds, decodeIntervalNs, sampledBetween } from './stages/ends.ts';
import { idleStretches, type Stretch } from './stages/idle.ts';
import { loading } from './stages/loading.ts';
import { stageIntervals, tokensAndPhases, type JudgedCall } from './stages/phases.ts';
import { hitsWithoutTokens } from './stages/probeCalls.ts';
import { factNumber, programOf } from './stages/program.ts';
import type { LlamaStacks } from './stages/stackMarks.ts';
import type { Call, StageTimeline } from './types.ts';

/** llama.cpp's default of 16 drafted tokens a step, and the one they follow. */
const DEFAULT_LONGEST_STEP = 17;

const PROBE_FIX =
  "Record with probes, no patch needed: perf probe -x ./llama-cli 'llama_decode n_tokens=+0(%x1):s32' and perf probe -x ./llama-cli 'llama_decode%return ret=$retval:s32', then perf record -e probe_llama:llama_decode -e probe_llama:llama_decode__return …";

export interface StageOptions {
  /** Questions to the stacks of samples; null when no function names are known. */
  stacks?: LlamaStacks | null;
  /** Each of the following overrides what the profile says. */
  batch?: number;
  slots?: number;
  longestSpeculativeStep?: number;
  benchmarkTests?: readonly BenchmarkTest[];
}

/** Stages of the process that called llama_decode most often; `calls` are those of {@link callsOf}. */
export function stageTimeline(
  profile: Profile,
  calls: readonly Call[],
  options: StageOptions = {},
): StageTimeline {
  const hitsLeftOut = hitsWithoutTokens(profile);
  if (calls.length === 0) return unknownStages(hitsLeftOut);
  const { pid, ownCalls, otherCalls } = callsOfBusiestProcess(profile, calls);
  const isBenchmark = programOf(profile, pid) === 'bench';
  const warnings: Warning[] = [];
  if (hitsLeftOut > 0) warnings.push(tokensNotRecorded(hitsLeftOut));
  if (otherCalls > 0) warnings.push(severalProcesses(pid, ownCalls.length, otherCalls));

  const lastCallNs = ownCalls[ownCalls.length - 1].startNs;
  const activity = processActivity(profile, pid, options.stacks ?? null, lastCallNs);
  const { rows, labels } = isBenchmark
    ? benchmarkLabels(profile, ownCalls, options, warnings)
    : labelsOf(profile, pid, ownCalls, activity, options);
  const { judged, idle } = judge(profile, pid, ownCalls, rows, labels, activity);

  const { phases, intervals: loadIntervals } = loading(ownCalls, activity.firstNs);
  const tokens = tokensAndPhases(judged, phases);
  const intervals = stageIntervals(tokens, loadIntervals, {
    idle,
    samplesTokens: !isBenchmark,
    closingNs: tokens.at(-1)?.endIsEstimated ? null : activity.closingNs,
  });
  const source = ownCalls[0].source === 'marker' ? 'markers' : 'probes';
  return {
    source: isBenchmark ? 'benchmark' : source,
    reason: null,
    fix: null,
    calls: ownCalls,
    tokens,
    phases,
    intervals,
    pid,
    warnings,
  };
}

function unknownStages(unusableHits: number): StageTimeline {
  const reason =
    unusableHits > 0
      ? `${unusableHits} probe hits on llama_decode do not say how many tokens were evaluated`
      : 'no llama_decode markers or probe hits';
  return {
    source: null,
    reason,
    fix: PROBE_FIX,
    calls: [],
    tokens: [],
    phases: [],
    intervals: [],
    pid: null,
    warnings: [],
  };
}

/** The process with most calls; its calls are copied, so that marking warm-up leaves the caller's alone. */
function callsOfBusiestProcess(
  profile: Profile,
  calls: readonly Call[],
): { pid: number; ownCalls: Call[]; otherCalls: number } {
  const byPid = Map.groupBy(calls, (call) => profile.threads[call.thread].pid);
  const [pid, own] = [...byPid].reduce((a, b) => (b[1].length > a[1].length ? b : a));
  return { pid, ownCalls: own.map((call) => ({ ...call })), otherCalls: calls.length - own.length };
}

function longestStepOf(profile: Profile): number {
  const drafted = factNumber(profile, 'draft-max');
  return drafted === null ? DEFAULT_LONGEST_STEP : drafted + 1;
}

/** Rows of the calls that are no warm-up, and their labels. */
interface LabelledRows {
  rows: number[];
  labels: CallLabel[];
}

/** Labels of the calls of llama-bench; marks its warm-up in `calls`. */
function benchmarkLabels(
  profile: Profile,
  calls: Call[],
  options: StageOptions,
  warnings: Warning[],
): LabelledRows {
  const tests = options.benchmarkTests ?? benchmarkTests(profile);
  const result = classifyBenchmark(calls, tests, batchOf(profile, options) ?? DEFAULT_BATCH);
  if (!result.matchesTests) warnings.push(benchmarkUnmatched(tests.length));
  calls.forEach((call, row) => (call.isWarmup = result.isWarmup[row] === 1));
  const rows = rowsAfterWarmup(calls);
  return { rows, labels: rows.map((row) => result.labels[row]) };
}

/** Labels of the calls of a chat or server program, failed attempts among them. */
function labelsOf(
  profile: Profile,
  pid: number,
  calls: readonly Call[],
  activity: Activity,
  options: StageOptions,
): LabelledRows {
  const rows = rowsAfterWarmup(calls);
  const own = rows.map((row) => calls[row]);
  const evaluated = own.filter(isEvaluated);
  const classify = programOf(profile, pid) === 'server' ? classifyServer : classifyChat;
  const ofEvaluated = classify(evaluated, {
    batch: batchOf(profile, options),
    slots: options.slots ?? factNumber(profile, 'sequences') ?? slotsSeen(evaluated),
    longestStep: options.longestSpeculativeStep ?? longestStepOf(profile),
    wasSampled: sampledBetween(activity.samplerNs),
  });
  return { rows, labels: withFailures(own, ofEvaluated) };
}

function rowsAfterWarmup(calls: readonly Call[]): number[] {
  return [...calls.keys()].filter((row) => !calls[row].isWarmup);
}

function batchOf(profile: Profile, options: StageOptions): number | null {
  return options.batch ?? profile.settings?.batch ?? null;
}

function isEvaluated(call: Call): boolean {
  return (call.returnValue ?? 0) === 0;
}

/** Failed calls are of the stage of the call that follows them, which they begin; their tokens do not count. */
function withFailures(calls: readonly Call[], ofEvaluated: readonly CallLabel[]): CallLabel[] {
  let evaluated = 0;
  let isSecondAttempt = false;
  const continued = { startsPhase: false, startsTurn: false };
  return calls.map((call): CallLabel => {
    const following = ofEvaluated[evaluated];
    if (isEvaluated(call)) {
      const own = isSecondAttempt ? { ...following, ...continued } : following;
      evaluated++;
      isSecondAttempt = false;
      return own;
    }
    const like = following ?? ofEvaluated[evaluated - 1] ?? label('prefill', 'P2');
    const isFirstAttempt = following !== undefined && !isSecondAttempt;
    isSecondAttempt = following !== undefined;
    const notes: CallLabel['notes'] = [call.returnValue === 1 ? 'retry' : 'failed'];
    return { ...like, ...(isFirstAttempt ? {} : continued), emitted: null, notes };
  });
}

/** Ends of the calls in `rows`, and the idle stretches of the process. */
function judge(
  profile: Profile,
  pid: number,
  calls: readonly Call[],
  rows: readonly number[],
  labels: readonly CallLabel[],
  activity: Activity,
): { judged: JudgedCall[]; idle: Stretch[] } {
  const own = rows.map((row) => calls[row]);
  const tokenNs = decodeIntervalNs(own, labels);
  const starts = calls.map((call) => call.startNs);
  const idle = idleStretches(profile, pid, activity, tokenNs, starts);
  const ends = callEnds(own, labels, idle, activity, tokenNs);
  const judged = rows.map((row, index) => ({
    row,
    call: own[index],
    label: labels[index],
    end: ends[index],
  }));
  return { judged, idle };
}

function tokensNotRecorded(hits: number): Warning {
  return {
    code: 'llama-decode-without-tokens',
    message: `${hits} probe hits on llama_decode do not say how many tokens were evaluated and were left out`,
    fix: "perf probe -x ./llama-cli 'llama_decode n_tokens=+0(%x1):s32'",
  };
}

function severalProcesses(pid: number, own: number, others: number): Warning {
  return {
    code: 'several-llama-processes',
    message: `${others} calls of llama_decode belong to other processes: stages are those of process ${pid} with ${own} calls`,
    fix: 'Record one llama.cpp process at a time',
  };
}

function benchmarkUnmatched(tests: number): Warning {
  return {
    code: 'llama-bench-repetitions-unknown',
    message:
      tests === 0
        ? "llama-bench's warm-up and repetitions are not told apart: its own output is not among the inputs"
        : "llama-bench's warm-up and repetitions are not told apart: the calls are not those of the tests in its output",
    fix: 'Keep the output of the recorded llama-bench run (llama-bench -o json > bench.json) beside the capture',
  };
}
