import { createHash } from 'node:crypto';
import { analyseInputs } from '../../src/pipeline/analyseInputs.ts';
import { MemorySource } from '../../src/platform/bytes.ts';
import { nodeServices } from '../../src/platform/node/services.ts';
import { buildReport, type ReportBundle } from '../../src/report/build.ts';

/** The report of a run that consists of texts by file name; `run.yaml` describes it. */
export async function reportOf(files: Record<string, string>): Promise<ReportBundle> {
  const runYaml = files['run.yaml'];
  const inputs = Object.entries(files)
    .filter(([path]) => path !== 'run.yaml')
    .map(([path, text]) => {
      const bytes = new TextEncoder().encode(text);
      return {
        path,
        bytes: bytes.length,
        content: { kind: 'file' as const, source: new MemorySource(bytes) },
      };
    });
  const { analysis, config } = await analyseInputs(
    inputs,
    runYaml === undefined ? null : { path: 'run.yaml', text: runYaml },
    nodeServices,
  );
  return buildReport(
    analysis,
    {
      runId: 'run',
      title: config.title ?? 'run',
      description: config.description ?? null,
      tags: config.tags,
      targetNote: config.target ?? null,
      allow: config.allow,
      redact: config.redact,
      contentHash: '0123456789abcdef',
    },
    (bytes) => Promise.resolve(createHash('sha256').update(bytes).digest('hex')),
  );
}
