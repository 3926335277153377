/**
 * How fast a large site is built, and how much memory that takes, beside a bare Astro site of as many pages.
 *
 *     node scripts/bench/site.ts [--runs 200] [--keep folder]
 *
 * The runs are example runs that end earlier or later, under other ids and titles: their samples, tokens and numbers are
 * others, and each is read, analysed and drawn for itself. The bare site has one page of one paragraph for each page of
 * gemview's. Memory is that of all processes of a build together. `--keep` leaves captures, cache and sites in a folder.
 */
import { spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { unzipSync, zipSync } from 'fflate';
import { isMap, isSeq, parseDocument } from 'yaml';
import { packageRoot } from '../../src/platform/node/packageRoot.ts';

const EXAMPLES = join(packageRoot, 'captures');
const ASTRO = join(packageRoot, 'node_modules/astro/bin/astro.mjs');
/** How often memory is looked at. */
const LOOK_MS = 250;
/** The shortest variation has this share of its example. */
const LEAST_SHARE = 0.6;

/** The changed run is recorded again, and ends earlier. A new title stands in the pages of the runs beside it as well. */
const SHARE_OF_CHANGED = 0.5;

/** Fields of /proc/<pid>/stat behind the name, which may hold anything: state is the first. */
const STAT_PARENT = 1;
/** Time of children that have ended, in user mode and in the kernel, hundredths of a second. */
const STAT_CHILDREN_TIMES = 13;
const STAT_RESIDENT_PAGES = 21;

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '200' }, keep: { type: 'string' } },
});
await bench(Number(values.runs), values.keep);

/** What one build cost. */
interface Cost {
  seconds: number;
  /** Time on CPUs of all processes: what stays the same on a busy machine. */
  cpuSeconds: number;
  /** Highest sum over all processes. */
  peakMegabytes: number;
}

async function bench(runs: number, keep: string | undefined): Promise<void> {
  const folder = keep ?? mkdtempSync(join(tmpdir(), 'gemview-bench-site-'));
  try {
    const captures = join(folder, 'captures');
    const site = join(folder, 'site');
    rmSync(captures, { recursive: true, force: true });
    const last = writeVariations(captures, runs);
    const build = (): Promise<Cost> =>
      costOf([
        join(packageRoot, 'bin/gemview.mjs'),
        ...['build', captures, '--out', site, '--cache', join(folder, 'cache')],
      ]);
    rmSync(join(folder, 'cache'), { recursive: true, force: true });
    rmSync(site, { recursive: true, force: true });
    const cold = await build();
    const unchanged = await build();
    endEarlier(join(captures, last), SHARE_OF_CHANGED);
    const changed = await build();
    retitle(join(captures, last), 'one more variation');
    const retitled = await build();
    rmSync(join(folder, 'cache/pages'), { recursive: true, force: true });
    rmSync(site, { recursive: true, force: true });
    const rendered = await build();
    const files = filesBelow(site);
    const pages = files.filter(({ path }) => isPage(path)).length;
    const bare = await costOf(bareSite(join(folder, 'bare'), pages));
    const bytes = (ending: RegExp): number =>
      files.filter(({ path }) => ending.test(path)).reduce((sum, file) => sum + file.bytes, 0);
    const perRun = (sum: number): string => `${(sum / runs / 1000).toFixed(0)} kB`;
    process.stdout.write(
      [
        `${runs} runs, ${pages} pages, ${files.length} files`,
        row('bare Astro site', bare, pages),
        `${row('cold', cold, pages)}, ${times(cold, bare)}`,
        `${row('pages cold', rendered, pages)}, ${times(rendered, bare)}`,
        row('nothing changed', unchanged, pages),
        row('one run changed', changed, pages),
        row('one title', retitled, pages),
        `a run has ${perRun(bytes(/./))}: ${perRun(bytes(/\.html$/))} HTML, ${perRun(bytes(/\.svg$/))} SVG, ` +
          `${perRun(bytes(/\.png$/))} PNG, ${perRun(bytes(/\.(json|csv|md|txt)$/))} data`,
        '',
      ].join('\n'),
    );
  } finally {
    if (keep === undefined) rmSync(folder, { recursive: true, force: true });
  }
}

/** Factors of wall-clock and of CPU time. */
function times(cost: Cost, bare: Cost): string {
  const factor = (key: 'seconds' | 'cpuSeconds'): string => (cost[key] / bare[key]).toFixed(2);
  return `${factor('seconds')} times the bare site (${factor('cpuSeconds')} of CPU)`;
}

function row(name: string, { seconds, cpuSeconds, peakMegabytes }: Cost, pages: number): string {
  return (
    `${name.padEnd(16)} ${seconds.toFixed(1).padStart(6)} s (${cpuSeconds.toFixed(1)} s of CPU), ` +
    `${(pages / seconds).toFixed(0)} pages a second, peak ${peakMegabytes.toFixed(0)} MB`
  );
}

/** Copies the example runs round by round, each under an id and a title of its own. Returns the last id. */
function writeVariations(captures: string, runs: number): string {
  const examples = readdirSync(EXAMPLES).filter((name) => name !== 'stories');
  let id = '';
  for (let index = 0; index < runs; index++) {
    const round = Math.floor(index / examples.length) + 1;
    const example = examples[index % examples.length];
    id = `${example}-${round}`;
    const folder = join(captures, id);
    mkdirSync(folder, { recursive: true });
    // Chapters quote numbers of other runs by their ids.
    cpSync(join(EXAMPLES, example), folder, {
      recursive: true,
      filter: (path) => path !== join(EXAMPLES, example, 'chapters'),
    });
    retitle(folder, `variation ${round}`, (baseline) => `${baseline}-${round}`);
    endEarlier(folder, 1 - ((1 - LEAST_SHARE) * index) / runs);
  }
  return id;
}

/** Leaves out the end of a recording; rates that somebody reported become smaller. */
function endEarlier(run: string, share: number): void {
  for (const name of readdirSync(run)) {
    const path = join(run, name);
    if (name === 'perf.data') writeFileSync(path, shorterPerfData(readFileSync(path), share));
    else if (name.endsWith('.apc.zip')) writeFileSync(path, shorterApc(readFileSync(path), share));
    else if (name === 'run.yaml') writeFileSync(path, smallerFigures(readFileSync(path, 'utf8'), share));
  }
}

/** Samples of the last part become records that say nothing: what lies behind them stays where the header says. */
function shorterPerfData(file: Buffer, share: number): Buffer {
  /** `struct perf_file_header`: offset and size of the section with the records. */
  const start = Number(file.readBigUInt64LE(40));
  const bytes = Number(file.readBigUInt64LE(48));
  const PERF_RECORD_SAMPLE = 9;
  const PERF_RECORD_FINISHED_ROUND = 68;
  for (let at = start; at < start + bytes; at += file.readUInt16LE(at + 6)) {
    const isCut = at >= start + bytes * share && file.readUInt32LE(at) === PERF_RECORD_SAMPLE;
    if (isCut) file.writeUInt32LE(PERF_RECORD_FINISHED_ROUND, at);
  }
  return file;
}

/** A gator capture whose stream ends within a frame, as when the recording was killed. */
function shorterApc(archive: Uint8Array, share: number): Uint8Array {
  const files = unzipSync(archive);
  for (const [name, bytes] of Object.entries(files)) {
    if (name.endsWith('/0000000000')) files[name] = bytes.subarray(0, Math.floor(bytes.length * share));
  }
  return zipSync(files, { level: 1 });
}

function smallerFigures(yaml: string, share: number): string {
  const config = parseDocument(yaml);
  const figures = config.get('figures');
  for (const figure of isSeq(figures) ? figures.items : []) {
    if (!isMap(figure) || figure.get('kind') !== 'rate') continue;
    figure.set('value', Number(figure.get('value')) * share);
    figure.delete('repetitions');
  }
  return config.toString();
}

/** Gives a run another title: its content is another, and everything about it is made again. */
function retitle(run: string, words: string, baselineOf = (baseline: string): string => baseline): void {
  const path = join(run, 'run.yaml');
  const config = parseDocument(readFileSync(path, 'utf8'));
  config.set('title', `${String(config.get('title'))}, ${words}`);
  const baseline = config.get('baseline');
  if (typeof baseline === 'string') config.set('baseline', baselineOf(baseline));
  writeFileSync(path, config.toString());
}

/** An Astro project of small pages. Returns the arguments that build it. */
function bareSite(project: string, pages: number): string[] {
  rmSync(project, { recursive: true, force: true });
  mkdirSync(join(project, 'src/pages'), { recursive: true });
  symlinkSync(join(packageRoot, 'node_modules'), join(project, 'node_modules'));
  writeFileSync(
    join(project, 'src/pages/[page].astro'),
    `---
export const getStaticPaths = () =>
  Array.from({ length: ${pages} }, (_, index) => ({ params: { page: \`page-\${index}\` } }));
const { page } = Astro.params;
---
<html lang="en">
  <head><meta charset="utf-8" /><title>{page}</title></head>
  <body><h1>{page}</h1><p>A page of one paragraph.</p></body>
</html>
`,
  );
  return [ASTRO, 'build', '--root', project, '--silent'];
}

/** Runs Node with the arguments until it ends. Fails with what it says when it does. */
function costOf(args: readonly string[]): Promise<Cost> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const cpuBefore = cpuSecondsOfChildren();
    const child = spawn(process.execPath, args, {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, ASTRO_TELEMETRY_DISABLED: '1' },
    });
    let errors = '';
    child.stderr.on('data', (text: Buffer) => (errors += text.toString()));
    let peakMegabytes = 0;
    const look = setInterval(() => {
      peakMegabytes = Math.max(peakMegabytes, residentMegabytes(child.pid ?? 0));
    }, LOOK_MS);
    child.on('error', reject);
    child.on('close', (code) => {
      clearInterval(look);
      const seconds = (performance.now() - started) / 1000;
      const cpuSeconds = cpuSecondsOfChildren() - cpuBefore;
      if (code === 0) resolve({ seconds, cpuSeconds, peakMegabytes });
      else reject(new Error(`${args[1]} failed: ${errors}`));
    });
  });
}

/** CPU time of all processes that this one started and that have ended, with theirs; 0 where there is no /proc. */
function cpuSecondsOfChildren(): number {
  const fields = statFields(process.pid);
  if (fields === null) return 0;
  return (Number(fields[STAT_CHILDREN_TIMES]) + Number(fields[STAT_CHILDREN_TIMES + 1])) / 100;
}

/** Memory of a process and of all that it started, now; 0 where there is no /proc. */
function residentMegabytes(root: number): number {
  const all = new Map<number, string[]>();
  for (const name of existsSync('/proc') ? readdirSync('/proc') : []) {
    const fields = /^\d+$/.test(name) ? statFields(Number(name)) : null;
    if (fields) all.set(Number(name), fields);
  }
  const isBelow = (pid: number): boolean =>
    pid === root || (all.has(pid) && isBelow(Number(all.get(pid)![STAT_PARENT])));
  return [...all]
    .filter(([pid]) => isBelow(pid))
    .reduce((sum, [, fields]) => sum + (Number(fields[STAT_RESIDENT_PAGES]) * 4096) / 2 ** 20, 0);
}

/** Null when the process has ended. */
function statFields(pid: number): string[] | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return null;
  }
}

interface SiteFile {
  /** Below the site. */
  path: string;
  bytes: number;
}

function filesBelow(site: string): SiteFile[] {
  return readdirSync(site, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return { path: path.slice(site.length + 1), bytes: statSync(path).size };
    });
}

/** A page that is rendered; pinned copies of charts and redirects are copies. */
function isPage(path: string): boolean {
  return path.endsWith('.html') && !path.includes('@');
}
