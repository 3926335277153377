/** Captures made small enough to be read a thousand times, and the ways to damage them. */
import { concat, frame } from '../support/apcBytes.ts';

/** Name → bytes of the files of a capture. */
export type CaptureFiles = ReadonlyMap<string, Uint8Array>;

export const DATA = '0000000000';

/** Small reproducible generator (Park–Miller): the same mutants in every run. */
export function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
}

/** A frame's place in the data: `[start, end)` with its length. */
export interface FramePlace {
  type: number;
  start: number;
  end: number;
}

export function framePlaces(data: Uint8Array): FramePlace[] {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const places: FramePlace[] = [];
  for (let start = 0; start + 4 < data.length;) {
    const end = start + 4 + view.getUint32(start, true);
    if (end > data.length) break;
    places.push({ type: data[start + 4], start, end });
    start = end;
  }
  return places;
}

/** Longer frames of metadata are the kernel's symbols: 7 MB whose reading would hide what happens to the rest. */
const LONG_FRAME_BYTES = 1 << 20;
const KEPT_BYTES = 16_384;

/** The capture with a short list of kernel symbols, a short catalogue of events, and at most `maxDataFrames` of perf data. */
export function trimmed(files: CaptureFiles, maxDataFrames = 6): Map<string, Uint8Array> {
  const result = new Map(files);
  result.delete('gator-log.txt');
  const data = files.get(DATA) as Uint8Array;
  let dataFrames = 0;
  const frames = framePlaces(data).flatMap(({ type, start, end }) => {
    const bytes = data.subarray(start, end);
    if (type === 12 && ++dataFrames > maxDataFrames) return [];
    if (type !== 11 || bytes.length < LONG_FRAME_BYTES) return [bytes];
    const text = bytes.subarray(5, 5 + KEPT_BYTES);
    return [frame(11, concat([text.subarray(0, text.lastIndexOf(10)), Uint8Array.of(0)]))];
  });
  result.set(DATA, concat(frames));
  const events = files.get('events.xml');
  if (events) result.set('events.xml', new TextEncoder().encode(oneCore(new TextDecoder().decode(events))));
  return result;
}

/** The catalogue with one core's events and the operating system's. */
function oneCore(xml: string): string {
  const category = (name: string): string => {
    const from = xml.search(new RegExp(`<category [^>]*name="${name}"`));
    return from < 0 ? '' : xml.slice(from, xml.indexOf('</category>', from) + '</category>'.length);
  };
  return `<?xml version="1.0" encoding="UTF-8"?>\n<events>\n${category('Neoverse-V1')}\n${category('Linux')}\n</events>\n`;
}

/** The capture with one of its files cut to a share of its length. */
export function cut(files: CaptureFiles, name: string, share: number): Map<string, Uint8Array> {
  const bytes = files.get(name) as Uint8Array;
  return new Map(files).set(name, bytes.subarray(0, Math.floor(bytes.length * share)));
}

/** The capture with a number of bits flipped in one of its files, anywhere or within given ranges. */
export function flipped(
  files: CaptureFiles,
  name: string,
  flips: number,
  random: (below: number) => number,
  ranges: readonly { start: number; end: number }[] | null = null,
): Map<string, Uint8Array> {
  const bytes = (files.get(name) as Uint8Array).slice();
  const places = ranges ?? [{ start: 0, end: bytes.length }];
  for (let flip = 0; flip < flips; flip++) {
    const { start, end } = places[random(places.length)];
    bytes[start + random(end - start)] ^= 1 << random(8);
  }
  return new Map(files).set(name, bytes);
}
