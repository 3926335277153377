/**
 * One frame of a call chain as `perf script` prints it (tools/perf/util/evsel_fprintf.c, `sample__fprintf_callchain`):
 *
 *     \t      ffff80008030a45c perf_event_exec+0x364 ([kernel.kallsyms])
 *     \t              4904e0 std::__detail::_Compiler<…>::_M_alternative()+0xe0 (/root/bin/llama-cli)
 *     \t              4904e0 ggml_graph_compute_thread (inlined)
 *
 * Only distinct lines get here, so it may work on text.
 */

/** A frame of a text. */
export interface TextFrame {
  /** Address as two halves; 0 when the line has none. Absolute or relative to the image, depending on perf's version. */
  addressLow: number;
  addressHigh: number;
  /** Null for `[unknown]` and for what is only an offset in an image. */
  symbol: string | null;
  /** Null for `[unknown]`, for inlined frames and when not printed. */
  image: string | null;
  isKernel: boolean;
  isInlined: boolean;
}

const UNKNOWN = '[unknown]';

/** Images in brackets that are not the kernel: mappings of a process that have no file. */
const USER_PSEUDO_IMAGE = /^\[(?:unknown|vdso|vdso32|vectors|vsyscall|sigpage|uprobes|heap|anon|stack)\b/;

/** `libGLESv2_adreno.so[+29c3f0]`: simpleperf's way to say that it found no symbol. */
const OFFSET_IN_IMAGE = /^[^[\]]{0,4096}\[\+([0-9a-f]{1,16})\]$/;

/**
 * What `-F +srcline` puts below a frame (tools/perf/util/map.c, `map__fprintf_srcline`): `  quants.c:120`, `  :0` for code
 * without a file, `  [kernel.kallsyms][ffffffff8225fd19]` where perf knows no line; behind it the mark of inlined frames.
 */
const SOURCE_LINE = /^ +(?:\S.*)?(?::\d+|\S\[[0-9a-f]{1,16}\])(?: \(inlined\))?$/;
/** Longer than any path that perf prints. */
const MAX_SOURCE_LINE_LENGTH = 8192;

/** True for the line that names the source of the frame above. */
export function isSourceLine(line: string): boolean {
  return line.length <= MAX_SOURCE_LINE_LENGTH && SOURCE_LINE.test(line.trimEnd());
}

/** An address in its 16 columns, behind the tab of a call chain or the blank of a record without one. */
const ALIGNED_ADDRESS = /^[\t ] {0,15}[0-9a-f]{1,16}(?: |$)/;

/** True for a frame that must come from perf though no record stands above it: `-F ip,sym` prints no more than these. */
export function isFrameAlone(line: string): boolean {
  const text = line.trimEnd();
  const address = ALIGNED_ADDRESS.exec(text);
  return address !== null && address[0].trimEnd().length === 17 && parseFrameLine(text) !== null;
}

/** The line without its indentation and end; null when it is no frame. */
export function parseFrameLine(line: string): TextFrame | null {
  const text = line.trim();
  const addressEnd = hexPrefixLength(text);
  const hasAddress =
    addressEnd > 0 && addressEnd <= 16 && (text[addressEnd] === ' ' || text[addressEnd] === '\t');
  if (!hasAddress && addressEnd === text.length) return bareAddress(text);
  const { rest, image, isInlined } = splitImage(hasAddress ? text.slice(addressEnd).trim() : text);
  // A line without an address counts only with an image: `-F sym,dso`.
  if (!hasAddress && image === null) return null;
  const symbol = withoutOffset(rest);
  const offset = OFFSET_IN_IMAGE.exec(symbol);
  const address = offset ? offset[1] : hasAddress ? text.slice(0, addressEnd) : '0';
  const halves = addressHalves(address);
  return {
    ...halves,
    symbol: symbol === '' || symbol === UNKNOWN || offset ? null : symbol,
    image: image === UNKNOWN ? null : image,
    isKernel: isKernelCode(image, offset ? 0 : halves.addressHigh),
    isInlined,
  };
}

/** `-F ip` alone prints addresses only. */
function bareAddress(text: string): TextFrame | null {
  if (text.length === 0 || text.length > 16) return null;
  const halves = addressHalves(text);
  return {
    ...halves,
    symbol: null,
    image: null,
    isKernel: isKernelCode(null, halves.addressHigh),
    isInlined: false,
  };
}

/**
 * `-F +addr` puts the data address before the instruction pointer; records without a call chain print both behind the
 * event: `cpu-clock:  0  11a2 spin_leaf+0x29 (/opt/demo)`. The text from the instruction pointer on.
 */
export function fromInstructionPointer(rest: string): string {
  const addressEnd = hexPrefixLength(rest);
  const next = rest.slice(addressEnd).trimStart();
  const nextEnd = hexPrefixLength(next);
  const isTwoAddresses =
    addressEnd > 0 && nextEnd > 0 && next[nextEnd] === ' ' && next.slice(nextEnd).trimStart()[0] !== '(';
  return isTwoAddresses ? next : rest;
}

/** Takes the image, or the word that stands in its place for inlined frames, off the end. */
function splitImage(text: string): { rest: string; image: string | null; isInlined: boolean } {
  const last = lastParenthesis(text);
  if (last === null) return { rest: text, image: null, isInlined: false };
  if (last.inside !== 'inlined') return { rest: last.before, image: last.inside, isInlined: false };
  const image = lastParenthesis(last.before);
  return image && /^[/[]/.test(image.inside)
    ? { rest: image.before, image: image.inside, isInlined: true }
    : { rest: last.before, image: null, isInlined: true };
}

/**
 * The last parenthesis of the text when a blank (or nothing) stands before it: C++ signatures have none there. Balanced,
 * since an image may be `/tmp/x (deleted)`.
 */
function lastParenthesis(text: string): { before: string; inside: string } | null {
  if (!text.endsWith(')')) return null;
  let depth = 0;
  for (let at = text.length - 1; at >= 0; at--) {
    const character = text[at];
    if (character === ')') depth++;
    if (character === '(') depth--;
    if (depth === 0) {
      if (at > 0 && text[at - 1] !== ' ' && text[at - 1] !== '\t') return null;
      return { before: text.slice(0, at).trimEnd(), inside: text.slice(at + 1, -1) };
    }
  }
  return null;
}

/** Removes `+0x1f` from the end of a symbol. */
function withoutOffset(symbol: string): string {
  const plus = symbol.lastIndexOf('+0x');
  return plus > 0 && hexPrefixLength(symbol.slice(plus + 3)) === symbol.length - plus - 3
    ? symbol.slice(0, plus)
    : symbol;
}

function hexPrefixLength(text: string): number {
  let length = 0;
  while (length < text.length && isHexDigit(text.charCodeAt(length))) length++;
  return length;
}

function isHexDigit(code: number): boolean {
  const letter = code | 0x20;
  return (code >= 0x30 && code <= 0x39) || (letter >= 0x61 && letter <= 0x66);
}

function addressHalves(hex: string): { addressLow: number; addressHigh: number } {
  return {
    addressLow: parseInt(hex.slice(-8), 16),
    addressHigh: hex.length > 8 ? parseInt(hex.slice(0, -8), 16) : 0,
  };
}

/** By the image where it says; else by the half of the address space, which is the kernel's on every 64-bit target. */
function isKernelCode(image: string | null, addressHigh: number): boolean {
  if (image === null || image === UNKNOWN) return addressHigh >= 0xffff0000;
  if (image.startsWith('[')) return !USER_PSEUDO_IMAGE.test(image);
  return /(?:^|\/)vmlinux[^/]*$/.test(image) || /\.ko(?:\.\w{2,4})?$/.test(image);
}
