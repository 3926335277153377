/** What a build says about the facts that it kept out of the site. */

/** How many runs withhold each kind of private fact, by name. */
export type Withheld = ReadonlyMap<string, number>;

/** Counts runs by the kinds of facts that their reports withhold (`method.withheld`), sorted by name. */
export function countWithheld(reports: Iterable<{ withheld: readonly string[] }>): Map<string, number> {
  const runs = new Map<string, number>();
  for (const { withheld } of reports) {
    for (const name of new Set(withheld)) runs.set(name, (runs.get(name) ?? 0) + 1);
  }
  return new Map([...runs].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** A line for each kind of fact, without values: `withheld: host-name (8 runs); run.yaml's allow: publishes it`. */
export function withheldLines(withheld: Withheld): string {
  return [...withheld]
    .map(
      ([name, runs]) =>
        `withheld: ${name} (${runs} ${runs === 1 ? 'run' : 'runs'}); run.yaml's allow: publishes it\n`,
    )
    .join('');
}
