import { describe, expect, it } from 'vitest';
import { modelCheck } from '../../src/analysis/modelChecks.ts';
import type { ModelInfo } from '../../src/profile/model.ts';
import type { Fact } from '../../src/profile/types.ts';
import { fuse } from '../../src/profile/fuse.ts';
import { model, qwen05b } from '../support/modelFixtures.ts';
import { rooflineRun } from '../support/rooflineRun.ts';
import { runFromText } from '../support/llamaRun.ts';

/** What llama.cpp's log of the very same model says. */
const LOG: ModelInfo = model(null, {
  architecture: 'qwen2',
  fileType: 'Q4_0',
  fileBytes: Math.round(371.02 * 2 ** 20),
  parameterCount: 619_570_000,
  layers: 24,
  embeddingLength: 1024,
  feedForwardLength: 2816,
  headCount: 16,
  headCountKv: 16,
  vocabulary: 151_936,
  expertCount: 0,
  source: 'llama.log',
});

const FILE: ModelInfo = { ...qwen05b(), expertCount: null, source: 'qwen.gguf' };

const types = (value: string): Fact => ({ name: 'tensor-types', value, source: 'llama.log', private: false });

const check = (described: Partial<ModelInfo>, facts: Fact[] = []) =>
  modelCheck({ model: FILE, modelDescriptions: [{ ...LOG, ...described }], facts });

const saying = (described: Partial<ModelInfo>, facts: Fact[] = []): string[] =>
  check(described, facts).mismatches.map(({ what, file, run }) => `${what}: ${file} / ${run}`);

describe('the model file of a run', () => {
  it('agrees with what the log printed of it', () => {
    const result = check({}, [types('f32: 121, q4_0: 169, q6_K: 1')]);
    expect(result).toEqual({ mismatches: [], warnings: [], reason: null });
  });

  it.each<[string, Partial<ModelInfo>, string]>([
    ['architecture', { architecture: 'llama' }, 'architecture: qwen2 / llama'],
    ['layers', { layers: 28 }, 'layers: 24 / 28'],
    ['parameters', { parameterCount: 1_540_000_000 }, 'parameters: 619.57 M / 1540.00 M'],
    ['size', { fileBytes: 655 * 2 ** 20 }, 'bytes of tensors: 371.02 MiB / 655.00 MiB'],
    ['file type', { fileType: 'Q8_0' }, 'file type: Q4_0 / Q8_0'],
    ['vocabulary', { vocabulary: 151_646 }, 'tokens in the vocabulary: 151,936 / 151,646'],
  ])('is another one by its %s', (_, described, sentence) => {
    expect(saying(described)).toEqual([sentence]);
  });

  it('is another one by its experts; none is no difference', () => {
    const sparse = { ...FILE, expertCount: 8 };
    const result = modelCheck({ model: sparse, modelDescriptions: [{ ...LOG, expertCount: 60 }], facts: [] });
    expect(result.mismatches.map(({ file, run }) => [file, run])).toEqual([['8', '60']]);
    expect(saying({ expertCount: 0 })).toEqual([]);
  });

  it('is another one by the tensors of each type', () => {
    expect(saying({}, [types('f32: 121, q4_0: 145, q4_K: 24, q6_K: 1')])).toEqual([
      'tensors of type q4_0: 169 / 145',
      'tensors of type q4_K: 0 / 24',
    ]);
  });

  it('knows file types by any of their spellings', () => {
    const medium = { ...FILE, fileType: 'Q4_K_M' };
    const reasonOf = (fileType: string) =>
      modelCheck({ model: medium, modelDescriptions: [{ ...LOG, fileType }], facts: [] }).reason;
    for (const same of [
      'Q4_K - Medium',
      'Q4_K_M',
      'Q4_K - Medium (guessed)',
      'mostly Q4_K - Medium',
      'odd',
    ]) {
      expect(reasonOf(same)).toBeNull();
    }
    expect(reasonOf('Q4_K - Small')).toBe(
      'the model file is not that of the run: file type Q4_K_M in the file, Q4_K - Small in llama.log',
    );
  });

  it('is not judged by what nobody said, nor one part by the whole', () => {
    expect(modelCheck({ model: FILE, facts: [] }).reason).toBeNull();
    expect(modelCheck({ model: null, modelDescriptions: [LOG], facts: [] }).reason).toBeNull();
    const part = { ...FILE, split: { part: 0, parts: 2, tensors: null } };
    expect(
      modelCheck({ model: part, modelDescriptions: [{ ...LOG, layers: 3 }], facts: [] }).reason,
    ).toBeNull();
  });

  it('warns with both numbers and what to do', () => {
    expect(check({ layers: 28 }).warnings).toEqual([
      {
        code: 'model-mismatch',
        message:
          'layers: the model file qwen.gguf says 24, the run’s own llama.log says 28: nothing is computed from the file.',
        fix: 'Give the model file that ran: gemview model <file.gguf> --out <run folder>',
      },
    ]);
  });
});

describe('a run with the file of another model', () => {
  it('keeps both descriptions when its inputs are joined', () => {
    const [log, file] = [runFromText('0+5/10 5+1/10'), runFromText('load/1')];
    log.model = { ...LOG, layers: 28 };
    file.model = FILE;
    const joined = fuse([log, file]);
    expect(joined.model?.layers).toBe(24);
    expect(joined.modelDescriptions?.map(({ layers }) => layers)).toEqual([28]);
    expect(modelCheck(joined).reason).toContain('layers 24 in the file, 28 in llama.log');
  });

  it('has no roofline', () => {
    const { roofline, warnings } = rooflineRun({ describedAs: { ...LOG, parameterCount: 1_540_000_000 } });
    const reason =
      'the model file is not that of the run: parameters 619.57 M in the file, 1540.00 M in llama.log';
    expect(roofline).toMatchObject({ demand: null, reason, depths: [], tensors: [] });
    expect(roofline.stages.decode.achievedBytesPerSecond).toMatchObject({ value: null, reason });
    expect(roofline.reach.rows).toEqual([]);
    expect(warnings.map(({ code }) => code)).toContain('model-mismatch');
  });
});
