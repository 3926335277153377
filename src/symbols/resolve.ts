/** Frames → functions: what each distinct code position of a Profile is called. */
import type { Profile } from '../profile/types.ts';
import { FunctionRows } from './frames/functionRows.ts';
import { KernelFrames } from './frames/kernelFrames.ts';
import { NamedFrames } from './frames/namedFrames.ts';
import { UserFrames } from './frames/userFrames.ts';
import { ImageTables } from './imageTables.ts';
import type { FunctionTable, ImageCoverage, SymbolTable } from './types.ts';

/**
 * Resolves every row of the frame table: a frame that carries a name keeps it; kernel frames are looked up in the kernel's
 * list of symbols; others are placed by the mapping of their address space, and the symbol table of that image names them.
 * Code without a symbol becomes one placeholder function for each image (ResolvedFunction.name).
 *
 * @param demangle gives the readable form of a raw name; called only for names that frames hit
 */
export function resolveFunctions(
  profile: Profile,
  tables: readonly SymbolTable[],
  demangle: (rawName: string) => string,
): FunctionTable {
  const { frames } = profile;
  const rows = new FunctionRows(demangle);
  const imageTables = new ImageTables(tables);
  const user = new UserFrames(profile, imageTables, rows);
  const kernel = new KernelFrames(profile.kernelSymbols, rows);
  const named = new NamedFrames(profile, rows);
  const mappedImage = (frame: number): string | null => user.imagePathOf(frame);

  const functionOfFrame = new Int32Array(frames.length);
  for (let frame = 0; frame < frames.length; frame++) {
    const hasName = frames.name[frame] >= 0;
    if (!hasName && frames.isKernel[frame] === 1) {
      functionOfFrame[frame] = kernel.resolve(
        frames.addressHigh[frame],
        frames.addressLow[frame],
        frames.isReturnAddress[frame] === 1,
      );
    } else if (!hasName && frames.space[frame] >= 0) {
      functionOfFrame[frame] = user.resolve(frame);
    } else {
      functionOfFrame[frame] = named.resolve(frame, mappedImage);
    }
  }
  return {
    functions: rows.functions,
    functionOfFrame,
    images: byFrames([...user.coverage(), ...kernel.coverage(), ...named.coverage()]),
    warnings: imageTables.warnings,
    ...(user.definedNames().length > 0 ? { definedNames: user.definedNames() } : {}),
  };
}

function byFrames(images: ImageCoverage[]): ImageCoverage[] {
  return images.sort((a, b) => b.frames - a.frames || (a.image < b.image ? -1 : a.image > b.image ? 1 : 0));
}
