/**
 * PMUs that belong to one type of core, by the name that the kernel gives them: `armv8_cortex_a55`, `armv9_cortex_x4`,
 * `armv8_neoverse_v2`.
 *
 * Source: Linux `drivers/perf/arm_pmuv3.c`: a PMU of the device tree is called `armv8_` or `armv9_` and its core in lower
 * case; `armv8_pmuv3`, `armv8_pmuv3_0` are names that say no core.
 */
import { CORE_NAMES } from './cores.ts';

const CORE_OF_PMU: ReadonlyMap<string, string> = new Map(
  CORE_NAMES.map((name) => [name.toLowerCase().replaceAll('-', '_'), name]),
);

/** `Cortex-A55` for `armv8_cortex_a55`; null for a PMU whose name says no core. */
export function coreOfPmu(pmu: string | null): string | null {
  const match = /^armv[89]_(\w+)$/i.exec(pmu ?? '');
  return match ? (CORE_OF_PMU.get(match[1].toLowerCase()) ?? null) : null;
}
