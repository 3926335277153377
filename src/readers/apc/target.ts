/** What a capture says about its target and its recording. */
import type { ProfileBuilder } from '../../profile/builder.ts';
import type { CapturedXml } from './capturedXml.ts';
import type { CaptureMetadata } from './metadata.ts';
import type { RecordingPlan } from './recordingPlan.ts';
import { unameParts } from './summary.ts';
import type { Summary } from './summary.ts';
import type { ThreadDirectory } from './threads.ts';

/** More CPUs than any machine has; a larger number is damage. */
const MAX_CPUS = 65_536;

/** Everything that was read and is no table of the Profile. */
export interface CaptureDescription {
  metadata: CaptureMetadata;
  summary: Summary;
  captured: CapturedXml | null;
  plan: RecordingPlan;
  threads: ThreadDirectory;
  /** gatord's words about the counters of the PMU. */
  pmuRemarks: readonly string[];
  /** The process that annotated first, the one of interest; null when none did. */
  launchedPid: number | null;
}

/** Fills in clock, target, kernel and facts. Host, paths and wall-clock texts about people are private facts. */
export function describeCapture(builder: ProfileBuilder, description: CaptureDescription): void {
  const { metadata, summary, captured, plan } = description;
  builder.clock = {
    name: 'CLOCK_MONOTONIC_RAW',
    startNs: String(summary.monotonicRawNs),
    anchors: {
      realtimeNs: String(summary.realtimeNs),
      monotonicNs: summary.monotonicNs === null ? null : String(summary.monotonicNs),
      monotonicRawNs: String(summary.monotonicRawNs),
    },
    alignments: [],
  };
  const uname = unameParts(summary.attributes.get('uname') ?? '');
  const pageBytes = Number(summary.attributes.get('PAGESIZE'));
  builder.target = {
    arch: uname.machine,
    ...cpus(metadata, captured),
    kernel: uname.release,
    pageBytes: Number.isInteger(pageBytes) && pageBytes > 0 ? pageBytes : null,
  };
  builder.kernelSymbols = metadata.kernelSymbols;
  mapKernel(builder, metadata);

  const fact = (name: string, value: string | null, isPrivate = false): void => {
    if (value !== null && value !== '') builder.addFact(name, value, isPrivate);
  };
  fact('host-name', uname.hostName, true);
  fact('kernel-version', uname.version);
  fact('kernel-build-id', metadata.kernelBuildId);
  fact('target-name', captured?.targetName ?? null);
  fact('executable', executable(description), true);
  fact('recording-shape', plan.shape);
  fact('sample-rate-hz', captured?.sampleRateHz == null ? null : String(captured.sampleRateHz));
  fact('call-stacks', captured?.hasCallStacks == null ? null : captured.hasCallStacks ? 'yes' : 'no');
  const created = captured?.createdAtSeconds;
  fact('recorded-at', created == null || created > 1e11 ? null : new Date(created * 1000).toISOString());
  for (const remark of description.pmuRemarks) fact('pmu-remark', remark);
}

function cpus(
  metadata: CaptureMetadata,
  captured: CapturedXml | null,
): { cpuCount: number | null; cpus: { cpu: number; name: string | null; midr: string | null }[] } {
  const known = [...metadata.cores.keys(), ...metadata.onlineCpus].filter(
    (cpu) => cpu >= 0 && cpu < MAX_CPUS,
  );
  const stated = captured?.cpuCount ?? 0;
  const count = Math.max(
    known.reduce((most, cpu) => Math.max(most, cpu + 1), 0),
    Math.min(stated, MAX_CPUS),
  );
  if (count === 0) return { cpuCount: null, cpus: [] };
  const numbers = stated > 0 ? Array.from({ length: count }, (_, cpu) => cpu) : [...new Set(known)];
  return {
    cpuCount: stated > 0 ? stated : numbers.length,
    cpus: numbers
      .sort((a, b) => a - b)
      .map((cpu) => {
        const core = metadata.cores.get(cpu);
        const isNamed = core !== undefined && core.name !== '' && !core.name.startsWith('Unknown');
        return {
          cpu,
          name: isNamed ? core.name : null,
          midr: core && core.cpuid > 0 ? `0x${core.cpuid.toString(16)}` : null,
        };
      }),
  };
}

/** The program that was looked at, when the capture tells: the one that annotates, else the one gatord launched. */
function executable({ metadata, threads, launchedPid }: CaptureDescription): string | null {
  if (launchedPid !== null) return threads.executableOf(launchedPid);
  if (metadata.summary?.attributes.get('perf.is_system_wide') !== '0') return null;
  // Without system-wide recording only the maps of followed processes are taken.
  const followed = new Set(metadata.maps.map(({ pid }) => pid));
  return followed.size === 1 ? threads.executableOf([...followed][0]) : null;
}

/** The kernel's own code as a mapping, so that addresses and the build id belong together. */
function mapKernel(builder: ProfileBuilder, metadata: CaptureMetadata): void {
  const symbols = metadata.kernelSymbols;
  if (!symbols || symbols.length === 0) return;
  let last = -1;
  for (let row = 0; row < symbols.length; row++) if (symbols.modules[symbols.module[row]] === '') last = row;
  let first = 0;
  while (first < symbols.length && symbols.modules[symbols.module[first]] !== '') first++;
  if (last < first) return;
  const address = (row: number): bigint =>
    (BigInt(symbols.addressHigh[row]) << 32n) | BigInt(symbols.addressLow[row]);
  builder.addressSpaces.mapKernel({
    start: address(first),
    end: address(last) + 1n,
    fileOffset: 0n,
    path: '[kernel.kallsyms]',
    buildId: metadata.kernelBuildId,
    kind: 'kernel',
  });
}
