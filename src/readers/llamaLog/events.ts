/** Lines of llama.cpp's log that carry a time and tell of a call of llama_decode. */
import type { LogEvent } from '../../profile/types.ts';
import { carriedLine, count } from './lines.ts';

/** `M.SS.mmm.uuu L `: since the program started its log, from the wall clock (common/log.cpp, `t_us() - t_start`). */
const TIMED_LINE = /^(\d{1,9})\.(\d\d)\.(\d{3})\.(\d{3}) [A-Z] (.*)$/;

/** Written by common_init_from_params immediately before it evaluates one or two tokens. */
const WARM_UP = /warming up the model with an empty run/;
/** Written by llama-cli before its loop over prompt and generation. */
const GENERATION = /^generate: n_ctx = \d+, /;
/** Written by llama-server for each part of a prompt, in the call that evaluates it. */
const PROMPT = /^slot .*\bprompt processing progress, .*\bn_tokens = (\d+), progress/;
/** Written by llama-server before each call, with `--verbose`. */
const SERVER_CALL = /^srv .*\bdecoding batch, n_tokens = (\d+)/;
/** Written by llama-cli before each call, with `--verbose`; the tokens as text follow. */
const CHAT_CALL = /^eval: \[/;
/** Written by llama-cli after each call, with `--verbose`: what stands in the context now. */
const CHAT_PAST = /^n_past = (\d+)$/;

/** No log that anybody reads has more; a hostile one must not fill the memory. */
const MAX_EVENTS = 1_000_000;

/** Collects {@link LogEvent}s; the log's time is 0 when the program started it. */
export class TimedLines {
  readonly events: LogEvent[] = [];
  #past = 0;
  #openCall: LogEvent | null = null;

  add(line: string): void {
    const match = TIMED_LINE.exec(carriedLine(line));
    if (!match || this.events.length === MAX_EVENTS) return;
    const [minutes, seconds, milliseconds, microseconds] = match.slice(1, 5).map(Number);
    const timeNs = (((minutes * 60 + seconds) * 1000 + milliseconds) * 1000 + microseconds) * 1000;
    this.#addText(timeNs, match[5]);
  }

  #addText(timeNs: number, text: string): void {
    const past = CHAT_PAST.exec(text);
    if (past) {
      this.#closeCall(count(past[1]));
      return;
    }
    const call = SERVER_CALL.exec(text);
    const prompt = call ? null : PROMPT.exec(text);
    if (call) this.#push(timeNs, 'call', count(call[1]));
    else if (prompt) this.#push(timeNs, 'prompt', count(prompt[1]));
    else if (WARM_UP.test(text)) this.#push(timeNs, 'warm-up', null);
    else if (GENERATION.test(text)) this.#push(timeNs, 'generation', null);
    else if (CHAT_CALL.test(text)) this.#openCall = this.#push(timeNs, 'call', null);
  }

  /** The context before and after a call of llama-cli say how many tokens it evaluated, unless part of it was dropped. */
  #closeCall(past: number | null): void {
    if (past === null) return;
    if (this.#openCall && past > this.#past) this.#openCall.tokens = past - this.#past;
    this.#openCall = null;
    this.#past = past;
  }

  #push(timeNs: number, kind: LogEvent['kind'], tokens: number | null): LogEvent {
    const event: LogEvent = { timeNs, kind, tokens };
    this.events.push(event);
    return event;
  }
}
