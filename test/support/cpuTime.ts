/** Milliseconds of CPU that `run` took in this process: unlike wall time, other work on the machine hardly changes it. */
export function cpuMilliseconds(run: () => void): number {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e3;
}
