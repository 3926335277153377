/** The charts of Prefill and Decode that are made of metrics. */
import type { Report } from '../../report/schema.ts';
import type { ReportMetricRow } from '../../report/schema/metrics.ts';
import { formatText } from '../format.ts';
import { onCore, type ComparedStage } from './metricRows.ts';
import { stageBarsChart } from './stageBars.ts';
import { partValue, stageStackChart, type Divided } from './stageStack.ts';

const STAGE_WORDS: Record<ComparedStage, string> = { prefill: 'Prefill', decode: 'Decode' };

/** Lines that the last cache took in: per call, per token, per 1,000 instructions. */
export const trafficChart = stageBarsChart({
  id: 'l3-traffic',
  group: 'traffic',
  ids: ['refill-bytes-per-call', 'refill-bytes-per-token', 'refills-per-1000-instructions'],
  scale: 'own',
  subtitle: 'Lines taken into the last cache of the cluster, in bytes and as refills per 1,000 instructions',
  title: ([section]) => {
    const row = (id: string): ReportMetricRow | undefined => section.rows.find((one) => one.id === id);
    const [perCall, perToken] = [row('refill-bytes-per-call'), row('refill-bytes-per-token')];
    const text = (of: ReportMetricRow | undefined, stage: ComparedStage): string | null =>
      of && of[stage].value !== null ? formatText(of[stage].value, 'B') : null;
    const [prefill, decode] = [text(perCall, 'prefill'), text(perCall, 'decode')];
    if (prefill && decode) {
      const tokens = [text(perToken, 'prefill'), text(perToken, 'decode')];
      return onCore(
        section,
        `L3 refills: ${prefill} per Prefill call and ${decode} per Decode call; ${tokens[0]} and ${tokens[1]} per token`,
      );
    }
    if (prefill) return onCore(section, `L3 refills: ${prefill} per Prefill call`);
    if (decode) return onCore(section, `L3 refills: ${decode} per Decode call`);
    return 'L3 refills in Prefill and in Decode';
  },
  how: ({ metrics }) => [
    ...(metrics.trafficSentence === null ? [] : [metrics.trafficSentence]),
    ...new Set(metrics.coreTypes.flatMap(({ lastLevel }) => (lastLevel ? [`${lastLevel.reason}.`] : []))),
  ],
});

/** Where cycles go. A core that does not count memory stalls has one back-end part. */
export const stallSplitChart = stageStackChart({
  id: 'stall-split',
  group: 'stalls',
  whole: 'cycles',
  divisions: [
    [
      { id: 'memory-stalled', name: 'Stalled on memory' },
      { id: 'backend-otherwise-stalled', name: 'Back end, otherwise' },
      { id: 'frontend-stalled', name: 'Front end' },
      { id: 'not-stalled', name: 'Not stalled' },
    ],
    [
      { id: 'backend-stalled', name: 'Stalled in the back end' },
      { id: 'frontend-stalled', name: 'Front end' },
      { id: 'not-stalled', name: 'Not stalled' },
    ],
  ],
  title: (section) => {
    const [first] = section.parts;
    const what = first.id === 'memory-stalled' ? 'Memory stalls take' : 'Backend stalls take';
    return onCore(section, `${what} ${sharesText(section, first.id, 'of the cycles')}`);
  },
});

/** How pipeline slots are used. */
export const topdownChart = stageStackChart({
  id: 'topdown',
  group: 'topdown',
  whole: 'pipeline slots',
  divisions: [
    [
      { id: 'topdown-backend-bound', name: 'Backend bound' },
      { id: 'topdown-frontend-bound', name: 'Frontend bound' },
      { id: 'topdown-bad-speculation', name: 'Bad speculation' },
      { id: 'topdown-retiring', name: 'Retiring' },
    ],
  ],
  title: (section) =>
    onCore(section, `Backend bound: ${sharesText(section, 'topdown-backend-bound', 'of the slots')}`),
});

/** `2.00 % of the cycles in Prefill and 33.0 % in Decode`. */
function sharesText(section: Divided, id: string, of: string): string {
  return section.stages
    .map(
      (stage, index) =>
        `${formatText(partValue(section, id, stage)!, '%')}${index === 0 ? ` ${of}` : ''} in ${STAGE_WORDS[stage]}`,
    )
    .join(' and ');
}

/** What kinds of instructions ran. */
export const instructionMixChart = stageBarsChart({
  id: 'instruction-mix',
  group: 'mix',
  ids: [
    'simd-share',
    'sve-share',
    'int8-share',
    'scalar-fp-share',
    'integer-share',
    'load-share',
    'store-share',
    'branch-share',
    'crypto-share',
  ].flatMap((id) => [id, `${id}-of-retired`]),
  scale: 'shared',
  subtitle: 'Percent of the instructions of each stage; classes overlap and do not have to sum to 100',
  title: ([section]) => {
    const [largest] = section.rows.toSorted(
      (a, b) =>
        (b.prefill.value ?? 0) + (b.decode.value ?? 0) - (a.prefill.value ?? 0) - (a.decode.value ?? 0),
    );
    return onCore(section, `${largest.label}: ${pairText(largest)}`);
  },
});

/** Refills of each cache level for the work done. */
export const cacheRefillsChart = stageBarsChart({
  id: 'cache-refills',
  group: 'caches',
  ids: ['l1d-mpki', 'l2-mpki', 'l3-mpki', 'll-read-mpki'],
  scale: 'shared',
  subtitle: 'Refills per 1,000 instructions, from the cache beside the core outwards',
  title: ([section], { metrics }) => {
    // The level whose refills are called "L3 refills" everywhere else.
    const event = metrics.coreTypes.find(
      ({ core }) => section.core === null || core === section.core,
    )?.lastLevel;
    const last =
      section.rows.find(({ formula }) => event && formula.includes(event.mnemonic)) ?? section.rows.at(-1)!;
    return onCore(section, `${last.label} per 1,000 instructions: ${pairText(last)}`);
  },
});

/** `61.5 % in Prefill, 54.1 % in Decode`, of those that are known. */
function pairText(row: ReportMetricRow): string {
  return (['prefill', 'decode'] as const)
    .filter((stage) => row[stage].value !== null)
    .map(
      (stage) =>
        `${formatText(row[stage].value!, row[stage].unit === '%' ? '%' : '')} in ${STAGE_WORDS[stage]}`,
    )
    .join(', ');
}

/** Charts of metrics in the order of the chapter. */
export const metricCharts = [
  trafficChart,
  stallSplitChart,
  topdownChart,
  instructionMixChart,
  cacheRefillsChart,
];

/** Those that this report can draw. */
export function drawableMetricCharts(report: Report): typeof metricCharts {
  return metricCharts.filter((chart) => chart.missing(report) === null);
}
