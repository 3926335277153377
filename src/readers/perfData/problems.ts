/** What could not be read, counted while reading and told once at the end. */
import type { ProfileBuilder } from '../../profile/builder.ts';

interface ProblemText {
  /** One sentence; `count` is how often, `where` the byte offset of the first in the file. */
  message(count: number, where: string): string;
  fix: string | null;
}

const RECORD_AGAIN = 'Record again, or copy the file again';

/** Every problem of the format by its warning code. */
const TEXTS = {
  'perf-cut-record': {
    message: (_count, where) =>
      `the file ends in the middle of a record${where}: what comes before it was read`,
    fix: 'Let perf record end by itself or with Ctrl-C, and copy the whole file',
  },
  'perf-bad-record-size': {
    message: (_count, where) => `a record has an impossible size${where}: nothing after it was read`,
    fix: RECORD_AGAIN,
  },
  'perf-trailing-bytes': {
    message: (count, where) => `the last ${count} bytes${where} are no perf records and were left out`,
    fix: 'Keep the output of perf record and its messages apart: perf record -o - 2>perf.log >perf.data',
  },
  'perf-killed': {
    message: () =>
      'the recording was not ended properly: sizes and descriptions (host, event names, build-ids) are missing',
    fix: 'Stop perf record with Ctrl-C or SIGINT instead of SIGKILL',
  },
  'perf-truncated': {
    message: (count) =>
      `the file is shorter than its header says: ${count} bytes of records and all descriptions are missing`,
    fix: 'Copy the whole file',
  },
  'perf-bad-feature': {
    message: (count, where) => `${plural(count, 'description')} in the file could not be read${where}`,
    fix: null,
  },
  'perf-bad-attribute': {
    message: (count, where) => `${plural(count, 'event description')} could not be read${where}`,
    fix: RECORD_AGAIN,
  },
  'perf-bad-record': {
    message: (count, where) =>
      `${plural(count, 'record')} contradict their own sizes and were skipped, the first${where}`,
    fix: RECORD_AGAIN,
  },
  'perf-unknown-id': {
    message: (count, where) =>
      `${plural(count, 'sample')} belong to no event of the file and were skipped, the first${where}`,
    fix: null,
  },
  'perf-duplicate-id': {
    message: (count) => `${plural(count, 'event id')} belong to two events: the last one has their samples`,
    fix: null,
  },
  'perf-ambiguous-events': {
    message: (count) =>
      `the file does not say which event its ${plural(count, 'sample')} belong to: all count for the first one`,
    fix: 'Record with a newer perf, or one event at a time',
  },
  'perf-unexpected-sample': {
    message: (count, where) =>
      `${plural(count, 'sample')} belong to events that never sample and were skipped, the first${where}`,
    fix: null,
  },
  'perf-no-time': {
    message: (count) => `${plural(count, 'sample')} have no time: they stand at the start of the capture`,
    fix: 'Record with times: perf record -T (--per-thread leaves them out), and without --no-timestamp',
  },
  'perf-impossible-time': {
    message: (count, where) =>
      `${plural(count, 'record')} lie more than 104 days from the others and were skipped, the first${where}`,
    fix: null,
  },
  'perf-unknown-records': {
    message: (count, where) => `${plural(count, 'record')} of unknown type were skipped, the first${where}`,
    fix: null,
  },
  'perf-zstd-damaged': {
    message: (count, where) =>
      `${plural(count, 'compressed record')} could not be decompressed, the first${where}`,
    fix: RECORD_AGAIN,
  },
  'perf-zstd-limit': {
    message: (count, where) =>
      `${plural(count, 'compressed record')} decompress to far more than records of this file can be, the first${where}`,
    fix: 'If that is right, record again without -z',
  },
  'perf-bad-read': {
    message: (count, where) =>
      `the counter values of ${plural(count, 'sample')} could not be read, the first${where}`,
    fix: null,
  },
  'perf-counter-went-back': {
    message: (count) =>
      `${plural(count, 'counter value')} are smaller than the one before: these differences were left out`,
    fix: null,
  },
  'perf-missing-format': {
    message: (count, where) =>
      `${plural(count, 'probe or tracepoint hit')} have no format in the file: their arguments are unknown, the first${where}`,
    fix: 'Record with a perf that has libtraceevent, and not as a killed recording',
  },
  'perf-bad-raw-fields': {
    message: (count, where) =>
      `arguments of ${plural(count, 'probe or tracepoint hit')} lie outside their record, the first${where}`,
    fix: null,
  },
  'perf-hits-sampled': {
    message: (count, where) =>
      `perf passed over ${plural(count, 'hit')} of probes or tracepoints, the first before the record${where}: the frequency of -F held for them too`,
    fix: 'Give the frequency to the clock alone: perf record -e cpu-clock/freq=999/ -e probe_llama:llama_decode …, without -F',
  },
  'perf-too-many-hits': {
    message: (count) =>
      `${plural(count, 'probe or tracepoint hit')} were left out: more than are kept of one capture`,
    fix: 'Record fewer tracepoints, or a shorter time',
  },
  'perf-stacks-not-unwound': {
    message: (count) =>
      `${plural(count, 'sample')} carry a copy of the stack instead of a call chain: only the function itself is known, not its callers`,
    fix: 'Record with --call-graph fp and build with -fno-omit-frame-pointer, or give the text of perf script',
  },
  'perf-chains-deferred': {
    message: () => 'the user parts of call chains were recorded apart and are not joined',
    fix: null,
  },
  'perf-threads-missing': {
    message: (count) =>
      `${plural(count, 'thread')} began while recording and have no samples: perf does not follow new threads when it samples a group with :S`,
    fix: 'Record the whole system (perf record -a), or attach with -p when all threads are running',
  },
  'perf-multiplexed': {
    message: (count) =>
      `${plural(count, 'event')} had to share their counters with others: their values are of a part of the time only`,
    fix: 'Record fewer events at a time: as many as the machine has counters',
  },
  'perf-lost': {
    message: (count) => `the kernel lost ${plural(count, 'record')} because the buffer was full`,
    fix: 'Record with a larger buffer (perf record -m 4M) or a lower frequency (-F 499)',
  },
  'perf-throttled': {
    message: (count) =>
      `the kernel throttled sampling ${plural(count, 'time')}: there are holes in the samples`,
    fix: 'Record with a lower frequency (-F 499) or raise kernel.perf_event_max_sample_rate',
  },
  'perf-trace-data-skipped': {
    message: (count) =>
      `${count} bytes of hardware trace (AUX area) were skipped: gemview reads samples only`,
    fix: 'Record an event that samples beside the trace: perf record -e arm_spe_0// -e cycles',
  },
  'simpleperf-records-skipped': {
    message: (count) =>
      `${plural(count, 'record')} of simpleperf before 2017 that name functions were skipped`,
    fix: 'Give the binaries or a symbol listing (gemview symbols) for function names',
  },
} satisfies Record<string, ProblemText>;

export type ProblemCode = keyof typeof TEXTS;

function plural(count: number, noun: string): string {
  return `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`;
}

/** Counts problems; order of first sight is the order of the warnings. */
export class Problems {
  readonly #counts = new Map<ProblemCode, { count: number; offset: number | null }>();

  /** `offset` is the byte in the file where it was seen; only the first is told. */
  add(code: ProblemCode, offset: number | null = null, count = 1): void {
    const seen = this.#counts.get(code);
    if (seen) seen.count += count;
    else this.#counts.set(code, { count, offset });
  }

  countOf(code: ProblemCode): number {
    return this.#counts.get(code)?.count ?? 0;
  }

  warn(builder: ProfileBuilder): void {
    for (const [code, { count, offset }] of this.#counts) {
      const text: ProblemText = TEXTS[code];
      builder.warn(code, text.message(count, offset === null ? '' : ` at byte ${offset}`), text.fix);
    }
  }
}
