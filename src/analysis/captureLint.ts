/** What is wrong with a recording, each with the command or flag that mends it. Silent about what is right. */
import { coreHasEvent } from '../arm/coreEvents.ts';
import { firstRowFrom } from '../llama/stages/activity.ts';
import type { StageTimeline } from '../llama/types.ts';
import type { Profile, Warning } from '../profile/types.ts';
import type { FunctionTable } from '../symbols/types.ts';
import { lintNames } from './captureLintNames.ts';
import { lintTarget } from './captureLintTarget.ts';
import { RUNNING_SHARE_GOOD } from './metrics.ts';

/** Stacks this deep were cut by the kernel's default limit (kernel.perf_event_max_stack = 127). */
const KERNEL_MAX_STACK = 127;
/** Share of stacks that are cut, or too short to be a call chain, from which it is worth a word. */
const WORTH_A_WORD = 0.02;
/** Share of samples in code without a name from which its image is worth a word. */
const UNNAMED_WORTH_A_WORD = 0.001;
const MOSTLY = 0.5;
/** A chain of a program with frame pointers has at least _start, main and the function itself. */
const SHORT_CHAIN = 2;
/** Samples in a stage below which its shares are rough. */
const FEW_SAMPLES = 50;
/** Disagreement of aligned clocks that moves samples across token boundaries. */
const CLOCK_SKEW_NS = 1e6;

/** All complaints, most consequential first. */
export function lintCapture(profile: Profile, functions: FunctionTable, timeline: StageTimeline): Warning[] {
  return [
    ...lintContent(profile),
    ...lintOrigin(profile),
    ...lintStages(profile, timeline),
    ...lintStacks(profile),
    ...lintSymbols(profile, functions),
    ...lintLosses(profile),
    ...lintCounters(profile),
    ...lintTarget(profile, timeline),
    ...lintNames(profile),
    ...lintClock(profile),
    ...lintModel(profile),
  ];
}

/** A recording that recorded nothing to look at. */
function lintContent({ samples, events, markers, spans }: Profile): Warning[] {
  const wasSampling =
    events.some((event) => event.role === 'sampling') || markers.length > 0 || spans.length > 0;
  if (samples.length > 0 || !wasSampling) return [];
  return [
    {
      code: 'no-samples',
      message: 'The capture holds no samples: there are no functions, call paths or shares to show.',
      fix: 'Check that the program ran while recording, and that sampling is on (gatord -r normal, perf record -F 999)',
    },
  ];
}

function lintOrigin({ origin, samples, readings, markers }: Profile): Warning[] {
  if (origin.value === null && (samples.length > 0 || readings.length > 0 || markers.length > 0)) {
    return [
      {
        code: 'origin-unknown',
        message: 'The files do not say whether this ran on hardware, in a virtual machine or on an emulator.',
        fix: 'Write `origin: hardware` (or vm, emulated, simulated) into run.yaml',
      },
    ];
  }
  if (origin.value === 'emulated' || origin.value === 'simulated') {
    return [
      {
        code: 'target-not-hardware',
        message: `The target was ${origin.value}: functions, markers and counts hold, speed and stalls do not.`,
        fix: 'Record the same command on hardware to judge speed',
      },
    ];
  }
  return [];
}

function lintStages(profile: Profile, timeline: StageTimeline): Warning[] {
  const hasContent = profile.samples.length > 0 || profile.readings.length > 0;
  if (timeline.source === null) {
    return hasContent
      ? [
          {
            code: 'stages-unknown',
            message: timeline.reason ?? 'Neither markers nor probe hits tell Prefill from Decode.',
            fix: timeline.fix,
          },
        ]
      : [];
  }
  const warnings: Warning[] = [];
  const { timeNs } = profile.samples;
  for (const stage of ['prefill', 'decode'] as const) {
    const phases = timeline.phases.filter((phase) => phase.stage === stage);
    if (phases.length === 0 || profile.samples.length === 0) continue;
    let samples = 0;
    for (const { startNs, endNs } of phases)
      samples += firstRowFrom(timeNs, endNs) - firstRowFrom(timeNs, startNs);
    if (samples < FEW_SAMPLES) {
      warnings.push({
        code: `few-samples-${stage}`,
        message: `Only ${samples} samples fell into ${stage}: its shares are rough.`,
        fix: `Sample faster (perf record -F 4999, gatord -r high) or make the ${stage} longer`,
      });
    }
  }
  return warnings;
}

function lintStacks({ samples, stacks, frames }: Profile): Warning[] {
  if (samples.length === 0) return [];
  const depth = new Int32Array(stacks.length);
  for (let stack = 0; stack < stacks.length; stack++) {
    depth[stack] = (stacks.prefix[stack] < 0 ? 0 : depth[stacks.prefix[stack]]) + 1;
  }
  let without = 0;
  let short = 0;
  let cut = 0;
  let user = 0;
  for (let row = 0; row < samples.length; row++) {
    const stack = samples.stack[row];
    const length = stack < 0 ? 0 : depth[stack];
    if (length <= 1) without++;
    if (stack >= 0 && !frames.isKernel[stacks.frame[stack]]) {
      user++;
      if (length > 1 && length <= SHORT_CHAIN) short++;
    }
    if (length >= KERNEL_MAX_STACK) cut++;
  }
  const percent = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(0)} %`;
  if (without > MOSTLY * samples.length) {
    return [
      {
        code: 'stacks-missing',
        message: `${percent(without, samples.length)} of the samples have no call stack.`,
        fix: 'Record call stacks: perf record --call-graph fp, gatord -u yes',
      },
    ];
  }
  const warnings: Warning[] = [];
  if (short > MOSTLY * user) {
    warnings.push({
      code: 'frame-pointers-missing',
      message: `${percent(short, user)} of the user stacks end after ${SHORT_CHAIN} frames: the program seems to have no frame pointers.`,
      fix: 'Build llama.cpp with -fno-omit-frame-pointer',
    });
  }
  if (cut > WORTH_A_WORD * samples.length) {
    warnings.push({
      code: 'stacks-truncated',
      message: `${percent(cut, samples.length)} of the stacks have ${KERNEL_MAX_STACK} frames or more: the kernel cut them.`,
      fix: 'sysctl kernel.perf_event_max_stack=512',
    });
  }
  return warnings;
}

function lintSymbols(profile: Profile, functions: FunctionTable): Warning[] {
  const warnings: Warning[] = [];
  let inKernel = 0;
  const { isKernel } = profile.samples;
  for (let row = 0; row < isKernel.length; row++) inKernel += isKernel[row];
  if (inKernel > 0 && profile.kernelSymbols === null && !hasNamedKernelFrames(profile)) {
    warnings.push({
      code: 'kernel-symbols-hidden',
      message: `${inKernel.toLocaleString('en-US')} samples lie in the kernel, and the capture has no kernel symbols.`,
      fix: 'Record with sysctl kernel.kptr_restrict=0, or put /proc/kallsyms beside the capture',
    });
  }
  const unnamed = unnamedSamples(profile, functions);
  const allFrames = functions.images.reduce((sum, { frames }) => sum + frames, 0);
  for (const image of functions.images) {
    if (image.source !== null || image.frames === 0 || image.image.startsWith('[')) continue;
    const samples = unnamed.get(image.image) ?? 0;
    const isWorthAWord =
      samples >= UNNAMED_WORTH_A_WORD * profile.samples.length || image.frames >= WORTH_A_WORD * allFrames;
    if (!isWorthAWord) continue;
    warnings.push({
      code: 'symbols-missing',
      message: `No symbols for ${baseName(image.image)}${image.buildId ? ` (build-id ${image.buildId})` : ''}: ${image.frames.toLocaleString('en-US')} code positions have no name.`,
      fix: `gemview symbols ${baseName(image.image)} --out <run folder>`,
    });
  }
  return warnings;
}

/** Samples in code without a name, by image. */
function unnamedSamples({ samples, stacks }: Profile, functions: FunctionTable): Map<string, number> {
  const ofFunction = new Float64Array(functions.functions.length);
  for (let row = 0; row < samples.length; row++) {
    const stack = samples.stack[row];
    if (stack >= 0) ofFunction[functions.functionOfFrame[stacks.frame[stack]]]++;
  }
  const byImage = new Map<string, number>();
  functions.functions.forEach(({ image, hasSymbol }, row) => {
    if (!hasSymbol) byImage.set(image, (byImage.get(image) ?? 0) + ofFunction[row]);
  });
  return byImage;
}

function hasNamedKernelFrames({ frames }: Profile): boolean {
  for (let row = 0; row < frames.length; row++)
    if (frames.isKernel[row] && frames.name[row] >= 0) return true;
  return false;
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function lintLosses({ losses }: Profile): Warning[] {
  const warnings: Warning[] = [];
  if (losses.records > 0) {
    warnings.push({
      code: 'records-lost',
      message: `The kernel lost ${losses.records.toLocaleString('en-US')} records: shares may lean towards quiet stretches.`,
      fix: 'Larger buffers (perf record -m 16M, gatord -Z 1024) or a lower rate',
    });
  }
  if (losses.throttles > 0) {
    warnings.push({
      code: 'sampling-throttled',
      message: `The kernel throttled sampling ${losses.throttles.toLocaleString('en-US')} times: the gaps are not idle time.`,
      fix: 'A lower rate, or sysctl kernel.perf_cpu_time_max_percent=0',
    });
  }
  return warnings;
}

function lintCounters({ counters, target }: Profile): Warning[] {
  const warnings: Warning[] = [];
  const cores = new Set(target.cpus.flatMap((cpu) => (cpu.name ? [cpu.name] : [])));
  for (const counter of counters) {
    if (counter.unavailable !== null) {
      const lacking = [...cores].filter(
        (core) => counter.mnemonic && coreHasEvent(core, counter.mnemonic) === false,
      );
      warnings.push({
        code: 'counter-unavailable',
        message: `${counter.name}: ${counter.unavailable}${lacking.length > 0 ? ` (${lacking.join(', ')} lacks it)` : ''}.`,
        fix: 'List what the target counts: perf list, gatord -R counters',
      });
    }
  }
  const shared = counters.filter((c) => c.runningShare !== null && c.runningShare < RUNNING_SHARE_GOOD);
  if (shared.length > 0) {
    const least = Math.min(...shared.map((counter) => counter.runningShare!));
    warnings.push({
      code: 'counters-overcommitted',
      message: `${shared.length} counters took turns; the least ran ${(100 * least).toFixed(0)} % of the time: ratios of short stages are unsafe.`,
      fix: 'One group of at most six events a run: perf stat -e "{cpu_cycles,…}"',
    });
  }
  return warnings;
}

function lintClock({ clock }: Profile): Warning[] {
  return clock.alignments
    .filter((alignment) => alignment.residualNs !== null && Math.abs(alignment.residualNs) > CLOCK_SKEW_NS)
    .map((alignment) => ({
      code: 'clock-skew',
      message: `${alignment.path} still disagrees with the run's clock by ${(alignment.residualNs! / 1e6).toFixed(1)} ms after alignment.`,
      fix: 'perf record -k CLOCK_MONOTONIC',
    }));
}

function lintModel({ model, samples, timings }: Profile): Warning[] {
  if (model?.tensors || (samples.length === 0 && timings.length === 0)) return [];
  return [
    {
      code: 'model-missing',
      message: 'The model file was not given: bytes and operations per token are not known.',
      fix: 'gemview model <file.gguf> --out <run folder>',
    },
  ];
}
