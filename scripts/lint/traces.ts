/** Traces of the machine that a file was written on: they mean nothing to others, and say what is nobody's business. */

/** Names of hosts that packages come from belong into npm's configuration, not into the project. */
const REGISTRY_HOST =
  /https?:\/\/(?:[\w.-]*\.)?(?:registry|npm|artifactory|nexus|verdaccio)[\w.-]*\.[\w.-]+(?::\d+)?\//i;

/**
 * Complaints about one file.
 *
 * @param checkout the folder that this checkout lies in, absolute
 */
export function traceProblems(path: string, text: string, checkout: string): string[] {
  const problems: string[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.includes(checkout)) problems.push(`${path}:${index + 1}: names the folder of this checkout`);
    if (REGISTRY_HOST.test(line)) problems.push(`${path}:${index + 1}: names a package registry's host`);
  }
  return problems;
}
