/** The sentence that opens the Overview of a run whose stages are not known, from the figures it has. */
import type { RunAnalysis } from '../../analysis/analyseRun.ts';
import { formatCount, formatPlural, formatText } from '../../analysis/format.ts';
import type { MeasuredRate } from '../../analysis/figures/rates.ts';
import type { Quantity } from '../../analysis/quantity.ts';

/** Null when nothing of the run stands for itself without stages. */
export function figuresAnswer(analysis: RunAnalysis): string | null {
  if (analysis.timeline.source !== null) return null;
  const { figures, profile } = analysis;
  if (figures.rates.some(({ kind }) => kind === 'prompt' || kind === 'generation'))
    return `${speeds(figures.rates)}${timeWords(profile)}.${eventSentence(analysis)}`;
  if (profile.timings.length > 0) {
    const told = logSpeeds(analysis);
    if (told !== null)
      return `llama.cpp’s log gives ${told}${timeWords(profile)}; what ran in them is not known.`;
  }
  if (figures.wholeRun.length > 0)
    return `${eventSentence(analysis).trim() || `${formatCount(profile.counters.length)} counters cover the whole run.`} Its stages are not known.`;
  return largestShare(analysis);
}

function speeds(rates: readonly MeasuredRate[]): string {
  const part = (kind: MeasuredRate['kind'], one: string, many: string): string | null => {
    const ofKind = rates
      .filter((rate) => rate.kind === kind)
      .toSorted((a, b) => a.rate.value! - b.rate.value!);
    if (ofKind.length === 0) return null;
    const [lowest, highest] = [ofKind[0], ofKind.at(-1)!];
    return ofKind.length === 1
      ? `${one} at ${amount(lowest.rate)} (${lowest.subject})`
      : `${formatPlural(ofKind.length, many)} at ${amount(lowest.rate)} (${lowest.subject}) to ${amount(highest.rate)} (${highest.subject})`;
  };
  const prompt = part('prompt', 'a prompt', 'prompt test');
  const generation = part('generation', 'generation', 'generation test');
  const [first, ...rest] = [prompt, generation].filter((text) => text !== null);
  const isPlural = /^\d/.test(first);
  const verb = isPlural ? 'run' : 'runs';
  const start = first.charAt(0).toUpperCase() + first.slice(1);
  return [start.replace(' at ', ` ${verb} at `), ...rest].join(', ');
}

/** Whose time the rates are of; where the origin is not stated, the page says so. */
function timeWords({ origin }: RunAnalysis['profile']): string {
  switch (origin.value) {
    case 'reported':
      return ', as published elsewhere';
    case 'emulated':
    case 'simulated':
      return `, in ${origin.value} time`;
    default:
      return '';
  }
}

function logSpeeds({ figures }: RunAnalysis): string | null {
  const rateOf = (id: string): Quantity | undefined =>
    figures.headline.find((metric) => metric.id === id)?.quantity;
  const parts = [
    { what: 'the prompt', rate: rateOf('prefill-rate') },
    { what: 'generation', rate: rateOf('decode-rate') },
  ].flatMap(({ what, rate }) => (rate && rate.value !== null ? [`${amount(rate)} for ${what}`] : []));
  return parts.length === 0 ? null : parts.join(' and ');
}

/** ` Over the whole run, 2.61 instructions retire per cycle and 14.9 % of cycles stall in the back end.`, or nothing. */
function eventSentence({ figures }: RunAnalysis): string {
  const valueOf = (id: string): Quantity | undefined =>
    figures.headline.find((metric) => metric.id === id)?.quantity;
  const ipc = valueOf('ipc');
  const stalled = valueOf('backend-stalled');
  const parts = [
    ipc && `${amount(ipc)} instructions retire per cycle`,
    stalled && `${amount(stalled)} of cycles stall in the back end`,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? '' : ` Over the whole run, ${parts.join(' and ')}.`;
}

function largestShare({ figures }: RunAnalysis): string | null {
  const [largest] = figures.shares.toSorted((a, b) => b.share.value! - a.share.value!);
  if (!largest) return null;
  return `${largest.name} holds ${amount(largest.share)} of all samples by itself; which stage they belong to is not known.`;
}

function amount({ value, unit }: Quantity): string {
  return formatText(value ?? 0, unit);
}
