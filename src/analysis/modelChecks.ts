/**
 * Whether the model file is that of the run: what the log (or llama-bench) says of the model it loaded, beside what the
 * file says. A file of another model would make every expected byte wrong.
 */
import { modelTotals } from '../profile/modelTotals.ts';
import type { ModelInfo } from '../profile/model.ts';
import type { Profile, Warning } from '../profile/types.ts';

/** One thing that the file and a description of the run's model tell differently. */
export interface ModelMismatch {
  what: string;
  file: string;
  run: string;
  /** Path of the input that describes the run's model. */
  source: string;
}

export interface ModelCheck {
  mismatches: ModelMismatch[];
  warnings: Warning[];
  /** Why the file cannot stand for the run's model; null when it may. */
  reason: string | null;
}

/** Logs print sizes and parameters with three digits or two decimals. */
const PRINTED_TOLERANCE = 0.005;

/** Properties that are whole numbers everywhere. */
const COUNTS = [
  ['layers', 'layers'],
  ['embeddingLength', 'embedding length'],
  ['feedForwardLength', 'feed-forward length'],
  ['headCount', 'attention heads'],
  ['headCountKv', 'KV heads'],
  ['vocabulary', 'tokens in the vocabulary'],
  ['expertCount', 'experts'],
] as const satisfies readonly (readonly [keyof ModelInfo, string])[];

/** Compares the model file with every description of the model that the run's other inputs give. */
export function modelCheck(profile: Pick<Profile, 'model' | 'modelDescriptions' | 'facts'>): ModelCheck {
  const { model } = profile;
  if (!model?.tensors || model.split) return { mismatches: [], warnings: [], reason: null };
  const mismatches = [
    ...(profile.modelDescriptions ?? []).flatMap((described) => mismatchesWith(model, described)),
    ...tensorCountMismatches(model, profile.facts),
  ];
  const [first] = mismatches;
  if (!first) return { mismatches, warnings: [], reason: null };
  return {
    mismatches,
    warnings: mismatches.map(({ what, file, run, source }) => ({
      code: 'model-mismatch',
      message: `${what}: the model file ${model.source} says ${file}, the run’s own ${source} says ${run}: nothing is computed from the file.`,
      fix: 'Give the model file that ran: gemview model <file.gguf> --out <run folder>',
    })),
    reason: `the model file is not that of the run: ${first.what} ${first.file} in the file, ${first.run} in ${first.source}`,
  };
}

function mismatchesWith(model: ModelInfo, described: ModelInfo): ModelMismatch[] {
  const found: ModelMismatch[] = [];
  const differs = (what: string, file: string, run: string): void => {
    found.push({ what, file, run, source: described.source });
  };
  if (
    bothKnown(model.architecture, described.architecture) &&
    model.architecture !== described.architecture
  ) {
    differs('architecture', model.architecture!, described.architecture!);
  }
  const [fileType, runType] = [plainFileType(model.fileType), plainFileType(described.fileType)];
  if (fileType !== null && runType !== null && fileType !== runType) {
    differs('file type', model.fileType!, described.fileType!);
  }
  for (const [field, what] of COUNTS) {
    const [file, run] = [model[field], described[field]];
    // A model without experts says 0 in the log and nothing in the file.
    if (file !== null && run !== null && file !== run && (file || run)) {
      differs(what, file.toLocaleString('en-US'), run.toLocaleString('en-US'));
    }
  }
  const totals = modelTotals(model.tensors ?? []);
  if (!isNear(totals.parameters, described.parameterCount)) {
    differs('parameters', millions(totals.parameters), millions(described.parameterCount ?? 0));
  }
  // llama.cpp's "file size" and llama-bench's "model_size" are the bytes of the tensors, without the file's header.
  if (!isNear(totals.bytes, described.fileBytes)) {
    differs('bytes of tensors', mebibytes(totals.bytes), mebibytes(described.fileBytes ?? 0));
  }
  return found;
}

/** `llama_model_loader: - type q4_0: 169 tensors`, as the reader keeps it. */
const TENSOR_TYPES_FACT = 'tensor-types';

function tensorCountMismatches(model: ModelInfo, facts: Profile['facts']): ModelMismatch[] {
  const ofFile = new Map(modelTotals(model.tensors ?? []).byType.map((row) => [row.type, row.tensors]));
  return facts
    .filter((fact) => fact.name === TENSOR_TYPES_FACT)
    .flatMap(({ value, source }) => {
      const ofRun = new Map(
        [...value.matchAll(/(\w+): (\d+)/g)].map(([, type, tensors]) => [type, Number(tensors)]),
      );
      return [...new Set([...ofFile.keys(), ...ofRun.keys()])]
        .filter((type) => (ofFile.get(type) ?? 0) !== (ofRun.get(type) ?? 0))
        .map((type) => ({
          what: `tensors of type ${type}`,
          file: String(ofFile.get(type) ?? 0),
          run: String(ofRun.get(type) ?? 0),
          source,
        }));
    });
}

function bothKnown(a: string | null, b: string | null): boolean {
  return a !== null && b !== null;
}

/**
 * `Q4_K - Medium`, `mostly Q4_K - Medium` and `Q4_K_M (guessed)` are one type (`llama_model_ftype_name`); null for a
 * spelling that is not known.
 */
function plainFileType(text: string | null): string | null {
  const plain = (text ?? '')
    .replace(/ \(guessed\)$/, '')
    .replace(/^(?:mostly|all) /i, '')
    .replace(/ - [\d.]+ bpw(?: ternary)?$/, '')
    .replace(/ - (Small|Medium|Large)$/, (_, size: string) => `_${size[0]}`)
    .replace(/ MoE$/, '_MOE')
    .toUpperCase();
  return /^(?:I?Q\d|T?Q\d|B?F\d\d$|MXFP4|NVFP4)[A-Z0-9_]*$/.test(plain) ? plain : null;
}

function isNear(file: number, run: number | null): boolean {
  return run === null || run === 0 || Math.abs(file - run) <= PRINTED_TOLERANCE * Math.max(file, run);
}

function millions(parameters: number): string {
  return `${(parameters / 1e6).toFixed(2)} M`;
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(2)} MiB`;
}
