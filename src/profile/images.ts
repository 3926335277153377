/** What files beside a capture say about its images: the kernel's symbols, and builds of programs. */
import { kernelSymbolAtStart } from './kallsyms.ts';
import type { AddressSpace, KernelSymbols, Profile, Warning } from './types.ts';

/**
 * The kernel symbols of a run: the capture's own, else those of a copy of /proc/kallsyms. The kernel lies elsewhere after
 * each boot (KASLR), so a copy must have a symbol where the capture says that the kernel begins.
 */
export function kernelSymbolsFor(
  kernel: AddressSpace,
  fragments: readonly Profile[],
  warnings: Warning[],
): KernelSymbols | null {
  const own = fragments.find((fragment) => fragment.kernelSymbols && fragment.samples.length > 0);
  if (own) return own.kernelSymbols;
  const beside = fragments.find((fragment) => fragment.kernelSymbols);
  const symbols = beside?.kernelSymbols ?? null;
  if (!beside || !symbols) return null;
  const start = kernel.mappings.find((mapping) => mapping.kind === 'kernel')?.start;
  if (start === undefined || start === 0n || kernelSymbolAtStart(symbols, start)) return symbols;
  warnings.push({
    code: 'kallsyms-other-boot',
    message: `${beside.inputs[0].path} is of another boot: the recorded kernel begins at 0x${start.toString(16)}, where it has no symbol. Kernel code stays without names`,
    fix: 'Copy /proc/kallsyms before the machine that was recorded boots again',
  });
  return null;
}

/** Gives mappings without a build-id the one that a list states for their path. Returns all lists as one. */
export function nameBuilds(
  spaces: readonly AddressSpace[],
  fragments: readonly Profile[],
  warnings: Warning[],
): Map<string, string> {
  const ids = new Map(fragments.flatMap(({ buildIds }) => [...buildIds]));
  if (ids.size === 0) return ids;
  const differing = new Map<string, string>();
  for (const { mappings } of spaces) {
    mappings.forEach((mapping, row) => {
      const listed = ids.get(mapping.path);
      if (listed === undefined || listed === mapping.buildId) return;
      if (mapping.buildId === null) mappings[row] = { ...mapping, buildId: listed };
      else differing.set(mapping.path, mapping.buildId);
    });
  }
  for (const [path, recorded] of differing) {
    warnings.push({
      code: 'build-id-differs',
      message: `${path} had the build-id ${recorded} when it was recorded; a list beside the capture says ${ids.get(path)}`,
      fix: 'Give the list, and the symbols, of the program that ran',
    });
  }
  return ids;
}
