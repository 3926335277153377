/** Places of functions on their page: `functions/#fn-ggml_vec_dot_q6_K_q8_K`. */
import type { ReportFunction } from './schema.ts';

const LONGEST = 80;

/** The id of each row: its name in letters that an address may hold; a name that comes again gets a number. */
export function functionAnchors(rows: readonly Pick<ReportFunction, 'name'>[]): string[] {
  const used = new Map<string, number>();
  return rows.map(({ name }) => {
    const base = `fn-${
      name
        .replaceAll(/[^A-Za-z0-9_]+/g, '-')
        .replaceAll(/^-+|-+$/g, '')
        .slice(0, LONGEST) || 'unnamed'
    }`;
    const count = (used.get(base) ?? 0) + 1;
    used.set(base, count);
    return count === 1 ? base : `${base}-${count}`;
  });
}
