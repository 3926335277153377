/** Tracks over the run: stage bands, markers, counters, threads and span lanes on one axis. */
import type { RunAnalysis } from '../../analysis/analyseRun.ts';
import {
  counterPerBin,
  levelPerBin,
  runningPerBin,
  samplesPerBin,
  spansPerBin,
  type Bins,
} from '../../analysis/timelineBins.ts';
import { perThousandInstructions } from '../../analysis/metricDefinitions.ts';
import { LEAST_SHARE_OF_FULLEST_BIN, metricsPerBin } from '../../analysis/metricBins.ts';
import { coarse, seconds } from '../round.ts';
import type { ReportTimeline, ReportTrack } from '../schema.ts';

/** More bins than a page has pixels for a track gain nothing. */
const BIN_COUNT = 400;
const MAXIMUM_THREAD_TRACKS = 32;
const MAXIMUM_SPAN_TRACKS = 24;

/** Null for a run without any time. */
export function timelineSection(analysis: RunAnalysis): ReportTimeline | null {
  const { extent } = analysis;
  if (!extent || extent.endNs <= extent.startNs) return null;
  const bins: Bins = { ...extent, count: BIN_COUNT };
  return {
    startS: seconds(bins.startNs),
    endS: seconds(bins.endNs),
    bins: bins.count,
    bands: bands(analysis, bins),
    markers: analysis.profile.markers.map((marker) => ({ timeS: seconds(marker.timeNs), text: marker.text })),
    counterTracks: counterTracks(analysis, bins),
    metricTracks: metricTracks(analysis, bins),
    threadTracks: threadTracks(analysis, bins),
    spanTracks: spanTracks(analysis, bins),
  };
}

function bands({ timeline }: RunAnalysis, bins: Bins): ReportTimeline['bands'] {
  const binNs = (bins.endNs - bins.startNs) / bins.count;
  const result: ReportTimeline['bands'] = timeline.phases.map((phase) => ({
    stage: phase.stage,
    startS: seconds(phase.startNs),
    endS: seconds(phase.endNs),
    label: phase.name,
  }));
  for (const interval of timeline.intervals) {
    if (interval.phase >= 0 || interval.endNs - interval.startNs < binNs) continue;
    result.push({
      stage: interval.stage,
      startS: seconds(interval.startNs),
      endS: seconds(interval.endNs),
      label: interval.stage,
    });
  }
  return result.sort((a, b) => a.startS - b.startS);
}

function counterTracks({ profile }: RunAnalysis, bins: Bins): ReportTrack[] {
  const binS = (bins.endNs - bins.startNs) / 1e9 / bins.count;
  return profile.counters.flatMap((counter, index): ReportTrack[] => {
    if (counter.unavailable !== null) return [];
    const parts = profile.readings.flatMap((readings) => {
      const column = readings.counters.indexOf(index);
      return column < 0 || readings.length === 0 ? [] : [{ readings, column }];
    });
    if (parts.length === 0) return [];
    const isLevel = counter.kind === 'absolute';
    const sums = new Float64Array(bins.count);
    for (const { readings, column } of parts) {
      const part = isLevel ? levelPerBin(readings, column, bins) : counterPerBin(readings, column, bins);
      part.forEach((value, bin) => (sums[bin] += value));
    }
    return [
      {
        id: trackId('counter', counter.mnemonic ?? counter.name),
        label: counter.name,
        unit: isLevel ? counter.unit : `${counter.unit}/s`,
        status: counter.status,
        how: isLevel
          ? `mean of the readings of ${counter.name} in each bin`
          : `${counter.name} of all threads per bin, divided by the bin's ${(binS * 1e3).toPrecision(3)} ms; a reading that crosses bins is split in proportion to time`,
        values: Array.from(sums, (value) =>
          coarse(isLevel ? value * counter.multiplier : (value * counter.multiplier) / binS),
        ),
      },
    ];
  });
}

/** Derived metrics worth a track, those that tell stages apart first. */
export const TRACKED_METRICS = [
  'ipc',
  'memory-stalled',
  'backend-stalled',
  'frontend-stalled',
  'memory-stall-share',
  'simd-share',
  'simd-share-of-retired',
  'load-share',
  'load-share-of-retired',
  'l1d-mpki',
  'l2-mpki',
];

function metricTracks({ metrics }: RunAnalysis, bins: Bins): ReportTrack[] {
  const isOnly = metrics.coreTypes.length === 1;
  return metrics.coreTypes.flatMap((type) => {
    const lastLevel = type.lastLevel && perThousandInstructions(type.lastLevel.mnemonic);
    const ids = new Set([TRACKED_METRICS[0], ...(lastLevel ? [lastLevel.id] : []), ...TRACKED_METRICS]);
    const on = isOnly ? '' : ` on ${type.core ?? 'unknown cores'}`;
    return metricsPerBin(type, [...ids], bins).map(({ definition, values }): ReportTrack => ({
      id: trackId('metric', isOnly ? definition.id : `${definition.id}-${type.core ?? 'unknown'}`),
      label: `${definition.label}${on}`,
      unit: definition.unit,
      status: type.rows.find(({ id }) => id === definition.id)?.run.status ?? 'counted',
      how: `${definition.formula}${on} in each bin; bins with less than ${LEAST_SHARE_OF_FULLEST_BIN * 100} % of the fullest bin’s ${definition.denominator} are left empty`,
      values: Array.from(values, coarse),
    }));
  });
}

function threadTracks(analysis: RunAnalysis, bins: Bins): ReportTrack[] {
  const { profile, weight } = analysis;
  const runningOf = runningPerBin(profile, bins);
  return analysis.threadRows
    .filter((row) => row.counts.all > 0)
    .slice(0, MAXIMUM_THREAD_TRACKS)
    .flatMap(({ thread }): ReportTrack[] => {
      const { tid, name } = profile.threads[thread];
      const running = runningOf[thread];
      if (running) {
        return [
          {
            id: trackId('thread', String(tid)),
            label: `${name} (${tid})`,
            unit: 'share of time',
            status: 'counted',
            how: 'time between switch-in and switch-out records in each bin',
            values: Array.from(running, coarse),
          },
        ];
      }
      if (!weight) return [];
      const counts = samplesPerBin(profile.samples, thread, weight.event, bins);
      const mostPerBin = Math.max(...counts, 1);
      return [
        {
          id: trackId('thread', String(tid)),
          label: `${name} (${tid})`,
          unit: 'share of the busiest bin',
          status: 'sampled',
          how: `samples of ${weight.name} on this thread in each bin, relative to its fullest bin (${mostPerBin} samples): the capture has no context switches`,
          values: Array.from(counts, (count) => coarse(count / mostPerBin)),
        },
      ];
    });
}

function spanTracks({ profile, spanChannels }: RunAnalysis, bins: Bins): ReportTrack[] {
  return [...spanChannels]
    .sort((a, b) => b.totalNs - a.totalNs)
    .slice(0, MAXIMUM_SPAN_TRACKS)
    .map((row) => {
      const share = new Float64Array(bins.count);
      for (const channel of row.rows) {
        spansPerBin(profile.spans, channel, bins).forEach((value, bin) => (share[bin] += value));
      }
      return {
        id: trackId('channel', `${row.group}-${row.channel}`),
        label: row.name,
        unit: 'threads',
        status: 'counted' as const,
        how: 'time covered by annotations of this channel in each bin, summed over threads',
        values: Array.from(share, coarse),
      };
    });
}

/** `counter-inst-retired`: lower case, safe in an address. */
export function trackId(kind: string, name: string): string {
  const slug = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');
  return `${kind}-${slug || 'unnamed'}`;
}
