/** `gemview check-docs`: embeds and quoted numbers in documentation that no longer match the reports. */
import { resolve } from 'node:path';
import { formatPlural } from '../../src/analysis/format.ts';
import { printable } from '../../src/report/printable.ts';
import type { CommandIo } from '../commandIo.ts';
import { checkDocs, type DocsCheck, type DocsProblem } from '../docs/checkDocs.ts';
import { defaultReports } from '../docs/currentReports.ts';
import { parseCommandLine, UsageError } from '../usage.ts';

/** `check-docs <folder|file> [--site folder] [--json]`; exit code 1 when something does not match. */
export async function checkDocsCommand(args: string[], io: CommandIo): Promise<number> {
  const { values, positionals } = parseCommandLine({
    args,
    options: { site: { type: 'string' }, json: { type: 'boolean' } },
    allowPositionals: true,
  });
  if (positionals.length !== 1) throw new UsageError('name one folder of documentation');
  const reportsShown = values.site ?? (await defaultReports(io.cwd));
  if (/^https?:/.test(reportsShown)) {
    throw new UsageError('--site is a folder: a built site, or captures');
  }
  const check = await checkDocs({
    root: resolve(io.cwd, positionals[0]),
    shown: positionals[0].replace(/(?<=.)\/+$/, ''),
    reports: resolve(io.cwd, reportsShown),
    reportsShown,
  });
  for (const note of check.notes) io.stderr(`${printable(note)}\n`);
  await io.stdout(values.json ? jsonText(check) : plainTextOf(check));
  return check.problems.length > 0 ? 1 : 0;
}

function jsonText({ files, embeds, quotes, exports, problems, notes }: DocsCheck): string {
  const rows = problems.map(({ file, line, kind, run, what, old, new: now, message }) => ({
    file,
    line,
    kind,
    run,
    what,
    old,
    new: now,
    message,
  }));
  return `${JSON.stringify({ schema: 1, files, embeds, quotes, exports, problems: rows, notes }, null, 2)}\n`;
}

function plainTextOf({ files, embeds, quotes, exports, problems }: DocsCheck): string {
  const place = ({ file, line }: DocsProblem): string => (line === null ? file : `${file}:${line}`);
  const lines = problems.map((problem) => `${printable(place(problem))}: ${printable(problem.message)}`);
  const parts = [
    formatPlural(embeds, 'embed'),
    formatPlural(quotes, 'quoted number'),
    ...(exports > 0 ? [formatPlural(exports, 'export')] : []),
  ];
  const outcome =
    problems.length === 0
      ? 'all match'
      : `${problems.length} ${problems.length === 1 ? 'does' : 'do'} not match`;
  const summary = `${parts.join(', ')} in ${formatPlural(files, 'file')}: ${outcome}`.replaceAll(
    '\u00A0',
    ' ',
  );
  return `${[...lines, summary].join('\n')}\n`;
}
