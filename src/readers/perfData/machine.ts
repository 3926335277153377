/** What the header says about the machine, the recording and its clock, in the Profile's terms. */
import { coreName } from '../../arm/cores.ts';
import type { ProfileBuilder } from '../../profile/builder.ts';
import type { Clock, Cpu, Target } from '../../profile/types.ts';
import { CLOCK_NAMES } from '../perfAbi.ts';
import type { EventAttribute } from './eventAttribute.ts';
import { corePmus } from './eventNames.ts';
import type { HeaderFacts } from './features.ts';

/** More CPUs than any machine has: a larger count is damage. */
const MAX_CPUS = 8192;

export function describeTarget(header: HeaderFacts, pageBytes: number | null): Target {
  const stated = header.cpusOnline ?? header.cpusAvailable;
  const cpuCount = stated !== null && stated > 0 && stated <= MAX_CPUS ? stated : null;
  return {
    arch: header.arch,
    cpuCount,
    cpus: describeCpus(header, cpuCount ?? 0),
    kernel: header.osRelease,
    pageBytes,
  };
}

/**
 * On arm64 CPUID is the MIDR of the first CPU that perf asked. It holds for all CPUs when there is one kind of core, which
 * the number of core PMUs tells.
 */
function describeCpus(header: HeaderFacts, cpuCount: number): Cpu[] {
  const digits = header.arch === 'aarch64' ? /^0x0*([0-9a-f]{8})$/.exec(header.cpuId ?? '')?.[1] : undefined;
  if (digits === undefined || corePmus(header).length > 1) return [];
  const midr = `0x${digits}`;
  return Array.from({ length: cpuCount }, (_, cpu) => ({ cpu, name: coreName(midr), midr }));
}

/**
 * The clock of the records. Without `-k` it is the kernel's scheduler clock, which nothing else uses.
 *
 * @param startNs its value at time 0; null when no record has a time
 */
export function describeClock(
  attributes: readonly EventAttribute[],
  header: HeaderFacts,
  startNs: bigint | null,
): Clock {
  const clockId = attributes.find((attribute) => attribute.clockId !== null)?.clockId ?? null;
  const stated = clockId === null ? undefined : CLOCK_NAMES.get(clockId);
  const isMonotonic = header.simpleperfMeta?.get('clockid') === 'monotonic';
  const name = startNs === null ? 'none' : (stated ?? (isMonotonic ? 'CLOCK_MONOTONIC' : 'perf'));
  const own = (clock: string): string | null => (name === clock && startNs !== null ? String(startNs) : null);
  const { clockData } = header;
  const wallNs =
    clockData !== null && startNs !== null && clockData.clockId === clockId
      ? String(clockData.wallNs + (startNs - clockData.clockNs))
      : null;
  return {
    name,
    startNs: startNs === null ? null : String(startNs),
    anchors: {
      realtimeNs: own('CLOCK_REALTIME') ?? wallNs,
      monotonicNs: own('CLOCK_MONOTONIC'),
      monotonicRawNs: own('CLOCK_MONOTONIC_RAW'),
    },
    alignments: [],
  };
}

/** `perf 6.1.187`; null when the file does not say. */
export function toolOf(header: HeaderFacts): string | null {
  const simpleperf = header.simpleperfMeta;
  if (simpleperf) return `simpleperf ${simpleperf.get('simpleperf_version') ?? ''}`.trim();
  return header.perfVersion === null ? null : `perf ${header.perfVersion}`;
}

/** Host, command line and machine facts. What says something about people or machines is private. */
export function addFacts(header: HeaderFacts, builder: ProfileBuilder): void {
  const fact = (name: string, value: string | null, isPrivate = false): void => {
    if (value !== null && value !== '') builder.addFact(name, value, isPrivate);
  };
  fact('host-name', header.hostName, true);
  fact('command-line', header.commandLine.join(' '), true);
  fact('cpu-description', header.cpuDescription);
  fact('cpu-id', header.cpuId);
  fact('total-memory', header.totalMemoryKib === null ? null : `${header.totalMemoryKib} kB`);
  if (header.packages.length > 0) fact('cpu-packages', header.packages.join(' | '));
  for (const { level, type, size, lineBytes, cpus } of header.caches) {
    fact('cpu-cache', `L${level} ${type} ${size}, lines of ${lineBytes} bytes, CPUs ${cpus}`);
  }
  if (header.hostName === 'simulated') {
    builder.origin = { value: 'simulated', reason: 'the recording names its host “simulated”' };
  }
}
