/** Addresses in pages that people wrote. */

/** What a link may begin with, when it begins with a scheme at all. */
const SCHEMES = new Set(['http', 'https', 'mailto']);

/** The address, or null for one that is code or content of its own (`javascript:`, `data:`): its words stay, it leads nowhere. */
export function safeAddress(address: string | null | undefined): string | null {
  if (address === null || address === undefined) return null;
  // Browsers skip control characters and blanks in a scheme.
  // oxlint-disable-next-line no-control-regex -- these are the characters that are skipped
  const scheme = /^([^/?#:]*):/.exec(address.replaceAll(/[\u0000-\u0020\u007f-\u009f]/g, ''))?.[1];
  return scheme === undefined || SCHEMES.has(scheme.toLowerCase()) ? address : null;
}
