/** events.xml: the catalogue of every event the target's gatord knows, 13,000 of them, with titles and units. */
import { streamXml, xmlNumber } from './xml.ts';

/** How an event is called and counted. */
export interface CatalogueEvent {
  /** `title: name`, what Streamline displays. */
  name: string;
  unit: string;
  /** `absolute` readings are levels; everything else adds up. */
  isAbsolute: boolean;
  /** Shown value = raw × multiplier. */
  multiplier: number;
  /** Readings belong to a CPU. */
  isPerCpu: boolean;
}

/** `ARMv8_Neoverse_V1_cnt3`: a counter of a set, whose number says nothing; the event code tells what it counts. */
const NUMBERED_COUNTER = /^(.*_cnt)\d+$/;

/** Looks up events by what a capture knows of them. Names of counters and sets are compared without case. */
export class EventCatalogue {
  readonly #byCounter = new Map<string, CatalogueEvent>();
  /** Counter set → event code → event. */
  readonly #bySet = new Map<string, Map<number, CatalogueEvent>>();
  /** Category, which is a core's name for its events → counter set. */
  readonly #setOfCore = new Map<string, string>();
  /** What is wrong with the file where it stops being well-formed; null when it is whole. */
  problem: string | null = null;

  static parse(text: string): EventCatalogue {
    const catalogue = new EventCatalogue();
    let set: Map<number, CatalogueEvent> | null = null;
    let categoryIsPerCpu = false;
    catalogue.problem = streamXml(text, {
      open({ name, attributes }) {
        if (name === 'category') {
          categoryIsPerCpu = attributes.per_cpu === 'yes';
          set = attributes.counter_set
            ? catalogue.#set(attributes.counter_set.toLowerCase(), attributes.name ?? '')
            : null;
        } else if (name === 'event') {
          const event = catalogueEvent(attributes, categoryIsPerCpu);
          if (attributes.counter) catalogue.#byCounter.set(attributes.counter.toLowerCase(), event);
          const code = xmlNumber(attributes.event);
          if (set && code !== null) set.set(code, event);
        }
      },
      close(name) {
        if (name === 'category') set = null;
      },
    });
    return catalogue;
  }

  /** The event of a counter that was asked for as `type` with an event code; null when the catalogue does not have it. */
  ofCounter(type: string, eventCode: number | null): CatalogueEvent | null {
    const fixed = this.#byCounter.get(type.toLowerCase());
    if (fixed) return fixed;
    const set = NUMBERED_COUNTER.exec(type.toLowerCase())?.[1];
    if (set === undefined || eventCode === null) return null;
    return this.#bySet.get(set)?.get(eventCode) ?? null;
  }

  /** The event with a code on a core of this name (`Neoverse-V1`). */
  ofCore(coreName: string, eventCode: number): CatalogueEvent | null {
    const set = this.#setOfCore.get(coreName.toLowerCase());
    return (set !== undefined && this.#bySet.get(set)?.get(eventCode)) || null;
  }

  #set(name: string, categoryName: string): Map<number, CatalogueEvent> {
    this.#setOfCore.set(categoryName.toLowerCase(), name);
    let set = this.#bySet.get(name);
    if (!set) {
      set = new Map();
      this.#bySet.set(name, set);
    }
    return set;
  }
}

function catalogueEvent(
  attributes: Readonly<Record<string, string>>,
  categoryIsPerCpu: boolean,
): CatalogueEvent {
  const multiplier = xmlNumber(attributes.multiplier);
  return {
    name: [attributes.title, attributes.name].filter(Boolean).join(': '),
    unit: attributes.units || 'events',
    isAbsolute: attributes.class === 'absolute' || attributes.class === 'constant',
    multiplier: multiplier === null || multiplier === 0 ? 1 : multiplier,
    isPerCpu: attributes.per_cpu === undefined ? categoryIsPerCpu : attributes.per_cpu === 'yes',
  };
}
