/** The counters of a capture: how they are called, what they count, and which of them say nothing. */
import { SOFTWARE_EVENTS } from '../../arm/genericPerfEvents.ts';
import { codeText, mnemonicOf, pmuEvents } from '../../arm/pmuEvents.ts';
import type { ProfileBuilder } from '../../profile/builder.ts';
import type { Counter, CounterIndex, Profile } from '../../profile/types.ts';
import { EVENT_TYPE } from '../perfAbi.ts';
import type { CapturedCounter } from './capturedXml.ts';
import { isPmuType } from './eventAttributes.ts';
import type { EventAttributes } from './eventAttributes.ts';
import type { CatalogueEvent, EventCatalogue } from './eventsXml.ts';

const CPU_CYCLES = 0x11;

/** What a target's files say about the names of things. */
export interface Naming {
  catalogue: EventCatalogue;
  /** PMU names by `perf_event_attr.type`. */
  pmuNames: ReadonlyMap<number, string>;
  /** Names of the target's cores, each once. */
  coreNames: readonly string[];
}

/** gator's ids of software events, by `enum perf_sw_ids`. */
const SOFTWARE_COUNTERS = [
  'PERF_COUNT_SW_CPU_CLOCK',
  'PERF_COUNT_SW_TASK_CLOCK',
  'PERF_COUNT_SW_PAGE_FAULTS',
  'PERF_COUNT_SW_CONTEXT_SWITCHES',
  'PERF_COUNT_SW_CPU_MIGRATIONS',
  'PERF_COUNT_SW_PAGE_FAULTS_MIN',
  'PERF_COUNT_SW_PAGE_FAULTS_MAJ',
  'PERF_COUNT_SW_ALIGNMENT_FAULTS',
  'PERF_COUNT_SW_EMULATION_FAULTS',
];

/** Counters of the Profile and the keys that stand for them. */
export class CounterBook {
  readonly #builder: ProfileBuilder;
  readonly #naming: Naming;
  readonly #opened: boolean[] = [];
  readonly #enabledNs: number[] = [];
  readonly #runningNs: number[] = [];
  readonly #perCpu: boolean[] = [];
  /** Counters that are metrics: Streamline computes them, the capture holds their events. */
  readonly #metrics = new Set<CounterIndex>();
  /** Counters of core PMUs, which one row stands for on all clusters: by name and code. */
  readonly #coreCounters = new Map<string, CounterIndex>();
  readonly #ofKey = new Map<number, CounterIndex>();

  constructor(builder: ProfileBuilder, naming: Naming) {
    this.#builder = builder;
    this.#naming = naming;
  }

  /** The counter that readings of a key go to; -1 for keys that are not counters. */
  ofKey(key: number): CounterIndex {
    return this.#ofKey.get(key) ?? -1;
  }

  /**
   * Adds the counter behind a key. A capture of a target with several kinds of core has a key for each kind: those of
   * one event become one counter, since each CPU counts for one of them only.
   */
  addKey(
    key: number,
    captured: CapturedCounter | null,
    attributes: EventAttributes | null,
    isOpened: boolean,
  ): CounterIndex {
    const event = this.#catalogueEvent(captured, attributes);
    const code = this.#coreEventCode(captured, attributes);
    const mnemonic = code === null ? null : mnemonicOf(code);
    const name = event?.name ?? mnemonic ?? this.#plainName(key, captured, attributes, code);
    const pmu = this.#pmuName(attributes);

    const shared = code === null ? undefined : this.#coreCounters.get(`${code} ${name}`);
    if (shared !== undefined) {
      const counter = this.#builder.counters[shared];
      if (pmu !== null && counter.pmu !== pmu) counter.pmu = counter.pmu ? `${counter.pmu}, ${pmu}` : pmu;
      this.#opened[shared] ||= isOpened;
      this.#ofKey.set(key, shared);
      return shared;
    }
    const row = this.add({
      name,
      code: code === null ? null : codeText(code),
      mnemonic,
      unit: event?.unit ?? (code === null ? undefined : pmuEvents.get(code)?.unit) ?? 'events',
      kind: event?.isAbsolute ? 'absolute' : 'delta',
      multiplier: event?.multiplier ?? 1,
      pmu,
      excludesKernel: attributes?.excludesKernel ?? false,
    });
    this.#opened[row] = isOpened;
    this.#perCpu[row] = event?.isPerCpu ?? attributes !== null;
    if (code !== null) this.#coreCounters.set(`${code} ${name}`, row);
    this.#ofKey.set(key, row);
    return row;
  }

  /** Adds an event of a metric, which gatord opens under a key of its own and by turns with others. */
  addMetricEvent(
    key: number,
    metricKey: number,
    attributes: EventAttributes,
    isOpened: boolean,
  ): CounterIndex {
    const metric = this.ofKey(metricKey);
    this.#metrics.add(metric);
    const metricName = this.#builder.counters[metric]?.name ?? `metric ${metricKey}`;
    const code = this.#coreEventCode(null, attributes);
    const mnemonic = code === null ? null : mnemonicOf(code);
    const row = this.add({
      name: `${metricName}: ${mnemonic ?? (code === null ? `key ${key}` : codeText(code))}`,
      code: code === null ? null : codeText(code),
      mnemonic,
      unit: (code === null ? undefined : pmuEvents.get(code)?.unit) ?? 'events',
      kind: 'delta',
      multiplier: 1,
      pmu: this.#pmuName(attributes),
      excludesKernel: attributes.excludesKernel,
    });
    this.#builder.counters[row].status = 'estimated';
    this.#opened[row] = isOpened;
    this.#ofKey.set(key, row);
    return row;
  }

  add(counter: Omit<Counter, 'status' | 'runningShare' | 'unavailable'>): CounterIndex {
    this.#opened.push(true);
    this.#enabledNs.push(0);
    this.#runningNs.push(0);
    this.#perCpu.push(true);
    return (
      this.#builder.counters.push({ ...counter, status: 'counted', runningShare: null, unavailable: null }) -
      1
    );
  }

  isPerCpu(counter: CounterIndex): boolean {
    return this.#perCpu[counter];
  }

  /** Notes for how long a multiplexed counter was wanted and ran, nanoseconds. */
  ran(counter: CounterIndex, enabledNs: number, runningNs: number): void {
    this.#enabledNs[counter] += enabledNs;
    this.#runningNs[counter] += runningNs;
  }

  /**
   * Says of every counter without a usable value why it has none, and which share of the time the multiplexed ones ran.
   *
   * Any PMU event that stayed at 0 has no usable value here, whichever it is: the capture does not say which events the
   * target implements, so that a true zero cannot be told from an event that is accepted and never counted. That costs
   * true zeros (SVE instructions of code without any). The rule of the analysis for all tools is narrower: it doubts the
   * few events of `mayReadConstantZero` alone.
   */
  judge(profile: Profile): void {
    const { counters } = profile;
    const { totals, readings } = totalsOf(profile);
    const isCycles = (counter: Counter): boolean => counter.code === codeText(CPU_CYCLES);
    const cyclesAdvance = counters.some((counter, row) => isCycles(counter) && totals[row] > 0);
    const othersAdvance = counters.some((counter, row) => counter.code !== null && totals[row] > 0);
    let neverRan = 0;
    counters.forEach((counter, row) => {
      if (this.#enabledNs[row] > 0) {
        counter.runningShare = Math.min(1, this.#runningNs[row] / this.#enabledNs[row]);
      }
      if (this.#metrics.has(row)) {
        counter.unavailable = 'a metric that Streamline computes: its events are counters of their own';
      } else if (!this.#opened[row]) {
        counter.unavailable =
          'the capture holds no data of this event: the kernel did not open it, or the data end before';
      } else if (readings[row] === 0) {
        counter.unavailable = 'the capture holds no readings of this counter';
      } else if (counter.code !== null && totals[row] === 0) {
        const advances = cyclesAdvance ? 'cycles advance' : othersAdvance ? 'other events advance' : null;
        if (advances === null) neverRan++;
        counter.unavailable = advances
          ? `reads a constant 0 while ${advances}: not implemented by this target`
          : 'reads a constant 0 like every other PMU event: the counters never ran';
      }
    });
    if (neverRan > 0) {
      profile.warnings.push({
        code: 'apc-counters-never-ran',
        message: `all ${neverRan} PMU counters with readings read 0 throughout: their group was never scheduled`,
        fix: 'Ask gatord for fewer counters: a group larger than the number of hardware counters counts nothing (gatord --print counters; -N in virtual machines)',
      });
    }
  }

  #catalogueEvent(
    captured: CapturedCounter | null,
    attributes: EventAttributes | null,
  ): CatalogueEvent | null {
    const { catalogue, coreNames } = this.#naming;
    const code = captured?.eventCode ?? (attributes ? Number(attributes.config) : null);
    if (captured?.type) return catalogue.ofCounter(captured.type, code);
    if (!attributes || code === null) return null;
    if (attributes.type === EVENT_TYPE.software) {
      return SOFTWARE_COUNTERS[code] ? catalogue.ofCounter(SOFTWARE_COUNTERS[code], null) : null;
    }
    if (!this.#isCorePmu(null, attributes)) return null;
    return coreNames.map((core) => catalogue.ofCore(core, code)).find((event) => event !== null) ?? null;
  }

  /** The code of an event of a core's PMU; null for everything else, whose codes mean other things. */
  #coreEventCode(captured: CapturedCounter | null, attributes: EventAttributes | null): number | null {
    if (!this.#isCorePmu(captured, attributes)) return null;
    const code = attributes ? Number(attributes.config) : captured?.eventCode;
    return code === undefined || code === null || code < 0 || code > 0xffff_ffff ? null : code;
  }

  #isCorePmu(captured: CapturedCounter | null, attributes: EventAttributes | null): boolean {
    const hasCorePrefix = captured?.eventCode != null && /^armv\d/i.test(captured.type ?? '');
    if (!attributes) return hasCorePrefix;
    if (!isPmuType(attributes.type)) return false;
    const pmu = this.#naming.pmuNames.get(attributes.type);
    if (attributes.type === EVENT_TYPE.raw) return captured === null || hasCorePrefix;
    return pmu === undefined ? hasCorePrefix : /^armv\d/i.test(pmu);
  }

  #pmuName(attributes: EventAttributes | null): string | null {
    if (!attributes) return null;
    if (attributes.type === EVENT_TYPE.software) return 'software';
    return this.#naming.pmuNames.get(attributes.type) ?? null;
  }

  #plainName(
    key: number,
    captured: CapturedCounter | null,
    attributes: EventAttributes | null,
    code: number | null,
  ): string {
    if (code !== null) return codeText(code);
    if (captured?.type) return captured.type;
    if (attributes?.type === EVENT_TYPE.software) {
      const name = SOFTWARE_EVENTS[Number(attributes.config)];
      if (name) return name;
    }
    return `counter ${key}`;
  }
}

/** By counter: the sum of what was read, without sign, and the number of readings. */
function totalsOf(profile: Profile): { totals: Float64Array; readings: Float64Array } {
  const totals = new Float64Array(profile.counters.length);
  const readings = new Float64Array(profile.counters.length);
  for (const table of profile.readings) {
    table.counters.forEach((counter, column) => {
      readings[counter] += table.length;
      for (const delta of table.deltas[column]) totals[counter] += Math.abs(delta);
    });
  }
  return { totals, readings };
}
