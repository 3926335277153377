/** The files beside a run's report, by name: what the build prepared, and what is made from the report. */
import { functionRowsMarkup } from '../tables/functionRows.ts';
import { functionTotals } from '../tables/functionTotals.ts';
import { SHOWN_ROWS } from '../tables/limits.ts';
import { reportMarkdown } from '../../exports/reportMarkdown.ts';
import { toCsv } from '../../report/csv.ts';
import { functionAnchors } from '../../report/functionAnchors.ts';
import type { Report } from '../../report/schema.ts';
import { CALL_TREE_COLUMNS, callTreeRows } from '../callTree/callTreeMarkup.ts';
import { loadReport, loadRunFile } from './runs.ts';

export interface RunFile {
  body: string | Uint8Array<ArrayBuffer>;
  type: string;
}

interface GeneratedFile {
  name: string;
  /** For the list of downloads; null for what only the page's own script reads. */
  title: string | null;
  type: 'application/json' | 'text/csv' | 'text/markdown';
  make(report: Report): string;
}

const REPORT_FILE = 'report.json';

/** Files of every run, made from its report unless the build prepared one of that name. */
export const GENERATED_FILES: readonly GeneratedFile[] = [
  {
    name: REPORT_FILE,
    title: 'Everything that these pages print',
    type: 'application/json',
    make: (report) => JSON.stringify(report),
  },
  {
    name: 'report.md',
    title: 'The report as text',
    type: 'text/markdown',
    make: reportMarkdown,
  },
  {
    name: 'findings.json',
    title: 'Findings with their values',
    type: 'application/json',
    make: ({ schema, run, origin, findings }) => JSON.stringify({ schema, run, origin, findings }),
  },
  {
    name: 'functions-rest.json',
    title: null,
    type: 'application/json',
    make: (report) =>
      JSON.stringify({
        rows: functionRowsMarkup(
          report.functions.rows.slice(SHOWN_ROWS),
          functionTotals(report),
          report.metrics.functionColumns,
          functionAnchors(report.functions.rows).slice(SHOWN_ROWS),
        ),
      }),
  },
  { name: 'counters.csv', title: 'Counters by stage, call and token', type: 'text/csv', make: countersCsv },
  {
    name: 'call-tree.csv',
    title: 'Call paths with self and total samples by stage',
    type: 'text/csv',
    make: callTreeCsv,
  },
];

/** The bytes behind an address `runs/<run>/<name>`. */
export async function runFile(run: string, name: string): Promise<RunFile> {
  const report = await loadReport(run);
  const generated = GENERATED_FILES.find((file) => file.name === name);
  const format = report.files.find((file) => file.name === name)?.format ?? null;
  // report.json is published as it was made, and every file that the build prepared as well.
  if (name === REPORT_FILE || format !== null) {
    return { body: await loadRunFile(run, name), type: format ?? generated!.type };
  }
  if (!generated) throw new Error(`run '${run}' has no file '${name}'`);
  return { body: generated.make(report), type: `${generated.type}; charset=utf-8` };
}

function countersCsv({ counters }: Report): string {
  const columns = [
    ['total', 'total'],
    ['prefill', 'prefill'],
    ['decode', 'decode'],
    ['prefillPerCall', 'prefill per call'],
    ['decodePerCall', 'decode per call'],
    ['prefillPerToken', 'prefill per token'],
    ['decodePerToken', 'decode per token'],
  ] as const;
  return toCsv(
    [
      'counter',
      'mnemonic',
      'code',
      'unit',
      'pmu',
      ...columns.map(([, label]) => label),
      'running share',
      'status',
      'reason',
    ],
    counters.map((counter) => [
      counter.name,
      counter.mnemonic,
      counter.code,
      counter.unit,
      counter.pmu,
      ...columns.map(([key]) => counter[key].value),
      counter.total.working?.runningShare ?? null,
      counter.total.status,
      counter.total.reason,
    ]),
  );
}

function callTreeCsv({ callTree }: Report): string {
  const groups = ['all', 'load', 'prefill', 'decode'];
  return toCsv(
    [
      ...CALL_TREE_COLUMNS,
      ...groups.map((group) => `self samples ${group}`),
      ...groups.map((group) => `total samples ${group}`),
    ],
    callTree ? callTreeRows(callTree) : [],
  );
}
