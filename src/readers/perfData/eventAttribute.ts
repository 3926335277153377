/** `struct perf_event_attr` as it stands in files. */
import { FLAG, READ_FORMAT, SAMPLE } from '../perfAbi.ts';
import { FieldReader, MalformedField } from './fieldReader.ts';

/** The smallest attribute ever written (PERF_ATTR_SIZE_VER0). */
export const MIN_ATTRIBUTE_BYTES = 64;
/** Far above any attribute that exists (136 bytes in 2024): a larger claim is damage. */
export const MAX_ATTRIBUTE_BYTES = 4096;

export interface EventAttribute {
  type: number;
  config: bigint;
  /** Sampling period, or samples a second in frequency mode; 0 for an event that does not sample. */
  periodOrFrequency: bigint;
  isFrequency: boolean;
  /** The low 32 bits: no bit above 24 is known. */
  sampleType: number;
  readFormat: number;
  /** Threads created later inherit the event: one id then stands for the counts of several threads. */
  inherit: boolean;
  excludeKernel: boolean;
  /** Records other than samples carry a trailer that says whose they are and when. */
  sampleIdAll: boolean;
  /** Kernel clock number when times are not on the scheduler clock. */
  clockId: number | null;
  branchSampleType: bigint;
  sampleRegsUser: bigint;
}

/**
 * Reads an attribute from its first byte. Files hold it in the size their writer knew: fields beyond are 0, and what
 * follows the fields known here is ignored.
 *
 * @param attributeBytes bytes that belong to the attribute
 */
export function readAttribute(
  bytes: Uint8Array,
  start: number,
  attributeBytes: number,
  littleEndian: boolean,
): EventAttribute {
  if (attributeBytes < MIN_ATTRIBUTE_BYTES) throw new MalformedField(`attribute of ${attributeBytes} bytes`);
  const reader = new FieldReader(bytes, littleEndian, start, start + attributeBytes);
  const type = reader.u32();
  const ownSize = reader.u32() || MIN_ATTRIBUTE_BYTES;
  const known = Math.min(attributeBytes, ownSize);
  const config = reader.u64();
  const periodOrFrequency = reader.u64();
  const sampleType = Number(reader.u64() & 0xffff_ffffn);
  const readFormat = Number(reader.u64() & 0xffff_ffffn);
  const flags = reader.u64();
  // Bit fields are allocated from the other end of the word on big-endian machines.
  const flag = (bit: number): boolean => ((flags >> BigInt(littleEndian ? bit : 63 - bit)) & 1n) === 1n;
  const u64At = (offset: number): bigint =>
    known >= offset + 8 ? new FieldReader(bytes, littleEndian, start + offset).u64() : 0n;
  const clockId =
    known >= 96 && flag(FLAG.useClockId) ? new FieldReader(bytes, littleEndian, start + 92).i32() : null;
  return {
    type,
    config,
    periodOrFrequency,
    isFrequency: flag(FLAG.freq),
    sampleType,
    readFormat,
    inherit: flag(FLAG.inherit),
    excludeKernel: flag(FLAG.excludeKernel),
    sampleIdAll: flag(FLAG.sampleIdAll),
    clockId,
    branchSampleType: u64At(72),
    sampleRegsUser: u64At(80),
  };
}

/** True for a member of a sampled group: it never samples, its leader's samples carry its count. */
export function isGroupMember(attribute: EventAttribute): boolean {
  return (
    attribute.periodOrFrequency === 0n &&
    (attribute.sampleType & SAMPLE.read) !== 0 &&
    (attribute.readFormat & READ_FORMAT.group) !== 0
  );
}
