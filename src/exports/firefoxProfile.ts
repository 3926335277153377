/**
 * Firefox Profiler's processed profile, version 60 (docs-developer/CHANGELOG-formats.md of firefox-devtools/profiler: the
 * first with tables shared by all threads; later versions of the site bring older files up to date by themselves).
 * Samples keep their threads and times; stages and llama_decode calls are markers.
 */
import type { RunAnalysis } from '../analysis/analyseRun.ts';
import { categoryFacts, CATEGORY_GROUP_IDS, type CategoryGroupId } from '../llama/kernels/index.ts';
import { StringInterner } from '../profile/interning.ts';
import {
  imageName,
  publishShown,
  sampledStacks,
  type PublishText,
  type SampledStacks,
} from './sampledStacks.ts';

const FORMAT_VERSION = 60;

/** Colours that the site knows; at least one category must be grey. */
const CATEGORY_COLOURS: Record<CategoryGroupId, { name: string; color: string }> = {
  matmul: { name: 'Matrix multiplication', color: 'blue' },
  attention: { name: 'Attention', color: 'purple' },
  vector: { name: 'Vector operators', color: 'green' },
  quantise: { name: 'Quantise and pack', color: 'lightblue' },
  memory: { name: 'Memory', color: 'yellow' },
  sync: { name: 'Waiting for threads', color: 'red' },
  runtime: { name: 'Runtime', color: 'brown' },
  kernel: { name: 'Operating system', color: 'orange' },
  other: { name: 'Other', color: 'grey' },
};

/** Marker phases of the format. */
const INTERVAL = 1;

const milliseconds = (ns: number): number => Math.round(ns / 1e3) / 1e3;

/** The file as a JSON text; null for a run without samples. */
export function firefoxProfile(
  analysis: RunAnalysis,
  { title, publish: allowed, exporter }: { title: string; publish: PublishText; exporter: string },
): string | null {
  const stacks = sampledStacks(analysis);
  if (stacks === null || stacks.samples.stack.length === 0) return null;
  const publish = publishShown(allowed);
  const strings = new StringInterner();
  const intern = (text: string): number => strings.intern(publish(text));
  const shared = sharedTables(analysis, stacks, intern);
  const threads = threadsOf(analysis, stacks, intern, publish);
  return JSON.stringify({
    meta: {
      version: 24,
      preprocessedProfileVersion: FORMAT_VERSION,
      product: publish(title),
      importedFrom: exporter,
      processType: 0,
      startTime: 0,
      interval: intervalMs(analysis, stacks),
      stackwalk: 1,
      debug: false,
      symbolicated: true,
      extensions: { length: 0, id: [], name: [], baseURL: [] },
      categories: CATEGORY_GROUP_IDS.map((id) => ({ ...CATEGORY_COLOURS[id], subcategories: ['Other'] })),
      markerSchema: MARKER_SCHEMA,
    },
    libs: [],
    pages: [],
    shared: { ...shared, stringArray: strings.strings },
    threads,
  });
}

const MARKER_SCHEMA = [
  {
    name: 'Stage',
    tooltipLabel: '{marker.data.name}',
    tableLabel: '{marker.data.name}',
    chartLabel: '{marker.data.name}',
    display: ['marker-chart', 'marker-table', 'timeline-overview'],
    fields: [
      { key: 'name', label: 'Stage', format: 'string' },
      { key: 'tokens', label: 'Tokens', format: 'integer' },
    ],
  },
  {
    name: 'Call',
    tooltipLabel: '{marker.data.name}',
    tableLabel: '{marker.data.name}',
    chartLabel: '{marker.data.name}',
    display: ['marker-chart', 'marker-table'],
    fields: [
      { key: 'name', label: 'Call', format: 'string' },
      { key: 'past', label: 'Position', format: 'integer' },
      { key: 'tokens', label: 'Tokens', format: 'integer' },
    ],
  },
];

/** Stack, frame, function and resource tables: one frame a function, since lines are not known. */
function sharedTables(
  analysis: RunAnalysis,
  { table }: SampledStacks,
  intern: (text: string) => number,
): Record<string, unknown> {
  const { functions } = analysis.functions;
  const images = new Map<string, number>();
  const resourceOf = functions.map(({ image }) => {
    const name = imageName(image);
    const row = images.get(name) ?? images.size;
    images.set(name, row);
    return row;
  });
  const category = functions.map((_, index) =>
    CATEGORY_GROUP_IDS.indexOf(categoryFacts(analysis.kernelOf(index).category).group),
  );
  const all = <T>(value: T): T[] => functions.map(() => value);
  const rows = functions.map((_, index) => index);
  return {
    stackTable: {
      length: table.length,
      frame: Array.from(table.frame),
      prefix: Array.from(table.prefix, (prefix) => (prefix < 0 ? null : prefix)),
    },
    frameTable: {
      length: functions.length,
      address: all(-1),
      inlineDepth: all(0),
      category,
      subcategory: all(0),
      func: rows,
      nativeSymbol: all(null),
      innerWindowID: all(0),
      line: all(null),
      column: all(null),
    },
    funcTable: {
      length: functions.length,
      name: functions.map(({ name }) => intern(name)),
      isJS: all(false),
      relevantForJS: all(false),
      resource: resourceOf,
      source: all(null),
      lineNumber: all(null),
      columnNumber: all(null),
    },
    resourceTable: {
      length: images.size,
      lib: Array.from(images, () => null),
      name: Array.from(images.keys(), intern),
      host: Array.from(images, () => null),
      // A library, whether or not it is one of `libs`.
      type: Array.from(images, () => 1),
    },
    nativeSymbols: { length: 0, address: [], functionSize: [], libIndex: [], name: [] },
    sources: { length: 0, uuid: [], filename: [] },
  };
}

/** Threads with samples; stages and calls stand on the first thread of the process that runs llama.cpp. */
function threadsOf(
  analysis: RunAnalysis,
  stacks: SampledStacks,
  intern: (text: string) => number,
  publish: PublishText,
): Record<string, unknown>[] {
  const { profile, timeline, extent } = analysis;
  const { samples } = stacks;
  const byThread = new Map<number, number[]>();
  samples.row.forEach((row, sample) => {
    const thread = profile.samples.thread[row];
    const list = byThread.get(thread);
    if (list) list.push(sample);
    else byThread.set(thread, [sample]);
  });
  const threads = [...byThread.keys()].sort((a, b) => a - b);
  const marked = threads.find((thread) => profile.threads[thread].pid === timeline.pid) ?? threads[0];
  return threads.map((thread) => {
    const { pid, tid, name, process } = profile.threads[thread];
    const own = byThread.get(thread)!;
    return {
      name: publish(tid === pid ? `${name} (main)` : name),
      processName: publish(profile.processes[process].name),
      processType: 'default',
      processStartupTime: extent ? milliseconds(extent.startNs) : 0,
      processShutdownTime: null,
      registerTime: 0,
      unregisterTime: null,
      pausedRanges: [],
      isMainThread: tid === pid,
      pid: String(pid),
      tid,
      samples: {
        length: own.length,
        stack: own.map((sample) => samples.stack[sample]),
        time: own.map((sample) => milliseconds(profile.samples.timeNs[samples.row[sample]])),
        weight: null,
        weightType: 'samples',
      },
      markers: thread === marked ? markersOf(analysis, intern) : emptyMarkers(),
    };
  });
}

interface MarkerTable {
  length: number;
  name: number[];
  startTime: number[];
  endTime: number[];
  phase: number[];
  category: number[];
  data: Record<string, unknown>[];
}

const emptyMarkers = (): MarkerTable => ({
  length: 0,
  name: [],
  startTime: [],
  endTime: [],
  phase: [],
  category: [],
  data: [],
});

function markersOf({ timeline }: RunAnalysis, intern: (text: string) => number): MarkerTable {
  const markers = emptyMarkers();
  const runtime = CATEGORY_GROUP_IDS.indexOf('runtime');
  const add = (kind: string, startNs: number, endNs: number, data: Record<string, unknown>): void => {
    markers.length++;
    markers.name.push(intern(kind));
    markers.startTime.push(milliseconds(startNs));
    markers.endTime.push(milliseconds(endNs));
    markers.phase.push(INTERVAL);
    markers.category.push(runtime);
    markers.data.push({ type: kind, ...data });
  };
  for (const { stage, name, startNs, endNs, tokens } of timeline.phases) {
    add('Stage', startNs, endNs, { name: stage === name ? stage : `${stage} ${name}`, tokens });
  }
  for (const { stage, startNs, endNs, past, nEval } of timeline.tokens) {
    add('Call', startNs, endNs, { name: `llama_decode, ${stage}`, past: past ?? undefined, tokens: nEval });
  }
  return markers;
}

/** The site takes each sample for one interval: the mean distance of the samples of a thread. */
function intervalMs({ profile, weight }: RunAnalysis, { samples }: SampledStacks): number {
  const { frequencyHz } = profile.events[weight!.event];
  if (frequencyHz) return 1000 / frequencyHz;
  const first = profile.samples.timeNs[samples.row[0]];
  const last = profile.samples.timeNs[samples.row[samples.row.length - 1]];
  const threads = new Set(samples.row.map((row) => profile.samples.thread[row])).size;
  return Math.max(
    0.001,
    milliseconds(((last - first) * threads) / Math.max(1, samples.row.length - threads)),
  );
}
