/**
 * Checks of package.json and its lock that npm itself does not make: exact versions, no host names, and an entry for each
 * optional platform package (npm writes a lock without those that a registry lacks, and `npm ci` then refuses it).
 */
interface LockedPackage {
  resolved?: string;
  optionalDependencies?: Record<string, string>;
}

/** Complaints; empty for a sound lock. */
export function lockfileProblems(manifestText: string, lockText: string): string[] {
  const manifest = JSON.parse(manifestText) as Record<string, Record<string, string> | undefined>;
  const lock = JSON.parse(lockText) as { packages: Record<string, LockedPackage> };
  const problems: string[] = [];
  for (const field of ['dependencies', 'devDependencies', 'optionalDependencies']) {
    for (const [name, version] of Object.entries(manifest[field] ?? {})) {
      if (!/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version)) problems.push(`${name} is not pinned: ${version}`);
    }
  }
  const paths = Object.keys(lock.packages);
  for (const [path, entry] of Object.entries(lock.packages)) {
    if (entry.resolved?.startsWith('http'))
      problems.push(`${path} names a host: set omit-lockfile-registry-resolved`);
    for (const name of Object.keys(entry.optionalDependencies ?? {})) {
      if (!paths.some((other) => other.endsWith(`node_modules/${name}`))) {
        problems.push(`${path || 'the package'} needs ${name}, which has no entry in the lock`);
      }
    }
  }
  return problems;
}
