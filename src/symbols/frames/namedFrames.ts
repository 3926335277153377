/** Frames of text formats: their functions are what the tool that wrote the text called them. */
import type { Profile } from '../../profile/types.ts';
import type { ImageCoverage } from '../types.ts';
import { KERNEL_IMAGE, UNKNOWN, type FunctionRows } from './functionRows.ts';

interface NamedFunction {
  row: number;
  hasSymbol: boolean;
  coverage: ImageCoverage;
}

export class NamedFrames {
  readonly #profile: Profile;
  readonly #rows: FunctionRows;
  readonly #coverage = new Map<string, ImageCoverage>();
  readonly #known = new Map<number, NamedFunction>();

  constructor(profile: Profile, rows: FunctionRows) {
    this.#profile = profile;
    this.#rows = rows;
  }

  /**
   * Function row of a frame.
   *
   * @param mappedImage path of the image by the frame's address, for frames that do not state one
   */
  resolve(frame: number, mappedImage: (frame: number) => string | null): number {
    const { frames } = this.#profile;
    const dependsOnAddress = frames.image[frame] < 0 && frames.space[frame] >= 0;
    const key =
      ((frames.name[frame] + 1) * 0x200_0000 + frames.image[frame] + 1) * 2 + frames.isKernel[frame];
    let known = dependsOnAddress ? undefined : this.#known.get(key);
    if (!known) {
      known = this.#add(frame, mappedImage);
      this.#known.set(key, known);
    }
    known.coverage.frames++;
    if (known.hasSymbol) known.coverage.resolvedFrames++;
    return known.row;
  }

  coverage(): ImageCoverage[] {
    return [...this.#coverage.values()];
  }

  #add(frame: number, mappedImage: (frame: number) => string | null): NamedFunction {
    const { frames, strings } = this.#profile;
    const isKernel = frames.isKernel[frame] === 1;
    const stated = frames.image[frame] < 0 ? '' : strings[frames.image[frame]];
    const image = stated || (isKernel ? KERNEL_IMAGE : (mappedImage(frame) ?? UNKNOWN));
    const rawName = frames.name[frame] < 0 ? '' : strings[frames.name[frame]];
    const hasSymbol = rawName !== '' && rawName !== UNKNOWN;
    const row = hasSymbol
      ? this.#rows.symbol(image, rawName, isKernel)
      : this.#rows.placeholder(isKernel ? KERNEL_IMAGE : image, isKernel);
    return { row, hasSymbol, coverage: this.#coverageOf(image) };
  }

  #coverageOf(image: string): ImageCoverage {
    let coverage = this.#coverage.get(image);
    if (!coverage) {
      coverage = { image, buildId: null, frames: 0, resolvedFrames: 0, source: 'capture', fix: null };
      this.#coverage.set(image, coverage);
    }
    return coverage;
  }
}
