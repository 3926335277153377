/** The files beside a run's report, by name. */
import { loadReport, loadRunFile } from './runs.ts';

export interface RunFile {
  body: string | Uint8Array<ArrayBuffer>;
  type: string;
}

const GENERATED: Record<string, (run: string) => Promise<RunFile>> = {
  'report.json': async (run) => ({ body: JSON.stringify(await loadReport(run)), type: 'application/json' }),
};

/** Files that every run has, made from its report unless the build prepared one of that name. */
export const generatedFileNames: readonly string[] = Object.keys(GENERATED);

/** The bytes behind an address `runs/<run>/<name>`. */
export async function runFile(run: string, name: string): Promise<RunFile> {
  const report = await loadReport(run);
  if (report.files.some((file) => file.name === name)) {
    return { body: await loadRunFile(run, name), type: 'application/octet-stream' };
  }
  const make = GENERATED[name];
  if (!make) throw new Error(`run '${run}' has no file '${name}'`);
  return make(run);
}
