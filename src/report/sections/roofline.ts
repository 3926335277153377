/** The roofline as the report keeps it, its CSV twins, and its sentence. */
import type { RunAnalysis } from '../../analysis/analyseRun.ts';
import { formatText } from '../../analysis/format.ts';
import { quantity, unknown, type Quantity } from '../../analysis/quantity.ts';
import type { KernelRoofline } from '../../analysis/roofline/kernelRates.ts';
import type { ReachRow } from '../../analysis/roofline/reachTable.ts';
import type { StageRoofline } from '../../analysis/runRoofline.ts';
import type { StageReach } from '../../llama/rooflineReach.ts';
import { attentionOfLayer, cacheBytesOfLayer, cacheReadOfLayer } from '../../llama/roofline.ts';
import { toCsv } from '../csv.ts';
import { reportQuantity, significant } from '../round.ts';
import type { Report } from '../schema.ts';
import type { ReportReachRow, ReportRoofline, ReportStageRoofline } from '../schema/roofline.ts';

/** Kernels below this share of their stage stand in no table. */
const LEAST_SHARE_PERCENT = 0.5;
const MOST_KERNELS = 12;

/** Null when the model file says nothing: then there is no demand to show. */
export function rooflineSection({ roofline }: RunAnalysis): ReportRoofline | null {
  const { demand, settings, machine } = roofline;
  if (demand === null) return null;
  const { traffic } = roofline;
  const kernels = (['prefill', 'decode'] as const).flatMap((stage) =>
    roofline.kernels
      .filter((kernel) => kernel.stage === stage && (kernel.share.value ?? 0) >= LEAST_SHARE_PERCENT)
      .slice(0, MOST_KERNELS),
  );
  return {
    limits: demand.limits,
    settings: {
      microBatch: settings.microBatch.value,
      microBatchSource: settings.microBatch.source,
      cacheKey: settings.cache.value.key,
      cacheValue: settings.cache.value.value,
      cacheSource: settings.cache.source,
      padding: settings.padding.words,
    },
    machine: {
      id: machine.machine?.id ?? null,
      name: machine.machine?.name ?? null,
      reason: machine.reason,
      noHardware: machine.noHardware,
    },
    stages: {
      prefill: stageSection(roofline.stages.prefill),
      decode: stageSection(roofline.stages.decode),
    },
    traffic: [traffic.prefill, traffic.decode].map((row) => ({
      stage: row.stage,
      events: row.events,
      measured: reportQuantity(row.measured),
      expected: reportQuantity(row.expected),
      difference: reportQuantity(row.difference),
      ratio: reportQuantity(row.ratio),
      ratioToWeights: reportQuantity(row.ratioToWeights),
    })),
    kernels: kernels.map(kernelSection),
    omittedKernels: roofline.kernels.length - kernels.length,
    growth: {
      bytesPerPosition: reportQuantity(roofline.growth.bytesPerPosition),
      equalsWeightsAt: reportQuantity(roofline.growth.equalsWeightsAt),
      impliedBandwidth: reportQuantity(roofline.growth.impliedBandwidth),
    },
    depths: roofline.depths.map((row) => ({
      past: row.past,
      layerBytes: significant(row.layerBytes),
      outputBytes: significant(row.outputBytes),
      embeddingBytes: significant(row.embeddingBytes),
      cacheReadBytes: significant(row.cacheReadBytes),
      cacheWriteBytes: significant(row.cacheWriteBytes),
      bytes: significant(row.bytes),
      operations: significant(row.operations),
      intensity: significant(row.intensity),
      isInRun: row.isInRun,
    })),
    tensors: roofline.tensors.map((row) => ({
      ...row,
      bytesPerToken: significant(row.bytesPerToken),
      operationsPerToken: significant(row.operationsPerToken),
      prefillBytesPerCall: rounded(row.prefillBytesPerCall),
      prefillOperationsPerCall: rounded(row.prefillOperationsPerCall),
    })),
    reach: {
      promptTokens: roofline.reach.promptTokens,
      threads: roofline.reach.threads,
      reason: roofline.reach.reason,
      rows: roofline.reach.rows.map(reachSection),
    },
  };
}

function rounded(value: number | null): number | null {
  return value === null ? null : significant(value);
}

function stageSection(stage: StageRoofline): ReportStageRoofline {
  const { expected, peakBandwidth, peakOperations } = stage;
  return {
    stage: stage.stage,
    source: stage.source,
    calls: stage.calls,
    tokens: stage.tokens,
    bytesPerCall: reportQuantity(expected.bytesPerCall),
    bytesPerToken: reportQuantity(expected.bytesPerToken),
    weightBytesPerCall: reportQuantity(expected.weightBytesPerCall),
    cacheReadBytesPerCall: reportQuantity(expected.cacheReadBytesPerCall),
    cacheWriteBytesPerCall: reportQuantity(expected.cacheWriteBytesPerCall),
    operationsPerCall: reportQuantity(expected.operationsPerCall),
    operationsPerToken: reportQuantity(expected.operationsPerToken),
    intensity: reportQuantity(stage.intensity),
    achievedBytesPerSecond: reportQuantity(stage.achievedBytesPerSecond),
    achievedOperationsPerSecond: reportQuantity(stage.achievedOperationsPerSecond),
    peakBandwidth: peakBandwidth && {
      perSecond: significant(peakBandwidth.bytesPerSecond),
      kind: peakBandwidth.kind,
      status: peakBandwidth.status,
      source: peakBandwidth.source,
    },
    peakBandwidthReason: stage.peakBandwidthReason,
    bandwidthOfPeak: reportQuantity(stage.bandwidthOfPeak),
    peakOperations: peakOperations && { ...peakOperations, perSecond: significant(peakOperations.perSecond) },
    peakOperationsReason: stage.peakOperationsReason,
    operationsOfPeak: reportQuantity(stage.operationsOfPeak),
    ridge: reportQuantity(stage.ridge),
    kernel: stage.instruction.kernel,
    instruction: stage.instruction.instruction,
  };
}

function kernelSection(kernel: KernelRoofline): ReportRoofline['kernels'][number] {
  const { stage, name, shape, weightType, tensors } = kernel;
  return {
    ...{ stage, name, shape, weightType, tensors },
    share: reportQuantity(kernel.share),
    bytesPerCall: reportQuantity(kernel.bytesPerCall),
    operationsPerCall: reportQuantity(kernel.operationsPerCall),
    intensity: reportQuantity(kernel.intensity),
    achievedBytesPerSecond: reportQuantity(kernel.achievedBytesPerSecond),
    achievedOperationsPerSecond: reportQuantity(kernel.achievedOperationsPerSecond),
  };
}

function reachSection({ machine, isOwn, prefill, decode }: ReachRow): ReportReachRow {
  const { bandwidth } = decode;
  return {
    id: machine.id,
    machine: machine.name,
    isOwn,
    bandwidth: bandwidth && { ...bandwidth, perSecond: significant(bandwidth.perSecond) },
    note: machine.note,
    prefill: stageReach(prefill),
    decode: stageReach(decode),
  };
}

function stageReach(reach: StageReach): ReportReachRow['prefill'] {
  return {
    tokensPerSecond: reportQuantity(reachQuantity(reach)),
    limit: reach.limit,
    instruction: reach.instruction,
    intensity: significant(reach.intensity),
    ridge: rounded(reach.ridge),
  };
}

function reachQuantity(reach: StageReach): Quantity {
  const { bandwidth, operations, demand } = reach;
  if (reach.tokensPerSecond === null) {
    return unknown('tokens/s', 'neither the bandwidth nor the arithmetic peak of this machine is known');
  }
  return quantity(reach.tokensPerSecond, 'tokens/s', 'modelled', {
    formula: 'tokens × the smaller of bandwidth ÷ bytes and arithmetic peak ÷ operations: an upper bound',
    inputs: [
      { name: 'bytes', value: demand.bytes, unit: 'B' },
      { name: 'operations', value: demand.operations, unit: 'operations' },
      { name: `bandwidth (${bandwidth?.status})`, value: bandwidth?.perSecond ?? null, unit: 'B/s' },
      {
        name: `${reach.instruction} peak (${operations?.status})`,
        value: operations?.perSecond ?? null,
        unit: 'operations/s',
      },
    ],
    note: operations?.source ?? `the ${reach.instruction} peak is not known`,
  });
}

/** One row a tensor and one a layer's KV cache: what a token of Decode reads and computes at each position. */
export function rooflineCsv({ roofline }: RunAnalysis): string {
  const { demand, settings, depths } = roofline;
  const cache = settings.cache.value;
  const { computedPadding: padding, skipsMasked } = settings.padding;
  const tensors = demand?.tensors ?? [];
  return toCsv(
    [
      'part',
      'name',
      'type',
      'role',
      'layer',
      'bytes',
      'bytes a token',
      'operations a token',
      ...depths.flatMap(({ past }) => [`bytes at ${past}`, `operations at ${past}`]),
    ],
    [
      ...tensors.map((tensor) => {
        const isSummed = tensor.isTypeKnown && tensor.role !== 'unused';
        const bytes = isSummed ? significant(tensor.bytesPerToken, 12) : null;
        const operations = isSummed ? significant(tensor.operationsPerToken, 12) : null;
        return [
          'tensor',
          tensor.name,
          tensor.type,
          tensor.role,
          tensor.layer,
          tensor.bytes,
          bytes,
          operations,
          ...depths.flatMap(() => [bytes, operations]),
        ];
      }),
      ...(demand?.attention ?? []).map((layer) => [
        'KV cache',
        `layer ${layer.layer}`,
        `K ${cache.key}, V ${cache.value}`,
        'cache read and written',
        layer.layer,
        null,
        null,
        null,
        ...depths.flatMap(({ past }) => [
          cacheReadOfLayer(layer, past, cache) + cacheBytesOfLayer(layer, cache),
          attentionOfLayer(layer, 1, past, { padding, skipsMasked }),
        ]),
      ]),
    ],
  );
}

/** One row a call of llama_decode: what the model file asks of it. */
export function rooflineCallsCsv({ roofline, timeline }: RunAnalysis): string {
  return toCsv(
    [
      'index',
      'stage',
      'past',
      'n_eval',
      'weight bytes',
      'KV bytes read',
      'KV bytes written',
      'bytes',
      'operations',
    ],
    timeline.tokens.map((token, row) => {
      const call = roofline.calls[row];
      return [
        token.index,
        token.stage,
        token.past,
        token.nEval,
        call?.weightBytes ?? null,
        call?.cacheReadBytes ?? null,
        call?.cacheWriteBytes ?? null,
        call?.bytes ?? null,
        call?.operations ?? null,
      ];
    }),
  );
}

/** One row a machine and stage, with the source and status of every figure. */
export function reachCsv({ roofline }: RunAnalysis): string {
  const { promptTokens, threads, rows } = roofline.reach;
  return toCsv(
    [
      'machine',
      'recorded on it',
      'stage',
      'prompt tokens',
      'threads',
      'tokens/s at most',
      'limit',
      'tokens/s by memory',
      'tokens/s by arithmetic',
      'bandwidth B/s',
      'bandwidth status',
      'bandwidth source',
      'instruction',
      'operations/s',
      'operations status',
      'operations source',
      'operations/B',
      'ridge operations/B',
      'note',
    ],
    rows.flatMap(({ machine, isOwn, prefill, decode }) =>
      [prefill, decode].map((reach) => [
        machine.name,
        isOwn,
        reach.stage,
        promptTokens,
        threads,
        rounded(reach.tokensPerSecond),
        reach.limit,
        rounded(reach.memoryTokensPerSecond),
        rounded(reach.arithmeticTokensPerSecond),
        rounded(reach.bandwidth?.perSecond ?? null),
        reach.bandwidth?.status ?? null,
        reach.bandwidth?.source ?? null,
        reach.instruction,
        rounded(reach.operations?.perSecond ?? null),
        reach.operations?.status ?? null,
        reach.operations?.source ?? null,
        significant(reach.intensity),
        rounded(reach.ridge),
        machine.note,
      ]),
    ),
  );
}

/** Decode first: what a token reads, and on hardware what was reached; null without a model file. */
export function rooflineAnswer(roofline: Report['roofline']): string | null {
  if (!roofline) return null;
  const { prefill, decode } = roofline.stages;
  const sentences: string[] = [];
  if (decode.bytesPerToken.value !== null) {
    const reads = `Decode asks for ${formatText(decode.bytesPerToken.value, 'B')} a token`;
    const rate = decode.achievedBytesPerSecond.value;
    const share = decode.bandwidthOfPeak.value;
    const reached =
      rate === null
        ? ''
        : ` and reads ${formatText(rate, 'B/s')}${share === null ? '' : `, ${formatText(share, '%')} of the ${decode.peakBandwidth?.status} bandwidth`}`;
    sentences.push(`${reads}${reached}`);
  }
  if (prefill.bytesPerToken.value !== null && prefill.intensity.value !== null) {
    const ratio = decode.intensity.value === null ? null : prefill.intensity.value / decode.intensity.value;
    sentences.push(
      `Prefill asks for ${formatText(prefill.bytesPerToken.value, 'B')} a token${ratio === null ? '' : ` and computes ${formatText(ratio, '')} times as much with each byte`}`,
    );
  }
  return sentences.length === 0 ? null : `${sentences.join('; ')}.`;
}
