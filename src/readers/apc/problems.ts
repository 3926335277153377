/** What could not be read, counted while reading and told once at the end. */
import type { ProfileBuilder } from '../../profile/builder.ts';

const KEEP_ALL = 'Copy the whole .apc folder or archive again, or record again';

interface Problem {
  /** One sentence for `count` occurrences. */
  message: (count: number) => string;
  fix: string | null;
}

const plural = (count: number, one: string, many = `${one}s`): string =>
  `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`;

const problems = {
  'apc-unknown-frames': {
    message: (n) =>
      `${plural(n, 'frame')} of a kind gator 9 does not write on Linux ${n === 1 ? 'was' : 'were'} skipped`,
    fix: null,
  },
  'apc-damaged-frames': {
    message: (n) => `${plural(n, 'frame')} of metadata ended within a message; the rest of each was skipped`,
    fix: KEEP_ALL,
  },
  'apc-unknown-messages': {
    message: (n) =>
      `${plural(n, 'frame')} of metadata held a message of unknown kind; the rest of each was skipped`,
    fix: null,
  },
  'apc-damaged-records': {
    message: (n) =>
      `${plural(n, 'section')} of perf records ended within a record; the rest of each was skipped`,
    fix: KEEP_ALL,
  },
  'apc-damaged-samples': {
    message: (n) => `${plural(n, 'sample')} held less or other than their event says`,
    fix: KEEP_ALL,
  },
  'apc-unknown-ids': {
    message: (n) => `${plural(n, 'perf record')} named an event that the capture does not describe`,
    fix: null,
  },
  'apc-implausible-times': {
    message: (n) => `${plural(n, 'record')} had a time more than 100 days from the start of the capture`,
    fix: KEEP_ALL,
  },
  'apc-counter-restarts': {
    message: (n) =>
      `counters read less than before ${plural(n, 'time')}; they were taken to have restarted at 0`,
    fix: null,
  },
  'apc-unused-samples': {
    message: (n) => `${plural(n, 'sample')} belonged to events that gemview has no use for`,
    fix: null,
  },
  'apc-damaged-annotations': {
    message: (n) => `${plural(n, 'annotation message')} could not be read`,
    fix: KEEP_ALL,
  },
  'apc-cut-annotations': {
    message: (n) => `${plural(n, 'annotation connection')} ended within a message`,
    fix: null,
  },
  'apc-unknown-annotations': {
    message: (n) => `${plural(n, 'annotation message')} of unknown kind ${n === 1 ? 'was' : 'were'} skipped`,
    fix: null,
  },
  'apc-custom-activity-maps': {
    message: (n) => `${plural(n, 'message')} of custom activity maps ${n === 1 ? 'is' : 'are'} not shown`,
    fix: null,
  },
  'apc-visual-annotations': {
    message: (n) => `${plural(n, 'picture annotation')} ${n === 1 ? 'is' : 'are'} not shown`,
    fix: null,
  },
  'apc-undefined-counters': {
    message: (n) => `${plural(n, 'annotation counter')} had values but no definition`,
    fix: null,
  },
  'apc-foreign-streams': {
    message: (n) =>
      `${plural(n, 'stream')} of other sources (ftrace, Mali, Perfetto, Arm NN) ${n === 1 ? 'was' : 'were'} skipped`,
    fix: null,
  },
  'apc-spe': {
    message: (n) =>
      `${plural(n, 'frame')} of SPE data ${n === 1 ? 'was' : 'were'} skipped: gemview does not read SPE`,
    fix: 'Record without -X; counters and call stacks need no SPE',
  },
} as const satisfies Record<string, Problem>;

export type ProblemCode = keyof typeof problems;

/** Counts problems by kind. */
export class Problems {
  readonly #counts = new Map<ProblemCode, number>();

  count(code: ProblemCode, times = 1): void {
    if (times > 0) this.#counts.set(code, (this.#counts.get(code) ?? 0) + times);
  }

  /** Adds one warning for each kind that occurred, in the order of the table. */
  report(builder: ProfileBuilder): void {
    for (const code of Object.keys(problems) as ProblemCode[]) {
      const count = this.#counts.get(code);
      if (count) builder.warn(code, problems[code].message(count), problems[code].fix);
    }
  }
}
