/**
 * Counts by type of core. On a target with several types (big.LITTLE) events of two of them are never divided by each
 * other: the counts of each type are told apart by the PMU that counted, or by the CPU of the reading.
 */
import { implementationEvent } from '../arm/coreEvents.ts';
import { coreOfPmu } from '../arm/corePmus.ts';
import { coreRevision } from '../arm/cores.ts';
import type { StageTimeline } from '../llama/types.ts';
import type { Counter, CounterReadings, Profile } from '../profile/types.ts';
import { counterTotals, type CounterTotals } from './attribution.ts';

/** The counts of one type of core. */
export interface CoreType {
  /** `Neoverse-V1`; null when the target does not say, or when readings do not say on which of several types. */
  core: string | null;
  /** `r0p3` when all its CPUs state the same; null when unknown. */
  revision: string | null;
  /** CPUs known to be of this type. */
  cpus: number[];
  /** Counters as they count for this type: those of another type's PMU have no mnemonic here. */
  counters: Counter[];
  /** Readings of this type; rows of other types hold 0. */
  readings: CounterReadings[];
  /** One row per counter of the profile. */
  totals: CounterTotals[];
  /** Why nothing of it may be divided; null for what certainly is of one type. */
  refusal: string | null;
}

/**
 * The types of core that counted something, in the order of their CPUs. A target of one type (or of none that is known)
 * has one row with the run's own totals.
 *
 * @param totals totals of all counters over all CPUs
 */
export function coreTypes(
  profile: Profile,
  timeline: StageTimeline,
  totals: readonly CounterTotals[],
): CoreType[] {
  const nameOfCpu = cpuNames(profile);
  const ofCounter = profile.counters.map(({ pmu }) => coreOfPmu(pmu));
  const names = coreNames(profile);
  const asOne = (core: string | null): CoreType => {
    const { counters, readings } = profile;
    const named = counters.map((counter) => namedOn(core, counter));
    return { ...identity(profile, core), counters: named, readings, totals: [...totals], refusal: null };
  };
  if (names.length <= 1) return [asOne(names[0] ?? null)];
  const unplaced = `the readings do not say on which core, and this target has ${names.join(' and ')}`;
  const cores = [...names, null];
  const typeOfTable = profile.readings.map((table) => typeOfRows(table, cores, nameOfCpu));
  const typeOfCounter = ofCounter.map((core) => (core === null ? -1 : cores.indexOf(core)));
  const types = cores.flatMap((core, type): CoreType[] => {
    const { readings, isCounted } = partsOf(profile, type, typeOfTable, typeOfCounter);
    if (!isCounted.includes(true)) return [];
    const counters = profile.counters.map((counter, index) =>
      isCounted[index]
        ? { ...namedOn(core, counter), runningShare: placedShare(profile.counters, index) }
        : { ...counter, mnemonic: null },
    );
    return [
      {
        ...identity(profile, core),
        counters,
        readings,
        totals: counterTotals({ ...profile, readings }, timeline),
        refusal: core === null ? unplaced : null,
      },
    ];
  });
  // Where nothing was counted, there is nothing to tell apart.
  return types.length === 0 ? [asOne(null)] : types;
}

/** Names of the cores of the target, from its CPUs and from the PMUs that counted: the latter may be all that is known. */
export function coreNames(profile: Pick<Profile, 'target' | 'counters'>): string[] {
  const ofCounter = profile.counters.map(({ pmu }) => coreOfPmu(pmu));
  return [...new Set([...cpuNames(profile).values(), ...ofCounter])].filter((name) => name !== null);
}

function cpuNames({ target }: Pick<Profile, 'target'>): Map<number, string | null> {
  return new Map(target.cpus.map(({ cpu, name, midr }) => [cpu, name ?? unnamed(midr)]));
}

/** A counter with the name that its code has on this core, where it means something else on every core. */
function namedOn(core: string | null, counter: Counter): Counter {
  if (counter.mnemonic !== null) return counter;
  const mnemonic = implementationEvent(core, counter);
  return mnemonic === null ? counter : { ...counter, mnemonic };
}

/** A core whose name is not known still differs from the others by its register. */
function unnamed(midr: string | null): string | null {
  return midr === null ? null : `core ${midr}`;
}

function identity(profile: Profile, core: string | null): Pick<CoreType, 'core' | 'revision' | 'cpus'> {
  const cpus = profile.target.cpus.filter(
    ({ name, midr }) => core !== null && (name ?? unnamed(midr)) === core,
  );
  const revisions = new Set(cpus.map(({ midr }) => (midr === null ? null : coreRevision(midr))));
  return {
    core,
    revision: revisions.size === 1 ? [...revisions][0] : null,
    cpus: cpus.map(({ cpu }) => cpu),
  };
}

/** The type of core of each row of a table of readings, as a row of `types`, by the CPU of the reading. */
function typeOfRows(
  { cpu, length }: CounterReadings,
  types: readonly (string | null)[],
  nameOfCpu: ReadonlyMap<number, string | null>,
): Uint8Array {
  const known = new Map([...nameOfCpu].map(([number, name]) => [number, types.indexOf(name)]));
  const unknown = types.indexOf(null);
  const rows = new Uint8Array(length);
  let [lastCpu, lastType] = [NaN, unknown];
  for (let row = 0; row < length; row++) {
    if (cpu[row] !== lastCpu) {
      lastCpu = cpu[row];
      lastType = known.get(lastCpu) ?? unknown;
    }
    rows[row] = lastType;
  }
  return rows;
}

/** Readings with the rows of other types of core set to 0, and which counters have a row of this type. */
function partsOf(
  profile: Profile,
  type: number,
  typeOfTable: readonly Uint8Array[],
  typeOfCounter: readonly number[],
): { readings: CounterReadings[]; isCounted: boolean[] } {
  const isCounted = profile.counters.map(() => false);
  const readings = profile.readings.map((table, index): CounterReadings => {
    const typeOfRow = typeOfTable[index];
    const hasRows = typeOfRow.includes(type);
    const deltas = table.counters.map((counter, column) => {
      const ofPmu = typeOfCounter[counter];
      const isHere = ofPmu < 0 ? hasRows : ofPmu === type && table.length > 0;
      // Only what is divided: software events do not make a type of core.
      if (isHere && profile.counters[counter].mnemonic !== null) isCounted[counter] = true;
      if (ofPmu === type) return table.deltas[column];
      const own = new Float64Array(table.length);
      if (ofPmu < 0 && hasRows) {
        const all = table.deltas[column];
        for (let row = 0; row < own.length; row++) if (typeOfRow[row] === type) own[row] = all[row];
      }
      return own;
    });
    return { ...table, deltas };
  });
  return { readings, isCounted };
}

/**
 * Running share of an event that was counted by the PMU of each type of core: while a thread runs on one type, the
 * counter of the other one stands still without being multiplexed, so the shares of all PMUs add up. Where groups of one
 * PMU count the event more than once, the first counters of all PMUs belong together, the second ones, and so on.
 */
function placedShare(counters: readonly Counter[], index: number): number | null {
  const { mnemonic, pmu, runningShare } = counters[index];
  if (coreOfPmu(pmu) === null || runningShare === null) return runningShare;
  const ofPmu = Map.groupBy(
    counters.filter((other) => other.mnemonic === mnemonic && coreOfPmu(other.pmu) !== null),
    (other) => other.pmu,
  );
  const place = ofPmu.get(pmu)!.indexOf(counters[index]);
  const shares = [...ofPmu.values()].map((all) => (all[place] ?? all[0]).runningShare ?? 0);
  return Math.min(
    1,
    shares.reduce((sum, share) => sum + share, 0),
  );
}
