/**
 * How fast gator captures are read, and how much memory that takes.
 *
 *     node scripts/bench/apc.ts [--megabytes 200] [capture.apc or .apc.zip]
 *
 * Enlarges a capture (one that ships with the project when none is given) to the wanted size and to half of it, writes
 * both to a temporary folder, and reads each in a process of its own, beside `cat` of the same bytes. Time should grow
 * with the size, no faster.
 */
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openInputs } from '../../src/platform/node/inputs.ts';
import { readAll } from '../../src/platform/bytes.ts';
import { nodeServices } from '../../src/platform/node/services.ts';
import { apcReader } from '../../src/readers/apc/index.ts';
import { enlargeApc } from '../../test/support/enlargeApc.ts';

const SHIPPED_CAPTURE = join(
  import.meta.dirname,
  '../../captures/gator-qwen05b-t1/qwen05b_markers_t1.apc.zip',
);
const DATA = '0000000000';

const { values, positionals } = parseArgs({
  options: { megabytes: { type: 'string', default: '200' }, measure: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const capture = positionals[0] ?? SHIPPED_CAPTURE;
if (values.measure) await measure(capture);
else await bench(capture, Number(values.megabytes));

/** What one reading cost. */
interface Measurement {
  bytes: number;
  seconds: number;
  /** Time on CPUs, collector threads included: what stays the same on a busy machine. */
  cpuSeconds: number;
  samples: number;
  peakMegabytes: number;
}

/** Reads one capture and prints a {@link Measurement}. */
async function measure(path: string): Promise<void> {
  const opened = await openInputs([path], { cwd: process.cwd() });
  const [input] = opened.inputs;
  const cpuBefore = process.cpuUsage();
  const start = performance.now();
  const profile = await apcReader.read(input, { services: nodeServices });
  const seconds = (performance.now() - start) / 1000;
  const cpu = process.cpuUsage(cpuBefore);
  await opened.close();
  const result: Measurement = {
    bytes: input.bytes,
    seconds,
    cpuSeconds: (cpu.user + cpu.system) / 1e6,
    samples: profile.samples.length,
    peakMegabytes: process.resourceUsage().maxRSS / 1024,
  };
  console.log(JSON.stringify(result));
}

async function bench(path: string, megabytes: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'gemview-bench-'));
  try {
    const files = await filesOf(path);
    const half = timed(writeEnlarged(files, join(folder, 'half.apc'), megabytes / 2));
    const whole = timed(writeEnlarged(files, join(folder, 'whole.apc'), megabytes));
    console.log(`time for twice the bytes: ${(whole.seconds / half.seconds).toFixed(2)} times as long`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function filesOf(path: string): Promise<Map<string, Uint8Array>> {
  const opened = await openInputs([path], { cwd: process.cwd() });
  const files = new Map<string, Uint8Array>();
  for (const { content } of opened.inputs) {
    if (content.kind !== 'bundle') continue;
    for (const [name, source] of content.members) {
      files.set(name.slice(name.lastIndexOf('/') + 1), await readAll(source));
    }
  }
  await opened.close();
  return files;
}

/** Writes the capture at a size; returns its folder. */
function writeEnlarged(files: ReadonlyMap<string, Uint8Array>, folder: string, megabytes: number): string {
  mkdirSync(folder);
  for (const [name, bytes] of files) if (name !== DATA) writeFileSync(join(folder, name), bytes);
  const file = openSync(join(folder, DATA), 'w');
  const data = files.get(DATA);
  if (!data) throw new Error('this is no gator capture');
  for (const piece of enlargeApc(data, megabytes * 1e6)) writeSync(file, piece);
  closeSync(file);
  return folder;
}

/** Reads a capture in a process of its own, twice, and takes the better time. */
function timed(folder: string): Measurement {
  const data = join(folder, DATA);
  const start = performance.now();
  execFileSync('cat', [data], { stdio: ['ignore', 'ignore', 'inherit'] });
  const catSeconds = (performance.now() - start) / 1000;
  const runs = [1, 2].map(
    () =>
      JSON.parse(
        execFileSync(process.execPath, [import.meta.filename, '--measure', folder], { encoding: 'utf8' }),
      ) as Measurement,
  );
  const best = runs[0].seconds < runs[1].seconds ? runs[0] : runs[1];
  const megabytes = statSync(data).size / 1e6;
  console.log(
    [
      `${megabytes.toFixed(0)} MB`,
      `${best.seconds.toFixed(2)} s (${best.cpuSeconds.toFixed(2)} s of CPU)`,
      `${(megabytes / best.seconds).toFixed(0)} MB/s`,
      `${(best.samples / best.seconds / 1000).toFixed(0)}k samples/s (${best.samples})`,
      `peak RSS ${best.peakMegabytes.toFixed(0)} MB`,
      `cat ${catSeconds.toFixed(2)} s`,
    ].join(' · '),
  );
  return best;
}
