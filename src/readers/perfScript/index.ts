/**
 * Reader of `perf script` text (also that of simpleperf's report_sample.py): the form in which perf recordings are most
 * often passed on, since it needs neither the binaries nor the same perf. Frames bring their symbols along.
 */
import { coreName } from '../../arm/cores.ts';
import { ProfileBuilder, unknownClock } from '../../profile/builder.ts';
import type { Clock, InputFile, Profile } from '../../profile/types.ts';
import { isTracepointName } from '../perfEventName.ts';
import { InputError } from '../reader.ts';
import type { InputHead, RawInput, Reader } from '../reader.ts';
import { fileSource, headLines, textBlocks } from '../textInput.ts';
import type { FileHeader } from './fileHeader.ts';
import { isFrameAlone, isSourceLine, parseFrameLine } from './frameLine.ts';
import { buildProfile, isTracepointEvent } from './profile.ts';
import { RecordLine } from './recordLine.ts';
import { RecordReader } from './recordReader.ts';
import type { RecordSink } from './recordReader.ts';
import { parseSideRecord } from './sideRecords.ts';
import { HitCollector } from './tracepoints.ts';

const FORMAT = 'perf-script';
/** What `perf script --header-only` writes: target and command, no records. */
const HEADER_FORMAT = 'perf-header';

/** With more lines than this that make no sense, the text is something else (another script's output, a report). */
const MAX_REJECTED_SHARE = 0.2;
/** perf report's header is the same; its table begins with one of these. */
const REPORT_LINE = /^# (?:Samples: |Overhead|Children|Event count \(approx\.\): |Total Lost Samples: )/;
const HEADER_START = /^# captured on {0,8}: /;

export const perfScriptReader: Reader = {
  format: FORMAT,

  detect(head: InputHead, input: RawInput): boolean {
    return input.content.kind === 'file' && looksLikePerfScript(headLines(head, input));
  },

  async read(input: RawInput): Promise<Profile> {
    const file: InputFile = { path: input.path, format: FORMAT, tool: null, bytes: input.bytes };
    const builder = new ProfileBuilder(file);
    const collector = new HitCollector();
    const isTracepoint = (event: string): boolean =>
      isTracepointEvent(
        reader.header.events.find(({ name }) => name === event),
        isTracepointName(event),
      );
    const sink: RecordSink = {
      isTracepoint,
      trace: (record) => collector.add(record, reader.events[record.event]),
      sideRecord: (text, thread, cpu, timeNs) => {
        const record = parseSideRecord(text);
        if (record?.kind === 'lost') builder.losses.records += record.records;
        if (record?.kind === 'throttle') builder.losses.throttles++;
        if (record?.kind === 'switch') collector.switches.ofThread(timeNs, thread, cpu, record.direction);
      },
    };
    const reader = new RecordReader(builder, sink);
    for await (const block of textBlocks(fileSource(input))) reader.push(block);
    reader.end();

    const isHeaderAlone = reader.rejected.total === 0 && reader.header.fields.size > 0;
    if (isHeaderAlone) file.format = HEADER_FORMAT;
    else refuseOtherText(input, reader);
    addHeader(builder, file, reader.header);
    if (isHeaderAlone) return builder.finish();
    builder.clock = clockOf(reader);
    buildProfile(builder, reader, collector, isTracepoint);
    addWallClock(builder.clock, reader.header);
    warnAboutText(builder, reader);
    return builder.finish();
  },
};

/**
 * A record with a time, or one with a frame below it, and little else; or perf's own header. Frames alone are recognised
 * too, so that the reader can say what they lack.
 */
function looksLikePerfScript(lines: readonly string[]): boolean {
  const line = new RecordLine();
  const encoder = new TextEncoder();
  let records = 0;
  let frames = 0;
  let framesAlone = 0;
  let others = 0;
  let hasHeader = false;
  let isBelowRecord = false;
  let isBelowSideRecord = false;
  for (const text of lines) {
    if (text.startsWith('#')) {
      if (HEADER_START.test(text)) hasHeader = true;
      if (REPORT_LINE.test(text)) return false;
      continue;
    }
    if (text.trim() === '') continue;
    // A process's namespaces take two lines more.
    if (isBelowSideRecord && text.startsWith('\t')) continue;
    const bytes = encoder.encode(text);
    const isFrame = /^\s/.test(text) && isBelowRecord && parseFrameLine(text) !== null;
    if (isFrame && !(line.parse(bytes, 0, bytes.length) && line.hasTime)) {
      frames++;
      continue;
    }
    if (isBelowRecord && isSourceLine(text)) continue;
    if (records + frames === 0 && (isFrameAlone(text) || (framesAlone > 0 && isSourceLine(text)))) {
      framesAlone++;
      continue;
    }
    isBelowRecord = line.parse(bytes, 0, bytes.length);
    isBelowSideRecord = isBelowRecord && line.isSideRecord;
    if (isBelowRecord && line.hasTime && (line.eventTo > line.eventFrom || line.isSideRecord)) records++;
    else if (!isBelowRecord && !hasHeader) others++;
  }
  if (records + frames === 0) return hasHeader || (framesAlone > 0 && others === 0);
  return others <= records + frames;
}

function refuseOtherText(input: RawInput, reader: RecordReader): void {
  const { count, frames, total, firstLineNumber, firstText } = reader.rejected;
  if (reader.records > 0 && count <= total * MAX_REJECTED_SHARE) return;
  if (total === 0) {
    throw new InputError(input.path, 'holds no records of perf script', {
      fix: 'Write it with: perf script > script.txt',
    });
  }
  if (reader.records === 0 && frames > 0) {
    throw new InputError(
      input.path,
      'holds frames of perf script but no line that names their command, thread, time and event',
      { fix: 'Print these fields too: perf script -F comm,pid,tid,time,period,event,ip,sym,dso' },
    );
  }
  const share = Math.round((100 * count) / total);
  throw new InputError(
    input.path,
    `${share} % of its lines are no perf script output; the first is line ${firstLineNumber}: “${firstText.trim()}”`,
    { fix: 'Write it with plain perf script, without a script or the brstack fields' },
  );
}

function warnAboutText(builder: ProfileBuilder, reader: RecordReader): void {
  const { count, total, firstLineNumber } = reader.rejected;
  if (count > 0) {
    builder.warn(
      'lines-not-understood',
      `${count} of ${total} lines are no perf script output and were left out, the first is line ${firstLineNumber}`,
    );
  }
  if (reader.recordsWithoutTime > 0) {
    builder.warn(
      'times-missing',
      `${reader.recordsWithoutTime} records have no time although others have one`,
      'Write the text with plain perf script',
    );
  }
  if (reader.baseSeconds === null) {
    builder.warn(
      'times-missing',
      'The records have no times: nothing can be shown by stage or over time',
      'Write the text with: perf script -F +time',
    );
  }
  if (reader.cutStacks > 0) {
    builder.warn(
      'stacks-cut',
      `${reader.cutStacks} call chains were too deep and were cut at their outer end`,
    );
  }
}

const CLOCK_NAMES: ReadonlyMap<string, string> = new Map([
  ['monotonic', 'CLOCK_MONOTONIC'],
  ['monotonic_raw', 'CLOCK_MONOTONIC_RAW'],
  ['realtime', 'CLOCK_REALTIME'],
  ['boottime', 'CLOCK_BOOTTIME'],
]);

/** The clock's name; its value at time 0 is known once the first record is. */
function clockOf(reader: RecordReader): Clock {
  if (reader.baseSeconds === null) return unknownClock();
  const stated = /^([a-z_]{1,32}) \(\d+\)/.exec(reader.header.fields.get('clockid') ?? '');
  return unknownClock(CLOCK_NAMES.get(stated?.[1] ?? '') ?? 'perf');
}

/**
 * With `-k`, perf notes one instant on both clocks:
 * `# reference time: 2026-11-24 02:43:38.006694 = 1795488218.006694 (TOD) = 3441.335527351 (monotonic)`.
 */
function addWallClock(clock: Clock, header: FileHeader): void {
  const reference = header.fields.get('reference time') ?? '';
  const instants = /= (\d{1,12})\.(\d{6}) \(TOD\) = (\d{1,12})\.(\d{9}) /.exec(reference);
  if (!instants || clock.startNs === null || clock.name === 'perf') return;
  const [, wallSeconds, wallMicroseconds, seconds, nanoseconds] = instants;
  const wallNs = BigInt(wallSeconds) * 1_000_000_000n + BigInt(wallMicroseconds) * 1000n;
  const clockNs = BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds);
  clock.anchors.realtimeNs = String(wallNs + BigInt(clock.startNs) - clockNs);
}

/** `# hostname : …` and the like. */
function addHeader(builder: ProfileBuilder, file: InputFile, header: FileHeader): void {
  const { fields } = header;
  const { target } = builder;
  const perf = fields.get('perf version');
  file.tool = perf ? `perf ${perf}` : null;
  target.kernel = fields.get('os release') ?? null;
  target.arch = fields.get('arch') ?? null;
  target.cpuCount =
    positiveInteger(fields.get('nrcpus online')) ?? positiveInteger(fields.get('nrcpus avail'));
  addCpus(builder, fields);
  const host = fields.get('hostname');
  if (host === 'simulated') {
    builder.origin = { value: 'simulated', reason: 'the recording names its host “simulated”' };
  }
  const facts: [name: string, key: string, isPrivate: boolean][] = [
    ['host-name', 'hostname', true],
    ['command-line', 'cmdline', true],
    ['recorded-at', 'captured on', false],
    ['total-memory', 'total memory', false],
    ['cpu-description', 'cpudesc', false],
    ['cpu-id', 'cpuid', false],
  ];
  for (const [name, key, isPrivate] of facts) {
    const value = fields.get(key)?.trim();
    if (value) builder.addFact(name, value, isPrivate);
  }
}

/**
 * On arm64 `cpuid` is the MIDR of the first CPU that perf asked. It holds for all CPUs when there is one kind of core,
 * which the number of core PMUs tells.
 */
function addCpus(builder: ProfileBuilder, fields: ReadonlyMap<string, string>): void {
  const { target } = builder;
  const midr = /^0x0*([0-9a-f]{8})$/.exec(fields.get('cpuid')?.trim() ?? '');
  const corePmus = (fields.get('pmu mappings') ?? '').match(/\barmv\d\w* = /g)?.length ?? 0;
  if (!midr || corePmus > 1 || target.arch !== 'aarch64') return;
  const text = `0x${midr[1]}`;
  const cpus = Math.min(target.cpuCount ?? 0, MAX_CPUS);
  for (let cpu = 0; cpu < cpus; cpu++) target.cpus.push({ cpu, name: coreName(text), midr: text });
}

/** The kernel's largest NR_CPUS on arm64. */
const MAX_CPUS = 4096;

function positiveInteger(text: string | undefined): number | null {
  const value = /^\d{1,6}$/.test(text?.trim() ?? '') ? Number(text) : 0;
  return value > 0 ? value : null;
}
