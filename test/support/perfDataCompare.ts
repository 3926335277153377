/** Compares a profile of perf.data with what perf prints of the same file. */
import { expect } from 'vitest';
import { mappingAt } from '../../src/profile/addressSpaces.ts';
import type { Profile } from '../../src/profile/types.ts';
import { addressOfFrame } from './perfDataRead.ts';
import { printedTime, type ScriptSample } from './perfScriptText.ts';

/**
 * Compares all samples: thread, time, period and the whole stack. perf prints addresses of user code relative to the file
 * they come from, where it knows the file; entries below 2 are no code and are left out here.
 */
export function expectSameSamples(profile: Profile, printed: readonly ScriptSample[], digits: 6 | 9): void {
  expect(profile.samples.length).toBe(printed.length);
  const ours = Array.from(profile.samples.timeNs, (timeNs, row) => ({
    tid: profile.threads[profile.samples.thread[row]].tid,
    time: printedTime(profile.clock.startNs, timeNs, digits),
    period: profile.samples.period[row],
    frames: framesAsPerfPrints(profile, row),
  }));
  const theirs = printed.map(({ tid, time, period, frames }) => ({
    tid,
    time,
    period,
    frames: frames.filter(({ address }) => address >= 2n).map(({ address }) => address.toString(16)),
  }));
  for (let row = 0; row < ours.length; row++) expect(ours[row]).toEqual(theirs[row]);
}

/** The llama-cli of these captures is linked statically to a fixed address: file and memory addresses are the same. */
const FIXED_ADDRESS = /\/llama-cli$/;

export function framesAsPerfPrints(profile: Profile, row: number): string[] {
  const { stacks, frames } = profile;
  const printed: string[] = [];
  for (let at = profile.samples.stack[row]; at >= 0; at = stacks.prefix[at]) {
    const frame = stacks.frame[at];
    const address = addressOfFrame(profile, frame);
    const mapping = frames.isKernel[frame]
      ? null
      : mappingAt(profile.addressSpaces[frames.space[frame]], address);
    // The kernel's page of user code is a file to perf, mapped from its beginning.
    const isFile = mapping?.kind === 'file' || mapping?.kind === 'vdso';
    const isInFile = mapping !== null && isFile && !FIXED_ADDRESS.test(mapping.path);
    printed.push((isInFile ? address - mapping.start + mapping.fileOffset : address).toString(16));
  }
  return printed;
}
