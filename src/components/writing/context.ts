/** Which run a component of a written page belongs to: its own `run`, else the page's. */
import type { Report } from '../../report/schema.ts';
import { loadReport } from '../data/runs.ts';

/** @throws Error with a sentence where neither says; the build has checked that before */
export async function reportOf(run: string | undefined, page: string | null | undefined): Promise<Report> {
  const id = run ?? page;
  if (!id) throw new Error('name a run: run="…"');
  return loadReport(id);
}

/** Reports that claims of a page may name, loaded before they are asked for. */
export async function reportsNamed(text: string): Promise<Map<string, Report>> {
  const ids = new Set([...text.matchAll(/([a-z0-9][\w-]*):(?=[A-Za-z])/g)].map(([, id]) => id));
  const reports = new Map<string, Report>();
  for (const id of ids) reports.set(id, await loadReport(id));
  return reports;
}
