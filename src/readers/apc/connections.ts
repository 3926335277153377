/**
 * EXTERNAL frames: byte streams of the connections that programs and other sources made to gatord, in pieces that end
 * anywhere. A connection is known by gatord's descriptor, a number that is used again after a close.
 */
import type { AnnotationStream, Annotations } from './annotations.ts';
import { PackedReader } from './packed.ts';
import type { Problems } from './problems.ts';

/** Descriptor that says "the connection named next is closed". */
const CLOSE = -1;

/** A message type and its length. */
const MESSAGE_HEADER_BYTES = 5;
/** Pictures are the largest messages; gatord's buffer for a source has 4 MB. */
const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;
/** The first line of a stream names its protocol; none is longer. */
const MAX_FIRST_LINE_BYTES = 64;
const NEWLINE = 0x0a;

const ANNOTATE = /^ANNOTATE (\d+)$/;
/** Behind `ANNOTATE 5\n`: thread id, process id, whether counter ids are global. */
const HANDSHAKE_BYTES = 9;

interface Connection {
  /** `first-line` until the protocol is known, `skipped` for everything that is not annotations. */
  state: 'first-line' | 'handshake' | 'messages' | 'skipped';
  pending: PendingBytes;
  version: number;
  stream: AnnotationStream | null;
  /** A stream of another source is worth a word once it carries something. */
  skippedBytes: number;
}

/** Puts the pieces of each connection together and hands its messages on. */
export class Connections {
  readonly #open = new Map<number, Connection>();
  readonly #annotations: Annotations;
  readonly #problems: Problems;

  constructor(annotations: Annotations, problems: Problems) {
    this.#annotations = annotations;
    this.#problems = problems;
  }

  /** Reads one EXTERNAL frame. */
  frame(body: Uint8Array): void {
    const reader = new PackedReader(body);
    const descriptor = reader.int32();
    if (descriptor === CLOSE) {
      // A descriptor may be closed twice; the second time it is not known any more.
      this.#close(reader.int32());
      return;
    }
    if (reader.overrun) return this.#problems.count('apc-damaged-frames');
    const piece = reader.rest();
    let connection = this.#open.get(descriptor);
    if (connection && connection.state !== 'first-line' && beginsStream(piece)) {
      // The descriptor was used again without a close: another connection's first piece.
      this.#close(descriptor);
      connection = undefined;
    }
    if (!connection) {
      connection = newConnection();
      this.#open.set(descriptor, connection);
    }
    this.#receive(connection, piece);
  }

  /** Ends the connections that were never closed: after an interrupt gatord writes no close. */
  finish(): void {
    for (const descriptor of this.#open.keys()) this.#close(descriptor);
  }

  #close(descriptor: number): void {
    const connection = this.#open.get(descriptor);
    if (!connection) return;
    this.#open.delete(descriptor);
    if (connection.state === 'skipped') {
      if (connection.skippedBytes > 0) this.#problems.count('apc-foreign-streams');
    } else if (connection.pending.length > 0) {
      this.#problems.count('apc-cut-annotations');
    }
  }

  #receive(connection: Connection, piece: Uint8Array): void {
    if (connection.state === 'skipped') {
      connection.skippedBytes += piece.length;
      return;
    }
    connection.pending.append(piece);
    while (this.#advance(connection));
  }

  /** Takes the next thing off a connection; false when more bytes are needed for it. */
  #advance(connection: Connection): boolean {
    const { pending } = connection;
    switch (connection.state) {
      case 'first-line': {
        const line = pending.line(MAX_FIRST_LINE_BYTES);
        if (line === null) return false;
        const annotate = ANNOTATE.exec(line);
        connection.version = annotate ? Number(annotate[1]) : 0;
        connection.state = annotate ? 'handshake' : 'skipped';
        if (annotate) return true;
        connection.skippedBytes += pending.length;
        pending.take(pending.length);
        return false;
      }
      case 'handshake': {
        if (pending.length < HANDSHAKE_BYTES) return false;
        const header = new PackedReader(pending.take(HANDSHAKE_BYTES));
        const tid = header.uint32le() | 0;
        const pid = header.uint32le() | 0;
        connection.stream = { pid, tid, countersAreGlobal: header.byte() !== 0 };
        connection.state = 'messages';
        return true;
      }
      case 'messages':
        return this.#message(connection);
      default:
        return false;
    }
  }

  #message(connection: Connection): boolean {
    const { pending, stream } = connection;
    if (pending.length < MESSAGE_HEADER_BYTES || !stream) return false;
    const header = pending.peek(MESSAGE_HEADER_BYTES);
    // A handshake where a message should begin: the descriptor was used again without a close. No type is a letter.
    if (header[0] === 'A'.charCodeAt(0)) {
      connection.state = 'first-line';
      return true;
    }
    const length = new PackedReader(header, 1).uint32le();
    if (length > MAX_MESSAGE_BYTES) {
      this.#problems.count('apc-damaged-annotations');
      connection.state = 'skipped';
      pending.take(pending.length);
      return false;
    }
    if (pending.length < MESSAGE_HEADER_BYTES + length) return false;
    const message = pending.take(MESSAGE_HEADER_BYTES + length);
    this.#annotations.message(stream, message[0], message.subarray(MESSAGE_HEADER_BYTES));
    return true;
  }
}

/** `ANNOTATE 5`, the line that begins a stream of annotations. */
const STREAM_START = Array.from('ANNOTATE ', (char) => char.charCodeAt(0));

function beginsStream(piece: Uint8Array): boolean {
  const START_BYTES = STREAM_START.length;
  return STREAM_START.every((byte, at) => piece[at] === byte) && piece[START_BYTES + 1] === NEWLINE;
}

function newConnection(): Connection {
  return { state: 'first-line', pending: new PendingBytes(), version: 0, stream: null, skippedBytes: 0 };
}

/** Bytes of a stream that were received and not yet used. */
class PendingBytes {
  #bytes = new Uint8Array(4096);
  #from = 0;
  #to = 0;

  get length(): number {
    return this.#to - this.#from;
  }

  append(piece: Uint8Array): void {
    if (this.#to + piece.length > this.#bytes.length) {
      const needed = this.length + piece.length;
      const target = needed > this.#bytes.length / 2 ? new Uint8Array(needed * 2) : this.#bytes;
      target.set(this.#bytes.subarray(this.#from, this.#to));
      this.#bytes = target;
      this.#to = this.length;
      this.#from = 0;
    }
    this.#bytes.set(piece, this.#to);
    this.#to += piece.length;
  }

  /** The next bytes without taking them; a view until the next {@link append}, like that of {@link take}. */
  peek(length: number): Uint8Array {
    return this.#bytes.subarray(this.#from, this.#from + length);
  }

  take(length: number): Uint8Array {
    const taken = this.peek(length);
    this.#from += length;
    return taken;
  }

  /** A line without its end; cut at `maxBytes` when it has none by then; null when it is not complete yet. */
  line(maxBytes: number): string | null {
    const end = this.peek(Math.min(this.length, maxBytes)).indexOf(NEWLINE);
    if (end < 0) {
      return this.length >= maxBytes ? String.fromCharCode(...this.take(maxBytes)) : null;
    }
    const line = String.fromCharCode(...this.take(end));
    this.take(1);
    return line;
  }
}
