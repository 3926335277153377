/**
 * What an event name of perf says: `cycles:u`, `armv8_pmuv3_0/event=0x24/`, `r8005`, `cpu-clock/freq=499/`,
 * `cycles [armv8_cortex_a76]`. Generic names are translated the way the arm64 kernel does it, so that `cache-misses` is
 * what was counted, L1D_CACHE_REFILL. The grammar is that of tools/perf/util/parse-events.l and .y.
 */
import { armCodeOfGenericName } from '../arm/genericPerfEvents.ts';
import { codeOf, codeText, mnemonicOf } from '../arm/pmuEvents.ts';

export interface PerfEventName {
  /** The event without PMU and modifiers: `cycles`; for raw codes and terms the text as it stands. */
  base: string;
  /** `armv8_pmuv3_0`, `software`; null when the name does not say. */
  pmu: string | null;
  /** Event code as hex text, `0x11`; null for what is no event of an Arm core's PMU. */
  code: string | null;
  mnemonic: string | null;
  /** `cycles`, `instructions`, `ns` (the clocks), else `events`. */
  unit: string;
  /** Counted in user space only (`:u`). */
  excludesKernel: boolean;
}

/** Letters behind the last colon (or slash): `u` user, `k` kernel, `h` hypervisor, `p` precise, `S` sample group… */
const MODIFIERS = /^[ukhGHpPSDIWeb]{1,10}$/;
const TRACEPOINT = /^[A-Za-z_][\w-]*:[A-Za-z_][\w-]*$/;
const PMU_SUFFIX = /^(.*\S) \[([\w.-]+)\]$/;
const RAW_CODE = /^r([0-9a-f]{1,16})$/i;
const CODE_TERM = /^(?:event|config)=(0x[0-9a-f]{1,16}|\d{1,20})$/i;
/** An Arm event code has 16 bits; larger raw codes are for other processors. */
const MAX_CODE = 0xffff;
const CLOCKS = new Set(['cpu-clock', 'task-clock', 'cpu_clock', 'task_clock']);
/** PMUs of cores; the codes of others (`arm_dsu_0`, `arm_cmn_0`, `cpu` of x86) mean something else. */
const CORE_PMU = /^(?:armv\d|apple)/;
/** Names of a real event are short; what is longer is taken as it is. */
const MAX_NAME_LENGTH = 1024;

/** A hit of a tracepoint or probe, `sched:sched_switch`; not an event with modifiers, `cycles:ppp`. */
export function isTracepointName(name: string): boolean {
  if (name.length > MAX_NAME_LENGTH || !TRACEPOINT.test(name)) return false;
  return !MODIFIERS.test(name.slice(name.indexOf(':') + 1));
}

/**
 * Never fails: a name that follows no rule is its own base.
 *
 * @param kernel release of the recording kernel when known: what `branches` counts depends on it
 */
export function parsePerfEventName(name: string, kernel: string | null = null): PerfEventName {
  const plain: EventParts = { base: name, pmu: null, modifiers: '', code: null };
  if (name.length > MAX_NAME_LENGTH || isTracepointName(name)) return described(plain, kernel);
  return described(splitName(name), kernel);
}

interface EventParts {
  base: string;
  pmu: string | null;
  modifiers: string;
  /** Stated as a term: `event=0x24`. */
  code: number | null;
}

function splitName(name: string): EventParts {
  const suffix = PMU_SUFFIX.exec(name);
  const { text, modifiers } = splitModifiers(suffix ? suffix[1] : name);
  const pmu = suffix ? suffix[2] : null;
  const slash = text.indexOf('/');
  if (slash === -1) return { base: text, pmu, modifiers, code: null };

  const before = text.slice(0, slash);
  const terms = text.slice(slash + 1).replace(/\/$/, '');
  // `cpu-clock/freq=499/`: the word before the slash is the event, the terms say how it is sampled.
  const isEvent = armCodeOfGenericName(before) !== null || CLOCKS.has(before) || RAW_CODE.test(before);
  return isEvent ? { base: before, pmu, modifiers, code: null } : { ...pmuTerms(before, terms), modifiers };
}

/** `pmu/terms/`: a name, a code, or both. */
function pmuTerms(pmu: string, terms: string): Omit<EventParts, 'modifiers'> {
  let base = terms;
  let code: number | null = null;
  for (const term of terms.split(',')) {
    const codeTerm = CODE_TERM.exec(term);
    if (codeTerm) code = Number(codeTerm[1]) <= MAX_CODE ? Number(codeTerm[1]) : null;
    else if (term.startsWith('name=')) base = term.slice('name='.length);
    else if (!term.includes('=') && base === terms) base = term;
  }
  return { base, pmu, code };
}

function described({ base, pmu, modifiers, code: stated }: EventParts, kernel: string | null): PerfEventName {
  const code = pmu === null || CORE_PMU.test(pmu) ? (stated ?? codeOfName(base, kernel)) : null;
  const mnemonic = code === null ? null : mnemonicOf(code);
  return {
    base,
    pmu,
    code: code === null ? null : codeText(code),
    mnemonic,
    unit: unitOf(base, mnemonic),
    excludesKernel: modifiers.includes('u') && !modifiers.includes('k'),
  };
}

function codeOfName(name: string, kernel: string | null): number | null {
  const raw = RAW_CODE.exec(name);
  if (!raw) return armCodeOfGenericName(name, kernel) ?? codeOf(name.toUpperCase());
  const code = parseInt(raw[1], 16);
  return code <= MAX_CODE ? code : null;
}

function unitOf(base: string, mnemonic: string | null): string {
  if (CLOCKS.has(base)) return 'ns';
  if (mnemonic === 'CPU_CYCLES' || base === 'cycles') return 'cycles';
  if (mnemonic === 'INST_RETIRED' || base === 'instructions') return 'instructions';
  return 'events';
}

/** Takes `:u`, or the letters behind the last slash, off the end. */
function splitModifiers(name: string): { text: string; modifiers: string } {
  const at = Math.max(name.lastIndexOf(':'), name.lastIndexOf('/'));
  const modifiers = name.slice(at + 1);
  if (at <= 0 || !MODIFIERS.test(modifiers)) return { text: name, modifiers: '' };
  return { text: name.slice(0, name[at] === '/' ? at + 1 : at), modifiers };
}
