/**
 * Reader of llama-server's answers: the `timings` of one response body, of several (an array, or one a line), or of a
 * recorded stream (`data: {…}` lines). Texts of prompts and answers are not kept.
 *
 *     "timings":{"cache_n":0,"prompt_n":82,"prompt_ms":859.7,"prompt_per_token_ms":10.5,"prompt_per_second":95.4,
 *                "predicted_n":22,"predicted_ms":1355.0,"predicted_per_token_ms":61.6,"predicted_per_second":16.2}
 *
 * Source: llama.cpp `tools/server` (`result_timings::to_json`).
 */
import { ProfileBuilder } from '../../profile/builder.ts';
import type { InputFile, LlamaSettings, LlamaTimings, Profile, ReportedFigure } from '../../profile/types.ts';
import { InputError } from '../reader.ts';
import type { InputHead, RawInput, Reader } from '../reader.ts';
import { headText, smallText } from '../textInput.ts';
import { numberOf, outermostObjects } from '../tolerantJson.ts';
import type { JsonObject } from '../tolerantJson.ts';

const FORMAT = 'llama-server-timings';

const TIMING_FIELDS = [/"prompt_ms"\s{0,4}:/, /"predicted_ms"\s{0,4}:/, /"predicted_n"\s{0,4}:/];
/** What bodies begin with whose timings stand behind a long answer. */
const BODY_START = /^\{\s{0,8}"(?:choices|content|index)"\s{0,4}:/;
/** Head of an event of a stream. */
const EVENT = /^data: ?/gm;
/** `b6673-50d26e8`, `system_fingerprint` of a body. */
const FINGERPRINT = /^b(\d{1,9})-([0-9a-f]{6,40})$/;

export const llamaServerReader: Reader = {
  format: FORMAT,

  detect(head: InputHead, input: RawInput): boolean {
    if (input.content.kind !== 'file') return false;
    const text = headText(head).trimStart().replace(EVENT, '').trimStart();
    if (!text.startsWith('{') && !text.startsWith('[')) return false;
    const isCut = input.bytes > head.bytes.byteLength;
    return TIMING_FIELDS.every((field) => field.test(text)) || (isCut && BODY_START.test(text));
  },

  async read(input: RawInput): Promise<Profile> {
    const text = await smallText(input, "llama-server's answers");
    const { objects, broken } = outermostObjects(text);
    const answers = lastOfEachRequest(objects);
    if (answers.length === 0) {
      throw new InputError(input.path, 'holds no timings of llama-server', {
        fix: 'Keep the whole response body, or ask for "timings_per_token": true in a stream',
      });
    }
    const file: InputFile = { path: input.path, format: FORMAT, tool: 'llama-server', bytes: input.bytes };
    const builder = new ProfileBuilder(file);
    answers.forEach(({ timings }, index) => {
      builder.timings.push(timingsOf(timings));
      builder.figures.push(...figuresOf(timings, String(index + 1), input.path));
    });
    const build = commonBuild(objects);
    if (build !== null) {
      builder.settings = settingsWithBuild(build);
      file.tool = `llama-server ${build}`;
    }
    if (broken > 0) builder.warn('json-broken', `${broken} answers are no whole JSON and were left out`);
    return builder.finish();
  },
};

/** One request. */
interface Answer {
  id: unknown;
  timings: JsonObject;
}

/** Every chunk of a stream repeats the timings so far: the last one of an id counts. */
function lastOfEachRequest(objects: readonly JsonObject[]): Answer[] {
  const answers: Answer[] = [];
  for (const object of objects) {
    const timings = timingObject(object);
    if (!timings) continue;
    const id = object.get('id');
    const before = answers.at(-1);
    if (before && typeof id === 'string' && before.id === id) before.timings = timings;
    else answers.push({ id, timings });
  }
  return answers;
}

/** `timings` of a body, or the object itself when it is nothing but them. */
function timingObject(object: JsonObject): JsonObject | null {
  const inner = object.get('timings');
  const timings =
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? new Map<string, unknown>(Object.entries(inner))
      : object;
  return count(timings.get('prompt_n')) !== null || count(timings.get('predicted_n')) !== null
    ? timings
    : null;
}

function timingsOf(timings: JsonObject): LlamaTimings {
  return {
    era: 'server',
    loadMs: null,
    promptMs: duration(timings.get('prompt_ms')),
    promptTokens: count(timings.get('prompt_n')),
    evalMs: duration(timings.get('predicted_ms')),
    // The server counts generated tokens, of which the first comes out of the prompt.
    evalRuns: null,
    generatedTokens: count(timings.get('predicted_n')),
    samplingMs: null,
    samplingRuns: null,
    totalMs: null,
    unaccountedMs: null,
    graphsReused: null,
    promptTokensPerSecond: null,
    evalTokensPerSecond: null,
  };
}

/** Tokens that came from the prompt cache, and how many drafted ones were accepted. */
function figuresOf(timings: JsonObject, request: string, source: string): ReportedFigure[] {
  const figures: ReportedFigure[] = [];
  const metric = (subject: string, value: number, unit: string, settings: Record<string, string>): void => {
    figures.push({ kind: 'metric', subject, value, unit, spread: null, repetitions: [], settings, source });
  };
  const cached = count(timings.get('cache_n'));
  if (cached !== null) metric('cached-tokens', cached, 'tokens', { request });
  const drafted = count(timings.get('draft_n'));
  const accepted = count(timings.get('draft_n_accepted'));
  if (drafted !== null && accepted !== null && drafted > 0) {
    const settings = { request, accepted: String(accepted), generated: String(drafted) };
    metric('draft-acceptance', accepted / drafted, 'share', settings);
  }
  return figures;
}

function commonBuild(objects: readonly JsonObject[]): string | null {
  const prints = new Set(objects.map((object) => object.get('system_fingerprint')));
  const [print] = prints;
  const build = prints.size === 1 && typeof print === 'string' ? FINGERPRINT.exec(print) : null;
  return build ? `${build[1]} (${build[2]})` : null;
}

function settingsWithBuild(build: string): LlamaSettings {
  return {
    build,
    compiler: null,
    threads: null,
    threadsBatch: null,
    contextLength: null,
    batch: null,
    microBatch: null,
    flashAttention: null,
    features: {},
    buffers: {},
  };
}

function count(value: unknown): number | null {
  const number = numberOf(value);
  return number !== null && Number.isSafeInteger(number) && number >= 0 ? number : null;
}

function duration(value: unknown): number | null {
  const number = numberOf(value);
  return number !== null && number >= 0 ? number : null;
}
