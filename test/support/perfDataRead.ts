import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { MemorySource } from '../../src/platform/bytes.ts';
import { nodeServices } from '../../src/platform/node/services.ts';
import { profileViolations } from '../../src/profile/integrity.ts';
import type { Profile } from '../../src/profile/types.ts';
import { perfDataReader } from '../../src/readers/perfData/index.ts';

/** The profile of a perf.data file in memory, with its structure checked. */
export async function readPerfData(bytes: Uint8Array, path = 'perf.data'): Promise<Profile> {
  const source = new MemorySource(bytes);
  const input = { path, bytes: bytes.length, content: { kind: 'file' as const, source } };
  const profile = await perfDataReader.read(input, { services: nodeServices });
  expect(profileViolations(profile)).toEqual([]);
  return profile;
}

export async function readPerfDataFile(path: string): Promise<Profile> {
  return readPerfData(readFileSync(path), path);
}

/** Codes of the warnings, in order. */
export function warningCodes(profile: Profile): string[] {
  return profile.warnings.map(({ code }) => code);
}

/**
 * The stack of a sample as text, leaf first: `0x400010 < 0x400100r`. `k` after an address: in the kernel; `r`: a return
 * address.
 */
export function stackOfSample(profile: Profile, sample: number): string {
  return stackText(profile, profile.samples.stack[sample]);
}

export function stackText(profile: Profile, stack: number): string {
  const { frames, stacks } = profile;
  const parts: string[] = [];
  for (let at = stack; at >= 0; at = stacks.prefix[at]) {
    const frame = stacks.frame[at];
    const address = addressOfFrame(profile, frame).toString(16);
    parts.push(`0x${address}${frames.isKernel[frame] ? 'k' : ''}${frames.isReturnAddress[frame] ? 'r' : ''}`);
  }
  return parts.join(' < ');
}

export function addressOfFrame(profile: Profile, frame: number): bigint {
  return (BigInt(profile.frames.addressHigh[frame]) << 32n) | BigInt(profile.frames.addressLow[frame]);
}

/** Address of the leaf of each sample, in order. */
export function leafAddresses(profile: Profile): bigint[] {
  return Array.from(profile.samples.stack, (stack) => addressOfFrame(profile, profile.stacks.frame[stack]));
}

/** Sum of a counter's differences over all its readings. */
export function counterTotal(profile: Profile, name: string): number {
  const counter = profile.counters.findIndex((candidate) => candidate.name === name);
  let total = 0;
  for (const readings of profile.readings) {
    const column = readings.counters.indexOf(counter);
    if (column >= 0) for (const delta of readings.deltas[column]) total += delta;
  }
  return total;
}
