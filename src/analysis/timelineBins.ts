/** Lines over the run: what happened per bin of equal width. */
import type { CounterReadings, Nanoseconds, SampleTable, SpanTable } from '../profile/types.ts';
import { eachRun, type SwitchedThreads } from './switchRuns.ts';

/** Equal bins over [startNs, endNs). */
export interface Bins {
  startNs: Nanoseconds;
  endNs: Nanoseconds;
  count: number;
}

function widthNs(bins: Bins): number {
  return (bins.endNs - bins.startNs) / bins.count;
}

/** Calls `add(bin, shareOfInterval, overlapNs)` for every bin that an interval touches. */
function spread(
  bins: Bins,
  fromNs: number,
  toNs: number,
  add: (bin: number, share: number, overlapNs: number) => void,
): void {
  const width = widthNs(bins);
  if (toNs <= fromNs) {
    const bin = Math.floor((toNs - bins.startNs) / width);
    if (bin >= 0 && bin < bins.count) add(bin, 1, 0);
    return;
  }
  const first = Math.max(0, Math.floor((fromNs - bins.startNs) / width));
  const last = Math.min(bins.count - 1, Math.floor((toNs - bins.startNs) / width));
  for (let bin = first; bin <= last; bin++) {
    const low = Math.max(fromNs, bins.startNs + bin * width);
    const high = Math.min(toNs, bins.startNs + (bin + 1) * width);
    if (high > low) add(bin, (high - low) / (toNs - fromNs), high - low);
  }
}

/** Sum per bin of a counter's deltas; a reading that crosses a boundary is split in proportion to time. */
export function counterPerBin(readings: CounterReadings, column: number, bins: Bins): Float64Array {
  const sums = new Float64Array(bins.count);
  const deltas = readings.deltas[column];
  for (let row = 0; row < readings.length; row++) {
    if (deltas[row] === 0) continue;
    spread(bins, readings.startNs[row], readings.timeNs[row], (bin, share) => {
      sums[bin] += deltas[row] * share;
    });
  }
  return sums;
}

/** Mean level per bin of an absolute counter; NaN where no reading fell. */
export function levelPerBin(readings: CounterReadings, column: number, bins: Bins): Float64Array {
  const sums = new Float64Array(bins.count);
  const counts = new Float64Array(bins.count);
  const width = widthNs(bins);
  for (let row = 0; row < readings.length; row++) {
    const bin = Math.floor((readings.timeNs[row] - bins.startNs) / width);
    if (bin < 0 || bin >= bins.count) continue;
    sums[bin] += readings.deltas[column][row];
    counts[bin]++;
  }
  return sums.map((sum, bin) => (counts[bin] ? sum / counts[bin] : NaN));
}

/** Samples of one thread per bin. */
export function samplesPerBin(samples: SampleTable, thread: number, event: number, bins: Bins): Float64Array {
  const counts = new Float64Array(bins.count);
  const width = widthNs(bins);
  for (let row = 0; row < samples.length; row++) {
    if (samples.thread[row] !== thread || samples.event[row] !== event) continue;
    const bin = Math.floor((samples.timeNs[row] - bins.startNs) / width);
    if (bin >= 0 && bin < bins.count) counts[bin]++;
  }
  return counts;
}

/** By thread the share of each bin that it was on a CPU ({@link eachRun}); null for threads that no switch names. */
export function runningPerBin(of: SwitchedThreads, bins: Bins): (Float64Array | null)[] {
  const width = widthNs(bins);
  const shares = of.threads.map((): Float64Array | null => null);
  const shareOf = (thread: number): Float64Array => (shares[thread] ??= new Float64Array(bins.count));
  const hasSwitches = eachRun(of, bins, (thread, fromNs, toNs) => {
    const share = shareOf(thread);
    spread(bins, fromNs, toNs, (bin, _, overlapNs) => (share[bin] += overlapNs / width));
  });
  hasSwitches.forEach((isNamed, thread) => isNamed === 1 && shareOf(thread));
  return shares;
}

/** Share of each bin covered by the spans of one channel. */
export function spansPerBin(spans: SpanTable, channel: number, bins: Bins): Float64Array {
  const share = new Float64Array(bins.count);
  const width = widthNs(bins);
  for (let row = 0; row < spans.length; row++) {
    if (spans.channel[row] !== channel) continue;
    spread(
      bins,
      spans.startNs[row],
      spans.endNs[row],
      (bin, _, overlapNs) => (share[bin] += overlapNs / width),
    );
  }
  return share;
}
