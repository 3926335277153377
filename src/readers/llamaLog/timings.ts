/**
 * llama.cpp's own timing lines, of every era: `llama_print_timings` (until mid-2024), `llama_perf_*` (from llama_perf.cpp
 * and `llama_perf_context_print`), `common_perf_print` (from late 2025), the server's `print_timing` per request, and the
 * two rates of the new llama-cli.
 */
import type { LlamaTimings, ReportedFigure } from '../../profile/types.ts';
import { count, decimal } from './lines.ts';

/** Function that prints a line → name of its era. */
const ERAS = new Map([
  ['llama_print_timings', 'llama_print_timings'],
  ['llama_perf_print', 'llama_perf_print'],
  ['llama_perf_sampler_print', 'llama_perf_context_print'],
  ['llama_perf_context_print', 'llama_perf_context_print'],
  ['common_perf_print', 'common_perf_print'],
]);

const TIMING_LINE =
  /\b(llama_print_timings|llama_perf_print|llama_perf_sampler_print|llama_perf_context_print|common_perf_print):[ \t]+(load time|sample time|sampling time|samplers time|prompt eval time|eval time|total time|unaccounted time|graphs reused)[ \t]*=[ \t]*(\S+)(?: ms)?(?:[ \t]*\/[ \t]*(\d+) (?:runs|tokens))?/;

/** `slot print_timing: id  0 | task 7 | …`; older servers put the figures on the lines that follow. */
const SERVER_LINE = /\bprint_timings?:[ \t]+id[ \t]+(\d+)[ \t]*\|[ \t]*task[ \t]+(-?\d+)[ \t]*\|(.*)$/;
const SERVER_FIELD =
  /(prompt eval time|eval time|total time|graphs reused|draft acceptance(?: rate)?)[ \t]*=[ \t]*(\S+)(?: ms)?(?:[ \t]*\/[ \t]*(\d+) tokens)?(?:[ \t]*\([ \t]*(\d+) accepted[ \t]*\/[ \t]*(\d+) generated\))?/g;
const SERVER_FIELD_AT_START =
  /^[ \t]*(?:prompt eval time|eval time|total time|graphs reused|draft acceptance(?: rate)?)[ \t]*=/;

/**
 * The server until August 2024, and ik_llama.cpp: `INFO [  print_timings] prompt eval time = … | tid="…" id_slot=0 id_task=7`,
 * the same as JSON (its default then), and in 2023 `print_timings: prompt eval time = …`.
 */
const OLD_SERVER_LINE =
  /^(?:INFO \[ *print_timings\] +|\{.{0,256}"function":"print_timings".{0,64}"msg":" *|print_timings: +)(prompt eval time|(?:generation )?eval time|total time) *= *(\S+) ms(?: *\/ *(\d+) (?:tokens|runs))?/;
const OLD_SERVER_REQUEST = /\b(?:id_slot|slot_id)"?[=:](\d+)[ ,]{1,2}"?(?:id_task|task_id)"?[=:](-?\d+)/;

/** `[ Prompt: 217.7 t/s | Generation: 20.6 t/s ]` */
const RATES_LINE = /\[ Prompt: (\S+) t\/s \| Generation: (\S+) t\/s \]/;

/** True for a line that tells a llama.cpp log by its timings. */
export function isTimingLine(line: string): boolean {
  return [TIMING_LINE, RATES_LINE, SERVER_LINE, OLD_SERVER_LINE].some((pattern) => pattern.test(line));
}

function emptyTimings(era: string): LlamaTimings {
  return {
    era,
    loadMs: null,
    promptMs: null,
    promptTokens: null,
    evalMs: null,
    evalRuns: null,
    samplingMs: null,
    samplingRuns: null,
    totalMs: null,
    unaccountedMs: null,
    graphsReused: null,
    promptTokensPerSecond: null,
    evalTokensPerSecond: null,
  };
}

/**
 * A count with its time as they were meant: llama.cpp prints `max(1, n)`, so one run in no time is none at all; several
 * in no time were counted but not timed (`--no-perf`).
 */
function meant(ms: number | null, printedCount: number | null): { ms: number | null; count: number | null } {
  if (ms !== 0 || printedCount === null) return { ms, count: printedCount };
  return printedCount === 1 ? { ms: 0, count: 0 } : { ms: null, count: printedCount };
}

/** Collects timing lines into blocks, one per context that printed (draft and target, or one per request of a server). */
export class TimingBlocks {
  readonly blocks: LlamaTimings[] = [];
  /** Share of drafted tokens that a server's requests accepted. */
  readonly acceptance: Omit<ReportedFigure, 'source'>[] = [];
  #open: LlamaTimings | null = null;
  #filled = new Set<string>();
  #request: string | null = null;

  /** True when the line belonged to timings. */
  add(line: string): boolean {
    const match = TIMING_LINE.exec(line);
    if (match) {
      this.#request = null;
      this.#addField(ERAS.get(match[1]) ?? match[1], match[2], match[3], match[4]);
      return true;
    }
    const server = SERVER_LINE.exec(line);
    if (server) {
      this.#beginRequest(`${server[1]}/${server[2]}`);
      this.#addServerFields(server[3]);
      return true;
    }
    if (SERVER_FIELD_AT_START.test(line)) {
      this.#addServerFields(line);
      return true;
    }
    const old = OLD_SERVER_LINE.exec(line);
    if (old) {
      const [, slot, task] = OLD_SERVER_REQUEST.exec(line) ?? [];
      this.#beginRequest(slot === undefined ? 'only' : `${slot}/${task}`);
      this.#addField('server', old[1].replace('generation ', ''), old[2], old[3]);
      return true;
    }
    const rates = RATES_LINE.exec(line);
    if (rates) {
      this.blocks.push({
        ...emptyTimings('cli-rates'),
        promptTokensPerSecond: decimal(rates[1]),
        evalTokensPerSecond: decimal(rates[2]),
      });
      this.#open = null;
      return true;
    }
    return false;
  }

  /** Figures of another request than those before go into a block of their own. */
  #beginRequest(request: string): void {
    if (request !== this.#request) this.#open = null;
    this.#request = request;
  }

  #addServerFields(text: string): void {
    for (const [, field, value, tokens, accepted, generated] of text.matchAll(SERVER_FIELD)) {
      if (field.startsWith('draft acceptance')) this.#addAcceptance(value, accepted, generated);
      else this.#addField('server', field, value, tokens);
    }
  }

  #addField(era: string, field: string, value: string, printedCount: string | undefined): void {
    const block = this.#blockFor(era, field);
    const ms = decimal(value);
    const runs = printedCount === undefined ? null : count(printedCount);
    switch (field) {
      case 'load time':
        block.loadMs = ms;
        break;
      case 'sample time':
      case 'sampling time': {
        const sampling = runs === null ? { ms, count: null } : meant(ms, runs);
        block.samplingMs = sampling.ms;
        block.samplingRuns ??= sampling.count;
        break;
      }
      case 'samplers time':
        // Part of the sampling time; its count is the only one of this era.
        block.samplingRuns = runs;
        break;
      case 'prompt eval time': {
        const prompt = era === 'server' ? { ms, count: runs } : meant(ms, runs);
        block.promptMs = prompt.ms;
        block.promptTokens = prompt.count;
        break;
      }
      case 'eval time': {
        // A server counts the tokens it generated; the first of them came out of the prompt, so they are no runs.
        const evaluation = era === 'server' ? { ms, count: null } : meant(ms, runs);
        block.evalMs = evaluation.ms;
        block.evalRuns = evaluation.count;
        if (era === 'server') block.generatedTokens = runs;
        break;
      }
      case 'total time':
        block.totalMs = ms;
        break;
      case 'unaccounted time':
        block.unaccountedMs = ms;
        break;
      case 'graphs reused':
        block.graphsReused = count(value);
        break;
    }
  }

  /** The block a field goes into: a new one when the era changes, a field repeats, or samplers start a second context. */
  #blockFor(era: string, field: string): LlamaTimings {
    const samplerAfterContext =
      era !== 'llama_print_timings' &&
      (field === 'sampling time' || field === 'samplers time') &&
      this.#filled.has('prompt eval time');
    if (!this.#open || this.#open.era !== era || this.#filled.has(field) || samplerAfterContext) {
      this.#open = emptyTimings(era);
      this.#filled = new Set();
      this.blocks.push(this.#open);
    }
    this.#filled.add(field);
    return this.#open;
  }

  #addAcceptance(value: string, accepted: string | undefined, generated: string | undefined): void {
    const share = decimal(value);
    if (share === null) return;
    this.acceptance.push({
      kind: 'metric',
      subject: 'draft-acceptance',
      value: share,
      unit: 'share',
      spread: null,
      repetitions: [],
      settings: {
        ...(this.#request === null ? {} : { request: this.#request }),
        ...(accepted === undefined ? {} : { accepted }),
        ...(generated === undefined ? {} : { generated }),
      },
    });
  }
}
