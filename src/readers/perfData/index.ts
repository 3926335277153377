/** Reader of `perf.data`: what `perf record` and `perf stat record` write, to a file or into a pipe. */
import type { ByteSource } from '../../platform/bytes.ts';
import { InputError, type Reader } from '../reader.ts';
import { buildProfile, PERF_DATA_FORMAT } from './buildProfile.ts';
import { EventTable } from './eventTable.ts';
import { emptyHeaderFacts, isKnownFeature, readFeature, type HeaderFacts } from './features.ts';
import { MalformedField } from './fieldReader.ts';
import {
  looksLikePerfData,
  readAttributeSection,
  readFileLayout,
  readSection,
  type FileLayout,
} from './fileHeader.ts';
import { FEATURE } from './format.ts';
import { Problems } from './problems.ts';
import { walkRecords, type RecordRange } from './recordWalker.ts';
import { Survey } from './survey.ts';
import { readTracingData, type TracingData } from './tracepointFormats.ts';

/** Descriptions of thousands of events stay far below; a section that claims more is read up to here. */
const MAX_FEATURE_BYTES = 64 << 20;

const NO_TRACING_DATA: TracingData = { formats: new Map(), pageBytes: 0 };

/** Time 0 of its profiles is the earliest sample, probe hit or context switch; threads and mappings can be older. */
export const perfDataReader: Reader = {
  format: PERF_DATA_FORMAT,

  detect(head, input) {
    if (input.content.kind === 'file') return looksLikePerfData(head.bytes);
    return isRecordDirectory(input.content.members);
  },

  async read(input, context) {
    if (input.content.kind === 'bundle') throw directoryError(input.path);
    const { source } = input.content;
    const problems = new Problems();
    const layout = await readFileLayout(input.path, source, problems);
    const header = await readFeatures(source, layout, problems);
    if (header.isDirectory) throw directoryError(input.path);
    const events = new EventTable(layout.littleEndian);
    await readAttributeSection(source, layout, events, problems);

    const range: RecordRange = {
      source,
      start: layout.data.offset,
      end: layout.data.offset + layout.data.bytes,
      littleEndian: layout.littleEndian,
      isPipe: layout.isPipe,
    };
    const survey = new Survey(events, header, layout.littleEndian, problems);
    const initialMaps = layout.features.get(FEATURE.simpleperfInitialMaps);
    if (initialMaps) {
      const { offset, bytes } = initialMaps;
      const records = { ...range, start: offset, end: offset + bytes };
      await walkRecords(records, context.services, problems, survey.visit);
    }
    await walkRecords(range, context.services, problems, survey.visit);
    if (events.attributes.length === 0) {
      throw new InputError(input.path, 'the file describes no event', {
        fix: 'The recording ended before it began, or the file is damaged: record again',
      });
    }
    const simpleperf = await survey.simpleperf.read(source, problems);
    const section = layout.features.get(FEATURE.tracingData) ?? survey.tracingData;
    const blob = section ? await readSection(source, section, MAX_FEATURE_BYTES) : simpleperf.tracingData;
    const tracingData = readTracing(blob, section?.offset ?? null, problems);
    const { kernelSymbols } = simpleperf;
    return buildProfile(input, context, {
      layout,
      header,
      events,
      range,
      survey,
      tracingData,
      kernelSymbols,
      problems,
    });
  },
};

/** The members of a directory that `perf record --threads` writes. */
function isRecordDirectory(members: ReadonlyMap<string, unknown>): boolean {
  return members.has('header') && members.has('data.0');
}

function directoryError(path: string): InputError {
  return new InputError(path, 'this is a perf.data directory (perf record --threads), which is not read', {
    fix: 'Record without --threads, or give the text of perf script',
  });
}

async function readFeatures(
  source: ByteSource,
  layout: FileLayout,
  problems: Problems,
): Promise<HeaderFacts> {
  const header = emptyHeaderFacts();
  for (const [feature, section] of layout.features) {
    if (!isKnownFeature(feature)) continue;
    const payload = await readSection(source, section, MAX_FEATURE_BYTES);
    readFeature(feature, payload, layout.littleEndian, header, problems, section.offset);
  }
  if ([...layout.features.keys()].some((feature) => feature >= FEATURE.simpleperfFirst)) {
    header.simpleperfMeta ??= new Map();
  }
  return header;
}

function readTracing(blob: Uint8Array | null, offset: number | null, problems: Problems): TracingData {
  if (blob === null) return NO_TRACING_DATA;
  try {
    return readTracingData(blob);
  } catch (error) {
    if (!(error instanceof MalformedField)) throw error;
    problems.add('perf-bad-feature', offset);
    return NO_TRACING_DATA;
  }
}
