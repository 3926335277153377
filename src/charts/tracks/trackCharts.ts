/** The charts made of tracks. */
import type { ReportTrack } from '../../report/schema.ts';
import { formatPlural, formatText } from '../format.ts';
import { ofTime } from '../runTime.ts';
import { known, sum } from '../statistics.ts';
import { trackChart } from './trackChart.ts';

export const counterTracksChart = trackChart({
  id: 'counter-tracks',
  kind: 'counterTracks',
  missing: 'No counter was recorded over time.',
  subject: 'Counters',
  title: (report, tracks) => {
    const largest = tracks[0];
    const values = known(largest.values);
    if (values.length === 0) return `${formatPlural(tracks.length, 'counter')} over the run`;
    return `${largest.label} averages ${formatText(mean(largest), largest.unit)}${ofTime(report)} and peaks at ${formatText(Math.max(...values), largest.unit)}`;
  },
});

export const metricTracksChart = trackChart({
  id: 'metric-tracks',
  kind: 'metricTracks',
  missing: 'No two counters of one metric were recorded over time.',
  subject: 'Metrics derived from counters',
  title: (report, tracks) => {
    const [first] = tracks;
    const row = report.metrics.coreTypes
      .flatMap(({ groups }) => groups.flatMap(({ rows }) => rows))
      .find(({ id }) => first.id === `metric-${id}`);
    if (!row || row.prefill.value === null || row.decode.value === null) {
      return `${first.label} and what else counters say, over the run`;
    }
    return `${first.label}: ${formatText(row.prefill.value, row.prefill.unit)} in Prefill, ${formatText(row.decode.value, row.decode.unit)} in Decode`;
  },
});

export const threadTracksChart = trackChart({
  id: 'thread-tracks',
  kind: 'threadTracks',
  missing: 'No thread was seen running: the capture has neither samples nor context switches.',
  subject: 'Running share of threads',
  title: (_, tracks) => {
    const [busiest] = tracks.toSorted((a, b) => mean(b) - mean(a));
    return tracks.length === 1
      ? `One thread ran: ${busiest.label}`
      : `${formatPlural(tracks.length, 'thread')} ran; ${busiest.label} ran most`;
  },
});

export const spanTracksChart = trackChart({
  id: 'span-tracks',
  kind: 'spanTracks',
  missing: 'The program wrote no channel annotations.',
  subject: 'Time covered by spans of a channel',
  title: (_, tracks) => {
    const [widest] = tracks.toSorted((a, b) => mean(b) - mean(a));
    return `${widest.label} covers most time of ${formatPlural(tracks.length, 'channel')}`;
  },
});

function mean(track: ReportTrack): number {
  const values = known(track.values);
  return values.length === 0 ? 0 : sum(values) / values.length;
}
