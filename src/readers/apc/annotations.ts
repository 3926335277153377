/** Annotations: what the program itself says while it runs (Arm's streamline_annotate.c, protocol `ANNOTATE` 3 to 5). */
import { decodeText } from '../../platform/bytes.ts';
import type { ProfileBuilder } from '../../profile/builder.ts';
import { AnnotationCounters } from './annotationCounters.ts';
import type { CaptureClock } from './captureClock.ts';
import type { CounterBook } from './counters.ts';
import { PackedReader } from './packed.ts';
import type { Problems } from './problems.ts';
import { OpenSpans } from './openSpans.ts';
import type { ThreadDirectory } from './threads.ts';

/** Message types. */
const Message = {
  text: 0x01,
  colouredText: 0x02,
  channelName: 0x03,
  groupName: 0x04,
  visual: 0x05,
  marker: 0x06,
  colouredMarker: 0x07,
  counterDefinition: 0x08,
  counterValue: 0x09,
  activitySwitch: 0x0a,
  camTrack: 0x0b,
  camJob: 0x0c,
  camViewName: 0x0d,
  camJobStart: 0x0e,
  camDependencies: 0x0f,
  camJobStop: 0x10,
} as const;

/** Fourth byte of a colour that was given as red, green, blue. */
const EXPLICIT_COLOUR = 0x1b;

/** Who is at the other end of a connection: a thread. */
export interface AnnotationStream {
  pid: number;
  tid: number;
  /** Else counter ids are the process's own. */
  countersAreGlobal: boolean;
}

/** Reads annotation messages into a Profile. */
export class Annotations {
  readonly #builder: ProfileBuilder;
  readonly #clock: CaptureClock;
  readonly #threads: ThreadDirectory;
  readonly #problems: Problems;
  readonly #spans: OpenSpans;
  readonly #counters: AnnotationCounters;
  /** Time of the last message, -Infinity before the first. */
  lastNs = -Infinity;
  /** The process that annotated first; null when none did. */
  firstPid: number | null = null;

  constructor(
    builder: ProfileBuilder,
    clock: CaptureClock,
    threads: ThreadDirectory,
    book: CounterBook,
    problems: Problems,
  ) {
    this.#builder = builder;
    this.#clock = clock;
    this.#threads = threads;
    this.#problems = problems;
    this.#spans = new OpenSpans(builder, threads);
    this.#counters = new AnnotationCounters(builder, book, problems, this.#spans, threads);
  }

  /** Reads one message of a connection. */
  message(stream: AnnotationStream, type: number, payload: Uint8Array): void {
    this.firstPid ??= stream.pid;
    const reader = new PackedReader(payload);
    switch (type) {
      case Message.text:
      case Message.colouredText: {
        const timeNs = this.#time(reader);
        const channel = reader.uint32();
        if (type === Message.colouredText) reader.raw(4);
        const text = decodeText(reader.rest());
        if (this.#isSound(reader, timeNs)) this.#spans.text(stream.pid, stream.tid, channel, timeNs, text);
        break;
      }
      case Message.channelName: {
        const timeNs = this.#time(reader);
        const channel = reader.uint32();
        const group = reader.uint32();
        const name = decodeText(reader.rest());
        if (this.#isSound(reader, timeNs)) {
          this.#spans.nameChannel(stream.pid, stream.tid, channel, group, name);
        }
        break;
      }
      case Message.groupName: {
        const timeNs = this.#time(reader);
        const group = reader.uint32();
        const name = decodeText(reader.rest());
        if (this.#isSound(reader, timeNs)) this.#spans.nameGroup(stream.pid, stream.tid, group, name);
        break;
      }
      case Message.marker:
      case Message.colouredMarker: {
        const timeNs = this.#time(reader);
        const colour = type === Message.colouredMarker ? colourText(reader.raw(4)) : null;
        const text = decodeText(reader.rest());
        if (!this.#isSound(reader, timeNs)) break;
        const thread = this.#threads.row(stream.pid, stream.tid);
        this.#builder.markers.push({ timeNs, thread, text, colour });
        break;
      }
      case Message.counterDefinition:
        if (!this.#counters.define(stream, reader)) this.#problems.count('apc-damaged-annotations');
        break;
      case Message.counterValue: {
        const timeNs = this.#time(reader);
        const core = reader.int32();
        const id = reader.uint32();
        const value = reader.int64();
        if (this.#isSound(reader, timeNs)) this.#counters.value(stream, timeNs, core, id, value);
        break;
      }
      case Message.activitySwitch: {
        const timeNs = this.#time(reader);
        reader.int32(); // core
        const id = reader.uint32();
        const activity = reader.int32();
        const tid = reader.int32();
        if (this.#isSound(reader, timeNs)) this.#counters.activity(stream, timeNs, id, activity, tid);
        break;
      }
      case Message.visual:
        this.#problems.count('apc-visual-annotations');
        break;
      case Message.camTrack:
      case Message.camJob:
      case Message.camViewName:
      case Message.camJobStart:
      case Message.camDependencies:
      case Message.camJobStop:
        this.#problems.count('apc-custom-activity-maps');
        break;
      default:
        this.#problems.count('apc-unknown-annotations');
    }
  }

  /** Ends what is still open: at the end of its thread, else at the end of the capture. */
  finish(captureEndNs: number): void {
    this.#counters.finish();
    this.#spans.finish(captureEndNs);
  }

  #time(reader: PackedReader): number {
    reader.packed();
    return this.#clock.at(reader.low, reader.high);
  }

  #isSound(reader: PackedReader, timeNs: number): boolean {
    if (reader.overrun) this.#problems.count('apc-damaged-annotations');
    else if (Number.isNaN(timeNs)) this.#problems.count('apc-implausible-times');
    else {
      if (timeNs > this.lastNs) this.lastNs = timeNs;
      return true;
    }
    return false;
  }
}

/** `#rrggbb` of an explicit colour; null for the automatic ones and those of a theme. */
function colourText(bytes: Uint8Array): string | null {
  if (bytes[3] !== EXPLICIT_COLOUR) return null;
  return `#${Array.from(bytes.subarray(0, 3), (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}
