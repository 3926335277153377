/** Links in plain Markdown whose addresses hold braces, which MDX takes for code. */

/** The address of a link with its braces in the form that addresses have them. */
export function bracedDestination(address: string): string {
  return address.replaceAll('{', '%7B').replaceAll('}', '%7D');
}

/** An address that is its own words. */
export function linkTo(address: string): string {
  const words = address.replaceAll(/[\\`*_{}[\]]/g, String.raw`\$&`);
  return `[${words}](${bracedDestination(address)})`;
}
