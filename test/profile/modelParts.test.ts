import { describe, expect, it } from 'vitest';
import { ProfileBuilder } from '../../src/profile/builder.ts';
import { fuse } from '../../src/profile/fuse.ts';
import { profileViolations } from '../../src/profile/integrity.ts';
import { joinModelParts, partWarning } from '../../src/profile/modelParts.ts';
import type { ModelInfo, ModelTensor } from '../../src/profile/model.ts';
import type { Profile } from '../../src/profile/types.ts';
import { model, tensor } from '../support/modelFixtures.ts';

describe('the parts of a split model', () => {
  const part = (number: number, tensors: ModelTensor[], more: Partial<ModelInfo> = {}): ModelInfo =>
    model(tensors, { fileBytes: 1000, split: { part: number, parts: 2, tensors: 2 }, ...more });
  const embedding = tensor('token_embd.weight', 'q8_0', 64, 100);
  const norm = tensor('output_norm.weight', 'f32', 64);
  const first = part(0, [embedding], { name: 'Small', architecture: 'llama', layers: 1 });
  const second = part(1, [norm]);

  it('make the model, in any order', () => {
    const joined = joinModelParts([second, first]);
    expect(joined?.missing).toEqual([]);
    expect(joined?.model).toMatchObject({
      name: 'Small',
      architecture: 'llama',
      layers: 1,
      fileBytes: 2000,
      parameterCount: 6464,
      tensors: [embedding, norm],
      split: null,
    });
    // (6,800 + 256) × 8 / 6,464
    expect(joined?.model.bitsPerWeight).toBeCloseTo(8.7327, 4);
  });

  it('stay a part when one is missing, and a part given twice counts once', () => {
    const joined = joinModelParts([first, first]);
    expect(joined?.missing).toEqual([2]);
    expect(joined?.model.parameterCount).toBe(6400);
    expect(joined?.model.split).toEqual({ part: 0, parts: 2, tensors: 2 });
  });

  it('are not joined with parts of another model', () => {
    const other = part(1, [norm], { split: { part: 1, parts: 3, tensors: 9 } });
    expect(joinModelParts([first, other])).toBeNull();
    expect(joinModelParts([])).toBeNull();
    expect(joinModelParts([model([norm])])).toBeNull();
  });

  it('are joined when a run is put together from its files, and then nothing is said about parts', () => {
    const fragment = (info: ModelInfo): Profile => {
      const path = `part-${info.split?.part}.gguf`;
      const builder = new ProfileBuilder({ path, format: 'gguf', tool: null, bytes: 1000 });
      builder.model = info;
      if (info.split) builder.warnings.push(partWarning(info.split));
      return builder.finish();
    };
    const whole = fuse([fragment(first), fragment(second)]);
    expect(profileViolations(whole)).toEqual([]);
    expect(whole.model).toMatchObject({ name: 'Small', parameterCount: 6464, split: null });
    expect(whole.warnings).toEqual([]);
    const log = fragment(model(null, { contextTrained: 4096 }));
    const half = fuse([log, fragment(second)]);
    expect(half.model).toMatchObject({ contextTrained: 4096, parameterCount: 64, split: { part: 1 } });
    expect(half.warnings.map(({ code }) => code)).toEqual(['gguf-split-part']);
  });
});
