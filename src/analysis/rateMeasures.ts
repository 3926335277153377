/**
 * Counts over time: bytes a second on the bus and from beyond the last cache, and the clock of the cores. Only where time is
 * that of hardware.
 */
import { LEAST_SAMPLES_PER_FUNCTION as LEAST_SAMPLES_OF_A_RATIO } from './functionMetrics.ts';
import { CACHE_LINE_BYTES } from './metricDefinitions.ts';
import type { Measure } from './measures.ts';
import { conditionedCounts } from './metrics.ts';
import { quantity, unknown, type Quantity } from './quantity.ts';
import type { NumberStatus, Profile } from '../profile/types.ts';

/** Time that the threads of the process were on a CPU, summed over threads; null with the reason. */
export type RunningTime =
  | {
      seconds: number;
      status: NumberStatus;
      how: string;
      /** Samples that it was told from; null when it was told from context switches alone. */
      samples: number | null;
    }
  | { seconds: null; reason: string };

/** Bytes of a beat on the bus; null with the reason. */
export type BusWidth = { bytes: number } | { bytes: null; reason: string };

export interface RateFacts {
  /** Why times of the run are no times of hardware; null when they are. */
  noHardware: string | null;
  bus: BusWidth;
  /** Highest clock of the machine, Hz; null when the capture does not state it. */
  maximumHz: number | null;
  /** Running time of a stretch by its id: `prefill`, `decode`. */
  runningTime: (selection: string) => RunningTime;
}

/** Width of the data bus of the DynamIQ Shared Unit, bytes a beat, where `caps/bus_width` is not at hand: a line in two beats. */
const USUAL_BUS_BYTES = 32;

/** Time from the fewest samples that are enough is this uncertain; a clock at its maximum must not fail for it. */
const MOST_OVER_MAXIMUM = 1 + 1 / LEAST_SAMPLES_OF_A_RATIO;

/** `caps/bus_width` (Linux `drivers/perf/arm_pmuv3.c`: PMMIR_EL1.BUS_WIDTH in bytes) when all PMUs of the target state one. */
export function busWidthOf(profile: Pick<Profile, 'facts'>): BusWidth {
  const stated = statedValues(profile, 'pmu-bus-width');
  if (stated.length === 0) return { bytes: null, reason: 'caps/bus_width of the PMU was not recorded' };
  if (stated.length > 1) {
    return { bytes: null, reason: `the PMUs state several widths in caps/bus_width (${stated.join(', ')})` };
  }
  const bytes = /^(0x[0-9a-f]+|\d+)$/i.test(stated[0]) ? Number(stated[0]) : 0;
  // The register holds log2 + 1 in four bits; 0 says nothing.
  return bytes > 0 && bytes <= 2 ** 14
    ? { bytes }
    : { bytes: null, reason: `caps/bus_width of the PMU states no width (${stated[0].slice(0, 32)})` };
}

/** The highest `cpuinfo_max_freq` (kHz) that the target states for any of its CPUs, Hz; null when it states none. */
export function maximumHzOf(profile: Pick<Profile, 'facts'>): number | null {
  const kilohertz = statedValues(profile, 'cpu-max-khz')
    .filter((value) => /^\d{1,9}$/.test(value))
    .map(Number);
  const most = Math.max(0, ...kilohertz);
  return most > 0 ? 1000 * most : null;
}

/** The different values of a fact; one fact holds those of all CPUs or PMUs. */
function statedValues({ facts }: Pick<Profile, 'facts'>, fact: string): string[] {
  const values = facts.filter(({ name }) => name === fact).flatMap(({ value }) => value.split(/[\s,]+/));
  return [...new Set(values)].filter((value) => value !== '');
}

export function rateMeasures(facts: RateFacts): Measure[] {
  const beat = facts.bus.bytes ?? USUAL_BUS_BYTES;
  const beatNote =
    facts.bus.bytes === null ? `a beat is taken as ${USUAL_BUS_BYTES} B: ${facts.bus.reason}` : null;
  const bus = (event: string, id: string, label: string): Measure =>
    bandwidth(facts, {
      ...{ id, label, event, bytes: beat },
      note: ['counted per beat, with snoops of other cores', beatNote].filter(Boolean).join('; '),
      isEstimate: facts.bus.bytes === null,
    });
  return [
    bandwidth(facts, {
      id: 'memory-read-bandwidth',
      label: 'Reads that missed the last cache, lower bound of memory reads',
      event: 'LL_CACHE_MISS_RD',
      bytes: CACHE_LINE_BYTES,
      note: 'demand reads only: writes, prefetches and table walks are not in it',
      isEstimate: false,
    }),
    bus('BUS_ACCESS', 'bus-bandwidth', 'Bus traffic, reads and writes'),
    bus('BUS_ACCESS_RD', 'bus-read-bandwidth', 'Bus traffic, reads'),
    frequency(facts),
  ];
}

interface BandwidthOf {
  id: string;
  label: string;
  event: string;
  /** Bytes that one count stands for. */
  bytes: number;
  note: string;
  /** Whether the bytes of a count are not known for this target. */
  isEstimate: boolean;
}

function bandwidth({ noHardware }: RateFacts, of: BandwidthOf): Measure {
  const unit = 'B/s';
  const { id, label, event, bytes } = of;
  const formula = `${bytes} B × ${event} ÷ time`;
  return {
    ...{ id, label, group: 'rates', unit, formula, needs: [event] },
    evaluate: (counted, context) => {
      // Bytes of all types of core add up: only ratios of their counts are refused.
      const conditioned = conditionedCounts([event], counted, { ...context, refusal: null });
      if (!conditioned.ok) return unknown(unit, conditioned.reason);
      if (noHardware !== null) return unknown(unit, noHardware);
      const { seconds } = context;
      if (seconds === null || seconds <= 0) return unknown(unit, 'how long this took is not known');
      const { counts, runningShare, note, status } = conditioned;
      return quantity((bytes * counts[event]) / seconds, unit, of.isEstimate ? 'estimated' : status, {
        formula,
        inputs: [
          { name: event, value: counts[event], unit: 'events' },
          { name: 'time', value: seconds, unit: 's' },
        ],
        runningShare,
        note: [of.note, note].filter(Boolean).join('; '),
      });
    },
  };
}

function frequency({ noHardware, runningTime, maximumHz }: RateFacts): Measure {
  const unit = 'Hz';
  const event = 'CPU_CYCLES';
  const formula = `${event} ÷ time the threads were on a CPU`;
  return {
    ...{ id: 'clock-frequency', label: 'Clock, mean', group: 'rates', unit, formula, needs: [event] },
    evaluate: (counted, context, of): Quantity => {
      const conditioned = conditionedCounts([event], counted, context);
      if (!conditioned.ok) return unknown(unit, conditioned.reason);
      if (noHardware !== null) return unknown(unit, noHardware);
      const running = runningTime(of.id);
      if (running.seconds === null) return unknown(unit, running.reason);
      if (running.seconds <= 0) return unknown(unit, 'no thread was seen on a CPU here');
      const { counts, runningShare, note } = conditioned;
      const hertz = counts[event] / running.seconds;
      if (maximumHz !== null && hertz > maximumHz * MOST_OVER_MAXIMUM) {
        return unknown(
          unit,
          `cycles ÷ time would be ${gigahertz(hertz)}, above the ${gigahertz(maximumHz)} that the machine states as its maximum: the threads ran longer than the ${running.how} says`,
        );
      }
      return quantity(hertz, unit, running.status, {
        formula,
        inputs: [
          { name: event, value: counts[event], unit: 'cycles' },
          { name: 'time on a CPU, all threads', value: running.seconds, unit: 's' },
        ],
        runningShare,
        samples: running.samples,
        note: [running.how, note].filter(Boolean).join('; '),
      });
    },
  };
}

function gigahertz(hertz: number): string {
  return `${(hertz / 1e9).toFixed(2)} GHz`;
}
