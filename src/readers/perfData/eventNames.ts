/** What the events of a file are called and what they count. */
import {
  armCodeOfCacheEvent,
  armCodeOfHardwareEvent,
  cacheEventName,
  HARDWARE_EVENTS,
  SOFTWARE_EVENTS,
} from '../../arm/genericPerfEvents.ts';
import { codeText, mnemonicOf, pmuEvents } from '../../arm/pmuEvents.ts';
import type { SampledEvent } from '../../profile/types.ts';
import { EVENT_TYPE } from '../perfAbi.ts';
import { isGroupMember, type EventAttribute } from './eventAttribute.ts';
import type { EventTable } from './eventTable.ts';
import type { EventName, HeaderFacts } from './features.ts';
import { NO_ID } from './idTable.ts';
import type { TracepointFormat } from './tracepointFormats.ts';

/** An event of the file, described once. */
export interface EventDescription {
  name: string;
  role: 'sampling' | 'group-member' | 'tracepoint';
  code: string | null;
  mnemonic: string | null;
  unit: string;
  /** `armv8_pmuv3_0`, `software`; null when unknown. */
  pmu: string | null;
  /** Side-band only (`dummy`): it carries MMAP and COMM records and is no event of the user's. */
  isDummy: boolean;
  format: TracepointFormat | null;
}

/** What EVENT_UPDATE records add to an event: name, unit and scale of its values. */
export interface EventUpdate {
  name: string | null;
  unit: string | null;
  scale: number | null;
}

export interface NameSources {
  header: HeaderFacts;
  /** By event. */
  updates: ReadonlyMap<number, EventUpdate>;
  formats: ReadonlyMap<number, TracepointFormat>;
}

const SOFTWARE_CLOCKS = new Set(['cpu-clock', 'task-clock']);

/** Core PMUs of Arm and x86 machines; others (bus, DSU, memory controller) count events of their own numbering. */
const CORE_PMU = /^(armv[89]_|apple_\w+_pmu|cpu(_core|_atom)?$)/;
/** PMUs that stand for probes. */
const PROBE_PMUS = new Set(['uprobe', 'kprobe']);

/** Descriptions of all events, in the order of their attributes. */
export function describeEvents(events: EventTable, sources: NameSources): EventDescription[] {
  const described = matchEventNames(events, sources.header.eventNames);
  const simpleperfNames = simpleperfEventNames(sources.header);
  return events.attributes.map((attribute, event) =>
    describeEvent(attribute, sources, [
      described[event]?.name,
      sources.updates.get(event)?.name,
      simpleperfNames[event],
    ]),
  );
}

/** `names`: what the file itself calls the event, the best source first. */
function describeEvent(
  attribute: EventAttribute,
  { header, formats }: NameSources,
  names: readonly (string | null | undefined)[],
): EventDescription {
  const isArm = header.arch === 'aarch64' || header.arch === 'arm64';
  const pmu = pmuOf(attribute, header);
  // The upper half of generic configs names the PMU on machines with several kinds of cores.
  const config = Number(attribute.config & 0xffff_ffffn);
  const format = attribute.type === EVENT_TYPE.tracepoint ? (formats.get(config) ?? null) : null;
  const isSoftware = attribute.type === EVENT_TYPE.software;
  const code = isSoftware ? null : pmuCode(attribute, config, pmu, isArm, header.osRelease);
  const name =
    names.find((candidate) => candidate) ??
    (format ? `${format.system}:${format.name}` : nameFromNumbers(attribute, config));
  const software = isSoftware ? SOFTWARE_EVENTS[config] : undefined;
  const hardware = attribute.type === EVENT_TYPE.hardware ? HARDWARE_EVENTS[config]?.name : undefined;
  return {
    name,
    role: roleOf(attribute, pmu, software),
    code: code === null ? null : codeText(code),
    mnemonic: code === null || !isArm ? null : mnemonicOf(code),
    unit: unitOf(software, hardware, isArm && code !== null ? pmuEvents.get(code)?.unit : undefined),
    pmu,
    isDummy: software === 'dummy',
    format,
  };
}

function roleOf(
  attribute: EventAttribute,
  pmu: string | null,
  software: string | undefined,
): EventDescription['role'] {
  const isProbe = attribute.type === EVENT_TYPE.tracepoint || PROBE_PMUS.has(pmu ?? '');
  if (isProbe || software === 'bpf-output') return 'tracepoint';
  return isGroupMember(attribute) ? 'group-member' : 'sampling';
}

function unitOf(
  software: string | undefined,
  hardware: string | undefined,
  ofPmuEvent: string | undefined,
): string {
  if (software !== undefined && SOFTWARE_CLOCKS.has(software)) return 'ns';
  if (ofPmuEvent !== undefined) return ofPmuEvent;
  if (hardware === 'instructions') return 'instructions';
  return hardware?.endsWith('cycles') === true ? 'cycles' : 'events';
}

function pmuOf(attribute: EventAttribute, header: HeaderFacts): string | null {
  const { type, config } = attribute;
  if (type === EVENT_TYPE.software) return 'software';
  if (type === EVENT_TYPE.tracepoint) return 'tracepoint';
  if (type === EVENT_TYPE.breakpoint) return 'breakpoint';
  if (type >= EVENT_TYPE.firstDynamic) return header.pmuNames.get(type) ?? null;
  const named = type === EVENT_TYPE.raw ? undefined : header.pmuNames.get(Number(config >> 32n));
  if (named !== undefined && config >> 32n !== 0n) return named;
  const cores = corePmus(header);
  return cores.length === 1 ? cores[0] : null;
}

/** Names of the PMUs of CPU cores; several on machines with several kinds of cores. */
export function corePmus(header: HeaderFacts): string[] {
  return [...header.pmuNames.values()].filter((name) => CORE_PMU.test(name));
}

/** The code in the numbering of the core's PMU; null for events of anything else. */
function pmuCode(
  attribute: EventAttribute,
  config: number,
  pmu: string | null,
  isArm: boolean,
  kernel: string | null,
): number | null {
  const isCore = attribute.type === EVENT_TYPE.raw || (pmu !== null && CORE_PMU.test(pmu));
  switch (attribute.type) {
    case EVENT_TYPE.hardware:
      return isArm ? armCodeOfHardwareEvent(config, kernel) : null;
    case EVENT_TYPE.hardwareCache:
      return isArm ? armCodeOfCacheEvent(config, pmu) : null;
    case EVENT_TYPE.tracepoint:
    case EVENT_TYPE.breakpoint:
      return null;
    default:
      // PMUv3's format is `config:0-15`; other architectures use more bits.
      return isCore ? (isArm ? config & 0xffff : config) : null;
  }
}

function nameFromNumbers({ type, config }: EventAttribute, low: number): string {
  const fromTable =
    type === EVENT_TYPE.hardware
      ? HARDWARE_EVENTS[low]?.name
      : type === EVENT_TYPE.software
        ? SOFTWARE_EVENTS[low]
        : type === EVENT_TYPE.hardwareCache
          ? cacheEventName(low)
          : type === EVENT_TYPE.raw
            ? `r${config.toString(16)}`
            : undefined;
  return fromTable ?? `type ${type} config 0x${config.toString(16)}`;
}

/** EVENT_DESC entries by event: matched by a shared id, else by position. */
function matchEventNames(events: EventTable, names: readonly EventName[]): (EventName | undefined)[] {
  const matched: (EventName | undefined)[] = events.attributes.map(() => undefined);
  const placed = new Set<EventName>();
  for (const name of names) {
    for (const id of name.ids) {
      const row = events.ids.find(Number(id & 0xffff_ffffn), Number(id >> 32n));
      if (row === NO_ID) continue;
      matched[events.ids.eventOf(row)] ??= name;
      placed.add(name);
      break;
    }
  }
  return matched.map((name, event) => name ?? (placed.has(names[event]) ? undefined : names[event]));
}

/** simpleperf lists `name,type,config` of its events in their order; a name may hold colons and commas. */
function simpleperfEventNames(header: HeaderFacts): (string | undefined)[] {
  const list = header.simpleperfMeta?.get('event_type_info') ?? '';
  return list.split('\n').map((line) => /^(.+),\d+,\d+$/.exec(line)?.[1]);
}

/** The event as the Profile has it; its counter is filled in when its values turn up. */
export function sampledEvent(attribute: EventAttribute, description: EventDescription): SampledEvent {
  const { name, role, code, mnemonic, unit } = description;
  const rate = Number(attribute.periodOrFrequency);
  return {
    name,
    role,
    code,
    mnemonic,
    unit,
    period: attribute.isFrequency || rate === 0 ? null : rate,
    frequencyHz: attribute.isFrequency ? rate : null,
    counter: null,
  };
}
