/** What `gemview model` prints. */
import {
  cacheBytesPerPosition,
  cacheEqualsWeightsAt,
  decodeDemand,
  modelDemand,
} from '../../../src/llama/roofline.ts';
import { modelTotals } from '../../../src/profile/modelTotals.ts';
import type { ModelInfo } from '../../../src/profile/model.ts';
import { printable } from '../../../src/report/printable.ts';

/** The JSON answer; field names follow those of `gemview inspect`, unknown values are null. */
export function modelFacts(model: ModelInfo, inputs: readonly string[]) {
  const totals = modelTotals(model.tensors ?? []);
  const { demand, reason } = modelDemand(model);
  const token = demand && decodeDemand(demand, 0);
  return {
    schema: 1,
    inputs,
    name: model.name,
    architecture: model.architecture,
    file_type: model.fileType,
    file_bytes: model.fileBytes,
    tensors: totals.tensors,
    parameters: totals.parameters,
    bytes: totals.bytes,
    bits_per_weight: totals.bitsPerWeight,
    tensors_by_type: totals.byType,
    layers: model.layers,
    embedding_length: model.embeddingLength,
    feed_forward_length: model.feedForwardLength,
    heads: model.headCount,
    kv_heads: model.headCountKv,
    head_length: model.headLength,
    vocabulary: model.vocabulary,
    context_trained: model.contextTrained,
    experts: model.expertCount ? { count: model.expertCount, used: model.expertUsedCount } : null,
    output_is_tied: demand?.isTied ?? null,
    /** Weights and one row of embeddings, without the KV cache. */
    decode_bytes_per_token: demand && demand.weightBytes + demand.rowBytes,
    /** Matrix products with weights, without attention. */
    decode_operations_per_token: token && token.layerOperations + token.outputOperations,
    kv_bytes_per_position: demand && demand.attention.length > 0 ? cacheBytesPerPosition(demand) : null,
    kv_equals_weights_at: demand && cacheEqualsWeightsAt(demand),
    limits: demand?.limits ?? [],
    reason,
  };
}

/** The same for people. */
export function modelText(model: ModelInfo): string {
  const facts = modelFacts(model, []);
  const width = (values: readonly string[]) => Math.max(...values.map((value) => value.length));
  const title = [facts.name, facts.architecture, facts.file_type].filter((part) => part !== null);
  const bits = facts.bits_per_weight === null ? '' : `, ${facts.bits_per_weight.toFixed(2)} bits per weight`;
  const typeWidth = width(facts.tensors_by_type.map(({ type }) => type));
  const column = (of: (row: (typeof facts.tensors_by_type)[number]) => number) => {
    const texts = facts.tensors_by_type.map((row) => grouped(of(row)));
    return texts.map((text) => text.padStart(width(texts)));
  };
  const [tensors, parameters, bytes] = [
    column((row) => row.tensors),
    column((row) => row.parameters),
    column((row) => row.bytes),
  ];
  const lines = [
    printable(title.join(' · ') || 'model without a name'),
    `parameters    ${grouped(facts.parameters)} (${(facts.parameters / 1e6).toFixed(2)} M)`,
    `tensor bytes  ${grouped(facts.bytes)} (${(facts.bytes / 2 ** 20).toFixed(2)} MiB${bits})`,
    `tensors       ${grouped(facts.tensors)}`,
    ...facts.tensors_by_type.map(
      ({ type, tensors: count }, row) =>
        `  ${type.padEnd(typeWidth)}  ${tensors[row]} ${count === 1 ? 'tensor ' : 'tensors'}  ${parameters[row]} parameters  ${bytes[row]} bytes`,
    ),
    ...decodeLines(facts),
  ];
  return `${lines.join('\n')}\n`;
}

function decodeLines(facts: ReturnType<typeof modelFacts>): string[] {
  if (facts.decode_bytes_per_token === null) return [`decode        not known: ${facts.reason}`];
  const lines = [
    `decode        ${grouped(facts.decode_bytes_per_token)} bytes of weights a token` +
      `${facts.output_is_tied ? ' (the output layer reads the embeddings)' : ''}` +
      `${facts.experts ? `, ${facts.experts.used} of ${facts.experts.count} experts` : ''}`,
  ];
  if (facts.kv_bytes_per_position !== null) {
    const at = facts.kv_equals_weights_at;
    lines.push(
      `KV cache      ${grouped(facts.kv_bytes_per_position)} bytes a position in f16` +
        `${at === null ? '' : `, as much as the weights at position ${grouped(Math.floor(at))}`}`,
    );
  }
  return [...lines, ...facts.limits.map((limit) => `              ${limit}`)];
}

/** `301,530,688`, in every locale. */
function grouped(value: number): string {
  return Number.isInteger(value) ? value.toLocaleString('en-US') : grouped(Math.round(value));
}
