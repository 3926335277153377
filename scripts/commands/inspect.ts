/** `gemview inspect`: what is in the files of one run, as text or as one JSON object. */
import { analyseInputs } from '../../src/pipeline/analyseInputs.ts';
import { openInputs } from '../../src/platform/node/inputs.ts';
import { nodeServices } from '../../src/platform/node/services.ts';
import { inspectResult } from '../../src/report/inspect.ts';
import { inspectText } from '../../src/report/inspectText.ts';
import type { CommandIo } from '../commandIo.ts';
import { parseCommandLine, UsageError } from '../usage.ts';

/** `inspect <file…|dir> [--json] [--event E]`. The arguments are the files of one run in any order, or its folder. */
export async function inspectCommand(args: string[], io: CommandIo): Promise<number> {
  const { values, positionals: paths } = parseCommandLine({
    args,
    options: { json: { type: 'boolean' }, event: { type: 'string' } },
    allowPositionals: true,
  });
  if (paths.length === 0) throw new UsageError('name the files of one run, or its folder');
  const opened = await openInputs(paths, { cwd: io.cwd });
  try {
    const { analysis } = await analyseInputs(opened.inputs, opened.runYaml, nodeServices, {
      event: values.event,
    });
    const result = inspectResult(analysis);
    await io.stdout(values.json ? `${JSON.stringify(result, null, 1)}\n` : inspectText(result, analysis));
    return 0;
  } catch (error) {
    if (error instanceof RangeError && values.event !== undefined) throw new UsageError(error.message);
    throw error;
  } finally {
    await opened.close();
  }
}
