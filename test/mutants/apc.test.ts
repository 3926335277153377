/** Damaged and cut gator captures: every one ends soon, with a sound profile or one clear error. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { nodeServices } from '../../src/platform/node/services.ts';
import { profileViolations } from '../../src/profile/integrity.ts';
import { apcReader } from '../../src/readers/apc/index.ts';
import { InputError } from '../../src/readers/reader.ts';
import { ByteWriter, hexBytes } from '../support/apcBytes.ts';
import { captureFiles } from '../support/apcReading.ts';
import { ApcWriter, inputOf } from '../support/apcWriter.ts';
import type { ApcShape } from '../support/apcWriter.ts';
import { samplesFolder } from '../support/samples.ts';
import { DATA, cut, flipped, framePlaces, randomNumbers, trimmed } from './apcMutations.ts';
import type { CaptureFiles } from './apcMutations.ts';

const MUTANTS = 50;
/** Of whole captures, which take a hundred times as long. */
const WHOLE_MUTANTS = 8;
const FLIPPED_BYTES = 200;
/** A mutant may take twice the normal time; this much more is what a busy machine may add to a few milliseconds. */
const SLACK_MS = 400;

/** A capture with every kind of frame, small enough for a flip to matter. */
function madeUp(shape: ApcShape): Map<string, Uint8Array> {
  const apc = new ApcWriter({
    shape,
    counters: [
      { id: 'cycles', type: 'ARMv8_Neoverse_V1_ccnt', code: 0x11, title: 'Cycles', name: 'CPU Cycles' },
      { id: 'stalls', type: 'ARMv8_Neoverse_V1_cnt0', code: 0x24, title: 'Stalls', name: 'Backend' },
      { id: 'free', type: 'Linux_meminfo_memfree', title: 'Memory', name: 'Free', class: 'absolute' },
    ],
    kallsyms: 'ffff800080000000 T _text\nffff800080010000 t do_work\nffff800080020000 T last\t[module]\n',
  });
  const main = apc.thread(100, 100, 'llama-cli', '/bin/llama-cli');
  const worker = { pid: 100, tid: 101 };
  apc.maps(100, '00400000-00500000 r-xp 00000000 fe:00 1   /bin/llama-cli\n');
  apc.comm(0, main, 10, 'llama-cli', true);
  apc.map(0, main, 20, {
    start: 0x400000,
    length: 0x100000,
    path: '/bin/llama-cli',
    buildId: 'ab'.repeat(20),
  });
  apc.fork(1, main, worker, 500);
  for (let step = 1; step <= 60; step++) {
    const thread = step % 3 === 0 ? worker : main;
    const at = { timeNs: step * 1e6, cpu: step % 2, thread, counts: { cycles: step * 10, stalls: step } };
    apc.sample({
      ...at,
      user: [0x401000 + step, 0x402000, 0x403000],
      kernel: step % 5 ? [] : [0xffff_8000_8001_0000n],
    });
    if (step % 4 === 0) apc.switchOut({ ...at, timeNs: at.timeNs + 10, next: main });
    if (step % 10 === 0) apc.poll(step * 1e6, { free: 1000 - step }, { cpu: 1, tid: 101 });
    if (step % 15 === 0)
      apc
        .annotate(main)
        .marker(step * 1e6, `past ${step}, n_eval 1`)
        .send(20);
    apc.annotate(worker).text(step * 1e6, step % 3, step % 2 ? `node ${step}` : '');
  }
  apc.annotate(worker).channelName(5, 1, 1, 'graph').groupName(5, 1, 'ops');
  apc.annotate(worker).defineCounter({ id: 1, title: 'KV', name: 'tokens', activities: ['a', 'b'] });
  apc.annotate(worker).counterValue(7e6, 1, 5).activity(8e6, 1, 1, 101).close();
  if (shape === 'per-thread-groups') apc.lastReads(0, worker, 70e6, { cycles: 3 });
  apc.lost(0, main, 71e6, 4);
  apc.exit(1, main, worker, 72e6);
  apc.rawFrame(14, hexBytes('00 00 04 01 02 03 04'));
  apc.rawFrame(15, hexBytes('00 01 02'));
  apc.rawFrame(10, new ByteWriter().packed(40).text('FTRACE 2\n').bytes(new Uint8Array(64)).finish());
  return apc.files();
}

/** What becomes of a mutant: `read` and `refused` are fine, anything else says what is wrong. */
async function outcome(files: CaptureFiles): Promise<string> {
  try {
    const profile = await apcReader.read(inputOf(files, 'mutant.apc'), { services: nodeServices });
    if (profile.warnings.some(({ message }) => /NaN|undefined|\[object/.test(message)))
      return 'a broken warning';
    return profileViolations(profile)[0] ?? 'read';
  } catch (error) {
    if (!(error instanceof InputError))
      return error instanceof Error ? (error.stack ?? error.message) : String(error);
    return /^mutant\.apc(, byte \d+)?: \S.*[^.]$/.test(error.message) ? 'refused' : error.message;
  }
}

/** CPU time, which other work on the machine hardly changes. */
async function timed(files: CaptureFiles): Promise<{ result: string; ms: number }> {
  const start = process.cpuUsage();
  const result = await outcome(files);
  const { user, system } = process.cpuUsage(start);
  return { result, ms: (user + system) / 1e3 };
}

/** Reads the mutants; lists those that end otherwise than they should. */
async function failures(files: CaptureFiles, mutants: Iterable<CaptureFiles>): Promise<string[]> {
  await outcome(files);
  const normalMs = Math.max((await timed(files)).ms, (await timed(files)).ms);
  const bad: string[] = [];
  let index = 0;
  for (const mutant of mutants) {
    let { result, ms } = await timed(mutant);
    // Once more, in case the machine was busy with something else.
    if (ms > 2 * normalMs + SLACK_MS) ({ result, ms } = await timed(mutant));
    if (ms > 2 * normalMs + SLACK_MS) bad.push(`mutant ${index} took ${ms} ms instead of ${normalMs}`);
    if (result !== 'read' && result !== 'refused') bad.push(`mutant ${index}: ${result}`);
    index++;
  }
  return bad;
}

function* cuts(files: CaptureFiles, name: string, mutants = MUTANTS): Generator<CaptureFiles> {
  for (let index = 0; index < mutants; index++) yield cut(files, name, index / mutants);
}

function* flips(files: CaptureFiles, name: string, mutants = MUTANTS): Generator<CaptureFiles> {
  const random = randomNumbers(1234);
  for (let index = 0; index < mutants; index++) yield flipped(files, name, FLIPPED_BYTES, random);
}

/** Flips within frames of one type, lengths left as they are: the damage gets past the framing. */
function* flipsWithin(files: CaptureFiles, type: number, mutants = MUTANTS): Generator<CaptureFiles> {
  const random = randomNumbers(4321 + type);
  const ranges = framePlaces(files.get(DATA) as Uint8Array)
    .filter((place) => place.type === type && place.end - place.start > 5)
    .map(({ start, end }) => ({ start: start + 5, end }));
  for (let index = 0; index < mutants && ranges.length > 0; index++) {
    // Mostly few, so that most of the frame is still read.
    yield flipped(files, DATA, index % 3 === 0 ? FLIPPED_BYTES : 1 + random(8), random, ranges);
  }
}

function damages(name: string, open: () => Promise<CaptureFiles>): void {
  describe(name, () => {
    let files: CaptureFiles;
    beforeAll(async () => {
      files = await open();
      expect(await outcome(files)).toBe('read');
    });

    it('its data, cut at 50 places', async () => {
      expect(await failures(files, cuts(files, DATA))).toEqual([]);
    });

    it('its data, 200 bytes flipped, 50 times', async () => {
      expect(await failures(files, flips(files, DATA))).toEqual([]);
    });

    it('each kind of its frames, bytes flipped within, 50 times', async () => {
      const types = new Set(framePlaces(files.get(DATA) as Uint8Array).map(({ type }) => type));
      for (const type of types) expect(await failures(files, flipsWithin(files, type))).toEqual([]);
    });

    it('its XML files, cut and flipped likewise', async () => {
      for (const xml of [...files.keys()].filter((file) => file.endsWith('.xml'))) {
        expect(await failures(files, cuts(files, xml))).toEqual([]);
        expect(await failures(files, flips(files, xml))).toEqual([]);
      }
    });
  });
}

/** The gator captures that ship with the project, else those of the samples. */
function recordedCaptures(): string[] {
  const folders = ['captures', join(samplesFolder() ?? '', 'captures')].filter((folder) =>
    existsSync(folder),
  );
  for (const folder of folders) {
    const found = readdirSync(folder).flatMap((run) =>
      readdirSync(join(folder, run))
        .filter((name) => /\.apc(\.zip)?$/.test(name))
        .map((name) => join(folder, run, name)),
    );
    if (found.length > 0) return found;
  }
  return [];
}

/** The recording as it is: all its frames of perf data, the whole list of kernel symbols, every event of the catalogue. */
function damagesWhole(path: string): void {
  describe(`${path}, whole`, () => {
    it('cut, bytes flipped anywhere, and bytes flipped within each kind of its frames', async () => {
      const files = new Map(await captureFiles(path));
      files.delete('gator-log.txt');
      expect(await failures(files, cuts(files, DATA, WHOLE_MUTANTS))).toEqual([]);
      expect(await failures(files, flips(files, DATA, WHOLE_MUTANTS))).toEqual([]);
      const data = files.get(DATA) as Uint8Array;
      // Much more than the shortened captures have: most of what is damaged here is not in them.
      expect(data.length).toBeGreaterThan(2 * (trimmed(files).get(DATA) as Uint8Array).length);
      const places = framePlaces(data);
      for (const type of new Set(places.map((place) => place.type))) {
        expect(await failures(files, flipsWithin(files, type, WHOLE_MUTANTS))).toEqual([]);
      }
    });
  });
}

describe('mutants of captures', () => {
  for (const shape of ['system-wide', 'per-thread-groups', 'per-thread-periods'] as const) {
    damages(`made up, ${shape}`, () => Promise.resolve(madeUp(shape)));
  }
  for (const path of recordedCaptures()) {
    damages(path, async () => trimmed(await captureFiles(path)));
    damagesWhole(path);
  }
});
