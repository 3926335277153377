/** Page faults of the first call: weights that are mapped are read from the file when they are first touched. */
import { quantity, type Quantity } from '../quantity.ts';
import { finding, say, value, type Finding } from './finding.ts';
import { IMPORTANCE } from './importance.ts';
import type { FindingInput } from './input.ts';

/** Shares of the first call below this are not worth a word, nor is a first call like the others. */
const LEAST_PERCENT = 1;
const LEAST_SAMPLES = 5;
const LEAST_TIMES_REST = 3;

interface Faults {
  faults: number;
  samples: number;
}

/** The first call is the warm-up where there was one and it was seen, else the first of the prompt. */
export function pageFaults({ run }: FindingInput): Finding[] {
  const { weight, kernelUse, attribution, profile, timeline } = run;
  if (!weight || !kernelUse || timeline.tokens.length < 2) return [];
  const warmup = timeline.phases.findIndex(({ name }) => name === 'warmup');
  const isFault = kernelUse.stackClasses.map(({ kernel }) => kernel.operator === 'PAGE_FAULT');
  const first: Faults = { faults: 0, samples: 0 };
  const rest: Faults = { faults: 0, samples: 0 };
  for (let at = 0; at < weight.rows.length; at++) {
    const row = weight.rows[at];
    const isFirst = warmup >= 0 ? attribution.phase[row] === warmup : attribution.token[row] === 0;
    if (!isFirst && attribution.token[row] < 0) continue;
    const into = isFirst ? first : rest;
    const stack = profile.samples.stack[row];
    into.samples++;
    if (stack >= 0 && isFault[kernelUse.classOfStack[stack]]) into.faults++;
  }
  const [ofFirst, ofRest] = [first, rest].map(shareOf);
  if (first.faults < LEAST_SAMPLES || !ofFirst.value || ofFirst.value < LEAST_PERCENT) return [];
  if (rest.samples === 0 || ofFirst.value < LEAST_TIMES_REST * (ofRest.value ?? 0)) return [];
  const facts = {
    id: 'page-faults-first-call',
    kind: 'memory' as const,
    importance: IMPORTANCE.pageFaults,
    evidence: {
      chart: null,
      chapter: 'call-paths',
      selection: warmup >= 0 ? { stage: 'load' as const } : { tokens: [0, 0] as [number, number] },
    },
  };
  const share = value('first call', ofFirst);
  const later = value('later calls', ofRest);
  return finding(
    facts,
    warmup >= 0
      ? say`Page faults take ${share} of the warm-up’s samples and ${later} of those of later calls.`
      : say`Page faults take ${share} of the first call’s samples and ${later} of those of later calls.`,
  );
}

function shareOf({ faults, samples }: Faults): Quantity {
  return quantity(samples === 0 ? 0 : (100 * faults) / samples, '%', 'sampled', {
    formula: 'samples in the kernel’s page-fault handling ÷ samples of the calls',
    inputs: [
      { name: 'in page faults', value: faults, unit: 'samples' },
      { name: 'of', value: samples, unit: 'samples' },
    ],
    samples,
  });
}
