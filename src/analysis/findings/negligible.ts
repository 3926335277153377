/** What does not matter, with how much it can be at most: few samples do not say "nothing", they bound it. */
import { categoryFacts, type KernelCategory } from '../../llama/kernels/categories.ts';
import { quantity } from '../quantity.ts';
import { enumeration, finding, name, say, value, type Finding, type Sentence } from './finding.ts';
import { IMPORTANCE } from './importance.ts';
import { COMPUTE_STAGES, samplesWhere, STAGE_TITLE, type FindingInput, type StageView } from './input.ts';

/** Operators of every transformer that readers ask about; matrix products and attention are never negligible. */
const CANDIDATES: readonly KernelCategory[] = [
  'softmax',
  'norm',
  'rope',
  'activation',
  'elementwise',
  'embedding',
  'kv_write',
  'copy',
];
/** An operator above this share is no small one. */
const SMALL_PERCENT = 1;
/** An upper bound above this is no finding. */
const MOST_PERCENT = 5;
/** With fewer samples the bound of nothing at all is above 1 %. */
const LEAST_SAMPLES = 300;
const CONFIDENCE = 0.95;

export function negligible(input: FindingInput): Finding[] {
  return COMPUTE_STAGES.flatMap((stage) => negligibleIn(input, input.stages[stage]));
}

function negligibleIn({ run }: FindingInput, view: StageView): Finding[] {
  const all = view.samples.length;
  if (all < LEAST_SAMPLES) return [];
  const seen = new Set(run.kernelUse?.rows.map((row) => row.category) ?? []);
  const small = CANDIDATES.filter((category) => seen.has(category))
    .map((category) => ({ category, samples: samplesWhere(view, (of) => of.kernel.category === category) }))
    .filter(({ samples }) => 100 * samples < SMALL_PERCENT * all);
  if (small.length === 0) return [];
  const samples = small.reduce((sum, row) => sum + row.samples, 0);
  const bound = 100 * upperBound(samples, all);
  if (bound > MOST_PERCENT) return [];
  const most = quantity(bound, '%', 'sampled', {
    formula:
      'upper end of the one-sided 95 % interval of a binomial share (Clopper and Pearson); 3 ÷ samples when none was seen',
    inputs: [
      { name: 'seen', value: samples, unit: 'samples' },
      { name: 'of', value: all, unit: 'samples' },
    ],
    samples: all,
  });
  const labels = small.map(({ category }): Sentence => {
    const text = categoryFacts(category).label.toLowerCase().replace('kv', 'KV');
    return { text, values: [], names: [] };
  });
  const together = small.length > 1 ? ' together take' : labels[0].text.endsWith('s') ? ' take' : ' takes';
  return finding(
    {
      id: `negligible-${view.stage}`,
      kind: 'kernels',
      importance: IMPORTANCE.negligible,
      evidence: { chart: null, chapter: 'operators', selection: { stage: view.stage } },
    },
    say`In ${name(STAGE_TITLE[view.stage])}, ${enumeration(labels)}${name(together)} at most ${value('upper bound', most)} of the samples.`,
  );
}

/** Upper end of the one-sided 95 % interval of a share of which `seen` of `all` were observed: exact, by bisection. */
export function upperBound(seen: number, all: number): number {
  if (all === 0 || seen >= all) return 1;
  let [low, high] = [seen / all, 1];
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (probabilityOfAtMost(seen, all, middle) > 1 - CONFIDENCE) low = middle;
    else high = middle;
  }
  return high;
}

/** Binomial P(X ≤ seen), summed from logarithms so that large counts do not underflow. */
function probabilityOfAtMost(seen: number, all: number, share: number): number {
  if (share >= 1) return 0;
  let logTerm = all * Math.log1p(-share);
  let sum = Math.exp(logTerm);
  for (let k = 1; k <= seen; k++) {
    logTerm += Math.log((all - k + 1) / k) + Math.log(share) - Math.log1p(-share);
    sum += Math.exp(logTerm);
  }
  return sum;
}
