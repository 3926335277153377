/**
 * The first line of a record of `perf script` (tools/perf/builtin-script.c, `perf_sample__fprintf_start` and
 * `process_event`):
 *
 *     COMM  PID[/TID]  [CPU]  [MISC]  TIME:  PERIOD  EVENT:  REST
 *     llama-cli  1820 [000]   827.715150:    2001158       cycles:
 *     demo  3134/3134   3439.282568719:    1001001 cpu-clock:
 *     demo  3168 [001]  3441.399238:   probe_demo:step: (55ae0e53121d) n_tokens=512
 *
 * Every part but EVENT can be missing (`-F`). COMM may hold spaces and digits, EVENT colons and slashes, so the line is
 * taken apart around TIME where there is one, and backwards from EVENT otherwise. Bytes in, numbers out: this runs once
 * a record.
 */
import {
  CLOSING_BRACKET,
  COLON,
  DOT,
  MINUS,
  OPENING_BRACKET,
  SLASH,
  decimal,
  isBlank,
  isDigit,
  isDigits,
  skipBlanks,
  tokenEnd,
  tokenStart,
  trimEnd,
} from './ascii.ts';

/** Ids larger than the kernel's PID_MAX_LIMIT times a margin are no ids but other numbers. */
const MAX_ID_DIGITS = 10;
/** `[CPU]` of a machine with more digits than this is no CPU. */
const MAX_CPU_DIGITS = 6;
const MIN_FRACTION_DIGITS = 6;
const MAX_FRACTION_DIGITS = 9;
const MAX_SECONDS_DIGITS = 12;
const SIDE_RECORD = 'PERF_RECORD_';

/** What a record line says. Offsets are positions in the bytes that were parsed; a part that is missing is empty. */
export class RecordLine {
  commFrom = 0;
  commTo = 0;
  /** -1 when the line prints the thread id only. */
  pid = -1;
  /** Null when neither id is printed. Negative ids exist: `:-1` is perf's thread that it could not find. */
  tid: number | null = null;
  /** -1 when not printed. */
  cpu = -1;
  hasTime = false;
  seconds = 0;
  nanoseconds = 0;
  /** -1 when not printed. */
  period = -1;
  eventFrom = 0;
  eventTo = 0;
  restFrom = 0;
  restTo = 0;
  /** A `PERF_RECORD_…` line of `--show-mmap-events` and the like; all of it is in the rest. */
  isSideRecord = false;

  /** Parses the line `[from, to)`. False when it is no record line; then the fields mean nothing. */
  parse(bytes: Uint8Array, from: number, to: number): boolean {
    const start = skipBlanks(bytes, from, to);
    const end = trimEnd(bytes, start, to);
    this.pid = -1;
    this.tid = null;
    this.cpu = -1;
    this.period = -1;
    this.hasTime = false;
    this.isSideRecord = false;
    if (start === end) return false;
    const timeFrom = this.#findTime(bytes, start, end);
    if (timeFrom === -1) return this.#parseWithoutTime(bytes, start, end);
    return this.#parseTask(bytes, start, timeFrom) && this.#parseEvent(bytes, this.#timeTo, end);
  }

  #timeTo = 0;

  /** Position of the first token `digits.digits:`, -1 when there is none. Sets the time. */
  #findTime(bytes: Uint8Array, from: number, to: number): number {
    for (let at = from; at < to;) {
      const end = tokenEnd(bytes, at, to);
      if (isDigit(bytes[at]) && bytes[end - 1] === COLON && this.#parseTime(bytes, at, end - 1)) {
        this.#timeTo = end;
        return at;
      }
      at = skipBlanks(bytes, end, to);
    }
    return -1;
  }

  #parseTime(bytes: Uint8Array, from: number, to: number): boolean {
    let dot = from;
    while (dot < to && bytes[dot] !== DOT) dot++;
    const fractionDigits = to - dot - 1;
    if (dot - from > MAX_SECONDS_DIGITS) return false;
    if (fractionDigits < MIN_FRACTION_DIGITS || fractionDigits > MAX_FRACTION_DIGITS) return false;
    if (!isDigits(bytes, from, dot) || !isDigits(bytes, dot + 1, to)) return false;
    this.hasTime = true;
    this.seconds = decimal(bytes, from, dot);
    this.nanoseconds = decimal(bytes, dot + 1, to) * 10 ** (MAX_FRACTION_DIGITS - fractionDigits);
    return true;
  }

  /** COMM PID[/TID] [CPU] [MISC], from the right: only COMM can hold anything. */
  #parseTask(bytes: Uint8Array, from: number, to: number): boolean {
    let end = trimEnd(bytes, from, to);
    let start = tokenStart(bytes, from, end);
    if (start > from && isMisc(bytes, start, end)) {
      end = trimEnd(bytes, from, start);
      start = tokenStart(bytes, from, end);
    }
    if (this.#parseCpu(bytes, start, end)) {
      end = trimEnd(bytes, from, start);
      start = tokenStart(bytes, from, end);
    }
    if (this.#parseIds(bytes, start, end)) end = trimEnd(bytes, from, start);
    this.commFrom = from;
    this.commTo = end;
    return true;
  }

  #parseCpu(bytes: Uint8Array, from: number, to: number): boolean {
    if (to - from < 3 || to - from > MAX_CPU_DIGITS + 2) return false;
    if (bytes[from] !== OPENING_BRACKET || bytes[to - 1] !== CLOSING_BRACKET) return false;
    if (!isDigits(bytes, from + 1, to - 1)) return false;
    this.cpu = decimal(bytes, from + 1, to - 1);
    return true;
  }

  /** `1820`, `3134/3137`, `-1`. */
  #parseIds(bytes: Uint8Array, from: number, to: number): boolean {
    let slash = from;
    while (slash < to && bytes[slash] !== SLASH) slash++;
    if (slash < to) {
      if (!isId(bytes, from, slash) || !isId(bytes, slash + 1, to)) return false;
      this.pid = signedDecimal(bytes, from, slash);
      this.tid = signedDecimal(bytes, slash + 1, to);
      return true;
    }
    if (!isId(bytes, from, to)) return false;
    this.tid = signedDecimal(bytes, from, to);
    return true;
  }

  /** [PERIOD] EVENT: REST; or nothing at all behind a time. */
  #parseEvent(bytes: Uint8Array, from: number, to: number): boolean {
    let at = skipBlanks(bytes, from, to);
    const periodEnd = tokenEnd(bytes, at, to);
    if (periodEnd < to && isDigits(bytes, at, periodEnd)) {
      this.period = decimal(bytes, at, periodEnd);
      at = skipBlanks(bytes, periodEnd, to);
    }
    this.eventFrom = at;
    this.restTo = to;
    this.isSideRecord = startsWith(bytes, at, to, SIDE_RECORD);
    if (this.isSideRecord) {
      this.eventTo = at;
      this.restFrom = at;
      return true;
    }
    const colon = eventColon(bytes, at, to);
    const isEvent = colon > at && tokenEnd(bytes, at, to) > colon;
    // Without an event only the fields of the instruction pointer can follow: their parser decides.
    this.eventTo = isEvent ? colon : at;
    this.restFrom = isEvent ? skipBlanks(bytes, colon + 1, to) : at;
    return isEvent || (this.period === -1 && colon !== at);
  }

  /** Without TIME: the event is the token before the first `: `, ids and period are the numbers before it. */
  #parseWithoutTime(bytes: Uint8Array, from: number, to: number): boolean {
    const colon = eventColon(bytes, from, to);
    if (colon === -1) return false;
    let end = colon;
    let start = tokenStart(bytes, from, end);
    if (start === end) return false;
    this.eventFrom = start;
    this.eventTo = end;
    this.restFrom = skipBlanks(bytes, colon + 1, to);
    this.restTo = to;
    end = trimEnd(bytes, from, start);
    start = tokenStart(bytes, from, end);
    if (isDigits(bytes, start, end)) {
      const before = trimEnd(bytes, from, start);
      const beforeStart = tokenStart(bytes, from, before);
      const isPeriod =
        isIds(bytes, beforeStart, before) ||
        isMisc(bytes, beforeStart, before) ||
        bytes[before - 1] === CLOSING_BRACKET;
      if (isPeriod) {
        this.period = decimal(bytes, start, end);
        end = before;
      }
    }
    this.#parseTask(bytes, from, end);
    return this.tid !== null || (this.commTo === this.commFrom && this.restFrom === this.restTo);
  }
}

/** The colon that ends the event: the first one with a blank or the end of the line behind it; -1 when there is none. */
function eventColon(bytes: Uint8Array, from: number, to: number): number {
  for (let at = from; at < to; at++) {
    if (bytes[at] === COLON && (at + 1 === to || isBlank(bytes[at + 1]))) return at;
  }
  return -1;
}

function startsWith(bytes: Uint8Array, from: number, to: number, text: string): boolean {
  if (to - from < text.length) return false;
  for (let i = 0; i < text.length; i++) if (bytes[from + i] !== text.charCodeAt(i)) return false;
  return true;
}

function isId(bytes: Uint8Array, from: number, to: number): boolean {
  const digits = bytes[from] === MINUS ? from + 1 : from;
  return to - digits <= MAX_ID_DIGITS && isDigits(bytes, digits, to);
}

function isIds(bytes: Uint8Array, from: number, to: number): boolean {
  let slash = from;
  while (slash < to && bytes[slash] !== SLASH) slash++;
  return isId(bytes, from, slash) && (slash === to || isId(bytes, slash + 1, to));
}

function signedDecimal(bytes: Uint8Array, from: number, to: number): number {
  return bytes[from] === MINUS ? -decimal(bytes, from + 1, to) : decimal(bytes, from, to);
}

/** `-F +misc` prints K, U, H, G, g (mode), M, E, S, Sp (what a record was about). */
function isMisc(bytes: Uint8Array, from: number, to: number): boolean {
  if (to - from < 1 || to - from > 3) return false;
  for (let at = from; at < to; at++) if (!MISC_LETTERS.has(bytes[at])) return false;
  return true;
}

const MISC_LETTERS = new Set(Array.from('KUHGgMESp', (letter) => letter.charCodeAt(0)));
