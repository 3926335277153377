/** Rows of the tables that set Prefill beside Decode. */
import type { Report, ReportQuantity } from '../../report/schema.ts';
import type {
  ReportRoofline,
  ReportStageRoofline,
  ReportStageTraffic,
} from '../../report/schema/roofline.ts';

type Row = Report['comparison'][number];

function row<Of>(id: string, label: string, help: string, of: (of: Of) => ReportQuantity) {
  return (prefill: Of, decode: Of): Row => ({
    ...{ id, label, help },
    prefill: of(prefill),
    decode: of(decode),
  });
}

const DEMAND = [
  row<ReportStageRoofline>(
    'bytes-per-token',
    'Bytes a token',
    'Weights are read once per micro-batch and shared by its tokens: a token of Prefill asks for a part of what a token of Decode does.',
    (of) => of.bytesPerToken,
  ),
  row<ReportStageRoofline>(
    'bytes-per-call',
    'Bytes a call',
    'All that a call asks for.',
    (of) => of.bytesPerCall,
  ),
  row<ReportStageRoofline>(
    'weights',
    'of which weights',
    'Weights once per micro-batch, and rows of the embedding table.',
    (of) => of.weightBytesPerCall,
  ),
  row<ReportStageRoofline>(
    'cache-read',
    'of which KV cache read',
    'Keys and values of the positions before each micro-batch.',
    (of) => of.cacheReadBytesPerCall,
  ),
  row<ReportStageRoofline>(
    'cache-written',
    'of which KV cache written',
    'Keys and values of the tokens evaluated.',
    (of) => of.cacheWriteBytesPerCall,
  ),
  row<ReportStageRoofline>(
    'operations-per-token',
    'Operations a token',
    'A multiplication or an addition is one.',
    (of) => of.operationsPerToken,
  ),
  row<ReportStageRoofline>(
    'operations-per-call',
    'Operations a call',
    'A multiplication or an addition is one.',
    (of) => of.operationsPerCall,
  ),
  row<ReportStageRoofline>(
    'intensity',
    'Operations a byte',
    'Arithmetic intensity: how often a byte is used once it is there.',
    (of) => of.intensity,
  ),
];

const RATES = [
  row<ReportStageRoofline>(
    'ridge',
    'Ridge',
    'Below so many operations a byte memory is the nearer limit, above it arithmetic.',
    (of) => of.ridge,
  ),
  row<ReportStageRoofline>(
    'bandwidth',
    'Bytes read a second',
    'What the model file asks to be read, over the time in the calls.',
    (of) => of.achievedBytesPerSecond,
  ),
  row<ReportStageRoofline>(
    'bandwidth-of-peak',
    'of the bandwidth',
    'Against the bandwidth of this machine.',
    (of) => of.bandwidthOfPeak,
  ),
  row<ReportStageRoofline>(
    'rate',
    'Operations a second',
    'What the model file asks to be computed, over the time in the calls.',
    (of) => of.achievedOperationsPerSecond,
  ),
  row<ReportStageRoofline>(
    'operations-of-peak',
    'of the arithmetic peak',
    'Against the peak of the instruction that the main kernel is made of.',
    (of) => of.operationsOfPeak,
  ),
];

/** Demand of both stages, and on hardware what was reached. */
export function demandRows({ stages, machine }: ReportRoofline): Row[] {
  const rows = machine.noHardware === null ? [...DEMAND, ...RATES] : DEMAND;
  return rows.map((make) => make(stages.prefill, stages.decode));
}

const TRAFFIC = [
  row<ReportStageTraffic>(
    'measured',
    'Refills a call',
    'Lines that the last cache level took in, times the bytes of a line.',
    (of) => of.measured,
  ),
  row<ReportStageTraffic>(
    'expected',
    'Bytes expected a call',
    'What the model file asks for.',
    (of) => of.expected,
  ),
  row<ReportStageTraffic>(
    'difference',
    'Refills − expected',
    'Activations, weights that are read more than once, and everything else beside the model’s bytes.',
    (of) => of.difference,
  ),
  row<ReportStageTraffic>(
    'ratio',
    'Refills ÷ expected',
    'At 1 every byte comes from memory once a call; below 1 caches or prefetching cover some; above 1 bytes come more than once, or others with them.',
    (of) => of.ratio,
  ),
  row<ReportStageTraffic>(
    'ratio-weights',
    'Refills ÷ weights alone',
    'The same with the KV cache left out of what is expected.',
    (of) => of.ratioToWeights,
  ),
];

/** Measured beside expected traffic of both stages. */
export function trafficRows({ traffic }: ReportRoofline): Row[] {
  const of = (stage: string): ReportStageTraffic => traffic.find((candidate) => candidate.stage === stage)!;
  return TRAFFIC.map((make) => make(of('prefill'), of('decode')));
}

/** Sentences on what the machine can do, each with its source; empty where nothing of hardware may be said. */
export function peakSentences({ stages, machine }: ReportRoofline): string[] {
  if (machine.noHardware !== null) return [];
  const { prefill, decode } = stages;
  const missing = [decode.peakBandwidthReason, prefill.peakOperationsReason, decode.peakOperationsReason];
  return [
    machine.name === null
      ? `The machine is not known: ${machine.reason}.`
      : `Machine: ${machine.name}, ${machine.reason}.`,
    ...new Set(missing.filter((reason) => reason !== null).map((reason) => `No peak: ${reason}.`)),
  ];
}
