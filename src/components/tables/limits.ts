/** What static tables and trees show; the rest is in the CSV. */

/** Rows of a table in the page. */
export const SHOWN_ROWS = 50;

/** Nodes of the call tree below this share of all samples are left out of the page. */
export const SMALLEST_NODE_SHARE = 0.005;
