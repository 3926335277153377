/** The components that people can use in what they write, with their attributes: one table for checks and messages. */

export interface WritingComponent {
  /** Attributes by name; `required` ones must be there. */
  attributes: Readonly<Record<string, 'required' | 'optional'>>;
  /** The words that some of them take; the others take any text. */
  words: Readonly<Record<string, readonly string[]>>;
}

/** What a claim's data is known to say: a page may tell of a claim that does not hold. */
export const CLAIM_OUTCOMES = ['holds', 'fails', 'uncounted'] as const;
export type ClaimOutcome = (typeof CLAIM_OUTCOMES)[number];

/** Parts of a run that tables and paths can be confined to. */
const STAGES = ['load', 'prefill', 'decode'] as const;

const of = (
  required: readonly string[],
  optional: readonly string[] = [],
  words: WritingComponent['words'] = {},
): WritingComponent => ({
  words,
  attributes: Object.fromEntries([
    ...required.map((name) => [name, 'required'] as const),
    ...optional.map((name) => [name, 'optional'] as const),
  ]),
});

export const WRITING_COMPONENTS: Readonly<Record<string, WritingComponent>> = {
  /** A number of the report, with its unit and status. */
  Metric: of(['that'], ['run']),
  /** A sentence that data can contradict; `expect` says what the data is known to say, `mode="warn"` does not stop a build. */
  Claim: of(['that'], ['run', 'expect', 'mode'], { expect: CLAIM_OUTCOMES, mode: ['warn'] }),
  /** A live chart. */
  Chart: of(['chart'], ['run']),
  /** The largest functions of a stage. */
  FunctionsTable: of([], ['run', 'stage', 'rows'], { stage: STAGES }),
  /** The heaviest call path to a function. */
  CallPath: of(['to'], ['run', 'stage'], { stage: STAGES }),
  /** A finding by its id. */
  Finding: of(['finding'], ['run']),
  Notice: of([], ['kind']),
  Tabs: of([]),
  Tab: of(['title'], ['language', 'code']),
  Figure: of(['src', 'alt'], ['caption', 'align']),
};

/** Components that read a report, and are told where they stand for their messages. */
export const DATA_COMPONENTS: ReadonlySet<string> = new Set([
  'Metric',
  'Claim',
  'Chart',
  'FunctionsTable',
  'CallPath',
  'Finding',
]);
