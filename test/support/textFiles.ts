/** Inputs of text readers made from strings, bytes or files of the samples. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { expect } from 'vitest';
import { MemorySource, decodeText } from '../../src/platform/bytes.ts';
import { nodeServices } from '../../src/platform/node/services.ts';
import { profileViolations } from '../../src/profile/integrity.ts';
import type { Profile } from '../../src/profile/types.ts';
import type { InputHead, RawInput, Reader } from '../../src/readers/reader.ts';

/** What readers are promised to see of a file for detection. */
const HEAD_BYTES = 4096;

export function textFile(content: string | Uint8Array, path = 'input.txt'): RawInput {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  return { path, bytes: bytes.byteLength, content: { kind: 'file', source: new MemorySource(bytes) } };
}

export function headOf(content: string | Uint8Array, path = 'input.txt'): InputHead {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  const head = bytes.subarray(0, HEAD_BYTES);
  return { path, bytes: head, text: decodeText(head) };
}

export function detects(reader: Reader, content: string | Uint8Array): boolean {
  return reader.detect(headOf(content), textFile(content));
}

/** Reads and checks that the profile is sound. */
export async function readWith(
  reader: Reader,
  content: string | Uint8Array,
  path = 'input.txt',
): Promise<Profile> {
  const profile = await reader.read(textFile(content, path), { services: nodeServices });
  expect(profileViolations(profile)).toEqual([]);
  return profile;
}

/** A file of the samples; gzipped ones unpacked. */
export function fileBytes(path: string): Uint8Array {
  const bytes = readFileSync(path);
  return new Uint8Array(path.endsWith('.gz') ? gunzipSync(bytes) : bytes);
}
