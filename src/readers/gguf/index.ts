/** Readers of model files: GGUF itself, and the compact form that is kept beside a capture instead of it. */
import { decodeText, readAll } from '../../platform/bytes.ts';
import { CompactModelError, isCompactModel, parseCompactModel } from '../../llama/ggufCompact.ts';
import { ProfileBuilder } from '../../profile/builder.ts';
import { partWarning } from '../../profile/modelParts.ts';
import type { ModelInfo } from '../../profile/model.ts';
import type { Profile, Warning } from '../../profile/types.ts';
import { InputError, type RawInput, type Reader } from '../reader.ts';
import { GGUF_MAGIC, readContainer } from './container.ts';
import { headText, utf8Source } from '../textInput.ts';
import { HeaderDamage } from './cursor.ts';
import { modelOfContainer, type GgufModel } from './model.ts';

const COPY_AGAIN = 'Copy the file again; its first part, up to the tensor data, is enough';

/** GGUF versions 1 to 3, whole files, parts of split models, and files cut where the tensor data begin. */
export const ggufReader: Reader = {
  format: 'gguf',
  detect: (head) => head.text.startsWith(GGUF_MAGIC),
  read: async (input) => {
    const { model, warnings } = await readGguf(input);
    return modelProfile(input, 'gguf', model, warnings);
  },
};

/** The text that `gemview model FILE.gguf --out FILE` writes. */
export const ggufCompactReader: Reader = {
  format: 'gguf-compact',
  detect: (head) => isCompactModel(headText(head)),
  read: async (input) => {
    const source = await utf8Source(fileSource(input));
    const bytes = await readAll(source, MAX_COMPACT_BYTES).catch((error: unknown) => {
      if (error instanceof RangeError) throw new InputError(input.path, error.message);
      throw error;
    });
    try {
      const model = parseCompactModel(decodeText(bytes), input.path);
      return modelProfile(input, 'gguf-compact', model, model.split ? [partWarning(model.split)] : []);
    } catch (error) {
      if (!(error instanceof CompactModelError)) throw error;
      throw new InputError(input.path, error.message, {
        fix: 'Write it again with gemview model FILE.gguf --out FILE',
      });
    }
  },
};

/** A table of a thousand tensors takes some 50 kB. */
const MAX_COMPACT_BYTES = 64 << 20;

/**
 * The model in a GGUF file. Throws an {@link InputError} when not even its architecture can be read; a header that breaks
 * off later gives a model without tensors and a warning.
 */
export async function readGguf(input: RawInput): Promise<GgufModel> {
  const source = fileSource(input);
  const container = await readContainer(source).catch((error: unknown) => {
    if (error instanceof HeaderDamage) throw damaged(input, error);
    throw error;
  });
  const result = modelOfContainer(container, source.size, input.path);
  const { damage } = container;
  if (damage !== null) {
    if (result.model.architecture === null) throw damaged(input, damage);
    result.warnings.push({
      code: 'gguf-damaged-header',
      message: `The header cannot be read beyond byte ${damage.offset}: ${damage.message}. Settings before it were used; ${container.tensors.length} of ${container.tensorCount} tensors were seen, so sizes are not known.`,
      fix: `${COPY_AGAIN}.`,
    });
  }
  if (result.model.split) result.warnings.push(partWarning(result.model.split));
  return result;
}

function damaged(input: RawInput, damage: HeaderDamage): InputError {
  return new InputError(input.path, damage.message, { offset: damage.offset, fix: COPY_AGAIN });
}

function fileSource(input: RawInput) {
  if (input.content.kind === 'file') return input.content.source;
  throw new InputError(input.path, 'a model must be a file');
}

function modelProfile(
  input: RawInput,
  format: string,
  model: ModelInfo,
  warnings: readonly Warning[],
): Profile {
  const builder = new ProfileBuilder({ path: input.path, format, tool: null, bytes: input.bytes });
  builder.model = model;
  builder.warnings.push(...warnings);
  return builder.finish();
}
