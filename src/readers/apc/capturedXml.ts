/** captured.xml and counters.xml: what was asked for, and gatord's own remarks. */
import { streamXml, xmlNumber } from './xml.ts';

/** One `<counter>` of captured.xml. */
export interface CapturedCounter {
  key: number;
  /** The counter's id as the user spelled it; null for constants, which are described on the spot. */
  type: string | null;
  /** Event code; null for counters without one. */
  eventCode: number | null;
  /** Period of event-based sampling; null without. */
  samplingPeriod: number | null;
}

export interface CapturedXml {
  protocol: number | null;
  /** gator release: 972 is 9.7.2; development builds add 100,000 times a number. */
  product: number | null;
  /** Unix seconds at the end of the capture. */
  createdAtSeconds: number | null;
  targetName: string | null;
  cpuCount: number | null;
  /** Samples a second that were asked for; 0 for none. */
  sampleRateHz: number | null;
  hasCallStacks: boolean | null;
  processName: string | null;
  counters: CapturedCounter[];
  problem: string | null;
}

/** Reads captured.xml as far as it is well-formed. */
export function parseCapturedXml(text: string): CapturedXml {
  const result: CapturedXml = {
    protocol: null,
    product: null,
    createdAtSeconds: null,
    targetName: null,
    cpuCount: null,
    sampleRateHz: null,
    hasCallStacks: null,
    processName: null,
    counters: [],
    problem: null,
  };
  result.problem = streamXml(text, {
    open({ name, attributes }) {
      switch (name) {
        case 'captured':
          result.protocol = xmlNumber(attributes.protocol);
          result.product = xmlNumber(attributes.product);
          result.createdAtSeconds = xmlNumber(attributes.created);
          if (attributes.backtrace_processing) {
            result.hasCallStacks = attributes.backtrace_processing !== 'none';
          }
          break;
        case 'target':
          result.targetName = attributes.name || null;
          result.cpuCount = xmlNumber(attributes.cores);
          result.sampleRateHz = xmlNumber(attributes.sample_rate);
          break;
        case 'process':
          result.processName = attributes.process_name || null;
          break;
        case 'counter': {
          const key = xmlNumber(attributes.key);
          if (key === null) break;
          result.counters.push({
            key,
            type: attributes.type ?? null,
            eventCode: xmlNumber(attributes.event),
            samplingPeriod: xmlNumber(attributes.count),
          });
          break;
        }
        default:
      }
    },
  });
  return result;
}

/**
 * What gatord says about the PMU in the set-up warnings of counters.xml ("Detected 6 programmable events for
 * Neoverse-V1"); the others tell of tracepoints that the kernel lacks. Warnings are `title, newline, text` with `|` between.
 */
export function parsePmuRemarks(text: string): string[] {
  let inside = false;
  let warnings = '';
  streamXml(text, {
    open({ name }) {
      inside = name === 'setup_warnings';
    },
    close() {
      inside = false;
    },
    text(piece) {
      if (inside) warnings += piece;
    },
  });
  return warnings
    .split('|')
    .map((warning) => warning.trim().split(/\s*\n\s*/))
    .filter(([title, ...lines]) => title === 'CPU Counters' && lines.length > 0)
    .map(([, ...lines]) => lines.join(' '));
}

/** Protocols that gator 9 writes: 9.0 to 9.5, which 9.7 still writes. */
export const OLDEST_PROTOCOL = 900;
export const NEWEST_PROTOCOL = 950;

/** `gator 9.7.2` from `product="972"`; null when the number is none. */
export function recorderName(product: number | null): string | null {
  if (product === null || !Number.isInteger(product) || product < 100) return null;
  const release = product % 100_000;
  const isDevelopment = product >= 100_000;
  return `gator ${releaseText(release)}${isDevelopment ? ' (development build)' : ''}`;
}

/** Release or protocol number as people write it: 972 is 9.7.2. Up to 23 it counts gator 5's releases: 23 is 5.23. */
export function releaseText(release: number): string {
  if (release < 100) return `5.${release}`;
  const [major, minor, patch] = [Math.floor(release / 100), Math.floor(release / 10) % 10, release % 10];
  return `${major}.${minor}.${patch}`;
}
