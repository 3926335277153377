/** Where llama.cpp's own log and the capture contradict each other: both numbers, and no choice between them. */
import { finding, name, say, value, type Finding } from './finding.ts';
import { IMPORTANCE } from './importance.ts';
import type { FindingInput } from './input.ts';

export function contradictions({ run }: FindingInput): Finding[] {
  return run.logChecks
    .filter((check) => check.agrees === false)
    .flatMap((check) =>
      finding(
        {
          id: `log-disagrees-${check.name.toLowerCase().replace(/[^a-z0-9]+/g, '-')}`,
          kind: 'recording',
          importance: IMPORTANCE.contradiction,
          evidence: { chart: null, chapter: 'method', selection: {} },
        },
        say`${name(check.name)}: the log says ${value('log', check.fromLog)}, the ${name(run.timeline.source ?? 'capture')} say ${value('capture', check.fromCapture)}.`,
      ),
    );
}
