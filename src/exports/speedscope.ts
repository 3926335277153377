/**
 * speedscope's own JSON (https://www.speedscope.app/file-format-schema.json, version of speedscope 1.25): one profile a
 * stage, in the order of time where the run is small enough, else one sample a call path.
 */
import type { RunAnalysis } from '../analysis/analyseRun.ts';
import { STAGE_GROUPS, type StageGroup } from '../analysis/stageGroups.ts';
import {
  framesOfStack,
  imageName,
  publishShown,
  sampledStacks,
  samplesOfStacks,
  type PublishText,
  type SampledStacks,
} from './sampledStacks.ts';

/** Each sample spells out its whole stack: beyond so many of them a file is too large to be opened. */
const MOST_SAMPLES_IN_TIME_ORDER = 20_000;

const STAGE_TITLES: Record<StageGroup, string> = {
  load: 'Load',
  prefill: 'Prefill',
  decode: 'Decode',
  other: 'Outside of stages',
};

interface SampledProfile {
  type: 'sampled';
  name: string;
  unit: 'none';
  startValue: number;
  endValue: number;
  samples: number[][];
  weights: number[];
}

/** The file as a JSON text; null for a run without samples. Weights are numbers of samples. */
export function speedscopeFile(
  analysis: RunAnalysis,
  { title, publish: allowed, exporter }: { title: string; publish: PublishText; exporter: string },
): string | null {
  const stacks = sampledStacks(analysis);
  if (stacks === null || stacks.samples.stack.length === 0) return null;
  const publish = publishShown(allowed);
  const inTime = stacks.samples.stack.length <= MOST_SAMPLES_IN_TIME_ORDER;
  const frameRows = new Map<number, number>();
  const frameOf = (index: number): number => {
    const known = frameRows.get(index) ?? frameRows.size;
    frameRows.set(index, known);
    return known;
  };
  const profiles = STAGE_GROUPS.flatMap((stage): SampledProfile[] => {
    const { rows, weights } = inTime ? stacksInTime(stacks, stage) : stacksBySize(stacks, stage);
    if (rows.length === 0) return [];
    return [
      {
        type: 'sampled',
        name: `${STAGE_TITLES[stage]} (${publish(stacks.event)}${inTime ? '' : ', merged'})`,
        unit: 'none',
        startValue: 0,
        endValue: weights.reduce((sum, weight) => sum + weight, 0),
        samples: rows.map((stack) => framesOfStack(stacks.table, stack).map(frameOf)),
        weights,
      },
    ];
  });
  const active = profiles.findIndex(({ name }) => name.startsWith(STAGE_TITLES.decode));
  return JSON.stringify({
    $schema: 'https://www.speedscope.app/file-format-schema.json',
    name: publish(title),
    exporter,
    activeProfileIndex: Math.max(0, active),
    shared: {
      frames: [...frameRows.keys()].map((index) => {
        const { name, image } = analysis.functions.functions[index];
        return { name: publish(name), file: publish(imageName(image)) };
      }),
    },
    profiles,
  });
}

interface WeightedStacks {
  rows: number[];
  weights: number[];
}

/** Stacks in time order; equal ones that follow each other are one. */
function stacksInTime({ samples }: SampledStacks, stage: StageGroup): WeightedStacks {
  const wanted = STAGE_GROUPS.indexOf(stage);
  const result: WeightedStacks = { rows: [], weights: [] };
  samples.stack.forEach((stack, sample) => {
    if (samples.group[sample] !== wanted) return;
    if (result.rows.at(-1) === stack) result.weights[result.weights.length - 1]++;
    else {
      result.rows.push(stack);
      result.weights.push(1);
    }
  });
  return result;
}

function stacksBySize(stacks: SampledStacks, stage: StageGroup): WeightedStacks {
  const counts = samplesOfStacks(stacks, stage);
  const rows = [...counts.keys()]
    .filter((stack) => counts[stack] > 0)
    .sort((a, b) => counts[b] - counts[a] || a - b);
  return { rows, weights: rows.map((stack) => counts[stack]) };
}
