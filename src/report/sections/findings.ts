/** Findings with their numbers as the report keeps them. */
import type { Finding } from '../../analysis/findings/index.ts';
import { reportQuantity } from '../round.ts';
import type { ReportFinding } from '../schema/findings.ts';

export function findingsSection(findings: readonly Finding[]): ReportFinding[] {
  return findings.map((finding) => ({
    ...finding,
    values: finding.values.map(({ name, quantity }) => ({ name, quantity: reportQuantity(quantity) })),
  }));
}
