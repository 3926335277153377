/** The files beside a run's report, as readers find them on the Method page. */
import type { Report } from '../../report/schema.ts';
import { GENERATED_FILES } from './runFiles.ts';

export interface Download {
  name: string;
  title: string;
  /** Null for files that are made together with the page. */
  bytes: number | null;
}

/** Files that the build prepared, and those made from the report for names that it did not. */
export function downloads(report: Report): Download[] {
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
