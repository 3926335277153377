/**
 * Files of sysfs, as `grep . FILES`, `head FILES` and `ls FOLDER` print them: PMUs and their events, CPU frequency
 * governors, MIDRs.
 *
 *     /sys/devices/system/cpu/cpu0/regs/identification/midr_el1:0x00000000411fd402
 *     /sys/bus/event_source/devices/armv8_pmuv3_0/events/cpu_cycles:event=0x0011
 *     /sys/bus/event_source/devices/armv8_pmuv3_0/events:
 *     br_mis_pred
 *     armv8_pmuv3_0/l1d_cache_refill/                    [Kernel PMU event]
 */
import { coreName } from '../../arm/cores.ts';
import { codeOf } from '../../arm/pmuEvents.ts';
import type { FactCollector, FactParser } from './collector.ts';

const FILE_VALUE = /^(\/sys\/[^\s:]{1,512}):(\S.{0,1023}|)$/;
const FILE_HEADING = /^==> (\/sys\/\S{1,512}) <==$/;
const EVENTS_FOLDER = /^\/sys\/\S{0,200}\/([\w.]{1,64})\/events\/?:?$/;
const EVENT_FILE = /^\/sys\/\S{0,200}\/([\w.]{1,64})\/events\/([\w.-]{1,128})$/;
const PERF_LIST = /(?:^|\s)(armv\d\w{0,60}|apple\w{0,60})\/([a-z0-9_]{2,64})\//;
const MIDR_FILE = /\/cpu(\d{1,4})\/regs\/identification\/midr_el1$/;
const EVENT_NAME = /^[a-z][a-z0-9_]{1,63}$/;

const GOVERNORS = new Set([
  'performance',
  'powersave',
  'schedutil',
  'ondemand',
  'userspace',
  'conservative',
  'interactive',
  'walt',
]);
/** PMUs that every Linux has: a listing with several of them is one of `/sys/bus/event_source/devices`. */
const COMMON_PMUS = new Set(['software', 'tracepoint', 'breakpoint', 'kprobe', 'uprobe']);
/** A listing of names alone counts as one of events when it has so many that the Arm architecture names. */
const MIN_KNOWN_EVENTS = 4;
const MAX_NAMES = 10_000;

/** Files by the end of their path, and the fact that their value is. */
const VALUE_FACTS: readonly (readonly [end: RegExp, fact: string])[] = [
  [/\/cpufreq\/cpuinfo_max_freq$/, 'cpu-max-khz'],
  [/\/cpufreq\/scaling_max_freq$/, 'cpu-limit-khz'],
  [/\/transparent_hugepage\/enabled$/, 'transparent-huge-pages'],
  [/\/caps\/slots$/, 'pmu-slots'],
  [/\/caps\/bus_width$/, 'pmu-bus-width'],
];

export class SysfsParser implements FactParser {
  readonly #events = new Map<string, Set<string>>();
  readonly #governors = new Set<string>();
  readonly #midrs = new Map<number, string>();
  readonly #values = new Map<string, Set<string>>();
  /** Names that stand alone on their lines: of PMUs, or of events of a PMU that is not named. */
  readonly #names = new Set<string>();
  #folder: string | null = null;
  #file: string | null = null;

  add(line: string): boolean {
    const text = line.trim().slice(0, 2048);
    if (text === '') {
      this.#folder = null;
      return false;
    }
    const file = this.#file;
    this.#file = null;
    if (file !== null) return this.#addValue(file, text);
    const heading = FILE_HEADING.exec(text);
    if (heading) {
      this.#file = heading[1];
      return true;
    }
    const folder = EVENTS_FOLDER.exec(text);
    if (folder) {
      this.#folder = folder[1];
      return true;
    }
    const value = FILE_VALUE.exec(text);
    if (value) return this.#addValue(value[1], value[2]);
    const listed = PERF_LIST.exec(text);
    if (listed) return this.#addEvent(listed[1], listed[2]);
    return this.#addName(text);
  }

  #addValue(path: string, value: string): boolean {
    const event = EVENT_FILE.exec(path);
    if (event) return this.#addEvent(event[1], event[2]);
    const midr = MIDR_FILE.exec(path);
    if (midr && /^0x[0-9a-f]{1,16}$/.test(value)) this.#midrs.set(Number(midr[1]), value);
    if (path.endsWith('/cpufreq/scaling_governor')) this.#governors.add(value);
    const known = VALUE_FACTS.find(([end]) => end.test(path));
    if (known) {
      const values = this.#values.get(known[1]) ?? new Set();
      if (values.size < 64) values.add(/\[(\w+)\]/.exec(value)?.[1] ?? value);
      this.#values.set(known[1], values);
    }
    return true;
  }

  #addEvent(pmu: string, name: string): true {
    const names = this.#events.get(pmu) ?? new Set();
    if (names.size < MAX_NAMES && this.#events.size < 256) names.add(name.replace(/\.(?:scale|unit)$/, ''));
    this.#events.set(pmu, names);
    return true;
  }

  /** A word alone, or several in columns as `ls` prints them on a terminal. */
  #addName(text: string): boolean {
    if (GOVERNORS.has(text)) {
      this.#governors.add(text);
      return true;
    }
    const words = text.split(/\s+/);
    if (!words.every((word) => EVENT_NAME.test(word))) return false;
    for (const word of words) {
      if (this.#folder !== null) this.#addEvent(this.#folder, word);
      else if (this.#names.size < MAX_NAMES) this.#names.add(word);
    }
    return this.#folder !== null || words.some((word) => COMMON_PMUS.has(word) || isArmName(word));
  }

  finish(facts: FactCollector): void {
    for (const [cpu, text] of this.#midrs) {
      facts.cpu(cpu, coreName(text), `0x${BigInt(text).toString(16)}`);
    }
    const names = [...this.#names];
    const known = names.filter((name) => codeOf(name.toUpperCase()) !== null);
    if (known.length >= MIN_KNOWN_EVENTS) facts.fact('pmu-events', names.join(' '));
    if (names.filter((name) => COMMON_PMUS.has(name)).length > 1) {
      facts.fact('pmus', names.filter((name) => COMMON_PMUS.has(name) || isPmu(name)).join(' '));
    }
    const listings = [...this.#events].map(([pmu, events]) => `${pmu}: ${[...events].join(' ')}`);
    facts.fact('pmu-events', listings.join('\n'));
    facts.fact('cpu-governor', [...this.#governors].join(', '));
    for (const [name, values] of this.#values) facts.fact(name, [...values].join(', '));
  }
}

function isPmu(name: string): boolean {
  return /^(?:armv\d|arm_|apple|smmuv3|dsu|cs_etm|hisi_)/.test(name);
}

function isArmName(word: string): boolean {
  return isPmu(word) || codeOf(word.toUpperCase()) !== null;
}
