/** A run compared with the one that its `run.yaml` names as its baseline. */
import { comparisonFindings, type NamedRun } from '../../src/analysis/compare/comparisonFindings.ts';
import { analyseInputs, type AnalysedRun } from '../../src/pipeline/analyseInputs.ts';
import { openInputs } from '../../src/platform/node/inputs.ts';
import { nodeServices } from '../../src/platform/node/services.ts';
import type { BaselineComparison } from '../../src/report/build.ts';
import { InputError } from '../../src/readers/reader.ts';
import type { Baseline } from './baseline.ts';
import type { RunFolder } from './captures.ts';

/**
 * Findings of a run against its baseline, with what the baseline's `run.yaml` keeps back. A baseline that cannot be read
 * says so in its own report: here it is a reason.
 */
export async function compareWithBaseline(
  run: NamedRun,
  baseline: Baseline,
): Promise<{ comparison: BaselineComparison; redact: string[] }> {
  const none = (reason: string): BaselineComparison => ({
    id: baseline.id,
    title: baseline.id,
    reason,
    findings: [],
  });
  if (baseline.folder === null) {
    return { comparison: none('no run of this name lies beside this one'), redact: [] };
  }
  if (baseline.id === run.id) return { comparison: none('a run is no baseline of itself'), redact: [] };
  try {
    const { analysis, config } = await analyseFolder(baseline.folder);
    return {
      comparison: {
        id: baseline.id,
        title: config.title ?? baseline.id,
        reason: null,
        findings: comparisonFindings({ id: baseline.id, analysis }, run),
      },
      redact: config.redact,
    };
  } catch (error) {
    if (error instanceof InputError) return { comparison: none('it cannot be read'), redact: [] };
    throw error;
  }
}

async function analyseFolder({ path }: RunFolder): Promise<AnalysedRun> {
  const opened = await openInputs([path], { cwd: path });
  try {
    return await analyseInputs(opened.inputs, opened.runYaml, nodeServices);
  } finally {
    await opened.close();
  }
}
