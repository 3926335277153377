/** The whole way from raw inputs to an analysed run. */
import { analyseRun, type AnalyseOptions, type RunAnalysis } from '../analysis/analyseRun.ts';
import type { PlatformServices } from '../platform/services.ts';
import type { RawInput } from '../readers/reader.ts';
import { loadDemangler } from '../symbols/demangle.ts';
import { resolveFunctions } from '../symbols/resolve.ts';
import { readRun } from './readRun.ts';
import type { RunConfig } from './runConfig.ts';

export interface AnalysedRun {
  analysis: RunAnalysis;
  config: RunConfig;
}

/**
 * Reads, resolves and analyses one run.
 *
 * @throws InputError when nothing of the run can be read
 * @throws RangeError when `options.event` names no sampled event
 */
export async function analyseInputs(
  inputs: readonly RawInput[],
  runYaml: { path: string; text: string } | null,
  services: PlatformServices,
  options: AnalyseOptions = {},
): Promise<AnalysedRun> {
  const { profile, symbolTables, config } = await readRun(inputs, runYaml, services);
  const demangle = await loadDemangler(services);
  const functions = resolveFunctions(profile, symbolTables, demangle);
  const { thresholds } = config;
  return { analysis: analyseRun(profile, functions, { thresholds, ...options }), config };
}
