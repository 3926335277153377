/** The command that would record what a verdict lacks. */
import { eventsFor, perfGroupOption } from '../../arm/eventSets.ts';

/** `perf record` of the events that split stalls, as one group, with call stacks; without events that the core lacks. */
export function recordStalls(core: string | null): string {
  return `perf record ${perfGroupOption(eventsFor('stalls', core))} -c 1000000 --call-graph fp -e probe_llama:llama_decode -- llama-cli …`;
}

/** Keeps all weights with the cores. */
export const ON_CPU = 'llama-cli -ngl 0';

export const GIVE_MODEL = 'gemview model <file.gguf> --out <run folder>';

/** What to write down once read bandwidth was measured. */
export function measurePeak(threads: number | null): string {
  const [count, stated] =
    threads === null ? ['the same number of threads', ''] : [plural(threads), `, threads: ${threads}`];
  return `Measure read bandwidth with ${count} and write it into run.yaml: peaks: [{ name: read-bandwidth, value: …, unit: GB/s${stated} }]`;
}

function plural(threads: number): string {
  return threads === 1 ? 'one thread' : `${threads} threads`;
}

export const RECORD_SIBLINGS =
  'Record the same command with other thread counts, or run llama-batched-bench -npl 1,2: scaling is a witness of its own';
