/** The captures that ship with the project, analysed once per test file. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { RunAnalysis } from '../../src/analysis/analyseRun.ts';
import { analyseInputs } from '../../src/pipeline/analyseInputs.ts';
import { openInputs } from '../../src/platform/node/inputs.ts';
import { nodeServices } from '../../src/platform/node/services.ts';

export const SHIPPED_RUNS: readonly string[] = readdirSync('captures')
  .filter((name) => name !== 'stories')
  .sort();

const analysed = new Map<string, Promise<RunAnalysis>>();

export function shippedRun(run: string): Promise<RunAnalysis> {
  let known = analysed.get(run);
  if (!known) analysed.set(run, (known = analyse(run)));
  return known;
}

async function analyse(run: string): Promise<RunAnalysis> {
  const opened = await openInputs([join('captures', run)], { cwd: process.cwd() });
  try {
    return (await analyseInputs(opened.inputs, opened.runYaml, nodeServices)).analysis;
  } finally {
    await opened.close();
  }
}
