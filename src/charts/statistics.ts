/** Small statistics for titles and marks. */

/** Quantile by linear interpolation between order statistics (R's type 7); null for an empty list. */
export function quantile(values: readonly number[], share: number): number | null {
  if (values.length === 0) return null;
  const sorted = values.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const low = Math.floor(at);
  const high = Math.min(low + 1, sorted.length - 1);
  return sorted[low] + (sorted[high] - sorted[low]) * (at - low);
}

export function median(values: readonly number[]): number | null {
  return quantile(values, 0.5);
}

/** The values that are numbers. */
export function known(values: readonly (number | null)[]): number[] {
  return values.filter((value) => value !== null);
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
