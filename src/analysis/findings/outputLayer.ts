/** What the output layer costs in Decode: from its own spans, from the kernel of its type, and from the model's bytes. */
import { weightTypeOf } from '../../llama/kernels/index.ts';
import type { TensorDemand } from '../../llama/rooflineTensors.ts';
import type { StackClass } from '../kernelUse.ts';
import { ofTime } from '../origin.ts';
import { quantity, type Quantity } from '../quantity.ts';
import { demandOfCall } from '../roofline/stageDemand.ts';
import { finding, name, say, value, type Finding } from './finding.ts';
import { IMPORTANCE } from './importance.ts';
import { LEAST_STAGE_SAMPLES, shareOfStage, type FindingInput } from './input.ts';
import { isWeightProduct } from './kernels.ts';

/** The graph node of the output layer as llama.cpp names it (llama-graph.cpp, `cb(cur, "result_output", -1)`). */
const OUTPUT_NODE = /^\s*,?\s*result_output\b/;

/** Spans tell it directly; else the kernel of its tensor's type does, when no other tensor shares the type. */
export function outputLayer(input: FindingInput): Finding[] {
  const output = outputTensor(input);
  const bytes = output && byteShare(input, output);
  const facts = (chapter: string) => ({
    id: 'output-layer',
    kind: 'model' as const,
    importance: IMPORTANCE.outputLayer,
    evidence: { chart: null, chapter, selection: { stage: 'decode' as const } },
  });
  const modelled = bytes ? [value('share of the bytes a token reads', bytes)] : [];
  const spans = spanShare(input);
  if (spans) {
    return finding(
      facts('operators'),
      say`The output layer takes ${value('share of span time', spans)} of the time in Decode’s spans${name(ofTime(input.run.profile) === '' ? '' : `, in${ofTime(input.run.profile).replace(' of', '')}`)}.`,
      modelled,
    );
  }
  if (output && isTypeUnique(input, output)) {
    const samples = shareOfStage(
      input,
      input.stages.decode,
      'samples in the kernel of the output tensor’s type ÷ samples of Decode',
      (of) => runsType(of, output.type),
    );
    if (input.stages.decode.samples.length >= LEAST_STAGE_SAMPLES && samples.value !== 0) {
      const sampled = say`The output layer takes ${value('share of samples', samples)} of Decode’s samples (no other weights are ${name(output.type)})`;
      return finding(
        facts('operators'),
        sampled &&
          (bytes
            ? say`${sampled} and holds ${value('share of the bytes a token reads', bytes)} of the bytes a token reads.`
            : say`${sampled}.`),
      );
    }
  }
  return bytes
    ? finding(
        facts('overview'),
        say`The output layer is ${value('share of the bytes a token reads', bytes)} of the bytes a token of Decode reads.`,
      )
    : [];
}

function outputTensor({ demand }: FindingInput): TensorDemand | null {
  return demand?.tensors.find((tensor) => tensor.role === 'output') ?? null;
}

function isTypeUnique({ demand }: FindingInput, output: TensorDemand): boolean {
  return (demand?.tensors ?? []).every(
    (tensor) => tensor.role === 'output' || tensor.role === 'rows' || tensor.type !== output.type,
  );
}

function runsType(of: StackClass, type: string): boolean {
  return isWeightProduct(of) && weightTypeOf(of.kernel) === type;
}

/** Share of the bytes that the first decode call reads. */
function byteShare({ run, demand }: FindingInput, output: TensorDemand): Quantity | null {
  const first = run.timeline.tokens.find((token) => token.stage === 'decode');
  if (!demand) return null;
  const past = first?.past ?? 0;
  const call = demandOfCall(demand, 'decode', { tokens: 1, past }, run.roofline.settings);
  const bytes = call.bytes - call.cacheWriteBytes;
  return quantity((100 * output.bytesPerToken) / bytes, '%', 'modelled', {
    formula: 'bytes of the output tensor ÷ bytes of weights and KV cache that a token reads',
    inputs: [
      { name: 'output tensor', value: output.bytesPerToken, unit: 'bytes' },
      { name: 'a token', value: bytes, unit: 'bytes' },
      { name: 'at position', value: past, unit: 'positions' },
    ],
  });
}

/** Time in spans of the output node ÷ time in all spans, both inside decode calls; null without such spans. */
function spanShare({ run }: FindingInput): Quantity | null {
  const { spans, strings } = run.profile;
  if (spans.length === 0) return null;
  const decode = run.timeline.intervals.filter(({ stage }) => stage === 'decode');
  const isOutput = new Map<number, boolean>();
  let [at, outputNs, allNs, count] = [0, 0, 0, 0];
  for (let row = 0; row < spans.length; row++) {
    while (at < decode.length && decode[at].endNs <= spans.startNs[row]) at++;
    if (at === decode.length) break;
    if (spans.startNs[row] < decode[at].startNs) continue;
    const text = spans.text[row];
    let known = isOutput.get(text);
    if (known === undefined) isOutput.set(text, (known = OUTPUT_NODE.test(strings[text] ?? '')));
    const durationNs = spans.endNs[row] - spans.startNs[row];
    allNs += durationNs;
    if (!known) continue;
    outputNs += durationNs;
    count++;
  }
  if (count === 0 || allNs <= 0) return null;
  return quantity((100 * outputNs) / allNs, '%', 'counted', {
    formula:
      'time in spans of result_output ÷ time in all spans that begin in decode calls, over all threads',
    inputs: [
      { name: 'result_output', value: outputNs / 1e9, unit: 's' },
      { name: 'all spans', value: allNs / 1e9, unit: 's' },
      { name: 'spans of result_output', value: count, unit: 'spans' },
    ],
  });
}
