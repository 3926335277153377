/** What the site holds, for programs that read text: one line a run, with the address of its report in Markdown. */
import type { APIRoute } from 'astro';
import { listRuns } from '../components/data/runs.ts';
import { link } from '../components/links.ts';
import { markdownText } from '../exports/markdownText.ts';
import { runFileAddress } from '../report/addresses.ts';

export const GET: APIRoute = async ({ site }) => {
  const address = (path: string): string => (site ? new URL(link(path), site).href : link(path));
  const runs = await listRuns();
  const text = [
    '# gemview',
    '',
    '> Profiles of llama.cpp on Arm CPUs: Prefill and Decode, their kernels, and what holds each stage back. Every number has a status (counted, sampled, modelled, estimated); every run an origin. Emulated and simulated runs say nothing about the speed of hardware.',
    '',
    '## Runs',
    '',
    ...runs.map(
      ({ id, title, origin, machine, model }) =>
        `- [${markdownText(title)}](${address(runFileAddress(id, 'report.md'))}): ${[
          origin.label,
          model,
          machine,
        ]
          .filter((part) => part !== null)
          .map((part) => markdownText(part))
          .join(
            ', ',
          )}. [JSON](${address(runFileAddress(id, 'report.json'))}), [findings](${address(runFileAddress(id, 'findings.json'))})`,
    ),
    '',
    '## Formats',
    '',
    `- [JSON Schema of report.json](${address('schema/report-1.json')})`,
    '',
  ].join('\n');
  return new Response(text, { headers: { 'content-type': 'text/plain' } });
};
