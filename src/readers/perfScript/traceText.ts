/**
 * The text behind the event of a hit: arguments of probes and fields of tracepoints, as libtraceevent prints them.
 *
 *     (55ae0e53121d) n_tokens=512 work=0x1312d00             entry probe: address, arguments
 *     (57a3e0 <- 4058e8) ret=0                               return probe: function, return address, arguments
 *     prev_comm=llama-cli prev_pid=1820 prev_prio=120 prev_state=S ==> next_comm=swapper/0 next_pid=0 next_prio=120
 */

export interface TraceText {
  /** By name; numbers as BigInt, all else as the text between quotes or blanks. */
  arguments: Map<string, bigint | string>;
  isReturn: boolean;
}

const PROBE_PLACE = /^\(([0-9a-f]{1,16})(?: <- ([0-9a-f]{1,16}))?\)/;
const NAME = /[A-Za-z_][\w.[\]]*$/;
/** Hits of real probes have a handful of arguments and lines of some hundred characters. */
const MAX_TEXT_LENGTH = 65_536;
const MAX_ARGUMENTS = 256;
const MAX_NAME_LENGTH = 256;

/** Argument names of the addresses in front, as tracefs calls the fields of an event. */
const ENTRY_ADDRESS = '__probe_ip';
const RETURN_FUNCTION = '__probe_func';
const RETURN_ADDRESS = '__probe_ret_ip';

export function parseTraceText(line: string): TraceText {
  const text = line.slice(0, MAX_TEXT_LENGTH);
  const values = new Map<string, bigint | string>();
  const place = PROBE_PLACE.exec(text);
  const isReturn = place !== null && place[2] !== undefined;
  if (place) {
    values.set(isReturn ? RETURN_FUNCTION : ENTRY_ADDRESS, BigInt(`0x${place[1]}`));
    if (isReturn) values.set(RETURN_ADDRESS, BigInt(`0x${place[2]}`));
  }
  let at = place ? place[0].length : 0;
  for (let equals = text.indexOf('=', at); equals !== -1; equals = text.indexOf('=', at)) {
    const name = NAME.exec(text.slice(Math.max(at, equals - MAX_NAME_LENGTH), equals));
    // `==>` of sched_switch and `==` have no name before them.
    if (!name || values.size >= MAX_ARGUMENTS) {
      if (values.size >= MAX_ARGUMENTS) break;
      at = equals + 1;
      continue;
    }
    const end = valueEnd(text, equals + 1);
    values.set(name[0], parseValue(text.slice(equals + 1, end)));
    at = end;
  }
  return { arguments: values, isReturn };
}

/** A value ends at a blank, but not within quotes, braces or parentheses. */
function valueEnd(text: string, from: number): number {
  const closing = CLOSING[text[from] ?? ''];
  if (closing !== undefined) {
    const end = text.indexOf(closing, from + 1);
    if (end !== -1) return end + 1;
  }
  const blank = text.indexOf(' ', from);
  return blank === -1 ? text.length : blank;
}

const CLOSING: Record<string, string | undefined> = { '"': '"', '{': '}', '(': ')' };

function parseValue(text: string): bigint | string {
  const value = text.replace(/,$/, '');
  if (/^-?\d{1,20}$/.test(value) || /^0x[0-9a-f]{1,16}$/i.test(value)) return BigInt(value);
  if (value.length > 1 && value.startsWith('"') && value.endsWith('"')) return value.slice(1, -1);
  return value;
}

export interface SchedSwitch {
  previousTid: number;
  /** It could have gone on: it was preempted. */
  wasRunnable: boolean;
  nextTid: number;
}

/** What trace-cmd's plugin for perf prints instead of fields: `llama-cli:1820 [120] S ==> swapper/0:0 [120]`. */
const PLUGIN_SWITCH = /^.{0,64}:(-?\d{1,10}) \[-?\d{1,6}\] (\S{1,8}) ==> .{0,64}:(-?\d{1,10}) \[-?\d{1,6}\]/;

/** The two threads of a `sched:sched_switch`; null when the text is not one. */
export function parseSchedSwitch(text: string, trace: TraceText): SchedSwitch | null {
  const plugin = PLUGIN_SWITCH.exec(text.slice(0, 512));
  if (plugin) {
    const [, previous, state, next] = plugin;
    return { previousTid: Number(previous), wasRunnable: isRunnable(state), nextTid: Number(next) };
  }
  const previous = trace.arguments.get('prev_pid');
  const next = trace.arguments.get('next_pid');
  if (typeof previous !== 'bigint' || typeof next !== 'bigint') return null;
  const state = String(trace.arguments.get('prev_state') ?? '');
  return { previousTid: Number(previous), wasRunnable: isRunnable(state), nextTid: Number(next) };
}

/** `R`, `R+`, and the 0 of kernels before names were printed. */
function isRunnable(state: string): boolean {
  return state.startsWith('R') || state === '0';
}
