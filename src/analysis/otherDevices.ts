/** Models of which a graphics processor or another machine holds weights: what the cores count is then not all of the work. */
import type { Profile } from '../profile/types.ts';

/** Buffers of weights that cores read themselves (ggml's names of buffer types: `CPU_Mapped`, `CPU_REPACK`, `CUDA_Host`). */
const OWN_BUFFER = /^(?:CPU|AMX|BLAS)|_Host$/;

/** Why rates and counts of the cores say little of the model's work; null when its weights are theirs, or not known. */
export function weightsElsewhere({ settings }: Pick<Profile, 'settings'>): string | null {
  // Buffers of weights have a plain name; those of the cache and of results have a second word.
  const isElsewhere = Object.entries(settings?.buffers ?? {}).some(
    ([name, size]) => size > 0 && !name.includes(' ') && !OWN_BUFFER.test(name),
  );
  return isElsewhere
    ? 'part of the weights lies in the memory of another device: these cores do not do the work alone'
    : null;
}
