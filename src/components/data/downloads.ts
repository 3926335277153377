/** The files beside a run's report, as readers find them on the Method page. */
import type { Report } from '../../report/schema.ts';
import { GENERATED_FILES } from './runFiles.ts';

export interface Download {
  name: string;
  title: string;
  /** Null for files that are made together with the page. */
  bytes: number | null;
}

/** Tables that every run has an address for, though for some runs nothing would stand below their header. */
const HAS_ROWS: ReadonlyMap<string, (report: Report) => boolean> = new Map([
  ['functions.csv', ({ functions }) => functions.rows.length > 0],
  ['tokens.csv', ({ tokens }) => tokens.startS.length > 0],
  ['counters.csv', ({ counters }) => counters.length > 0],
  ['threads.csv', ({ threadUse }) => threadUse !== null],
  ['call-tree.csv', ({ callTree }) => callTree !== null && callTree.parent.length > 0],
  [
    'metrics.csv',
    ({ metrics }) => metrics.coreTypes.some(({ groups }) => groups.some(({ rows }) => rows.length > 0)),
  ],
]);

/** Files with something in them: those that the build prepared, and those made from the report for other names. */
export function downloads(report: Report): Download[] {
  return allDownloads(report).filter(({ name }) => HAS_ROWS.get(name)?.(report) ?? true);
}

function allDownloads(report: Report): Download[] {
  const prepared = new Set(report.files.map((file) => file.name));
  return [
    ...report.files.map(({ name, title, bytes }) => ({ name, title, bytes })),
    ...GENERATED_FILES.filter(({ name, title }) => title !== null && !prepared.has(name)).map(
      ({ name, title }) => ({
        name,
        title: title!,
        bytes: null,
      }),
    ),
  ];
}
