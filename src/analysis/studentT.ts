/** Student's t: how far the mean of few values may lie off, where a normal distribution says too little. */

/** Two-sided 95 % points of Student's t (any statistics table); between rows the more cautious (smaller) freedom counts. */
const CRITICAL_T: readonly [freedom: number, t: number][] = [
  [1, 12.706],
  [2, 4.303],
  [3, 3.182],
  [4, 2.776],
  [5, 2.571],
  [6, 2.447],
  [7, 2.365],
  [8, 2.306],
  [10, 2.228],
  [15, 2.131],
  [20, 2.086],
  [30, 2.042],
  [60, 2.0],
  [120, 1.98],
];

/** Standard errors to each side that hold 95 % of a normal distribution. */
export const NORMAL_95 = 1.96;

/** The 95 % point for these degrees of freedom; of a broken number of them the next lower row counts. */
export function criticalT(freedom: number): number {
  let t = CRITICAL_T[0][1];
  for (const [row, value] of CRITICAL_T) if (row <= freedom) t = value;
  return t;
}
