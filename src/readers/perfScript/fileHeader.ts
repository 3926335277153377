/**
 * The `#` lines that `perf script --header` and `perf report --header` print before the records
 * (tools/perf/util/header.c, the `print_*` functions):
 *
 *     # ========
 *     # captured on    : Tue Nov 24 02:14:35 2026
 *     # hostname : armlab
 *     # cmdline : /usr/bin/perf record … -p <prompt, with its line breaks as they are>
 *     # event : name = cycles, , id = { 166, 167 }, type = 0 (PERF_TYPE_HARDWARE), … config = 0, { sample_period, sample_freq } = 1000000, …
 *     # pmu mappings: armv8_pmuv3 = 10, breakpoint = 5, software = 1, tracepoint = 2
 *     # group: {cycles,instructions}
 *     # ========
 */

const RULE = /^# =+$/;
const FIELD = /^# ([A-Za-z][^:]{0,60}?) {0,8}: (.*)$/;
/** A command line that never ends is no command line. */
const MAX_CONTINUATION_LINES = 10_000;
const MAX_EVENTS = 10_000;

export interface HeaderEvent {
  name: string;
  /** `enum perf_type_id` (0 hardware, 1 software, 2 tracepoint …) or a PMU's number; null when not printed. */
  type: number | null;
  /** The event's code for its type; null when not printed (older perf leaves 0 out). */
  config: bigint | null;
  /** `sample_period`, null in frequency mode. */
  period: number | null;
  frequencyHz: number | null;
}

/** Collects the header. Feed lines until the first record. */
export class FileHeader {
  /** First value of each key, as printed. */
  readonly fields = new Map<string, string>();
  readonly events: HeaderEvent[] = [];
  /** Names of the events of each sampled or counted group, leader first. */
  readonly groups: string[][] = [];
  #isOpen = false;
  #continued: string | null = null;
  #continuationLines = 0;

  /** True between the two `# ========` lines, where values may go on in lines of their own. */
  get isOpen(): boolean {
    return this.#isOpen && this.#continuationLines < MAX_CONTINUATION_LINES;
  }

  /** A line that starts with `#`. */
  comment(line: string): void {
    if (RULE.test(line)) {
      this.#isOpen = !this.#isOpen && this.fields.size === 0;
      this.#continued = null;
      return;
    }
    const field = FIELD.exec(line);
    if (!field) return;
    const [, key, value] = field;
    this.#continued = null;
    if (key === 'event') {
      if (this.events.length < MAX_EVENTS) this.events.push(parseHeaderEvent(value));
    } else if (key === 'group') {
      const names = parseGroup(value);
      if (names && this.groups.length < MAX_EVENTS) this.groups.push(names);
    } else if (!this.fields.has(key)) {
      this.fields.set(key, value);
      this.#continued = key;
    }
  }

  /** A line within the header that does not start with `#`: the value before it had a line break. */
  continuation(line: string): void {
    this.#continuationLines++;
    if (this.#continued === null) return;
    this.fields.set(this.#continued, `${this.fields.get(this.#continued)}\n${line}`);
  }

  /** A record has been seen: what follows is no header. */
  close(): void {
    this.#isOpen = false;
  }
}

function parseHeaderEvent(text: string): HeaderEvent {
  const nameFrom = text.startsWith('name = ') ? 7 : 0;
  const doubleComma = text.indexOf(', , ', nameFrom);
  const nameTo = doubleComma >= 0 ? doubleComma : commaOrEnd(text, nameFrom);
  const rest = text.slice(nameTo);
  const type = /, type = (\d{1,9})/.exec(rest);
  const config = /, config = (0x[0-9a-f]{1,16}|\d{1,20})/.exec(rest);
  const rate = /\{ sample_period, sample_freq \} = (\d{1,15})/.exec(rest);
  const isFrequency = /, freq = 1\b/.test(rest);
  return {
    name: text.slice(nameFrom, nameTo),
    type: type ? Number(type[1]) : null,
    config: config ? BigInt(config[1]) : null,
    period: rate && !isFrequency ? Number(rate[1]) : null,
    frequencyHz: rate && isFrequency ? Number(rate[1]) : null,
  };
}

function commaOrEnd(text: string, from: number): number {
  const comma = text.indexOf(', ', from);
  return comma === -1 ? text.length : comma;
}

/** `{cycles,instructions}` or `name{cycles,cpu/event=0x1,umask=2/}`; commas between slashes belong to a name. */
function parseGroup(text: string): string[] | null {
  const from = text.indexOf('{');
  if (from === -1 || !text.endsWith('}')) return null;
  const names: string[] = [];
  let name = '';
  let isInsideSlashes = false;
  for (const character of text.slice(from + 1, -1)) {
    if (character === '/') isInsideSlashes = !isInsideSlashes;
    if (character === ',' && !isInsideSlashes) {
      names.push(name);
      name = '';
    } else {
      name += character;
    }
  }
  return [...names, name];
}
