/**
 * The `inspect` contract: one JSON object about one run that other tools rely on. Field names are fixed; times are
 * seconds; what is not known is null; nothing is invented.
 */
import type { RunAnalysis } from '../analysis/analyseRun.ts';
import { mainTimings } from '../analysis/logChecks.ts';
import { groupCounts } from '../analysis/stageGroups.ts';
import { samplesByEvent } from '../profile/eventTotals.ts';
import type { Counter, Profile } from '../profile/types.ts';
import { seconds, significant } from './round.ts';
import { metricNumbers } from './sections/metrics.ts';
import { inspectVerdict, type InspectVerdict } from './sections/verdicts.ts';

export const INSPECT_SCHEMA_VERSION = 1;

export interface InspectResult {
  schema: number;
  inputs: { path: string; format: string | null; tool: string | null; bytes: number }[];
  origin: string | null;
  target: {
    arch: string | null;
    cpus: number | null;
    cores: { cpu: number; name: string | null; midr: string | null }[];
    kernel: string | null;
  };
  clock: { name: string; start_ns: string | null };
  duration_s: number | null;
  threads: { pid: number | null; tid: number | null; name: string; samples: number }[];
  samples: {
    count: number;
    by_event: { event: string; count: number; period_sum: number }[];
    lost: number;
    with_stack: number;
  };
  markers: {
    t: number;
    text: string;
    past: number | null;
    n_eval: number | null;
    pid: number;
    tid: number;
  }[];
  spans: {
    count: number;
    channels: { group: string; channel: number; name: string; count: number; total_s: number }[];
  };
  counters: {
    event: string;
    code: string | null;
    mnemonic: string | null;
    total: number | null;
    cpu_totals: Record<string, number>;
    running_share: number | null;
  }[];
  weight: { event: string; unit: string } | null;
  functions: {
    name: string;
    raw_name: string;
    image: string;
    self: number;
    total: number;
    category: string | null;
    operator: string | null;
    shape: string | null;
  }[];
  stages: {
    stage: string;
    phase: string;
    start: number;
    end: number;
    tokens: number;
    calls: number;
    samples: number;
    counters: Record<string, number>;
  }[];
  tokens: {
    index: number;
    start: number;
    end: number;
    past: number | null;
    n_eval: number;
    stage: string;
    end_is_estimated: boolean;
  }[];
  metrics: { prefill: Record<string, number | null>; decode: Record<string, number | null> };
  verdict: { prefill: InspectVerdict; decode: InspectVerdict };
  log: {
    prompt_tokens: number | null;
    prompt_ms: number | null;
    eval_runs: number | null;
    eval_ms: number | null;
    sampling_ms: number | null;
    load_ms: number | null;
    total_ms: number | null;
  } | null;
  /** Results that the files or run.yaml hold as such: rates of tests, counter totals, shares of functions, other numbers. */
  figures: {
    kind: string;
    subject: string;
    value: number;
    unit: string;
    spread: number | null;
    repetitions: number[];
    settings: Record<string, string>;
    source: string;
  }[];
  warnings: { code: string; message: string; fix: string | null }[];
}

/** The contract's object for one analysed run. */
export function inspectResult(analysis: RunAnalysis): InspectResult {
  const { profile, timeline } = analysis;
  return {
    schema: INSPECT_SCHEMA_VERSION,
    inputs: profile.inputs.map(({ path, format, tool, bytes }) => ({ path, format, tool, bytes })),
    origin: profile.origin.value,
    target: {
      arch: profile.target.arch,
      cpus: profile.target.cpuCount,
      cores: profile.target.cpus.map(({ cpu, name, midr }) => ({ cpu, name, midr })),
      kernel: profile.target.kernel,
    },
    clock: { name: profile.clock.name, start_ns: profile.clock.startNs },
    duration_s: analysis.durationNs === null ? null : seconds(analysis.durationNs),
    threads: threadRows(profile),
    samples: {
      count: profile.samples.length,
      by_event: samplesByEvent(profile).map(({ event, count, periodSum }) => ({
        event,
        count,
        period_sum: periodSum,
      })),
      lost: profile.losses.records,
      with_stack: analysis.samplesWithStack,
    },
    markers: markerRows(analysis),
    spans: { count: profile.spans.length, channels: channelRows(analysis) },
    counters: profile.counters.map((counter, index) => ({
      event: counter.name,
      code: counter.code,
      mnemonic: counter.mnemonic,
      total: analysis.counterTotals[index].total,
      cpu_totals: Object.fromEntries(analysis.counterTotals[index].byCpu),
      running_share: counter.runningShare,
    })),
    weight: analysis.weight && { event: analysis.weight.name, unit: analysis.weight.unit },
    functions: functionRows(analysis),
    stages: timeline.phases.map((phase, row) => ({
      stage: phase.stage,
      phase: phase.name,
      start: seconds(phase.startNs),
      end: seconds(phase.endNs),
      tokens: phase.tokens,
      calls: phase.calls,
      samples: analysis.phaseSamples[row],
      counters: phaseCounters(profile.counters, analysis, row),
    })),
    tokens: timeline.tokens.map((token) => ({
      index: token.index,
      start: seconds(token.startNs),
      end: seconds(token.endNs),
      past: token.past,
      n_eval: token.nEval,
      stage: token.stage,
      end_is_estimated: token.endIsEstimated,
    })),
    metrics: { prefill: metricValues(analysis, 'prefill'), decode: metricValues(analysis, 'decode') },
    verdict: {
      prefill: inspectVerdict(analysis.verdicts.prefill),
      decode: inspectVerdict(analysis.verdicts.decode),
    },
    log: logRow(profile),
    figures: profile.figures.map(({ kind, subject, value, unit, spread, repetitions, settings, source }) => ({
      kind,
      subject,
      value,
      unit,
      spread: spread === null ? null : significant(spread),
      repetitions: repetitions.map((rate) => significant(rate)),
      settings,
      source,
    })),
    warnings: analysis.warnings.map(({ code, message, fix }) => ({ code, message, fix })),
  };
}

function threadRows(profile: Profile): InspectResult['threads'] {
  const counts = new Float64Array(profile.threads.length);
  for (const thread of profile.samples.thread) counts[thread]++;
  return profile.threads
    .map(({ pid, tid, name }, row) => ({ pid: knownId(pid), tid: knownId(tid), name, samples: counts[row] }))
    .sort((a, b) => b.samples - a.samples || (a.pid ?? 0) - (b.pid ?? 0) || (a.tid ?? 0) - (b.tid ?? 0));
}

/** Text without process ids gets negative ones that only tell its commands apart. */
function knownId(id: number): number | null {
  return id < 0 ? null : id;
}

/** Markers, and one row per hit of a llama_decode entry probe with the text written as a marker would be. */
function markerRows({ profile, timeline }: RunAnalysis): InspectResult['markers'] {
  const rows: InspectResult['markers'] = profile.markers.map((marker) => {
    const { pid, tid } = profile.threads[marker.thread];
    const match = /^past (\d+), n_eval (\d+)$/.exec(marker.text);
    return {
      t: seconds(marker.timeNs),
      text: marker.text,
      past: match ? Number(match[1]) : null,
      n_eval: match ? Number(match[2]) : null,
      pid,
      tid,
    };
  });
  for (const call of timeline.calls) {
    if (call.source !== 'probe') continue;
    const { pid, tid } = profile.threads[call.thread];
    rows.push({
      t: seconds(call.startNs),
      text: `past ${call.past ?? '?'}, n_eval ${call.nEval}`,
      past: call.past,
      n_eval: call.nEval,
      pid,
      tid,
    });
  }
  return rows.sort((a, b) => a.t - b.t);
}

function channelRows({ spanChannels }: RunAnalysis): InspectResult['spans']['channels'] {
  return spanChannels.map(({ group, channel, name, count, totalNs }) => ({
    group,
    channel,
    name,
    count,
    total_s: seconds(totalNs),
  }));
}

function functionRows(analysis: RunAnalysis): InspectResult['functions'] {
  const { functions, functionCounts, kernelOf } = analysis;
  if (!functionCounts) return [];
  return functions.functions
    .map((row, index) => {
      const kernel = kernelOf(index);
      return {
        name: row.name,
        raw_name: row.rawName,
        image: row.image,
        self: groupCounts(functionCounts.self, index).all,
        total: groupCounts(functionCounts.total, index).all,
        category: kernel.category,
        operator: kernel.operator,
        shape: kernel.shape,
      };
    })
    .filter((row) => row.total > 0)
    .sort((a, b) => b.self - a.self || b.total - a.total || (a.name < b.name ? -1 : 1));
}

function phaseCounters(
  counters: readonly Counter[],
  analysis: RunAnalysis,
  phase: number,
): Record<string, number> {
  const values = counters.flatMap((counter, index): [string, number][] => {
    const value = analysis.counterTotals[index].byPhase?.[phase];
    const isKnown = counter.kind === 'delta' && counter.unavailable === null && value !== undefined;
    return isKnown ? [[counter.name, significant(value, 12)]] : [];
  });
  // Names come from files: one that is called `__proto__` is a name like any other.
  return Object.fromEntries(values);
}

/** Values by id, those of stages and those of PMU events; times are seconds here as everywhere in the contract. */
function metricValues(analysis: RunAnalysis, stage: 'prefill' | 'decode'): Record<string, number | null> {
  const ofStage = analysis.stageMetrics
    .filter((metric) => metric.stage === stage)
    .map(({ id, quantity: { value, unit } }): [string, number | null] => [
      id,
      value === null ? null : significant(unit === 'ms' ? value / 1e3 : value),
    ]);
  return { ...Object.fromEntries(ofStage), ...metricNumbers(analysis, stage) };
}

/** The block of llama.cpp's timings that covers the run. */
function logRow(profile: Profile): InspectResult['log'] {
  const main = mainTimings(profile.timings);
  if (main === null) return null;
  return {
    prompt_tokens: main.promptTokens,
    prompt_ms: main.promptMs,
    eval_runs: main.evalRuns,
    eval_ms: main.evalMs,
    sampling_ms: main.samplingMs,
    load_ms: main.loadMs,
    total_ms: main.totalMs,
  };
}
