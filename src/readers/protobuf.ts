/**
 * Reads protobuf messages field by field (protobuf.dev, "Encoding"), without a schema: the caller knows what a field
 * number means. Values of 64 bits are two halves; nothing is allocated for a number.
 */
import { decodeText } from '../platform/bytes.ts';

/** The bytes end within a field, or hold what no encoder writes. */
export class MalformedMessage extends Error {
  override readonly name = 'MalformedMessage';
}

const WIRE = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;
const MAX_VARINT_BYTES = 10;
const TWO_32 = 2 ** 32;

/** Call {@link next} until it says false; between the calls the fields are those of the current one. */
export class MessageReader {
  /** Number of the field. */
  field = 0;
  /** Halves of its number; of a field of bytes, the low one is their count. */
  low = 0;
  high = 0;
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #at: number;
  #contentAt = 0;

  constructor(bytes: Uint8Array, start = 0, end = bytes.byteLength) {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
  }

  /** Goes to the next field; false at the end. Throws {@link MalformedMessage}. */
  next(): boolean {
    if (this.#at >= this.#end) return false;
    this.#varint();
    const wire = this.low & 7;
    this.field = ((this.low >>> 3) | (this.high << 29)) >>> 0;
    this.#contentAt = 0;
    if (wire === WIRE.varint) this.#varint();
    else if (wire === WIRE.bytes) {
      this.#varint();
      if (this.high !== 0 || this.low > this.#end - this.#at) throw new MalformedMessage('a field is cut');
      this.#contentAt = this.#at;
      this.#at += this.low;
    } else if (wire === WIRE.fixed64 || wire === WIRE.fixed32) {
      this.#at += wire === WIRE.fixed64 ? 8 : 4;
      if (this.#at > this.#end) throw new MalformedMessage('a field is cut');
    } else throw new MalformedMessage(`wire type ${wire}`);
    return true;
  }

  /** The number, unsigned; inexact beyond 2^53. */
  number(): number {
    return this.high * TWO_32 + this.low;
  }

  bigint(): bigint {
    return (BigInt(this.high) << 32n) | BigInt(this.low);
  }

  /** The number as `int32`: negative ones are written with all their 64 bits. */
  int32(): number {
    return this.low | 0;
  }

  text(): string {
    return decodeText(this.#bytes.subarray(this.#contentAt, this.#contentAt + this.#length()));
  }

  /** The field as a message of its own. */
  message(): MessageReader {
    return new MessageReader(this.#bytes, this.#contentAt, this.#contentAt + this.#length());
  }

  #length(): number {
    if (this.#contentAt === 0) throw new MalformedMessage('a number where bytes belong');
    return this.low;
  }

  #varint(): void {
    let low = 0;
    let high = 0;
    for (let count = 0; count < MAX_VARINT_BYTES; count++) {
      if (this.#at >= this.#end) break;
      const byte = this.#bytes[this.#at++];
      const bits = byte & 0x7f;
      if (count < 4) low |= bits << (7 * count);
      else if (count === 4) {
        low |= bits << 28;
        high |= bits >>> 4;
      } else high |= bits << (7 * count - 32);
      if (byte < 0x80) {
        this.low = low >>> 0;
        this.high = high >>> 0;
        return;
      }
    }
    throw new MalformedMessage('a number is cut');
  }
}
