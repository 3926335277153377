/**
 * Counts over time: bytes a second on the bus and from beyond the last cache, and the clock of the cores. Only where time is
 * that of hardware.
 */
import { CACHE_LINE_BYTES } from './metricDefinitions.ts';
import type { Measure } from './measures.ts';
import { conditionedCounts } from './metrics.ts';
import { quantity, unknown, type Quantity } from './quantity.ts';
import type { NumberStatus, Profile } from '../profile/types.ts';

/** Time that the threads of the process were on a CPU, summed over threads; null with the reason. */
export type RunningTime =
  { seconds: number; status: NumberStatus; how: string } | { seconds: null; reason: string };

export interface RateFacts {
  /** Why times of the run are no times of hardware; null when they are. */
  noHardware: string | null;
  /** Bytes of a beat on the bus; null when the target does not state it. */
  busBytes: number | null;
  /** Running time of a stretch by its id: `prefill`, `decode`. */
  runningTime: (selection: string) => RunningTime;
}

/** Width of the data bus of the DynamIQ Shared Unit, bytes a beat, where `caps/bus_width` is not at hand: a line in two beats. */
const USUAL_BUS_BYTES = 32;

/** `caps/bus_width` (Linux `drivers/perf/arm_pmuv3.c`: PMMIR_EL1.BUS_WIDTH in bytes) when all PMUs of the target state one. */
export function busBytesOf({ facts }: Pick<Profile, 'facts'>): number | null {
  const stated = facts.find(({ name }) => name === 'pmu-bus-width')?.value.trim() ?? '';
  const bytes = /^(0x[0-9a-f]+|\d+)$/i.test(stated) ? Number(stated) : 0;
  // The register holds log2 + 1 in four bits; 0 says nothing.
  return bytes > 0 && bytes <= 2 ** 14 ? bytes : null;
}

export function rateMeasures(facts: RateFacts): Measure[] {
  const { busBytes } = facts;
  const beat = busBytes ?? USUAL_BUS_BYTES;
  const beatNote =
    busBytes === null
      ? `a beat is taken as ${USUAL_BUS_BYTES} B: caps/bus_width of the PMU was not recorded`
      : null;
  const bus = (event: string, id: string, label: string): Measure =>
    bandwidth(facts, {
      ...{ id, label, event, bytes: beat },
      note: ['counted per beat, with snoops of other cores', beatNote].filter(Boolean).join('; '),
      isEstimate: busBytes === null,
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

function frequency({ noHardware, runningTime }: RateFacts): Measure {
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
      return quantity(counts[event] / running.seconds, unit, running.status, {
        formula,
        inputs: [
          { name: event, value: counts[event], unit: 'cycles' },
          { name: 'time on a CPU, all threads', value: running.seconds, unit: 's' },
        ],
        runningShare,
        note: [running.how, note].filter(Boolean).join('; '),
      });
    },
  };
}
