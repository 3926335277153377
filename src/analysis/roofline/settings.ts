/** What the demand of a run's calls depends on besides the model: micro-batch, cache types, padding, threads. */
import { cachePaddingOf, type CachePadding, type CacheTypes } from '../../llama/roofline.ts';
import type { Profile } from '../../profile/types.ts';

/** A setting with where it comes from, for the working of what is made of it. */
export interface SourcedSetting<Value> {
  value: Value;
  /** `printed by llama.cpp`, `llama.cpp’s default`. */
  source: string;
}

export interface RooflineSettings {
  microBatch: SourcedSetting<number>;
  /** Tokens of a call at most: a log names prompts, not calls. */
  batch: SourcedSetting<number>;
  cache: SourcedSetting<CacheTypes>;
  padding: CachePadding;
  /** Threads of each stage; null when the run does not say. */
  threads: { prefill: number | null; decode: number | null };
}

/** `n_ubatch`, `n_batch` and the cache types unless they were set (common/common.h). */
const DEFAULTS = { microBatch: 512, batch: 2048, cacheType: 'f16' };

const PRINTED = 'printed by llama.cpp';
const DEFAULT = 'llama.cpp’s default';

/** The settings of a run, llama.cpp's defaults where its log does not say. */
export function rooflineSettings({ settings }: Pick<Profile, 'settings'>): RooflineSettings {
  const stated = <Value>(value: Value | null | undefined, otherwise: Value): SourcedSetting<Value> =>
    value === null || value === undefined
      ? { value: otherwise, source: DEFAULT }
      : { value, source: PRINTED };
  const decode = settings?.threads ?? null;
  return {
    microBatch: stated(settings?.microBatch, DEFAULTS.microBatch),
    batch: stated(settings?.batch, DEFAULTS.batch),
    cache: stated(settings?.cacheTypes, { key: DEFAULTS.cacheType, value: DEFAULTS.cacheType }),
    padding: cachePaddingOf(settings?.flashAttention ?? null),
    threads: { prefill: settings?.threadsBatch ?? decode, decode },
  };
}
