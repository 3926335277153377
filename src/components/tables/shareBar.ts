/** A share as a bar inside a cell; the number beside it says the same. */

/** @param share 0…1 @param token colour token of the bar */
export function shareBar(share: number, token: string): string {
  const percent = Math.max(0, Math.min(100, 100 * share));
  return `<svg aria-hidden="true"><rect width="${percent.toFixed(1)}%" height="4" fill="var(--${token})"/></svg>`;
}
