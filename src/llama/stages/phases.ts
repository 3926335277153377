/** Tokens and phases: rows of calls that belong together, and the stretches of time they and the gaps between them fill. */
import type { Call, Phase, Stage, StageInterval, Token } from '../types.ts';
import type { CallLabel } from './classify.ts';
import type { CallEnd } from './ends.ts';
import { within, type Stretch } from './idle.ts';

/** A call with everything that was found out about it. */
export interface JudgedCall {
  /** Row of the timeline's calls. */
  row: number;
  call: Call;
  label: CallLabel;
  end: CallEnd;
}

/** Calls whose tokens are part of the text or its prompt: not retried, not of a draft model. */
export function countsTokens(notes: Token['notes']): boolean {
  return !notes.includes('retry') && !notes.includes('failed') && !notes.includes('draft');
}

/** Appends the phases of the calls to `phases` and gives one token a call. */
export function tokensAndPhases(calls: readonly JudgedCall[], phases: Phase[]): Token[] {
  const tokens: Token[] = [];
  const names = new Set<string>();
  let turn = 0;
  let before: CallLabel | null = null;
  let phase = phases.at(-1);
  for (const { row, call, label, end } of calls) {
    const isNew: boolean = before === null || label.startsPhase || label.stage !== before.stage;
    if (before === null || label.startsTurn) turn++;
    if (isNew || !phase) {
      phase = {
        stage: label.stage,
        name: phaseName(label, turn, names),
        startNs: call.startNs,
        endNs: end.endNs,
        endIsEstimated: end.isEstimated,
        firstToken: tokens.length,
        calls: 0,
        tokens: 0,
        cachedTokens: label.stage === 'prefill' ? (call.past ?? 0) : 0,
        turn,
      };
      phases.push(phase);
    }
    phase.calls++;
    if (countsTokens(label.notes)) phase.tokens += call.nEval;
    if (end.endNs >= phase.endNs) {
      phase.endNs = end.endNs;
      phase.endIsEstimated = end.isEstimated;
    }
    tokens.push({
      index: tokens.length,
      startNs: call.startNs,
      endNs: end.endNs,
      endIsEstimated: end.isEstimated,
      past: call.past,
      nEval: call.nEval,
      stage: label.stage,
      phase: phases.length - 1,
      call: row,
      thread: call.thread,
      rule: label.rule,
      emitted: label.emitted,
      notes: label.notes,
    });
    before = label;
  }
  return tokens;
}

function phaseName(label: CallLabel, turn: number, used: Set<string>): string {
  const base = label.phaseName ?? (label.rule === 'F1' ? `flush ${turn}` : String(turn));
  let name = base;
  for (let number = 2; used.has(`${label.stage} ${name}`); number++) name = `${base}.${number}`;
  used.add(`${label.stage} ${name}`);
  return name;
}

export interface IntervalOptions {
  idle: readonly Stretch[];
  /** False for llama-bench: between its calls nothing is sampled. */
  samplesTokens: boolean;
  /** End of the sampling after the last call; null when it is not seen. */
  closingNs: number | null;
}

/** Who had which stretch of time; stretches are in order and do not overlap. */
export function stageIntervals(
  tokens: readonly Token[],
  loading: readonly StageInterval[],
  { idle, samplesTokens, closingNs }: IntervalOptions,
): StageInterval[] {
  const intervals: StageInterval[] = [];
  let cursorNs = -Infinity;
  const add = (stage: Stage, fromNs: number, toNs: number, phase: number, token: number): void => {
    const startNs = Math.max(fromNs, cursorNs);
    if (toNs <= startNs) return;
    intervals.push({ stage, startNs, endNs: toNs, phase, token });
    cursorNs = toNs;
  };
  /** Fills `[from, to)`, idle stretches taken out. */
  const addAroundIdle = (stage: Stage, fromNs: number, toNs: number, phase: number, token: number): void => {
    let atNs = fromNs;
    for (const pause of within(idle, fromNs, toNs)) {
      add(stage, atNs, pause.startNs, phase, token);
      add('idle', pause.startNs, pause.endNs, -1, -1);
      atNs = pause.endNs;
    }
    add(stage, atNs, toNs, phase, token);
  };
  const all = [...loading, ...tokens].sort((a, b) => a.startNs - b.startNs);
  for (const item of all) {
    if (!isToken(item)) {
      add(item.stage, item.startNs, item.endNs, item.phase, item.token);
      continue;
    }
    const next = tokens[item.index + 1];
    const addToken = item.endIsEstimated ? addAroundIdle : add;
    addToken(item.stage, item.startNs, item.endNs, item.phase, item.index);
    const gapEndNs = next?.startNs ?? closingNs ?? item.endNs;
    if (next && (next.rule === 'P1' || item.rule === 'F1') && next.stage === 'prefill') {
      // Between the chunks of a prompt, or before one, the next tokens are only copied.
      addAroundIdle('prefill', item.endNs, gapEndNs, next.phase, -1);
    } else if (samplesTokens) {
      addAroundIdle('sampling', item.endNs, gapEndNs, -1, -1);
    }
  }
  return intervals;
}

function isToken(item: Token | StageInterval): item is Token {
  return 'index' in item;
}
