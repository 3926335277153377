/** How the run was recorded, what was resolved, and what was withheld. */
import type { RunAnalysis } from '../../analysis/analyseRun.ts';
import type { ClockAlignment } from '../../profile/types.ts';
import type { Report } from '../schema.ts';

export function methodSection(analysis: RunAnalysis, allowed: readonly string[]): Report['method'] {
  const { profile, functions } = analysis;
  return {
    clock: {
      name: profile.clock.name,
      alignments: profile.clock.alignments.map(alignmentSentence),
    },
    recording: recordingSentences(analysis),
    images: functions.images.map(({ image, buildId, frames, resolvedFrames, source }) => ({
      image,
      buildId,
      frames,
      resolvedFrames,
      source,
    })),
    withheld: [
      ...new Set(
        profile.facts.filter((fact) => fact.private && !allowed.includes(fact.name)).map(({ name }) => name),
      ),
    ].sort(),
  };
}

function alignmentSentence({ path, method, offsetNs, residualNs }: ClockAlignment): string {
  const ms = (ns: number): string => `${(ns / 1e6).toFixed(3)} ms`;
  const offset = `${path}: ${ALIGNMENTS[method] ?? method}, offset ${ms(offsetNs)}`;
  if (residualNs !== null) return `${offset}, largest disagreement ${ms(residualNs)}`;
  return method === 'matched-events' ? `${offset}, by one event only, so nothing checks it` : offset;
}

const ALIGNMENTS: Record<string, string> = {
  'same-clock': 'on the same clock',
  'stated-offset': 'aligned by an instant that the capture states on both clocks',
  'matched-events': 'aligned by matching events',
  none: 'not aligned: nothing relates its clock to that of the run',
};

function recordingSentences(analysis: RunAnalysis): string[] {
  const { profile, weight, samplesWithStack } = analysis;
  const sentences: string[] = [];
  for (const event of profile.events) {
    if (event.role !== 'sampling') continue;
    const rate =
      event.period !== null
        ? `once every ${event.period.toLocaleString('en-US')} ${event.unit}`
        : event.frequencyHz !== null
          ? `at ${event.frequencyHz} Hz`
          : 'at a rate that the file does not state';
    sentences.push(`${event.name} was sampled ${rate}.`);
  }
  if (weight && profile.samples.length > 0) {
    const share = ((100 * samplesWithStack) / profile.samples.length).toFixed(1);
    sentences.push(
      `${samplesWithStack.toLocaleString('en-US')} of ${profile.samples.length.toLocaleString('en-US')} samples (${share} %) carry a call stack.`,
    );
  }
  const inputs = new Set(profile.inputs.map(({ path }) => path));
  const published = profile.figures.filter(({ source }) => source !== '' && !inputs.has(source));
  for (const [source, figures] of Map.groupBy(published, (figure) => figure.source)) {
    const entered = figures.length === 1 ? '1 figure was' : `${figures.length} figures were`;
    sentences.push(`${entered} entered by hand from ${source}.`);
  }
  const userOnly = profile.counters.filter((counter) => counter.excludesKernel);
  if (userOnly.length > 0) {
    sentences.push(`Counted in user mode only: ${userOnly.map((counter) => counter.name).join(', ')}.`);
  }
  if (profile.losses.records > 0) {
    sentences.push(`The kernel reported ${profile.losses.records.toLocaleString('en-US')} lost records.`);
  }
  if (profile.losses.throttles > 0) {
    sentences.push(`Sampling was throttled ${profile.losses.throttles} times: the gaps are not idle time.`);
  }
  return sentences;
}
