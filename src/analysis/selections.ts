/** The stretches of a run that numbers are given for: a stage, a phase, one call, the whole run. */
import type { StageTimeline } from '../llama/types.ts';
import type { Profile } from '../profile/types.ts';
import { phaseRows } from './stageCounts.ts';
import { callDurations } from './stageMetricsEnds.ts';

export type ComparedStage = 'prefill' | 'decode';

/** A stretch of a run, and its size. */
export interface Selection {
  /** `prefill`, `decode`, `run`, `phase 2`. */
  id: string;
  /** Rows of the timeline's phases; null for the whole run. */
  phases: readonly number[] | null;
  /** Calls of llama_decode in it; null for the whole run, which is more than its calls. */
  calls: number | null;
  tokens: number | null;
  /** Time in it: of a stage, the sum of its calls. Null when its time is not real time. */
  seconds: number | null;
}

/** A stretch that this run does not have. */
export interface NoSelection {
  id: string;
  reason: string;
}

export interface Selections {
  prefill: Selection | NoSelection;
  decode: Selection | NoSelection;
  run: Selection;
  /** One per phase of the timeline. */
  phases: Selection[];
}

/** @param runNs length of the whole run; null when nothing in it has a time */
export function selectionsOf(profile: Profile, timeline: StageTimeline, runNs: number | null): Selections {
  const hasTime = profile.origin.value !== 'simulated' && profile.clock.name !== 'none';
  const durationsNs = callDurations(timeline);
  const select = (id: string, phases: number[]): Selection => {
    let ns = 0;
    let [calls, tokens] = [0, 0];
    for (const row of phases) {
      const phase = timeline.phases[row];
      calls += phase.calls;
      tokens += phase.tokens;
      if (phase.firstToken < 0) ns += phase.endNs - phase.startNs;
      else {
        for (let call = 0; call < phase.calls; call++) ns += durationsNs[phase.firstToken + call];
      }
    }
    return { id, phases, calls, tokens, seconds: hasTime ? ns / 1e9 : null };
  };
  const stage = (id: ComparedStage): Selection | NoSelection => {
    if (timeline.source === null)
      return { id, reason: timeline.reason ?? 'the stages of this run are not known' };
    const phases = phaseRows(timeline, id);
    return phases.length === 0 ? { id, reason: `this run has no ${id}` } : select(id, phases);
  };
  return {
    prefill: stage('prefill'),
    decode: stage('decode'),
    run: {
      id: 'run',
      phases: null,
      calls: null,
      tokens: null,
      seconds: hasTime && runNs !== null ? runNs / 1e9 : null,
    },
    phases: timeline.phases.map((_, row) => select(`phase ${row}`, [row])),
  };
}
