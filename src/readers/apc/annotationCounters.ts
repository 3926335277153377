/** Counters and activities that a program defines and feeds by annotations. */
import type { ProfileBuilder, ReadingsBuilder } from '../../profile/builder.ts';
import { NONE } from '../../profile/types.ts';
import type { CounterIndex, Nanoseconds } from '../../profile/types.ts';
import type { AnnotationStream } from './annotations.ts';
import type { CounterBook } from './counters.ts';
import type { OpenSpans } from './openSpans.ts';
import type { PackedReader } from './packed.ts';
import type { Problems } from './problems.ts';
import type { ThreadDirectory } from './threads.ts';

/** Class of a counter in its definition; 1 adds up, 3 is an activity, 4 an incident, which adds up too. */
const CLASS_ABSOLUTE = 2;

interface Definition {
  title: string;
  name: string;
  unit: string;
  isAbsolute: boolean;
  isPerCpu: boolean;
  /** Values are fixed-point numbers: shown value = value ÷ modifier. */
  modifier: number;
  activities: string[];
}

interface ProgramCounter {
  id: number;
  definition: Definition | null;
  counter: CounterIndex;
  table: ReadingsBuilder | null;
  /** By core: when it was read last. */
  lastNs: Map<number, Nanoseconds>;
}

/** Counters by what identifies them: an id of the process, or a global one. */
export class AnnotationCounters {
  readonly #builder: ProfileBuilder;
  readonly #book: CounterBook;
  readonly #problems: Problems;
  readonly #spans: OpenSpans;
  readonly #threads: ThreadDirectory;
  readonly #counters = new Map<string, ProgramCounter>();

  constructor(
    builder: ProfileBuilder,
    book: CounterBook,
    problems: Problems,
    spans: OpenSpans,
    threads: ThreadDirectory,
  ) {
    this.#builder = builder;
    this.#book = book;
    this.#problems = problems;
    this.#spans = spans;
    this.#threads = threads;
  }

  /** A definition, which carries no time. It may be repeated; the last one holds. False when it is damaged. */
  define(stream: AnnotationStream, reader: PackedReader): boolean {
    const id = reader.uint32();
    const perCpu = reader.int32();
    const counterClass = reader.int32();
    reader.int32(); // how to display it
    const modifier = reader.int32();
    for (let skipped = 0; skipped < 5; skipped++) reader.int32(); // series, rendering, averages, percentage
    const activityCount = reader.int32();
    reader.int32(); // cores
    reader.raw(4); // colour
    const activities: string[] = [];
    for (let index = 0; index < activityCount && !reader.overrun; index++) {
      activities.push(reader.cString());
      reader.raw(4);
    }
    const title = reader.cString();
    const name = reader.cString();
    const unit = reader.cString();
    if (reader.overrun) return false;
    this.#counter(stream, id).definition = {
      title,
      name,
      unit,
      isAbsolute: counterClass === CLASS_ABSOLUTE,
      isPerCpu: perCpu !== 0,
      modifier: modifier > 0 ? modifier : 1,
      activities,
    };
    return true;
  }

  value(stream: AnnotationStream, timeNs: Nanoseconds, core: number, id: number, value: number): void {
    const counter = this.#counter(stream, id);
    if (!counter.table) {
      counter.counter = this.#book.add({
        name: '',
        code: null,
        mnemonic: null,
        unit: '',
        kind: 'delta',
        multiplier: 1,
        pmu: 'annotation',
        excludesKernel: false,
      });
      counter.table = this.#builder.addReadings([counter.counter]);
    }
    const before = counter.lastNs.get(core) ?? timeNs;
    counter.lastNs.set(core, timeNs);
    counter.table.push(
      Math.min(before, timeNs),
      timeNs,
      this.#threads.row(stream.pid, stream.tid),
      counter.definition?.isPerCpu ? core : NONE,
      NONE,
      [value],
    );
  }

  /** A thread goes over to an activity of an activity counter: shown as spans of that thread. 0 is none. */
  activity(stream: AnnotationStream, timeNs: Nanoseconds, id: number, activity: number, tid: number): void {
    const { definition } = this.#counter(stream, id);
    const title = definition ? fullName(definition) : `activity ${id}`;
    const text = activity === 0 ? '' : (definition?.activities[activity - 1] ?? `activity ${activity}`);
    this.#spans.activity(stream.pid, tid, id, title, timeNs, text);
  }

  /** Gives the counters the names that were known at the end. */
  finish(): void {
    for (const { id, definition, counter, table } of this.#counters.values()) {
      if (!table) continue;
      const row = this.#builder.counters[counter];
      if (!definition) {
        row.name = `annotation counter ${id}`;
        row.unit = 'events';
        this.#problems.count('apc-undefined-counters');
        continue;
      }
      row.name = fullName(definition);
      row.unit = definition.unit;
      row.kind = definition.isAbsolute ? 'absolute' : 'delta';
      row.multiplier = 1 / definition.modifier;
    }
  }

  #counter(stream: AnnotationStream, id: number): ProgramCounter {
    const key = stream.countersAreGlobal ? `global ${id}` : `${stream.pid} ${id}`;
    let counter = this.#counters.get(key);
    if (!counter) {
      counter = { id, definition: null, counter: NONE, table: null, lastNs: new Map() };
      this.#counters.set(key, counter);
    }
    return counter;
  }
}

function fullName(definition: Definition): string {
  return [definition.title, definition.name].filter((part) => part !== '').join(': ');
}
