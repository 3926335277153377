/** What is known of the model of a run. */

/** The model of the run: from its log, or from the GGUF tensor table (which says more and wins). */
export interface ModelInfo {
  name: string | null;
  architecture: string | null;
  /** `Q4_0`, as llama.cpp names the file type. */
  fileType: string | null;
  fileBytes: number | null;
  parameterCount: number | null;
  bitsPerWeight: number | null;
  layers: number | null;
  embeddingLength: number | null;
  feedForwardLength: number | null;
  headCount: number | null;
  headCountKv: number | null;
  headLength: number | null;
  vocabulary: number | null;
  contextTrained: number | null;
  expertCount: number | null;
  expertUsedCount: number | null;
  /** Present when the GGUF (or its compact form) was given. */
  tensors: ModelTensor[] | null;
  /** What the size of the KV cache depends on besides the fields above; absent when the source does not say. */
  attention?: AttentionSettings | null;
  /** Set for one file of a split model: everything above is of this part only. */
  split?: ModelSplit | null;
  source: string;
}

/** Settings of attention that most models do not need. Unknown, or not used by the model, is null. */
export interface AttentionSettings {
  /** Heads of each layer where layers differ; else null and {@link ModelInfo.headCount} holds. */
  headCountByLayer: number[] | null;
  headCountKvByLayer: number[] | null;
  /** Values in a head's value vector where it differs from {@link ModelInfo.headLength}. */
  valueLength: number | null;
  /** Rank of the compressed cache of multi-head latent attention (DeepSeek). */
  kvLoraRank: number | null;
  /** Positions in reach of a layer with sliding-window attention. */
  slidingWindow: number | null;
  /** Period of the pattern (all but the last of each period slide), or for each layer whether it slides. */
  slidingPattern: number | boolean[] | null;
}

/** Which part of a split model a file is. */
export interface ModelSplit {
  /** From 0. */
  part: number;
  parts: number;
  /** Tensors of all parts together; null when the file does not say. */
  tensors: number | null;
}

export interface ModelTensor {
  name: string;
  /** ggml type name: `q4_0`, `f32`. */
  type: string;
  /** ne[0] first, as GGUF stores it. */
  dimensions: number[];
  bytes: number;
}
