/** Where the time of a run goes: Prefill against Decode, sampling between calls, warm-up before them. */
import { ofTime } from '../origin.ts';
import { quantity, type Quantity } from '../quantity.ts';
import { finding, name, say, value, type Finding } from './finding.ts';
import { IMPORTANCE } from './importance.ts';
import { metricOf, type FindingInput } from './input.ts';

/** Share of the time from token to token from which sampling is worth an early place. */
const SAMPLING_LARGE = 5;

/** A simulated run's time is an instruction count, so its stages are compared by the instructions themselves. */
export function stageSplit(input: FindingInput): Finding[] {
  const isSimulated = input.run.profile.origin.value === 'simulated';
  return (isSimulated ? splitOfInstructions(input) : null) ?? splitOfTime(input);
}

function splitOfTime(input: FindingInput): Finding[] {
  const prefill = metricOf(input, 'prefill-time');
  const decode = metricOf(input, 'decode-time');
  if (!prefill?.value || !decode?.value) return [];
  const inCalls = prefill.value + decode.value;
  return finding(
    {
      id: 'stage-split',
      kind: 'time',
      importance: IMPORTANCE.stageSplit,
      evidence: { chart: 'stage-split', chapter: 'overview', selection: {} },
    },
    say`Prefill takes ${value('Prefill', prefill)} and Decode ${value('Decode', decode)}${name(ofTime(input.run.profile))}: ${value('Prefill’s share', shareOf(prefill, inCalls, 's'))} and ${value('Decode’s share', shareOf(decode, inCalls, 's'))} of the time in both.`,
  );
}

function splitOfInstructions({ stages }: FindingInput): Finding[] | null {
  const [prefill, decode] = [stages.prefill, stages.decode].map(({ counts }) => counts.get('INST_RETIRED'));
  if (!prefill?.value || !decode?.value) return null;
  const all = prefill.value + decode.value;
  const counted = (count: number): Quantity =>
    quantity(count, 'instructions', 'counted', { formula: 'INST_RETIRED in the calls of the stage' });
  return finding(
    {
      id: 'stage-split',
      kind: 'time',
      importance: IMPORTANCE.stageSplit,
      evidence: { chart: 'stage-split', chapter: 'overview', selection: {} },
    },
    say`Prefill executes ${value('Prefill', counted(prefill.value))} and Decode ${value('Decode', counted(decode.value))}: ${value('Prefill’s share', shareOf(counted(prefill.value), all, 'instructions'))} and ${value('Decode’s share', shareOf(counted(decode.value), all, 'instructions'))} of both.`,
  );
}

function shareOf(part: Quantity, whole: number, unit: string): Quantity {
  return quantity((100 * (part.value ?? 0)) / whole, '%', part.status ?? 'counted', {
    formula: 'in the stage ÷ in Prefill and Decode together',
    inputs: [
      { name: 'stage', value: part.value, unit },
      { name: 'both', value: whole, unit },
    ],
    note: part.working?.note ?? null,
  });
}

/** What lies between decode calls: choosing the next token and printing it. */
export function samplingShare(input: FindingInput): Finding[] {
  const sampling = metricOf(input, 'sampling-time');
  const decode = metricOf(input, 'decode-time');
  if (!sampling?.value || !decode?.value) return [];
  const share = quantity((100 * sampling.value) / (sampling.value + decode.value), '%', 'estimated', {
    formula: 'time between calls and after the last, idle removed ÷ (that time + time in decode calls)',
    inputs: [
      { name: 'between calls', value: sampling.value, unit: 's' },
      ...(sampling.working?.inputs ?? []),
      { name: 'in decode calls', value: decode.value, unit: 's' },
    ],
  });
  const isLarge = (share.value ?? 0) >= SAMPLING_LARGE;
  return finding(
    {
      id: 'sampling-share',
      kind: 'time',
      importance: isLarge ? IMPORTANCE.samplingLarge : IMPORTANCE.sampling,
      evidence: { chart: 'stage-split', chapter: 'overview', selection: { stage: 'sampling' } },
    },
    say`Choosing and printing tokens takes ${value('share', share)} of the time from token to token${name(inWords(ofTime(input.run.profile)))}.`,
  );
}

/** ` of emulated time` as an addition in brackets. */
function inWords(text: string): string {
  return text === '' ? '' : ` (${text.trim().replace(/^of /, '')})`;
}

/** Warm-up calls are no part of Prefill: they evaluate a token or two before the first prompt. */
export function warmup({ run }: FindingInput): Finding[] {
  const phase = run.timeline.phases.find(({ name: phaseName }) => phaseName === 'warmup');
  if (!phase) return [];
  const evaluated = quantity(phase.tokens, 'tokens', 'counted', { formula: 'tokens of the warm-up calls' });
  const time = quantity(
    (phase.endNs - phase.startNs) / 1e9,
    's',
    phase.endIsEstimated ? 'estimated' : 'counted',
    {
      formula: 'end of the last warm-up call − start of the first',
    },
  );
  return finding(
    {
      id: 'warm-up',
      kind: 'recording',
      importance: IMPORTANCE.warmup,
      evidence: { chart: null, chapter: 'timeline', selection: { stage: 'load' } },
    },
    say`Before the prompt, warm-up evaluates ${value('tokens', evaluated)} in ${value('time', time)}${name(ofTime(run.profile))}; it counts as load, not as Prefill.`,
  );
}
