/**
 * Files that people give to gemview although it does not read them: archives of other kinds, single files out of an `.apc`
 * capture, pages saved in place of a download, profiles and models of other tools. They are recognised only to say in one
 * sentence what they are and what to do.
 */
import { headText } from '../textInput.ts';
import { InputError } from '../reader.ts';
import type { InputHead, RawInput, Reader } from '../reader.ts';

interface UnreadFormat {
  matches(head: InputHead, text: string): boolean;
  /** What it is: the rest of "this is …". */
  what: string;
  fix: string;
}

const UNPACK = 'Unpack it and name the result';
const GIVE_GGUF = 'Give gemview the model that llama.cpp ran, a .gguf file';
const GIVE_PERF = 'Give gemview the perf.data or the .apc that it was made from, or the text of perf script';

/** Told by their first bytes. */
const BINARY_FORMATS: readonly UnreadFormat[] = [
  {
    matches: startsWith(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00),
    what: 'an xz archive',
    fix: 'Unpack it with unxz (or tar xf) and name the result',
  },
  {
    // Behind the level stands the mark of the first block, so that no text that begins with BZh is meant.
    matches: ({ bytes }) => /^BZh[1-9]1AY&SY/.test(String.fromCharCode(...bytes.subarray(0, 10))),
    what: 'a bzip2 archive',
    fix: 'Unpack it with bunzip2 (or tar xf) and name the result',
  },
  { matches: startsWith(0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c), what: 'a 7z archive', fix: UNPACK },
  { matches: startsWith(0x52, 0x61, 0x72, 0x21, 0x1a, 0x07), what: 'a rar archive', fix: UNPACK },
  {
    matches: startsWith(0x04, 0x22, 0x4d, 0x18),
    what: 'an lz4 archive',
    fix: 'Unpack it with lz4 -d and name the result',
  },
  {
    matches: isTar,
    what: 'a tar archive',
    fix: 'Unpack it with tar xf and name the folder that comes out, or pack the files with zip instead',
  },
  {
    matches: isGatorData,
    what: 'the data file of an .apc capture',
    fix: 'Name the .apc folder that it lies in',
  },
  {
    matches: startsWithText('SQLite format 3\0'),
    what: 'an SQLite database',
    fix: 'Give gemview the text that was put into it: llama-bench -o json, -o sql or -o jsonl',
  },
  {
    matches: startsWithText('JiTD', 'DTiJ'),
    what: 'a jitdump of perf',
    fix: 'It holds code, no samples: give gemview the perf.data beside it',
  },
  { matches: isTraceDat, what: 'a recording of trace-cmd', fix: 'Record with perf record, or with gatord' },
  { matches: isSafetensors, what: 'a model in the safetensors format', fix: GIVE_GGUF },
  {
    matches: startsWithText('tjgg', 'algg', 'lmgg', 'fmgg'),
    what: 'a model in a format from before GGUF',
    fix: GIVE_GGUF,
  },
];

/** Told by their text. */
const TEXT_FORMATS: readonly UnreadFormat[] = [
  {
    matches: textMatches(/^version https:\/\/git-lfs\.github\.com\/spec\//),
    what: 'a pointer that Git LFS left in place of the file',
    fix: 'Fetch the file itself: git lfs pull',
  },
  {
    matches: textMatches(/^\s*(?:<!doctype html|<html)/i),
    what: 'a web page',
    fix: 'If it was downloaded, a page (often a log-in) came instead of the file: download the file itself',
  },
  {
    matches: textMatches(/^(?:<\?xml[^>]*>)?\s*<(?:captured|counters|events|session|configurations)[\s>]/),
    what: 'one file of an .apc capture',
    fix: 'Name the .apc folder that it lies in: it needs the file 0000000000 beside it',
  },
  {
    matches: textMatches(/^\s*\{[^]{0,2000}"\$schema"\s*:\s*"https:\/\/www\.speedscope\.app\//),
    what: 'a profile for speedscope',
    fix: GIVE_PERF,
  },
  {
    matches: textMatches(/^\s*\{\s*"meta"\s*:\s*\{[^]*"(?:interval|preprocessedProfileVersion)"\s*:/),
    what: 'a profile for the Firefox Profiler',
    fix: GIVE_PERF,
  },
  {
    matches: textMatches(/^\s*(?:\{[^]{0,2000}"traceEvents"\s*:|\[\s*\{[^}]{0,500}"ph"\s*:\s*")/),
    what: 'a trace of events for Chrome or Perfetto',
    fix: GIVE_PERF,
  },
  {
    matches: textMatches(/^0x[0-9a-f]+@\S+ \[0x[0-9a-f]+\]: event: \d+\n\.\n/m),
    what: 'the raw dump of perf script -D (or perf report -D)',
    fix: 'Give gemview the perf.data itself, or the text of perf script without -D',
  },
  {
    matches: textMatches(/^ Percent\s*\|\s*Source code & Disassembly of /m),
    what: 'the text of perf annotate',
    fix: GIVE_PERF,
  },
  {
    matches: textMatches(/^# Event '[^']*'\n#\n# Baseline {2}/m),
    what: 'the text of perf diff',
    fix: 'Give gemview the two perf.data files, each in a folder of its own: it compares runs itself',
  },
  {
    matches: textMatches(/^Overhead(?: +\w+)* +Command +Pid +Tid +Shared Object +Symbol/m),
    what: 'the table of simpleperf report',
    fix: 'Give gemview the perf.data, or the output of simpleperf report-sample --show-callchain',
  },
];

/** Stands before readers of texts: an archive can look like a list of words that NULs end. */
export const unreadBinariesReader = refuserOf('unread', BINARY_FORMATS);

/** Stands behind all other readers. */
export const unreadTextsReader = refuserOf('unread-text', TEXT_FORMATS);

/** As much as a detector is given of any file. */
const HEAD_BYTES = 64 * 1024;

/** A reader that refuses files of these formats by name, and `.apc` captures without their data. */
function refuserOf(format: string, formats: readonly UnreadFormat[]): Reader {
  const formatOf = (head: InputHead): UnreadFormat | undefined => {
    const text = headText(head);
    return formats.find((each) => each.matches(head, text));
  };
  return {
    format,

    detect(head: InputHead, input: RawInput): boolean {
      return input.content.kind === 'bundle' || formatOf(head) !== undefined;
    },

    async read(input: RawInput): Promise<never> {
      if (input.content.kind === 'bundle') {
        throw new InputError(
          input.path,
          'this .apc capture has no file 0000000000, which holds all that was recorded',
          {
            fix: 'Copy the whole .apc folder again, or record again: gatord deletes it when a recording fails',
          },
        );
      }
      const bytes = new Uint8Array(await input.content.source.read(0, HEAD_BYTES));
      const found = formatOf({ path: input.path, bytes, text: '' });
      throw new InputError(input.path, `this is ${found?.what ?? 'nothing that is read'}`, {
        fix: found?.fix,
      });
    },
  };
}

function startsWith(...magic: number[]): UnreadFormat['matches'] {
  return ({ bytes }) => magic.every((byte, at) => bytes[at] === byte);
}

function startsWithText(...magics: string[]): UnreadFormat['matches'] {
  const matchers = magics.map((magic) => startsWith(...Array.from(magic, (char) => char.charCodeAt(0))));
  return (head, text) => matchers.some((matches) => matches(head, text));
}

function textMatches(pattern: RegExp): UnreadFormat['matches'] {
  return (_head, text) => pattern.test(text);
}

/** `ustar` stands at byte 257 of the first header block (POSIX pax). */
function isTar({ bytes }: InputHead): boolean {
  return String.fromCharCode(...bytes.subarray(257, 262)) === 'ustar';
}

/** gatord names its data so, and no frame is longer than 256 MiB. */
function isGatorData({ path, bytes }: InputHead): boolean {
  return (
    /(?:^|\/)\d{10}$/.test(path) && bytes.length > 4 && bytes[3] < 0x10 && bytes[4] > 0 && bytes[4] < 0x10
  );
}

/** The same magic as the tracing data inside a perf.data. */
function isTraceDat(head: InputHead): boolean {
  return startsWithText('\x17\x08Dtracing')(head, '');
}

/** A 64-bit length and that many bytes of JSON: the description of the tensors. */
function isSafetensors({ bytes }: InputHead): boolean {
  return bytes.length > 10 && bytes[6] === 0 && bytes[7] === 0 && bytes[8] === 0x7b && bytes[9] === 0x22;
}
