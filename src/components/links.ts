/** Turns addresses of the site into links that hold under any base path. */

/** `address` is relative to the site's root, without a leading slash: `runs/x/` becomes `/base/runs/x/`. */
export function link(address: string): string {
  const base = import.meta.env.BASE_URL;
  return `${base.endsWith('/') ? base : `${base}/`}${address}`;
}
