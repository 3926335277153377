/** Reads captures in tests: made-up ones and the recorded samples. Every profile is checked for soundness. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { nodeServices } from '../../src/platform/node/services.ts';
import { openInputs } from '../../src/platform/node/inputs.ts';
import { readAll } from '../../src/platform/bytes.ts';
import { profileViolations } from '../../src/profile/integrity.ts';
import type { Profile } from '../../src/profile/types.ts';
import { apcReader } from '../../src/readers/apc/index.ts';
import type { RawInput } from '../../src/readers/reader.ts';
import type { ApcWriter } from './apcWriter.ts';

export async function readApc(capture: ApcWriter | RawInput): Promise<Profile> {
  const input = 'content' in capture ? capture : capture.input();
  const profile = await apcReader.read(input, { services: nodeServices });
  expect(profileViolations(profile)).toEqual([]);
  return profile;
}

/** The recorded gator captures of the samples: folder → `.apc` folder or archive in it. */
export const RECORDED_CAPTURES = {
  'gator-app-t1': 'markers_t1.apc',
  'gator-channels-t2': 'channels_t2.apc.zip',
  'gator-qwen05b-t1': 'qwen05b_markers_t1.apc.zip',
  'gator-systemwide-t1': 'sw_markers_t1.apc.zip',
  'gator-killed': 'killed.apc.zip',
} as const;
export type RecordedCapture = keyof typeof RECORDED_CAPTURES;

/** The files of a capture on disk (a folder or an archive), by their names within it. */
export async function captureFiles(path: string): Promise<Map<string, Uint8Array>> {
  const opened = await openInputs([path], { cwd: process.cwd() });
  try {
    const bundle = opened.inputs.find((input) => input.content.kind === 'bundle');
    if (bundle?.content.kind !== 'bundle') throw new Error(`${path} is no capture`);
    const files = new Map<string, Uint8Array>();
    for (const [name, source] of bundle.content.members) {
      files.set(name.slice(name.lastIndexOf('/') + 1), await readAll(source));
    }
    return files;
  } finally {
    await opened.close();
  }
}

/** Reads a capture of the samples the way the command line does. */
export async function readRecorded(samples: string, name: RecordedCapture): Promise<Profile> {
  const opened = await openInputs([join(samples, 'captures', name, RECORDED_CAPTURES[name])], {
    cwd: process.cwd(),
  });
  try {
    const input = opened.inputs.find((each) => each.content.kind === 'bundle');
    if (!input) throw new Error(`${name} holds no capture`);
    expect(apcReader.detect({ path: input.path, bytes: new Uint8Array(0), text: '' }, input)).toBe(true);
    return await readApc(input);
  } finally {
    await opened.close();
  }
}

/** What two independent decoders said about a capture of the samples. */
export function truthOf(samples: string, name: RecordedCapture): RecordedTruth {
  return JSON.parse(readFileSync(join(samples, 'captures', name, 'truth.json'), 'utf8')) as RecordedTruth;
}

export interface RecordedTruth {
  summary: { clock_realtime: number; clock_monotonic_raw: number; clock_monotonic: number };
  cores: [cpu: number, cpuid: number, name: string][];
  markers: { time_ns: number; tid: number; text: string }[];
  samples_by_key: Record<string, number>;
  periodic_samples: {
    period_ns: number;
    all: number;
    kernel_mode: number;
    by_tid: Record<string, { comm: string | null; n: number }>;
    first_ns: number;
    last_ns: number;
    target_pids: number[];
  };
  counter_totals: { cycles: number; instructions: number; cpu_clock_ns: number };
  lost: number;
  switch_records: { in?: number; out?: number };
  channels?: {
    totals: { tid: number; channel: number; name: string; count: number; total_ns: number }[];
    top_nodes: { text: string; count: number; total_ns: number }[];
  };
}

/** The sum of a counter's readings; NaN when it has none. */
export function totalOf(profile: Profile, counterName: string): number {
  const counter = profile.counters.findIndex((each) => each.name === counterName);
  let total = NaN;
  for (const table of profile.readings) {
    const column = table.counters.indexOf(counter);
    if (column >= 0)
      total = table.deltas[column].reduce((sum, delta) => sum + delta, Number.isNaN(total) ? 0 : total);
  }
  return total;
}

/** The frames of a sample's stack, outermost first: `0x401000`, return addresses with `r`, kernel ones with `k`. */
export function stackText(profile: Profile, sample: number): string {
  const { stacks, frames } = profile;
  const shown: string[] = [];
  for (let stack = profile.samples.stack[sample]; stack >= 0; stack = stacks.prefix[stack]) {
    const frame = stacks.frame[stack];
    const address = (BigInt(frames.addressHigh[frame]) << 32n) | BigInt(frames.addressLow[frame]);
    const marks = (frames.isKernel[frame] ? 'k' : '') + (frames.isReturnAddress[frame] ? 'r' : '');
    shown.unshift(`0x${address.toString(16)}${marks}`);
  }
  return shown.join(' ');
}

export function warningCodes(profile: Profile): string[] {
  return profile.warnings.map((warning) => warning.code);
}
