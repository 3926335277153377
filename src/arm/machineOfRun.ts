/** Which machine of the table a run was recorded on: only what its files say decides, never what would be plausible. */
import { coreId, coreName } from './cores.ts';
import { MACHINES, machinesWithCore, type Machine } from './machines.ts';

/** What is known about the machine of a run. */
export interface MachineEvidence {
  /** Names of the machine or processor: of firmware, device tree, `lscpu`, or a person. */
  names: readonly string[];
  /** Cores with what is known of each. */
  cpus: readonly { name: string | null; midr: string | null }[];
}

/** The machine with the sentence that says how it is known, or none with the reason. */
export interface MachineOfRun {
  machine: Machine | null;
  reason: string;
}

/** Implementer in the MIDR of Azure Cobalt, whose core is Arm's Neoverse N2. */
const MICROSOFT = 0x6d;

/**
 * Finds the machine by its name, or by a core that only one machine has. A core of Arm's own is in many machines, so that
 * it alone names none; a name whose cores contradict the recorded ones names none either.
 */
export function machineOfRun({ names, cpus }: MachineEvidence): MachineOfRun {
  const cores = new Set(cpus.flatMap(coreOf));
  const named = MACHINES.filter((machine) => names.some((name) => machine.calledBy.test(name)));
  const [first, ...others] = named;
  if (others.length > 0) {
    return unknown(`the names of the machine fit several: ${named.map(({ name }) => name).join(', ')}`);
  }
  if (first) {
    const foreign = [...cores].find((core) => !first.cores.some((group) => group.core === core));
    if (foreign !== undefined) return unknown(`it is called ${first.name}, which has no ${foreign}`);
    const name = names.find((candidate) => first.calledBy.test(candidate)) ?? first.name;
    return { machine: first, reason: `called ‘${name}’` };
  }
  const implementers = new Set(cpus.map(({ midr }) => (midr === null ? null : coreId(midr)?.implementer)));
  const cobalt = MACHINES.find(({ id }) => id === 'cobalt-100');
  if (cobalt && implementers.size === 1 && implementers.has(MICROSOFT)) {
    return { machine: cobalt, reason: 'its MIDR carries Microsoft’s implementer code' };
  }
  if (cores.size === 0) return unknown('neither the machine nor its cores are named');
  const coreNames = [...cores].join(', ');
  const having = machinesWithCore([...cores][0]).map((machine) => machine.name);
  return unknown(
    having.length > 0
      ? `its ${coreNames} cores do not tell the machine: ${having.join(', ')} and others have them`
      : `no machine of the table has ${coreNames}`,
  );
}

function coreOf({ name, midr }: MachineEvidence['cpus'][number]): string[] {
  const core = name ?? (midr === null ? null : coreName(midr));
  return core === null ? [] : [core];
}

function unknown(reason: string): MachineOfRun {
  return { machine: null, reason };
}
