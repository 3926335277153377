/** Many inputs, one run: the fragments of all inputs become one Profile on one clock. */
import { align, hasTimes, mainFragment, unrelated, type AlignOptions } from './alignment.ts';
import { threadKey, unknownClock } from './builder.ts';
import { movedStretches, reorder, timeOrder } from './columns.ts';
import { firstKnown, fuseModels, fuseRecords, fuseTargets } from './fuseFacts.ts';
import { kernelSymbolsFor, nameBuilds } from './images.ts';
import { StringInterner } from './interning.ts';
import { PART_WARNING } from './modelParts.ts';
import {
  KERNEL_SPACE,
  type AddressSpace,
  type Clock,
  type CounterReadings,
  type FrameTable,
  type LlamaSettings,
  type Process,
  type Profile,
  type SampleTable,
  type SpanTable,
  type StackTable,
  type SwitchTable,
  type Thread,
  type Warning,
} from './types.ts';

/**
 * Fuses the fragments of one run. The one that has most samples sets the clock (else the one with markers or probe hits,
 * else the first with a clock); times of the others are brought onto it by what the captures state of their clocks, else
 * by events that both saw, else by an event that both counted. A fragment with times that nothing relates to the run's
 * clock keeps its own zero, and a warning says so.
 */
export function fuse(fragments: readonly Profile[], options: AlignOptions = {}): Profile {
  if (fragments.length === 1) return fragments[0];
  const main = mainFragment(fragments);
  const others = fragments.filter((fragment) => fragment !== main);
  const ordered = main ? [main, ...others] : [...others];
  const clock = main ? structuredClone(main.clock) : unknownClock();
  const warnings: Warning[] = [];

  const fusion = new Fusion();
  for (const fragment of ordered) {
    let offsetNs = 0;
    if (main && fragment !== main && hasTimes(fragment)) {
      const alignment = align(main, fragment, options);
      offsetNs = alignment.offsetNs;
      clock.alignments.push(alignment);
      if (alignment.method === 'none') warnings.push(unrelated(alignment.path, fragment, clock));
    }
    fusion.add(fragment, offsetNs);
  }
  return fusion.finish(fragments, clock, warnings);
}

/** Appends fragments table by table, renumbering every index. */
class Fusion {
  readonly #strings = new StringInterner();
  readonly #processes: Process[] = [];
  readonly #processRows = new Map<number, number>();
  readonly #threads: Thread[] = [];
  readonly #threadRows = new Map<number, number>();
  readonly #spaces: AddressSpace[] = [{ pid: -1, mappings: [] }];
  readonly #frames: FrameTable[] = [];
  readonly #stacks: StackTable[] = [];
  readonly #samples: SampleTable[] = [];
  readonly #spans: SpanTable[] = [];
  readonly #switches: SwitchTable[] = [];
  readonly #readings: CounterReadings[] = [];
  readonly #rest: Pick<
    Profile,
    | 'events'
    | 'counters'
    | 'markers'
    | 'probeHits'
    | 'spanChannels'
    | 'logEvents'
    | 'timings'
    | 'figures'
    | 'facts'
    | 'warnings'
  > = {
    events: [],
    counters: [],
    markers: [],
    probeHits: [],
    spanChannels: [],
    logEvents: [],
    timings: [],
    figures: [],
    facts: [],
    warnings: [],
  };
  readonly #losses = { records: 0, throttles: 0 };
  #frameCount = 0;
  #stackCount = 0;
  #sampleCount = 0;

  add(fragment: Profile, offsetNs: number): void {
    const rest = this.#rest;
    const stringOf = fragment.strings.map((text) => this.#strings.intern(text));
    const processOf = fragment.processes.map((process) => this.#process(process));
    const threadOf = fragment.threads.map((thread) =>
      this.#thread(thread, processOf[thread.process], offsetNs),
    );
    const spaceOf = fragment.addressSpaces.map((space, row) => this.#space(space, row));
    const [firstFrame, firstStack, firstSample] = [this.#frameCount, this.#stackCount, this.#sampleCount];
    const [firstEvent, firstCounter] = [rest.events.length, rest.counters.length];
    const firstChannel = rest.spanChannels.length;
    const time = (column: Float64Array): Float64Array =>
      offsetNs === 0 ? column : column.map((t) => t + offsetNs);
    const shift = (column: Int32Array, first: number): Int32Array =>
      first === 0 ? column : column.map((row) => (row < 0 ? row : row + first));
    const through = (column: Int32Array, rows: readonly number[]): Int32Array =>
      column.map((row) => (row < 0 ? row : rows[row]));

    this.#frames.push({
      ...fragment.frames,
      space: through(fragment.frames.space, spaceOf),
      name: through(fragment.frames.name, stringOf),
      image: through(fragment.frames.image, stringOf),
    });
    this.#stacks.push({
      length: fragment.stacks.length,
      prefix: shift(fragment.stacks.prefix, firstStack),
      frame: shift(fragment.stacks.frame, firstFrame),
    });
    this.#samples.push({
      ...fragment.samples,
      timeNs: time(fragment.samples.timeNs),
      thread: through(fragment.samples.thread, threadOf),
      stack: shift(fragment.samples.stack, firstStack),
      event: shift(fragment.samples.event, firstEvent),
    });
    for (const readings of fragment.readings) {
      this.#readings.push({
        ...readings,
        counters: readings.counters.map((counter) => counter + firstCounter),
        startNs: time(readings.startNs),
        timeNs: time(readings.timeNs),
        thread: through(readings.thread, threadOf),
        sample: shift(readings.sample, firstSample),
      });
    }
    this.#spans.push({
      ...fragment.spans,
      startNs: time(fragment.spans.startNs),
      endNs: time(fragment.spans.endNs),
      channel: shift(fragment.spans.channel, firstChannel),
      text: through(fragment.spans.text, stringOf),
    });
    this.#switches.push({
      ...fragment.switches,
      timeNs: time(fragment.switches.timeNs),
      thread: through(fragment.switches.thread, threadOf),
    });
    for (const event of fragment.events) {
      rest.events.push({ ...event, counter: event.counter === null ? null : event.counter + firstCounter });
    }
    const input = fragment.inputs[0]?.path;
    rest.counters.push(...fragment.counters.map((counter) => ({ ...counter, input })));
    for (const marker of fragment.markers) {
      rest.markers.push({ ...marker, timeNs: marker.timeNs + offsetNs, thread: threadOf[marker.thread] });
    }
    for (const hit of fragment.probeHits) {
      rest.probeHits.push({
        ...hit,
        timeNs: hit.timeNs + offsetNs,
        thread: threadOf[hit.thread],
        stack: hit.stack < 0 ? hit.stack : hit.stack + firstStack,
      });
    }
    for (const channel of fragment.spanChannels) {
      rest.spanChannels.push({ ...channel, thread: threadOf[channel.thread] });
    }
    for (const event of fragment.logEvents) {
      rest.logEvents.push({ ...event, timeNs: event.timeNs + offsetNs });
    }
    append(rest.timings, fragment.timings);
    append(rest.figures, fragment.figures);
    append(rest.facts, fragment.facts);
    append(rest.warnings, fragment.warnings);
    this.#losses.records += fragment.losses.records;
    this.#losses.throttles += fragment.losses.throttles;
    this.#frameCount += fragment.frames.length;
    this.#stackCount += fragment.stacks.length;
    this.#sampleCount += fragment.samples.length;
  }

  finish(fragments: readonly Profile[], clock: Clock, warnings: Warning[]): Profile {
    const samples = concatTable(this.#samples, 'timeNs');
    const newRow = samples.newRow;
    const model = fuseModels(fragments.map((fragment) => fragment.model));
    const isWholeModel = !model?.split;
    return {
      inputs: fragments.flatMap((fragment) => fragment.inputs),
      origin: firstKnown(fragments.map((fragment) => fragment.origin)),
      target: fuseTargets(fragments.map((fragment) => fragment.target)),
      clock,
      strings: this.#strings.strings,
      processes: this.#processes,
      threads: this.#threads,
      addressSpaces: this.#spaces,
      kernelSymbols: kernelSymbolsFor(this.#spaces[KERNEL_SPACE], fragments, warnings),
      buildIds: nameBuilds(this.#spaces, fragments, warnings),
      frames: concatTable(this.#frames).table,
      stacks: concatTable(this.#stacks).table,
      events: this.#rest.events,
      samples: samples.table,
      counters: this.#rest.counters,
      readings: newRow
        ? this.#readings.map((readings) => ({
            ...readings,
            sample: readings.sample.map((row) => (row < 0 ? row : newRow[row])),
          }))
        : this.#readings,
      markers: this.#rest.markers.sort((a, b) => a.timeNs - b.timeNs),
      probeHits: this.#rest.probeHits.sort((a, b) => a.timeNs - b.timeNs),
      spanChannels: this.#rest.spanChannels,
      spans: concatTable(this.#spans, 'startNs').table,
      switches: concatTable(this.#switches, 'timeNs').table,
      logEvents: this.#rest.logEvents.sort((a, b) => a.timeNs - b.timeNs),
      timings: this.#rest.timings,
      settings: fuseRecords<LlamaSettings>(fragments.map((fragment) => fragment.settings)),
      model,
      modelDescriptions: fragments.flatMap((fragment) =>
        fragment.model && !fragment.model.tensors ? [fragment.model] : [],
      ),
      figures: this.#rest.figures,
      facts: this.#rest.facts,
      losses: this.#losses,
      warnings: [
        ...this.#rest.warnings.filter(({ code }) => code !== PART_WARNING || !isWholeModel),
        ...warnings,
      ],
    };
  }

  #process(process: Process): number {
    let row = this.#processRows.get(process.pid);
    if (row === undefined) {
      row = this.#processes.push({ ...process }) - 1;
      this.#processRows.set(process.pid, row);
    } else if (this.#processes[row].name.startsWith(':')) {
      this.#processes[row] = { ...process };
    }
    return row;
  }

  #thread(thread: Thread, process: number, offsetNs: number): number {
    const key = threadKey(thread.pid, thread.tid);
    let row = this.#threadRows.get(key);
    if (row === undefined) {
      const at = (timeNs: number | null): number | null => (timeNs === null ? null : timeNs + offsetNs);
      row =
        this.#threads.push({ ...thread, process, startNs: at(thread.startNs), endNs: at(thread.endNs) }) - 1;
      this.#threadRows.set(key, row);
    }
    return row;
  }

  #space(space: AddressSpace, row: number): number {
    if (row === KERNEL_SPACE) {
      this.#spaces[KERNEL_SPACE].mappings.push(...space.mappings);
      return KERNEL_SPACE;
    }
    return this.#spaces.push(space) - 1;
  }
}

/** One by one: a call takes some 100,000 arguments, and a log of a server may hold more requests. */
function append<T>(rows: T[], more: readonly T[]): void {
  for (const row of more) rows.push(row);
}

type Table = { length: number };

/** Tables under each other, sorted by a time column where one is named; `newRow` maps concatenated to final rows. */
function concatTable<T extends Table>(
  tables: readonly T[],
  sortBy?: keyof T,
): { table: T; newRow: Int32Array | null } {
  const length = tables.reduce((sum, table) => sum + table.length, 0);
  const result: Record<string, unknown> = { length };
  for (const field of Object.keys(tables[0])) {
    const first = (tables[0] as Record<string, unknown>)[field];
    if (!ArrayBuffer.isView(first)) continue;
    const column = new (first.constructor as new (rows: number) => Float64Array)(length);
    let at = 0;
    for (const table of tables) {
      column.set((table as Record<string, unknown>)[field] as Float64Array, at);
      at += table.length;
    }
    result[field] = column;
  }
  const order = sortBy === undefined ? null : timeOrder(result[sortBy as string] as Float64Array);
  if (!order) return { table: result as T, newRow: null };
  const moved = movedStretches(order);
  for (const [field, column] of Object.entries(result)) {
    if (ArrayBuffer.isView(column)) result[field] = reorder(column as Float64Array, order, moved);
  }
  const newRow = new Int32Array(length);
  for (let row = 0; row < length; row++) newRow[order[row]] = row;
  return { table: result as T, newRow };
}
