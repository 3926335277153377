import type { ModelInfo } from './model.ts';

/** A model of which nothing is known yet: what a source does not say stays null. @param source see {@link ModelInfo.source} */
export function unknownModel(source: string): ModelInfo {
  return {
    name: null,
    architecture: null,
    fileType: null,
    fileBytes: null,
    parameterCount: null,
    bitsPerWeight: null,
    layers: null,
    embeddingLength: null,
    feedForwardLength: null,
    headCount: null,
    headCountKv: null,
    headLength: null,
    vocabulary: null,
    contextTrained: null,
    expertCount: null,
    expertUsedCount: null,
    tensors: null,
    source,
  };
}
