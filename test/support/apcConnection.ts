/** Annotation streams of captures made up in tests, as streamline_annotate.c sends them and gatord stores them. */
import { ByteWriter, concat } from './apcBytes.ts';
import type { Word } from './apcBytes.ts';

/** Where the pieces of a stream go. */
export interface ConnectionTarget {
  readonly zeroNs: bigint;
  rawFrame(type: number, body: Uint8Array): void;
}

/** A colour of an annotation as red, green, blue. */
export type Colour = readonly [red: number, green: number, blue: number];

export interface ApcCounterDefinition {
  id: number;
  title: string;
  name: string;
  units?: string;
  isAbsolute?: boolean;
  perCpu?: boolean;
  modifier?: number;
  activities?: readonly string[];
  description?: string;
}

/** The stream of one connection for annotations. What is not sent yet goes out with the next {@link send}. */
export class ApcConnection {
  isClosed = false;
  readonly #apc: ConnectionTarget;
  readonly #descriptor: number;
  #unsent: Uint8Array[] = [];

  constructor(
    apc: ConnectionTarget,
    thread: { pid: number; tid: number },
    descriptor: number,
    countersAreGlobal = false,
  ) {
    this.#apc = apc;
    this.#descriptor = descriptor;
    this.#unsent.push(
      new ByteWriter()
        .text('ANNOTATE 5\n')
        .u32(thread.tid)
        .u32(thread.pid)
        .byte(countersAreGlobal ? 1 : 0)
        .finish(),
    );
  }

  marker(timeNs: number, text: string, colour?: Colour): this {
    const payload = this.#at(timeNs);
    if (colour) payload.bytes(colour).byte(0x1b);
    return this.message(colour ? 7 : 6, payload.text(text));
  }

  /** Begins a span on a channel, or ends the one that is open there when the text is empty. */
  text(timeNs: number, channel: number, text: string, colour?: Colour): this {
    const payload = this.#at(timeNs).packed(channel);
    if (colour) payload.bytes(colour).byte(0x1b);
    return this.message(colour ? 2 : 1, payload.text(text));
  }

  channelName(timeNs: number, channel: number, group: number, name: string): this {
    return this.message(3, this.#at(timeNs).packed(channel).packed(group).text(name));
  }

  groupName(timeNs: number, group: number, name: string): this {
    return this.message(4, this.#at(timeNs).packed(group).text(name));
  }

  defineCounter(definition: ApcCounterDefinition): this {
    const { activities = [] } = definition;
    const payload = new ByteWriter()
      .packed(definition.id)
      .packed(definition.perCpu ? 1 : 0)
      .packed(definition.isAbsolute ? 2 : 1)
      .packed(4)
      .packed(definition.modifier ?? 1);
    for (const field of [1, 1, 0, 0, 0, activities.length, 0]) payload.packed(field);
    payload.bytes([0, 0, 0, 0]);
    for (const activity of activities) payload.cString(activity).bytes([0, 0, 0, 1]);
    payload
      .cString(definition.title)
      .cString(definition.name)
      .cString(definition.units ?? '');
    return this.message(8, payload.text(definition.description ?? ''));
  }

  counterValue(timeNs: number, id: number, value: Word, core = 0): this {
    return this.message(9, this.#at(timeNs).packed(core).packed(id).packed(value));
  }

  activity(timeNs: number, id: number, activity: number, tid: number, core = 0): this {
    return this.message(10, this.#at(timeNs).packed(core).packed(id).packed(activity).packed(tid));
  }

  /** Any message. */
  message(type: number, payload: ByteWriter): this {
    const bytes = payload.finish();
    return this.bytes(new ByteWriter().byte(type).u32(bytes.length).bytes(bytes).finish());
  }

  /** Any bytes of the stream. */
  bytes(bytes: Uint8Array): this {
    this.#unsent.push(bytes);
    return this;
  }

  /** Writes frames of what is unsent, of at most `pieceBytes` of the stream each. */
  send(pieceBytes = 4096): this {
    const stream = concat(this.#unsent);
    this.#unsent = [];
    for (let at = 0; at < stream.length; at += pieceBytes) {
      const piece = stream.subarray(at, at + pieceBytes);
      this.#apc.rawFrame(10, new ByteWriter().packed(this.#descriptor).bytes(piece).finish());
    }
    return this;
  }

  close(): void {
    this.send();
    this.isClosed = true;
    this.#apc.rawFrame(10, new ByteWriter().packed(-1).packed(this.#descriptor).finish());
  }

  #at(timeNs: number): ByteWriter {
    return new ByteWriter().packed(this.#apc.zeroNs + BigInt(timeNs));
  }
}
