/** What gemview does not read is named, with what to do: one sentence each. */
import { describe, expect, it } from 'vitest';
import { MemorySource } from '../../../src/platform/bytes.ts';
import { nodeServices } from '../../../src/platform/node/services.ts';
import { detectReader } from '../../../src/readers/registry.ts';
import type { RawInput } from '../../../src/readers/reader.ts';
import { headOf, textFile } from '../../support/textFiles.ts';

const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0));

/** What the user is told of a file with this content. */
async function refusalOf(content: string | Uint8Array, path = 'given'): Promise<string> {
  const bytes = typeof content === 'string' ? bytesOf(content) : content;
  const input = textFile(bytes, path);
  const reader = detectReader(headOf(bytes, path), input);
  if (!reader) return 'nothing';
  return reader.read(input, { services: nodeServices }).then(
    () => `read as ${reader.format}`,
    (error: Error) => error.message,
  );
}

const tar = new Uint8Array(512);
tar.set(bytesOf('markers_t1.apc/'));
tar.set(bytesOf('ustar\0'), 257);

describe('files of other kinds', () => {
  it.each<[string, string | Uint8Array, string]>([
    ['xz', '\xfd7zXZ\0\0\x04', 'given: this is an xz archive. Unpack it with unxz'],
    ['bzip2', 'BZh91AY&SY\0', 'given: this is a bzip2 archive. Unpack it with bunzip2'],
    ['7z', '7z\xbc\xaf\x27\x1c\0\x04', 'given: this is a 7z archive. Unpack it'],
    ['rar', 'Rar!\x1a\x07\x01\0', 'given: this is a rar archive. Unpack it'],
    ['lz4', '\x04\x22\x4d\x18dp', 'given: this is an lz4 archive. Unpack it'],
    ['tar', tar, 'given: this is a tar archive. Unpack it with tar xf and name the folder'],
    ['SQLite', 'SQLite format 3\0\x10\0', 'given: this is an SQLite database. Give gemview the text'],
    ['jitdump', 'JiTD\x01\0\0\0\x28\0\0\0\xb7\0\0\0', 'given: this is a jitdump of perf. It holds code'],
    ['trace-cmd', '\x17\x08Dtracing6\0', 'given: this is a recording of trace-cmd. Record with perf record'],
    [
      'safetensors',
      '\x58\x01\0\0\0\0\0\0{"__metadata__":{}}',
      'given: this is a model in the safetensors format. Give',
    ],
    ['ggml', 'tjgg\x03\0\0\0\0\x7d', 'given: this is a model in a format from before GGUF. Give'],
    [
      'git lfs',
      'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n',
      'given: this is a pointer that Git LFS left',
    ],
    [
      'a page',
      '<!DOCTYPE html>\n<html><title>Sign in</title></html>\n',
      'given: this is a web page. If it was downloaded',
    ],
    [
      'captured.xml',
      '<?xml version="1.0" encoding="UTF-8"?>\n<captured version="1" protocol="950">\n</captured>\n',
      'given: this is one file of an .apc capture. Name the .apc folder',
    ],
    [
      'events.xml',
      '<?xml version="1.0"?>\n<events>\n  <category name="Linux">\n</events>\n',
      'given: this is one file of an .apc capture. Name',
    ],
    [
      'speedscope',
      '{"version":"0.0.1","$schema":"https://www.speedscope.app/file-format-schema.json"}',
      'given: this is a profile for speedscope. Give',
    ],
    [
      'Firefox',
      '{"meta":{"version":27,"interval":1,"product":"perf"},"threads":[]}',
      'given: this is a profile for the Firefox Profiler. Give',
    ],
    [
      'Chrome',
      '{"traceEvents":[{"ph":"X","ts":1}]}',
      'given: this is a trace of events for Chrome or Perfetto. Give',
    ],
    [
      'Chrome, bare',
      '[{"name":"a","ph":"B","ts":1}]',
      'given: this is a trace of events for Chrome or Perfetto. Give',
    ],
    [
      'perf annotate',
      ' Percent |      Source code & Disassembly of demo for cpu-clock (653 samples, percent: local period)\n---\n',
      'given: this is the text of perf annotate. Give',
    ],
    [
      'raw dump',
      '\n0x108@perf.data [0x50]: event: 69\n.\n. ... raw event: size 80 bytes\n',
      'given: this is the raw dump of perf script -D (or perf report -D). Give',
    ],
    [
      'perf diff',
      "# Event 'cpu-clock'\n#\n# Baseline  Delta Abs  Shared Object  Symbol\n",
      'given: this is the text of perf diff. Give',
    ],
    [
      'simpleperf report',
      'Cmdline: /system/bin/simpleperf record\nArch: arm64\nEvent: cpu-cycles (type 0, config 0)\nSamples: 23\nEvent count: 1\n\nOverhead  Command  Pid  Tid  Shared Object  Symbol\n99.00%  a  1  1  /bin/a  main\n',
      'given: this is the table of simpleperf report. Give gemview the perf.data',
    ],
  ])('%s', async (_name, content, sentence) => {
    const told = await refusalOf(content);
    expect(told.slice(0, sentence.length)).toBe(sentence);
    expect(told).not.toContain('\n');
  });

  it('names the data file of a capture by its name and its first frame', async () => {
    const summary = new Uint8Array([0x12, 0, 0, 0, 0x01, 0x03, 0, 0xc0]);
    expect(await refusalOf(summary, 'markers.apc/0000000000')).toBe(
      'markers.apc/0000000000: this is the data file of an .apc capture. Name the .apc folder that it lies in',
    );
    expect(await refusalOf(summary, 'notes')).toBe('nothing');
  });

  it('says what a capture without its data lacks', async () => {
    const input: RawInput = {
      path: 'llama.apc',
      bytes: 12,
      content: {
        kind: 'bundle',
        members: new Map([['captured.xml', new MemorySource(bytesOf('<captured/>'))]]),
      },
    };
    const reader = detectReader({ path: input.path, bytes: new Uint8Array(0), text: '' }, input);
    await expect(reader?.read(input, { services: nodeServices })).rejects.toThrow(
      'llama.apc: this .apc capture has no file 0000000000, which holds all that was recorded. Copy the whole',
    );
  });

  it('leaves other files alone', async () => {
    expect(await refusalOf('hello world\n')).toBe('nothing');
    expect(await refusalOf('{"a":1}')).toBe('nothing');
    expect(await refusalOf('\x00\x01\x02\x03\xff\xfe')).toBe('nothing');
  });
});
