import { kernelUse } from '../../src/analysis/kernelUse.ts';
import type { ThreadInput } from '../../src/analysis/threadUse.ts';
import { weightOf } from '../../src/analysis/weight.ts';
import { attributeSamples } from '../../src/analysis/attribution.ts';
import type { Stage, StageTimeline, Token } from '../../src/llama/types.ts';
import { ProfileBuilder } from '../../src/profile/builder.ts';
import type { Profile } from '../../src/profile/types.ts';
import { functionsFromText } from './profileFromText.ts';

const PID = 100;

/** A sample's letter → the function it lies in. */
export const FUNCTIONS: Record<string, string> = {
  G: 'ggml_gemm_q4_0_4x8_q8_0',
  V: 'ggml_gemv_q4_0_4x8_q8_0',
  B: 'ggml_barrier',
  L: 'pthread_cond_wait',
  A: '__aarch64_ldadd4_acq_rel',
  I: 'cpu_do_idle',
  X: 'main',
};

export interface ThreadedRun {
  /** tid → one letter a millisecond, `.` for no sample: see {@link FUNCTIONS}. */
  threads: Record<number, string>;
  /** tid → one digit a millisecond: the CPU of that sample; all on CPU 0 otherwise, `-` for no CPU. */
  cpus?: Record<number, string>;
  /** One letter a millisecond: `p` prefill, `d` decode, a space between calls; a capital begins a call. */
  stages: string;
  /** Letter → what calls its function, outermost first; nothing otherwise. */
  callers?: Record<string, string[]>;
  prepare?: (builder: ProfileBuilder) => void;
}

/** A run drawn as text: what each thread did in each millisecond, and the calls of llama_decode above it. */
export function threadedRun({ threads, cpus = {}, stages, callers = {}, prepare }: ThreadedRun): ThreadInput {
  const builder = new ProfileBuilder({ path: 'drawn', format: 'drawing', tool: null, bytes: 0 });
  builder.clock = { ...builder.clock, name: 'CLOCK_MONOTONIC', startNs: '0' };
  builder.events.push({
    name: 'cpu-clock',
    role: 'sampling',
    code: null,
    mnemonic: null,
    unit: 'ns',
    period: 1e6,
    frequencyHz: null,
    counter: null,
  });
  const llama = builder.strings.intern('llama');
  const rowOf = new Map(Object.keys(threads).map((tid) => [tid, builder.thread(PID, Number(tid))]));
  const length = Math.max(...Object.values(threads).map((text) => text.length));
  for (let at = 0; at < length; at++) {
    for (const [tid, text] of Object.entries(threads)) {
      const letter = text[at] ?? '.';
      if (letter === '.') continue;
      const path = [...(callers[letter] ?? []), FUNCTIONS[letter]];
      let stack = -1;
      path.forEach((name, depth) => {
        const isCaller = depth < path.length - 1 ? 1 : 0;
        const frame = builder.frames.intern(0, 0, -1, isCaller, builder.strings.intern(name), llama);
        stack = builder.stacks.intern(stack, frame);
      });
      const cpu = cpus[Number(tid)]?.[at] ?? '0';
      builder.addSample(
        at * 1e6 + 5e5,
        rowOf.get(tid)!,
        cpu === '-' ? -1 : Number(cpu),
        stack,
        0,
        1e6,
        false,
      );
    }
  }
  prepare?.(builder);
  const profile = builder.finish();
  const functions = functionsFromText(profile);
  const timeline = timelineOf(stages, profile);
  const attribution = attributeSamples(profile, timeline);
  const weight = weightOf(profile, 0);
  return {
    profile,
    timeline,
    attribution,
    weight,
    kernelUse: kernelUse(profile, functions, weight, attribution.group),
  };
}

const STAGE_OF: Record<string, Stage> = { p: 'prefill', d: 'decode' };

function timelineOf(stages: string, profile: Profile): StageTimeline {
  const timeline: StageTimeline = {
    source: 'markers',
    reason: null,
    fix: null,
    calls: [],
    tokens: [],
    phases: [],
    intervals: [],
    pid: PID,
    warnings: [],
  };
  const main = profile.threads.findIndex(({ tid }) => tid === PID);
  [...stages].forEach((letter, at) => {
    const stage = STAGE_OF[letter.toLowerCase()];
    const startNs = at * 1e6;
    const endNs = startNs + 1e6;
    if (!stage) return;
    if (letter !== letter.toLowerCase()) {
      const call = timeline.calls.length;
      timeline.calls.push({
        startNs,
        endNs,
        endSource: 'return-probe',
        past: null,
        pastIsRebuilt: false,
        nEval: 1,
        source: 'marker',
        thread: main,
        context: null,
        returnValue: null,
        isWarmup: false,
      });
      if (timeline.phases.at(-1)?.stage !== stage) {
        timeline.phases.push({
          stage,
          name: '1',
          startNs,
          endNs,
          endIsEstimated: false,
          firstToken: call,
          calls: 0,
          tokens: 0,
          cachedTokens: 0,
          turn: 1,
        });
      }
      const phase = timeline.phases.length - 1;
      timeline.phases[phase].calls++;
      timeline.phases[phase].tokens++;
      const token: Token = {
        index: call,
        startNs,
        endNs,
        endIsEstimated: false,
        past: null,
        nEval: 1,
        stage,
        phase,
        call,
        thread: main,
        rule: stage === 'prefill' ? 'P2' : 'D1',
        emitted: null,
        notes: [],
      };
      timeline.tokens.push(token);
      timeline.intervals.push({ stage, startNs, endNs, phase, token: call });
    }
    timeline.phases.at(-1)!.endNs = endNs;
    timeline.tokens.at(-1)!.endNs = endNs;
    timeline.intervals.at(-1)!.endNs = endNs;
  });
  return timeline;
}
