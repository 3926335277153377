/**
 * Which kernels ran the weights of each type, and which types fell through to dot products: the model's tensors beside the
 * types that the names of kernels state.
 */
import {
  whyDotProducts,
  type BuildFacts,
  type FallThroughReason,
} from '../../llama/kernels/weightSupport.ts';
import { isFloatType } from '../../llama/kernels/weightType.ts';
import { tensorTypeByName } from '../../llama/quantisation.ts';
import { tensorDemands, type TensorDemand } from '../../llama/rooflineTensors.ts';
import { parametersOf } from '../../profile/modelTotals.ts';
import type { ModelInfo } from '../../profile/model.ts';
import type { Profile, Warning } from '../../profile/types.ts';
import type { FunctionTable } from '../../symbols/types.ts';
import { isWeightProduct } from './coverage.ts';
import type { ComparedStage, OperatorRow, ShareInterval, StageBasis } from './operatorRows.ts';

/** A kernel that ran weights of a type in a stage. */
export interface TensorKernel {
  stage: ComparedStage;
  /** Row of the FunctionTable. */
  function: number;
  name: string;
  family: string | null;
  shape: OperatorRow['shape'];
  samples: number;
  /** Of all samples of the stage, 0…1. */
  share: number;
  interval: ShareInterval;
  /** The same kernel serves weights and attention over a KV cache of their type, and nothing tells which this was. */
  mayBeAttention: boolean;
}

/** The tensors of one type that are multiplied. */
export interface TensorType {
  type: string;
  /** Tensors, weights and bytes that products read; 0 for a type that only kernels name. */
  tensors: number;
  parameters: number;
  bytes: number;
  /** What they are: `attn_q, attn_k, ffn_up (24 each)`, `output`. */
  roles: string;
  /** True when all of them are the output layer: evaluated only for tokens whose logits are wanted. */
  isOutputOnly: boolean;
  kernels: TensorKernel[];
  /** What there is to say: why dot products, or what cannot be told. */
  notes: string[];
}

/** Weights that ran in dot products, one output at a time, though others of the run (or of later builds) have kernels. */
export interface FallThrough {
  stage: ComparedStage;
  type: string;
  /** Row of the FunctionTable. */
  function: number;
  kernel: string;
  /** Tensors of the type, all of them even where only some fell through; 0 when the model's tensors are not at hand. */
  tensors: number;
  roles: string;
  samples: number;
  /** Of all samples of the stage, and of those in matrix products, 0…1. */
  shareOfStage: number;
  shareOfProducts: number;
  interval: ShareInterval;
  reason: FallThroughReason;
  /** Kernel family that runs other tensors of this type in the same stage: only some of them fell through. Else null. */
  familyInSameStage: string | null;
  /** Kernel family that runs all the same weights in the other stage; null when none does. */
  familyInOtherStage: string | null;
}

export interface TensorKernels {
  types: TensorType[];
  /** Products whose names state no type: drivers that share rows among threads. */
  untyped: TensorKernel[];
  /** Largest share of its stage first. */
  fallThrough: FallThrough[];
  warnings: Warning[];
}

/** Joins the model's tensors with the kernels that ran. */
export function tensorKernels(
  profile: Profile,
  functions: FunctionTable,
  rows: readonly OperatorRow[],
  bases: Record<ComparedStage, StageBasis>,
): TensorKernels {
  const { model } = profile;
  const build = buildFacts(profile, functions);
  const demands = model?.tensors
    ? tensorDemands(model, 1).filter((demand) => demand.operationsPerToken > 0)
    : [];
  const byType = Map.groupBy(demands, (demand) => demand.type);
  const kernelsOf = Map.groupBy(kernels(functions, rows, bases), (kernel) => kernel.weightType);
  const known = [...new Set([...byType.keys(), ...[...kernelsOf.keys()].filter((type) => type !== null)])];

  const fallThrough: FallThrough[] = [];
  const types = known.map((type): TensorType => {
    const own = byType.get(type) ?? [];
    const ran = kernelsOf.get(type) ?? [];
    const facts: TensorType = {
      type,
      tensors: own.length,
      parameters: own.reduce((sum, demand) => sum + weightsOf(model, demand), 0),
      bytes: own.reduce((sum, demand) => sum + demand.bytes, 0),
      roles: rolesOf(own),
      isOutputOnly: own.length > 0 && own.every((demand) => demand.role === 'output'),
      kernels: ran,
      notes: [],
    };
    // Of what may be attention nobody can say that weights fell through.
    const fell = ran.filter(
      (kernel) => kernel.family === 'generic' && !isFloatType(type) && !kernel.mayBeAttention,
    );
    // A type that no matrix of the model has is not its weights.
    const isOfModel = own.length > 0 || !model?.tensors;
    for (const kernel of isOfModel ? fell : []) {
      fallThrough.push(fallThroughOf(kernel, facts, ran, rows, bases[kernel.stage], build));
    }
    facts.notes = notesOf(
      facts,
      fallThrough.filter((row) => row.type === type),
      model,
    );
    return facts;
  });
  return {
    untyped: kernelsOf.get(null) ?? [],
    types: types.sort((a, b) => b.bytes - a.bytes || total(b.kernels) - total(a.kernels)),
    fallThrough: fallThrough.sort((a, b) => b.shareOfStage - a.shareOfStage),
    warnings: warningsOf(types, model),
  };
}

function total(rows: readonly TensorKernel[]): number {
  return rows.reduce((sum, row) => sum + row.samples, 0);
}

/** Share of a stage below which a kernel decides nothing and is not named in a note. */
const WORTH_A_WORD = 0.005;

type NamedKernel = TensorKernel & { weightType: string | null };

/** Products with weights by stage; of products that may be attention the type is as stated. */
function kernels(
  functions: FunctionTable,
  rows: readonly OperatorRow[],
  bases: Record<ComparedStage, StageBasis>,
): NamedKernel[] {
  return Object.values(bases).flatMap(({ stage, group, samples }) =>
    rows
      .filter((row) => isWeightProduct(row) && row.samples[group] > 0)
      .map((row) => ({
        stage,
        function: row.function,
        name: functions.functions[row.function].name,
        family: row.family,
        shape: row.shape,
        samples: row.samples[group],
        share: row.samples[group] / samples,
        interval: row.intervals[stage],
        mayBeAttention: row.mayBeAttention,
        weightType: row.weightType,
      }))
      .sort((a, b) => b.samples - a.samples),
  );
}

function fallThroughOf(
  kernel: TensorKernel,
  facts: TensorType,
  ran: readonly TensorKernel[],
  rows: readonly OperatorRow[],
  { group }: StageBasis,
  build: BuildFacts,
): FallThrough {
  const products = rows.filter(isWeightProduct).reduce((sum, row) => sum + row.samples[group], 0);
  const packed = ran.filter(({ family, share }) => family !== 'generic' && share >= WORTH_A_WORD);
  const beside = packed.find(({ stage }) => stage === kernel.stage) ?? null;
  const elsewhere = beside ? null : packed.find(({ stage }) => stage !== kernel.stage);
  return {
    stage: kernel.stage,
    type: facts.type,
    function: kernel.function,
    kernel: kernel.name,
    tensors: facts.tensors,
    roles: facts.roles,
    samples: kernel.samples,
    shareOfStage: kernel.share,
    shareOfProducts: kernel.samples / products,
    interval: kernel.interval,
    reason: whyDotProducts(facts.type, build),
    familyInSameStage: beside?.family ?? null,
    familyInOtherStage: elsewhere?.family ?? null,
  };
}

const STAGE_WORDS: Record<ComparedStage, string> = { prefill: 'Prefill', decode: 'Decode' };

function notesOf(facts: TensorType, fell: readonly FallThrough[], model: ModelInfo | null): string[] {
  const notes: string[] = [];
  const [first] = fell;
  if (first) {
    const seen = fell.filter(({ shareOfStage }) => shareOfStage >= WORTH_A_WORD);
    const stages = [...new Set((seen.length > 0 ? seen : fell).map(({ stage }) => STAGE_WORDS[stage]))];
    notes.push(`In ${stages.toSorted().reverse().join(' and ')} in dot products: ${first.reason.words}.`);
    const part = seen.find(({ familyInSameStage }) => familyInSameStage !== null);
    if (part && facts.tensors !== 1) {
      notes.push(
        `${STAGE_WORDS[part.stage]} also runs weights of this type in ${part.familyInSameStage}: only some of the tensors fell through, and names of kernels do not tell which.`,
      );
    }
    const other = fell.find(({ familyInOtherStage }) => familyInOtherStage !== null);
    if (other && first.reason.kind === 'not-repacked') {
      const [there, here] = other.stage === 'decode' ? ['Prefill', 'Decode'] : ['Decode', 'Prefill'];
      notes.push(
        `${there} runs the same weights in ${other.familyInOtherStage}, which this build also uses for products of several rows with weights in ordinary buffers; ${here} does not.`,
      );
    }
  }
  if (facts.kernels.some((kernel) => kernel.mayBeAttention && kernel.share >= WORTH_A_WORD)) {
    notes.push(
      `Products with ${facts.type} operands in dot products may be attention over the KV cache instead of weights.`,
    );
  }
  if (facts.isOutputOnly) {
    notes.push(
      'The output layer is evaluated only for tokens whose logits are wanted: in Prefill that is one row.',
    );
  }
  if (facts.tensors > 0 && facts.kernels.length === 0) {
    notes.push('No sample fell into a kernel whose name states this type.');
  }
  if (facts.tensors === 0 && model?.tensors) {
    notes.push(
      `The model has no such matrix: a KV cache of ${facts.type}, or another model than the one that ran.`,
    );
  }
  return notes;
}

/** What the program's log and symbols say about the build. */
export function buildFacts({ settings }: Profile, { definedNames }: FunctionTable): BuildFacts {
  const on = Object.entries(settings?.features ?? {}).filter(([, value]) => value !== '0');
  const buffers = Object.keys(settings?.buffers ?? {}).filter(
    (name) => !/ (?:KV|compute|output)$/.test(name),
  );
  return {
    features: on.length === 0 ? null : new Set(on.map(([name]) => name)),
    buffers: buffers.length === 0 ? null : buffers,
    defines: definedNames
      ? (pattern) => definedNames.some((names) => names.some((name) => pattern.test(name)))
      : null,
  };
}

function weightsOf(model: ModelInfo | null, { name }: TensorDemand): number {
  const tensor = model?.tensors?.find((candidate) => candidate.name === name);
  return tensor ? parametersOf(tensor) : 0;
}

/** Names without layer numbers and suffixes, with how often each occurs. */
function rolesOf(demands: readonly TensorDemand[]): string {
  const counts = new Map<string, number>();
  for (const { name, role } of demands) {
    const plain = role === 'output' ? 'output' : name.replace(/^blk\.\d+\./, '').replace(/\.weight$/, '');
    counts.set(plain, (counts.get(plain) ?? 0) + 1);
  }
  const byCount = Map.groupBy(counts.entries(), ([, count]) => count);
  return [...byCount]
    .map(([count, roles]) => {
      const names = roles.map(([name]) => name).join(', ');
      return count === 1 ? names : `${names} (${count} each)`;
    })
    .join('; ');
}

function warningsOf(types: readonly TensorType[], model: ModelInfo | null): Warning[] {
  const warnings: Warning[] = [];
  for (const { type, tensors } of types) {
    if (tensorTypeByName(type)) continue;
    warnings.push({
      code: 'tensor-type-unknown',
      message: `${tensors} tensors of the model are of type ${type}, which gemview does not know: what runs them cannot be told.`,
      fix: null,
    });
  }
  if (model?.tensors) {
    const strangers = types.filter(
      ({ type, tensors, kernels: ran }) => tensors === 0 && !isFloatType(type) && ran.length > 0,
    );
    for (const { type, kernels: ran } of strangers) {
      warnings.push({
        code: 'kernel-type-not-in-model',
        message: `${ran[0].name} ran, but the model has no ${type} matrix: the KV cache is ${type}, or the model file is not that of the run.`,
        fix: 'Give the GGUF file that ran: gemview model <file.gguf> --out <run folder>',
      });
    }
  }
  return warnings;
}
