/** `run.yaml`: what a person says about a run that its files cannot say. Small and optional; unknown keys are errors. */
import { parseDocument, type Document } from 'yaml';
import { z } from 'zod';
import { shortened } from '../charts/text.ts';
import { THRESHOLD_NAMES } from '../analysis/verdict/thresholds.ts';
import { InputError } from '../readers/reader.ts';

const text = z.string().trim().min(1).max(10_000);

/** What stands in headings, in pictures and on cards is cut there: a line that nobody reads to its end is no title. */
const cutText = (length: number) => text.transform((words) => shortened(words, length));
const LONGEST_TITLE = 200;
const LONGEST_TAG = 60;

/** A figure that somebody else published (`figures` of a reported run). */
const figureSchema = z.strictObject({
  kind: z.enum(['rate', 'counter-total', 'function-share', 'metric']),
  subject: text,
  value: z.number(),
  unit: text,
  spread: z.number().nonnegative().optional(),
  repetitions: z.array(z.number()).optional(),
  settings: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
});

export const runConfigSchema = z.strictObject({
  title: cutText(LONGEST_TITLE).optional(),
  description: text.optional(),
  tags: z.array(cutText(LONGEST_TAG)).default([]),
  /** Where the run comes from, when its files cannot say. */
  origin: z.enum(['hardware', 'vm', 'emulated', 'simulated', 'reported']).optional(),
  /** One sentence on the target: what machine, what emulator, what is real about it. */
  target: text.optional(),
  /** Mnemonics of counters that a model produced, not a counter: their numbers have the status `modelled`. */
  modelled: z.array(text).default([]),
  /** The model, when no file of the run names it: what its publisher said of it. */
  model: z
    .strictObject({
      name: text,
      architecture: text.optional(),
      /** As llama.cpp names it: `Q4_K - Medium`. */
      fileType: text.optional(),
      bytes: z.number().int().positive().optional(),
      parameters: z.number().positive().optional(),
    })
    .optional(),
  /** Run id that this run is to be compared with. */
  baseline: text.optional(),
  /** Former run ids: their addresses become redirects. */
  aliases: z.array(text).default([]),
  /** Names of private facts that may be published (`command-line`, `host-name`, `prompt`…). */
  allow: z.array(text).default([]),
  /** Further texts that must never be published. */
  redact: z.array(text).default([]),
  /** What is published besides the report: `capture` are the files of the run as they are, with all that is private in them. */
  publish: z.array(z.enum(['capture'])).default([]),
  /** Thresholds of the verdict that are not the defaults, by name; printed with the verdict. */
  thresholds: z.partialRecord(z.enum(THRESHOLD_NAMES), z.number().positive()).default({}),
  /** Peaks measured on this machine: they win over the table of machines. */
  peaks: z
    .array(
      z.strictObject({
        name: text,
        value: z.number().positive(),
        unit: text,
        threads: z.number().int().positive().optional(),
      }),
    )
    .default([]),
  /** Source of the figures of a reported run: author, address, date. */
  source: text.optional(),
  figures: z.array(figureSchema).default([]),
});

export type RunConfig = z.infer<typeof runConfigSchema>;

/** The configuration of a run without `run.yaml`. */
export const emptyRunConfig: RunConfig = runConfigSchema.parse({});

/** Nothing in the schema lies deeper than four; the parser needs the square of the depth in time. */
const MAX_BRACKET_DEPTH = 100;

/** How many brackets are open at once, by their number alone: those within texts count too. */
function bracketDepth(source: string): number {
  let depth = 0;
  let deepest = 0;
  for (const [bracket] of source.matchAll(/[[\]{}]/g)) {
    depth = bracket === '[' || bracket === '{' ? depth + 1 : Math.max(0, depth - 1);
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}

/** The values of a document. Throws an InputError for an alias of nothing, and for aliases that would make a bomb. */
function withoutAliases(path: string, document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 }) as unknown;
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    throw new InputError(path, error.message, { fix: 'Write the value out instead of an alias (*name)' });
  }
}

/**
 * Parses `run.yaml`. Throws an InputError that names the line of a syntax error, or the key that is wrong and what is
 * allowed there.
 */
export function parseRunConfig(path: string, source: string): RunConfig {
  if (bracketDepth(source) > MAX_BRACKET_DEPTH) {
    throw new InputError(path, `more than ${MAX_BRACKET_DEPTH} brackets are open at once`);
  }
  const document = parseDocument(source, { logLevel: 'error' });
  const [syntaxError] = document.errors;
  if (syntaxError) throw new InputError(path, syntaxError.message.split('\n')[0]);
  const value = withoutAliases(path, document);
  const result = runConfigSchema.safeParse(value ?? {});
  if (!result.success) {
    const [issue] = result.error.issues;
    const key = issue.path.join('.');
    throw new InputError(path, `${key ? `${key}: ` : ''}${issue.message}`, {
      fix: `Allowed keys are ${Object.keys(runConfigSchema.shape).join(', ')}`,
    });
  }
  if (result.data.figures.length > 0 && !result.data.source) {
    throw new InputError(path, 'figures need a source: who published them, and where');
  }
  if (result.data.publish.includes('capture') && result.data.redact.length > 0) {
    throw new InputError(path, 'publish: [capture] would publish what redact: names', {
      fix: 'Take one of the two out',
    });
  }
  return result.data;
}
