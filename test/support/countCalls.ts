/** Counters for a drawn run (llamaRun.ts): one reading per call of llama_decode. */
import type { Profile } from '../../src/profile/types.ts';

/**
 * Adds a group of counters to a profile whose calls are markers: `perCall[mnemonic][call]` is what the call counted.
 * Readings lie inside their calls, so none is split.
 */
export function countCalls(
  profile: Profile,
  durationsMs: readonly number[],
  perCall: Readonly<Record<string, readonly number[]>>,
): void {
  const mnemonics = Object.keys(perCall);
  const first = profile.counters.length;
  for (const mnemonic of mnemonics) {
    profile.counters.push({
      name: mnemonic.toLowerCase(),
      code: null,
      mnemonic,
      unit: 'events',
      kind: 'delta',
      multiplier: 1,
      status: 'counted',
      pmu: 'armv8_pmuv3',
      runningShare: 1,
      unavailable: null,
      excludesKernel: false,
    });
  }
  const calls = profile.markers.length;
  const starts = profile.markers.map((marker) => marker.timeNs);
  profile.readings.push({
    counters: mnemonics.map((_, index) => first + index),
    length: calls,
    startNs: Float64Array.from(starts, (start) => start + 1),
    timeNs: Float64Array.from(starts, (start, call) => start + durationsMs[call] * 1e6 - 1),
    thread: new Int32Array(calls).fill(profile.markers[0].thread),
    cpu: new Int32Array(calls),
    sample: new Int32Array(calls).fill(-1),
    deltas: mnemonics.map((mnemonic) => Float64Array.from(perCall[mnemonic])),
  });
}
