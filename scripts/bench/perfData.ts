/**
 * How fast perf.data is read, and how much memory that takes, beside perf itself.
 *
 *     node scripts/bench/perfData.ts [--samples 100000,1000000] [--large] [--without-script]
 *
 * Makes recordings with call chains of 10 to 20 frames (`--large` adds one of ten million samples: 2.5 GB), reads each in a
 * process of its own, and then gives the same file to `perf report --stdio -g none` and `perf script`. Everything runs one
 * after the other on the same machine; CPU seconds matter where it has other work to do.
 *
 * Two rows are ours: the reader alone, and its process from start to end (Node starts, strips types, compiles). perf also
 * names the functions of a library that has symbols, which the reader leaves to a later step: of a million samples it has
 * some thousand addresses to name. perf's output goes to /dev/null.
 */
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { FileSource } from '../../src/platform/node/files.ts';
import { nodeServices } from '../../src/platform/node/services.ts';
import { perfDataReader } from '../../src/readers/perfData/index.ts';
import { CONTEXT_USER, PerfDataWriter } from '../../test/support/perfDataWriter.ts';

const LARGE_SAMPLES = 10_000_000;

/** Samples that are made one by one; larger recordings repeat them at later times. */
const BLOCK_SAMPLES = 32_768;
const CPUS = 8;
/** Samples of one CPU that stand together, as a ring buffer is emptied. */
const ROUND_SAMPLES = 256;
const CALLER_PATHS = 500;
const NANOSECONDS_APART = 1000;

/** A library with symbols for perf to look up, so that it has the work it usually has. */
const LIBRARIES = [
  '/usr/lib/x86_64-linux-gnu/libc.so.6',
  '/usr/lib/aarch64-linux-gnu/libc.so.6',
  '/lib64/libc.so.6',
];
const LIBRARY_START = 0x7f00_0000_0000n;
const LIBRARY_BYTES = 0x18_0000n;

/** Place of the data section's size in the file header; its offset stands before it. */
const DATA_SIZE_AT = 48;

/** A SAMPLE record of the file that is made has its time here, after header, IDENTIFIER, IP and TID. */
const TIME_AT = 32;
/** Records without samples have 8 bytes. */
const EMPTY_RECORD_BYTES = 8;

const { values, positionals } = parseArgs({
  options: {
    samples: { type: 'string', default: '100000,1000000' },
    large: { type: 'boolean', default: false },
    'without-script': { type: 'boolean', default: false },
    measure: { type: 'boolean', default: false },
  },
  allowPositionals: true,
});
if (values.measure) await measure(positionals[0]);
else await bench();

interface Cost {
  seconds: number;
  cpuSeconds: number;
  peakMegabytes: number;
}

/** Reads one file and prints what it cost. */
async function measure(path: string): Promise<void> {
  const source = await FileSource.open(path);
  const cpuBefore = process.cpuUsage();
  const start = performance.now();
  const profile = await perfDataReader.read(
    { path, bytes: source.size, content: { kind: 'file', source } },
    { services: nodeServices },
  );
  const seconds = (performance.now() - start) / 1000;
  const spent = process.cpuUsage(cpuBefore);
  await source.close();
  const { maxRSS } = process.resourceUsage();
  process.stdout.write(
    JSON.stringify({
      seconds,
      cpuSeconds: (spent.user + spent.system) / 1e6,
      peakMegabytes: maxRSS / 1024,
      samples: profile.samples.length,
      stacks: profile.stacks.length,
    }),
  );
}

async function bench(): Promise<void> {
  const hasPerf = spawnSync('perf', ['--version']).status === 0;
  if (!hasPerf)
    console.log('perf is not there: apt install linux-perf (Debian), linux-tools-generic (Ubuntu)\n');
  const sizes = [...values.samples.split(',').map(Number), ...(values.large ? [LARGE_SAMPLES] : [])];
  const folder = mkdtempSync(join(tmpdir(), 'gemview-bench-'));
  try {
    for (const samples of sizes) await benchSize(folder, samples, hasPerf);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function benchSize(folder: string, samples: number, hasPerf: boolean): Promise<void> {
  const path = join(folder, 'perf.data');
  const bytes = writeRecording(path, samples);
  console.log(`${samples.toLocaleString('en-US')} samples, ${(bytes / 1e6).toFixed(0)} MB`);
  const start = performance.now();
  const child = spawnSync(process.execPath, [import.meta.filename, '--measure', path], { encoding: 'utf8' });
  const processSeconds = (performance.now() - start) / 1000;
  if (child.status !== 0) throw new Error(child.stderr);
  const ours = JSON.parse(child.stdout) as Cost & { samples: number; stacks: number };
  if (ours.samples !== samples) throw new Error(`read ${ours.samples} of ${samples} samples`);
  print('gemview: reader', ours, null);
  console.log(`  ${'gemview: process'.padEnd(20)} ${processSeconds.toFixed(2).padStart(8)} s`);
  if (!hasPerf) return;
  const buildIds = join(folder, 'buildid');
  const report = await costOf(['report', '--stdio', '-g', 'none', '-i', path], buildIds);
  print('perf report -g none', report, ours);
  if (values['without-script']) return;
  print('perf script', await costOf(['script', '-i', path], buildIds), ours);
}

function print(name: string, cost: Cost, ours: Cost | null): void {
  const ratio = ours ? `  ${(cost.seconds / ours.seconds).toFixed(1)} × the reader` : '';
  console.log(
    `  ${name.padEnd(20)} ${cost.seconds.toFixed(2).padStart(8)} s  ${cost.cpuSeconds.toFixed(2).padStart(8)} s CPU  ${cost.peakMegabytes.toFixed(0).padStart(6)} MB${ratio}`,
  );
}

/** What a run of perf costs; its memory and CPU time come from /proc while it runs (Linux). */
async function costOf(args: readonly string[], buildIds: string): Promise<Cost> {
  const start = performance.now();
  const child = spawn('perf', args, {
    stdio: 'ignore',
    env: { ...process.env, LC_ALL: 'C', PERF_BUILDID_DIR: buildIds },
  });
  const cost: Cost = { seconds: 0, cpuSeconds: 0, peakMegabytes: 0 };
  const watch = setInterval(() => look(child.pid ?? 0, cost), 20);
  await new Promise<void>((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`perf ${args[0]} ended with ${code}`)),
    );
  });
  clearInterval(watch);
  cost.seconds = (performance.now() - start) / 1000;
  return cost;
}

function look(pid: number, cost: Cost): void {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const peakKilobytes = Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? 0);
    cost.peakMegabytes = Math.max(cost.peakMegabytes, peakKilobytes / 1024);
    // Fields 14 and 15, counted after the name in parentheses: ticks of a hundredth of a second.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    cost.cpuSeconds = (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    // It has just ended.
  }
}

/** Writes a recording; returns its size. */
function writeRecording(path: string, samples: number): number {
  const file = new PerfDataWriter();
  const cycles = file.event({ name: 'cycles', frequencyHz: 999, instances: CPUS, attributeBytes: 128 });
  for (let cpu = 0; cpu < CPUS; cpu++) file.comm({ pid: 100, tid: 100 + cpu, name: 'llama-cli' });
  file.mmap({
    pid: 100,
    start: LIBRARY_START,
    bytes: LIBRARY_BYTES,
    path: LIBRARIES.find((library) => existsSync(library)) ?? LIBRARIES[0],
  });
  const head = file.toFile({ descriptions: false });
  const sideBandRecords = file.records.length;
  for (let i = 0; i < Math.min(samples, BLOCK_SAMPLES); i++) {
    const cpu = Math.floor(i / ROUND_SAMPLES) % CPUS;
    const round = Math.floor(i / (ROUND_SAMPLES * CPUS));
    const inRound = i % ROUND_SAMPLES;
    if (i > 0 && i % (ROUND_SAMPLES * CPUS) === 0) file.finishedRound();
    const ip = codeAddress(i * 7 + (i % 64));
    file.sample(cycles, {
      pid: 100,
      tid: 100 + cpu,
      cpu,
      instance: cpu,
      timeNs: 1_000_000_000 + (round * ROUND_SAMPLES + inRound) * NANOSECONDS_APART + cpu,
      ip,
      period: 1_000_000,
      chain: [CONTEXT_USER, ip, ...callerPath(Math.floor((i * 31) % CALLER_PATHS))],
    });
  }
  const records = file.records.slice(sideBandRecords);
  const block = Buffer.concat(records);
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  const blockNs = BigInt((BLOCK_SAMPLES / CPUS) * NANOSECONDS_APART);
  const handle = openSync(path, 'w');
  let dataBytes = head.length - dataOffset(head);
  writeSync(handle, head);
  for (let written = 0; written < samples; written += Math.min(samples, BLOCK_SAMPLES)) {
    if (written > 0) delay(view, records, blockNs);
    const end = bytesOfSamples(records, samples - written);
    writeSync(handle, block, 0, end);
    dataBytes += end;
  }
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(dataBytes));
  writeSync(handle, size, 0, 8, DATA_SIZE_AT);
  closeSync(handle);
  return dataOffset(head) + dataBytes;
}

function dataOffset(head: Uint8Array): number {
  return Number(new DataView(head.buffer).getBigUint64(DATA_SIZE_AT - 8, true));
}

/** Bytes of the records up to a number of samples. */
function bytesOfSamples(records: readonly Uint8Array[], samples: number): number {
  let bytes = 0;
  for (const record of records) {
    if (record.length > EMPTY_RECORD_BYTES && samples-- === 0) break;
    bytes += record.length;
  }
  return bytes;
}

/** Moves all samples of the block on in time. */
function delay(view: DataView, records: readonly Uint8Array[], byNs: bigint): void {
  let at = 0;
  for (const record of records) {
    if (record.length > EMPTY_RECORD_BYTES) {
      view.setBigUint64(at + TIME_AT, view.getBigUint64(at + TIME_AT, true) + byNs, true);
    }
    at += record.length;
  }
}

/** An address in the library's code: it begins after the headers. */
function codeAddress(n: number): bigint {
  return LIBRARY_START + 0x3_0000n + BigInt((n * 4099) % 0x10_0000);
}

/** One of the ways by which code is reached: 8 to 18 return addresses. */
function callerPath(path: number): bigint[] {
  return Array.from({ length: 8 + (path % 11) }, (_, depth) => codeAddress(path * 131 + depth * 17));
}
