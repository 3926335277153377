/** The rows of the operator table: categories, their operators, and the kernels that ran them. */
import type { ReportOperators, ReportStageShare } from '../../report/schema/operators.ts';

/** One row; levels are 1 category, 2 operator, 3 kernel. */
export interface OperatorTreeRow {
  level: 1 | 2 | 3;
  /** Category or operator in words; the kernel's name. */
  name: string;
  isSymbol: boolean;
  /** Category of the row, for its mark. */
  category: string;
  shape: string | null;
  /** Samples of the whole run. */
  samples: number;
  prefill: ReportStageShare;
  decode: ReportStageShare;
}

/** Rows below this share of every stage (of the run, without stages) are left to the CSV. */
const SMALLEST_SHARE = 0.005;

/** Rows in the order of a page, and how many were left out. */
export function operatorTreeRows(
  { categories, stageSamples }: ReportOperators,
  mostRows: number,
): { rows: OperatorTreeRow[]; omitted: number } {
  const all = categories.reduce((sum, category) => sum + category.samples, 0);
  const hasStages = stageSamples.prefill + stageSamples.decode > 0;
  const isLarge = ({
    samples,
    prefill,
    decode,
  }: Pick<OperatorTreeRow, 'samples' | 'prefill' | 'decode'>): boolean =>
    hasStages
      ? Math.max(prefill.share ?? 0, decode.share ?? 0) >= SMALLEST_SHARE
      : samples >= SMALLEST_SHARE * all;
  const rows: OperatorTreeRow[] = [];
  let omitted = 0;
  for (const category of categories) {
    const { label, operators, ...head } = category;
    if (!isLarge(head)) {
      omitted +=
        1 +
        operators.reduce((sum, { kernels, omittedKernels }) => sum + 1 + kernels.length + omittedKernels, 0);
      continue;
    }
    rows.push({ ...head, level: 1, name: label, isSymbol: false, shape: null });
    for (const { operator, kernels, omittedKernels, ...group } of operators) {
      omitted += omittedKernels;
      if (!isLarge(group)) {
        omitted += 1 + kernels.length;
        continue;
      }
      const place = { category: category.category, isSymbol: true };
      rows.push({ ...group, ...place, level: 2, name: operator ?? 'no operator' });
      for (const { name, samples, prefill, decode } of kernels) {
        if (isLarge({ samples, prefill, decode })) {
          rows.push({ ...place, level: 3, name, shape: null, samples, prefill, decode });
        } else omitted++;
      }
    }
  }
  return { rows: rows.slice(0, mostRows), omitted: omitted + Math.max(0, rows.length - mostRows) };
}
