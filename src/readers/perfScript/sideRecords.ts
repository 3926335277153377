/**
 * `PERF_RECORD_…` lines that `perf script --show-lost-events`, `--show-switch-events` and the like put between records
 * (tools/perf/util/event.c, `perf_event__fprintf`):
 *
 *     llama-cli  1820 [000]   827.715150: PERF_RECORD_LOST lost 17
 *     llama-cli  1820 [000]   827.715150: PERF_RECORD_SWITCH OUT preempt
 *     llama-cli  1820 [000]   827.715150: PERF_RECORD_SWITCH_CPU_WIDE IN    prev pid/tid:     0/0
 *
 * Mappings, forks and names say nothing that the text's own symbols and names do not say.
 */

export type SideRecord =
  { kind: 'lost'; records: number } | { kind: 'throttle' } | { kind: 'switch'; direction: SwitchDirection };

export type SwitchDirection = 'in' | 'out' | 'preempted';

/** Null for records that change nothing. */
export function parseSideRecord(text: string): SideRecord | null {
  const lost = /^PERF_RECORD_LOST(?:_SAMPLES)?\s+lost\s+(\d{1,15})/.exec(text);
  if (lost) return { kind: 'lost', records: Number(lost[1]) };
  if (/^PERF_RECORD_THROTTLE\b/.test(text)) return { kind: 'throttle' };
  const change = /^PERF_RECORD_SWITCH(?:_CPU_WIDE)?\s+(IN|OUT)(\s+preempt)?\b/.exec(text);
  if (!change) return null;
  return {
    kind: 'switch',
    direction: change[1] === 'IN' ? 'in' : change[2] ? 'preempted' : 'out',
  };
}
