/** Decode token by token: how it grows with the context, and how steady it is. */
import { ofTime, timeIsHardwareTime } from '../origin.ts';
import { quantity, type Quantity } from '../quantity.ts';
import { isDecodeToken } from '../stageMetricsEnds.ts';
import { growthLine, latencyVariation } from '../stageMetricsLatency.ts';
import { percentile } from '../bootstrap.ts';
import { CACHE_LINE_BYTES } from '../metricDefinitions.ts';
import { enumeration, finding, name, say, value, type Finding, type Sentence } from './finding.ts';
import { IMPORTANCE } from './importance.ts';
import { countsAreExact, lastLevelOf, metricOf, type FindingInput } from './input.ts';

/** Growth is told of time on hardware, else of what was counted: instructions, and bytes of refills. */
export function contextGrowth(input: FindingInput): Finding[] {
  const facts = (id: string) => ({
    id,
    kind: 'tokens' as const,
    importance: IMPORTANCE.growth,
    evidence: { chart: 'token-latency', chapter: 'timeline', selection: { stage: 'decode' as const } },
  });
  if (timeIsHardwareTime(input.run.profile)) {
    const slope = metricOf(input, 'growth');
    if (!slope || !isAboveZero(slope)) return [];
    return finding(
      facts('context-growth'),
      say`With the context, a decode call grows by ${value('slope', slope)}.`,
    );
  }
  const counted = [
    { mnemonic: 'INST_RETIRED', unit: 'instructions/position', factor: 1 },
    { mnemonic: lastLevelOf(input)?.mnemonic ?? null, unit: 'B/position', factor: CACHE_LINE_BYTES },
  ];
  const parts = counted.flatMap(({ mnemonic, unit, factor }): Sentence[] => {
    const slope = mnemonic === null ? null : slopeOf(input, mnemonic, unit, factor);
    const part = slope && isAboveZero(slope) ? say`${value(`slope of ${mnemonic}`, slope)}` : null;
    return part ? [part] : [];
  });
  if (parts.length === 0) return [];
  return finding(
    {
      ...facts('context-growth'),
      evidence: { chart: null, chapter: 'prefill-decode', selection: { stage: 'decode' } },
    },
    say`With the context, a decode call grows by ${enumeration(parts)}.`,
  );
}

function isAboveZero({ value: slope, interval }: Quantity): boolean {
  return slope !== null && slope > 0 && (interval === null || interval[0] > 0);
}

/** Slope of a counter over position; null where it was not counted by token or the positions are too few. */
function slopeOf(input: FindingInput, mnemonic: string, unit: string, factor: number): Quantity | null {
  const byToken = countedByToken(input, mnemonic);
  if (!byToken || !countsAreExact(input)) return null;
  const line = growthLine(input.run.timeline, byToken);
  if ('reason' in line) return null;
  return quantity(
    line.slopeMsPerPosition * factor,
    unit,
    'counted',
    {
      formula: `least-squares slope of ${mnemonic}${factor === 1 ? '' : ` × ${factor} bytes`} of a call on its position`,
      inputs: [
        { name: 'decode calls', value: line.kept, unit: 'calls' },
        { name: 'first position', value: line.fromPast, unit: 'positions' },
        { name: 'last position', value: line.toPast, unit: 'positions' },
      ],
    },
    [line.slopeInterval[0] * factor, line.slopeInterval[1] * factor],
  );
}

function countedByToken({ run }: FindingInput, mnemonic: string): Float64Array | null {
  const index = run.profile.counters.findIndex((counter) => counter.mnemonic === mnemonic);
  const totals = index < 0 ? null : run.counterTotals[index];
  return totals === null || totals.total === null ? null : totals.byToken;
}

/** Fewer tokens than this do not show a spread. */
const LEAST_TOKENS = 8;
/** A token this many times the median is worth naming. */
const SLOW_MEDIANS = 1.2;

interface Series {
  /** One value per decode token of known value, with its row in the token table. */
  points: { token: number; past: number | null; amount: number }[];
  unit: string;
  status: Quantity['status'];
  /** What varies, as the sentence says it; what its points are, and how the largest beside the median is called. */
  words: string;
  countedAs: string;
  largest: string;
  /** ` of emulated time`, or nothing. */
  suffix: string;
}

/** How much tokens differ from each other, and the slowest of them. */
export function steadiness(input: FindingInput): Finding[] {
  const series = seriesOf(input);
  if (!series || series.points.length < LEAST_TOKENS) return [];
  const amounts = series.points.map(({ amount }) => amount);
  const variation = latencyVariation(amounts);
  const spread: Quantity = {
    ...variation,
    status: series.status,
    working: variation.working && {
      ...variation.working,
      formula: 'standard deviation over the decode tokens ÷ their mean',
      inputs: variation.working.inputs.map((row) => {
        if (row.unit === 'ms') return { ...row, unit: series.unit };
        return row.name === 'latencies' ? { ...row, name: series.countedAs } : row;
      }),
    },
  };
  const median = percentile(
    [...amounts].sort((a, b) => a - b),
    0.5,
  );
  const slowest = series.points.reduce((a, b) => (b.amount > a.amount ? b : a));
  const times = quantity(slowest.amount / median, '×', series.status ?? 'counted', {
    formula: 'largest ÷ median',
    inputs: [
      { name: 'largest', value: slowest.amount, unit: series.unit },
      { name: 'median', value: median, unit: series.unit },
    ],
  });
  const isSlow = slowest.past !== null && slowest.amount >= SLOW_MEDIANS * median;
  const position = quantity(slowest.past ?? 0, '', 'counted', {
    formula: 'tokens in the KV cache before the call',
  });
  const begin = say`${name(series.words)} varies by ${value('variation', spread)} from token to token${name(series.suffix)}`;
  return finding(
    {
      id: 'token-steadiness',
      kind: 'tokens',
      importance: IMPORTANCE.steadiness,
      evidence: {
        chart: 'token-latency',
        chapter: 'timeline',
        selection: isSlow ? { stage: 'decode', tokens: [slowest.token, slowest.token] } : { stage: 'decode' },
      },
    },
    begin &&
      (isSlow
        ? say`${begin}; the token at position ${value('position', position)} takes ${value(series.largest, times)} the median.`
        : say`${begin}.`),
    isSlow ? [] : [value(series.largest, times)],
  );
}

/** Time from token to token; for a simulated run the instructions that its time is made of. */
function seriesOf(input: FindingInput): Series | null {
  const { run } = input;
  const { tokens } = run.timeline;
  if (run.profile.origin.value === 'simulated') {
    const byToken = countedByToken(input, 'INST_RETIRED');
    if (!byToken) return null;
    return {
      points: tokens
        .filter(isDecodeToken)
        .map(({ index, past }) => ({ token: index, past, amount: byToken[index] })),
      unit: 'instructions',
      status: 'counted',
      words: 'The number of instructions',
      countedAs: 'tokens',
      largest: 'largest over median',
      suffix: '',
    };
  }
  if (run.profile.origin.value === 'reported') return null;
  const text = ofTime(run.profile);
  return {
    points: tokens.flatMap(({ index, past }) => {
      const amount = run.tokenLatencyMs[index];
      return amount === null ? [] : [{ token: index, past, amount }];
    }),
    unit: 'ms',
    status: 'counted',
    words: 'Token latency',
    countedAs: 'latencies',
    largest: 'slowest over median',
    suffix: text === '' ? '' : `, in${text.replace(' of', '')}`,
  };
}
