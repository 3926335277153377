/**
 * What gatord recorded, told from the attributes of the events it opened. It records in one of several shapes, chosen by
 * what the kernel allows: system-wide groups read at every sched_switch, groups per thread that inherit, or single events
 * per thread that report their period. No shape is assumed here: each event says itself what its records hold.
 */
import { SOFTWARE_EVENTS } from '../../arm/genericPerfEvents.ts';
import { codeText } from '../../arm/pmuEvents.ts';
import type { ProfileBuilder } from '../../profile/builder.ts';
import type { CounterIndex, EventIndex, SampledEvent } from '../../profile/types.ts';
import { EVENT_TYPE, SOFTWARE_EVENT } from '../perfAbi.ts';
import type { CapturedCounter } from './capturedXml.ts';
import type { CounterBook } from './counters.ts';
import type { EventAttributes } from './eventAttributes.ts';
import type { CaptureMetadata } from './metadata.ts';

/** Keys 0 to 2 are reserved words; counters of the user have even keys from here on. */
const FIRST_USER_KEY = 4;
/** Added to the key of a counter for the second of its two tracepoints. */
const SECOND_TRACEPOINT = 0x4000_0000;
/** gatord counts keys of its own events down from the largest. */
const FIRST_INTERNAL_KEY = 0x7f00_0000;
/** The event that leads the groups and reports context switches. */
export const LEADER_KEY = 0x7fff_ffff;

/** What the records of an event are used for. */
export type RecordUse =
  /** Samples of the Profile; their counters, if any, are read too. */
  | 'sampling'
  /** Carries counter readings and tells of context switches. */
  | 'context-switch'
  /** Carries its own counter's readings. */
  | 'counting'
  /** The power/cpu_frequency tracepoint. */
  | 'cpu-frequency'
  /** Reports side-band records only. */
  | 'none';

export interface PlannedEvent {
  attributes: EventAttributes;
  use: RecordUse;
  /** Row of the Profile's events, -1 for none. */
  event: EventIndex;
  /** -1 for an event that counts nothing worth showing. */
  counter: CounterIndex;
  isMetric: boolean;
}

export type RecordingShape = 'system-wide' | 'per-thread-groups' | 'per-thread-periods';

export interface RecordingPlan {
  /** By row of the key, as {@link CaptureMetadata} numbers them. */
  events: (PlannedEvent | undefined)[];
  /** Null when no leader was opened: nothing was counted or followed. */
  shape: RecordingShape | null;
}

/** Decides what each event is for, and adds events and counters to the Profile. */
export function planRecording(
  metadata: CaptureMetadata,
  captured: readonly CapturedCounter[],
  builder: ProfileBuilder,
  book: CounterBook,
): RecordingPlan {
  addUserCounters(metadata, captured, book);
  const shape = recordingShape(metadata);
  const hasClock = metadata.attributes.some((attributes) => attributes && isSamplingClock(attributes));
  const plan: RecordingPlan = { events: [], shape };
  const inOrder = metadata.attributes
    .flatMap((attributes, row) => (attributes ? [{ attributes, row }] : []))
    .sort((a, b) => orderOfEvents(a.attributes) - orderOfEvents(b.attributes));
  for (const { attributes, row } of inOrder) {
    plan.events[row] = planEvent(attributes, row, metadata, hasClock, builder, book);
  }
  return plan;
}

/** What samples first, then what counts, then the leader. */
function orderOfEvents(attributes: EventAttributes): number {
  if (attributes.key === LEADER_KEY) return 2;
  return attributes.layout.ip >= 0 ? 0 : 1;
}

/** Counters in the user's order; without captured.xml in that of their keys. */
function addUserCounters(
  metadata: CaptureMetadata,
  captured: readonly CapturedCounter[],
  book: CounterBook,
): void {
  const attributesOf = (key: number): EventAttributes | null =>
    metadata.attributes[metadata.rowOfKey.get(key) ?? -1] ?? null;
  const isOpened = (key: number): boolean => {
    const row = metadata.rowOfKey.get(key);
    return row === undefined || !metadata.attributes[row] || metadata.openedRows.has(row);
  };
  for (const counter of captured) {
    // Constants of the GPU carry their description and never any data.
    if (counter.type !== null)
      book.addKey(counter.key, counter, attributesOf(counter.key), isOpened(counter.key));
  }
  const keys = [...metadata.rowOfKey.keys()].filter(isUserKey).sort((a, b) => a - b);
  for (const key of keys) {
    const isSecondOfKnown = book.ofKey(key & ~SECOND_TRACEPOINT) >= 0;
    if (!isSecondOfKnown && attributesOf(key)) book.addKey(key, null, attributesOf(key), isOpened(key));
  }
}

function planEvent(
  attributes: EventAttributes,
  row: number,
  metadata: CaptureMetadata,
  hasClock: boolean,
  builder: ProfileBuilder,
  book: CounterBook,
): PlannedEvent {
  const { key, type, config } = attributes;
  const planned: PlannedEvent = { attributes, use: 'none', event: -1, counter: -1, isMetric: false };
  if (type === EVENT_TYPE.software && config === BigInt(SOFTWARE_EVENT.dummy)) {
    // A dummy counts nothing. As leader it still is what context switches are reported under.
    return planned;
  }
  const metric = metadata.metricEvents.get(key);
  const format = type === EVENT_TYPE.tracepoint ? metadata.formats.get(Number(config)) : undefined;
  if (isUserKey(key)) {
    planned.counter = book.ofKey(key & ~SECOND_TRACEPOINT);
    planned.use = attributes.layout.ip >= 0 ? 'sampling' : 'counting';
    if (format?.name === 'cpu_frequency' && attributes.layout.hasRaw) {
      planned.use = 'cpu-frequency';
      builder.counters[planned.counter].kind = 'absolute';
    }
  } else if (metric) {
    const opened = metadata.openedRows.has(row);
    planned.isMetric = true;
    planned.counter = book.addMetricEvent(key, metric.metricKey, attributes, opened);
    planned.use = attributes.layout.ip >= 0 && !hasClock ? 'sampling' : 'counting';
  } else if (isSamplingClock(attributes)) {
    planned.use = 'sampling';
    planned.counter = addInternalCounter(attributes, 'ns', book);
  } else if (type === EVENT_TYPE.software || type === EVENT_TYPE.tracepoint) {
    planned.use = 'context-switch';
    if (key === LEADER_KEY) planned.counter = addInternalCounter(attributes, 'switches', book, format?.name);
  } else {
    planned.use = 'counting';
  }
  if (planned.counter >= 0 || planned.use === 'sampling' || key === LEADER_KEY) {
    planned.event = builder.events.push(sampledEvent(planned, builder, format?.name)) - 1;
  }
  return planned;
}

function addInternalCounter(
  attributes: EventAttributes,
  unit: string,
  book: CounterBook,
  tracepoint?: string,
): CounterIndex {
  return book.add({
    name: internalName(attributes, tracepoint),
    code: null,
    mnemonic: null,
    unit,
    kind: 'delta',
    multiplier: 1,
    pmu: attributes.type === EVENT_TYPE.software ? 'software' : 'tracepoint',
    excludesKernel: false,
  });
}

function sampledEvent(planned: PlannedEvent, builder: ProfileBuilder, tracepoint?: string): SampledEvent {
  const { attributes, use } = planned;
  const counter = builder.counters[planned.counter];
  const isUsers = isUserKey(attributes.key) || planned.isMetric;
  const isFrequency = attributes.isFrequency;
  return {
    name: isUsers && counter ? counter.name : internalName(attributes, tracepoint),
    role:
      use === 'sampling'
        ? 'sampling'
        : use === 'context-switch'
          ? 'context-switch'
          : use === 'cpu-frequency'
            ? 'tracepoint'
            : 'group-member',
    code: counter?.code ?? null,
    mnemonic: counter?.mnemonic ?? null,
    unit: counter?.unit ?? 'events',
    period: isFrequency || attributes.samplePeriod <= 0 ? null : attributes.samplePeriod,
    frequencyHz: isFrequency ? attributes.samplePeriod : null,
    counter: planned.counter < 0 ? null : planned.counter,
  };
}

/** The name perf gives to an event that gatord opened for itself. */
function internalName(attributes: EventAttributes, tracepoint?: string): string {
  if (attributes.type === EVENT_TYPE.software) {
    return SOFTWARE_EVENTS[Number(attributes.config)] ?? `software ${attributes.config}`;
  }
  if (attributes.type === EVENT_TYPE.tracepoint) {
    return tracepoint === 'sched_switch'
      ? 'sched:sched_switch'
      : (tracepoint ?? `tracepoint ${attributes.config}`);
  }
  return codeText(Number(attributes.config));
}

function isUserKey(key: number): boolean {
  return key >= FIRST_USER_KEY && key < FIRST_INTERNAL_KEY;
}

/** The event by which gatord samples the program counter when the user did not ask for another. */
function isSamplingClock(attributes: EventAttributes): boolean {
  return (
    !isUserKey(attributes.key) &&
    attributes.key !== LEADER_KEY &&
    attributes.type === EVENT_TYPE.software &&
    (attributes.config === BigInt(SOFTWARE_EVENT.cpuClock) ||
      attributes.config === BigInt(SOFTWARE_EVENT.taskClock))
  );
}

function recordingShape(metadata: CaptureMetadata): RecordingShape | null {
  const leader = metadata.attributes[metadata.rowOfKey.get(LEADER_KEY) ?? -1];
  if (!leader) return null;
  if (
    leader.type === EVENT_TYPE.tracepoint ||
    (!leader.inherit && metadata.summary?.attributes.get('perf.is_system_wide') === '1')
  ) {
    return 'system-wide';
  }
  const readsGroups = metadata.attributes.some(
    (attributes) => attributes && attributes.layout.hasRead && attributes.layout.readIsGroup,
  );
  return readsGroups ? 'per-thread-groups' : 'per-thread-periods';
}
