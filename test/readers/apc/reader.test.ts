import { describe, expect, it } from 'vitest';
import { nodeServices } from '../../../src/platform/node/services.ts';
import { apcReader } from '../../../src/readers/apc/index.ts';
import { InputError } from '../../../src/readers/reader.ts';
import type { RawInput } from '../../../src/readers/reader.ts';
import { ByteWriter, concat, frame, hexBytes, pair, perfEventAttr, record } from '../../support/apcBytes.ts';
import { readApc, warningCodes } from '../../support/apcReading.ts';
import { ApcWriter, inputOf } from '../../support/apcWriter.ts';
import type { ApcOptions } from '../../support/apcWriter.ts';

const MAIN = { pid: 100, tid: 100 };

function capture(options: Partial<ApcOptions> = {}): ApcWriter {
  const apc = new ApcWriter({ shape: 'per-thread-groups', ...options });
  apc.thread(100, 100, 'llama-cli', '/home/ann/llama-cli');
  apc.sample({ timeNs: 1000, cpu: 0, thread: MAIN, user: [0x1000] });
  return apc;
}

async function errorOf(input: RawInput): Promise<string> {
  const error = await apcReader.read(input, { services: nodeServices }).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(InputError);
  return (error as InputError).message;
}

const detects = (names: string[]): boolean =>
  apcReader.detect(
    { path: 'x', bytes: new Uint8Array(0), text: '' },
    inputOf(new Map(names.map((name) => [name, new Uint8Array(0)]))),
  );

describe('detection', () => {
  it('is by a file of ten digits, in a folder or not', () => {
    expect(detects(['0000000000'])).toBe(true);
    expect(detects(['run.apc/captured.xml', 'run.apc/0000000000'])).toBe(true);
    expect(detects(['captured.xml', '000000000', '00000000000', 'a0000000000'])).toBe(false);
  });

  it('is never of a single file', () => {
    const input: RawInput = { path: '0000000000', bytes: 0, content: { kind: 'file', source: inputless } };
    expect(apcReader.detect({ path: '0000000000', bytes: new Uint8Array(0), text: '' }, input)).toBe(false);
  });
  const inputless = { size: 0, read: () => Promise.resolve(new Uint8Array(0)) };
});

describe('the files of a capture', () => {
  it('may lie in a folder of an archive', async () => {
    const files = new Map([...capture().files()].map(([name, bytes]) => [`run.apc/${name}`, bytes]));
    const profile = await readApc(inputOf(files, 'run.apc.zip'));
    expect(profile.inputs).toEqual([
      {
        path: 'run.apc.zip',
        format: 'apc',
        tool: 'gator 9.7.2',
        bytes: [...files.values()].reduce((sum, { length }) => sum + length, 0),
      },
    ]);
    expect(profile.warnings).toEqual([]);
  });

  it('may be several data files, a frame going on from one to the next', async () => {
    const files = capture().files();
    const data = files.get('0000000000') as Uint8Array;
    const cut = data.length - 20;
    files.set('0000000000', data.subarray(0, cut));
    files.set('0000000001', data.subarray(cut));
    const profile = await readApc(inputOf(files));
    expect(profile.samples.length).toBe(1);
    expect(profile.warnings).toEqual([]);
  });
});

describe('what a capture says about its target', () => {
  it('is kept, private where it is about people', async () => {
    const apc = capture({
      kallsyms: 'ffff800080000000 T _text\nffff800080010000 t do_work\nffff800080020000 T last\n',
    });
    apc.attributes(new ByteWriter().packed(14).packed(3).bytes([0xab, 0xcd, 0x01]));
    apc.annotate(MAIN).marker(1000, 'past 0, n_eval 1');
    const profile = await readApc(apc);
    expect(profile.target).toEqual({
      arch: 'aarch64',
      cpuCount: 2,
      cpus: [
        { cpu: 0, name: 'Neoverse-V1', midr: '0x41d40' },
        { cpu: 1, name: 'Neoverse-V1', midr: '0x41d40' },
      ],
      kernel: '6.12.0-arm64',
      pageBytes: 4096,
    });
    expect(profile.origin.value).toBeNull();
    expect(profile.clock).toEqual({
      name: 'CLOCK_MONOTONIC_RAW',
      startNs: '975239157376',
      anchors: {
        realtimeNs: '1795486709877763648',
        monotonicNs: '975239157536',
        monotonicRawNs: '975239157376',
      },
      alignments: [],
    });
    const facts = profile.facts.map(
      ({ name, value, private: isPrivate }) => `${name}${isPrivate ? '*' : ''}: ${value}`,
    );
    expect(facts).toEqual([
      'host-name*: lab',
      'kernel-version: #1 SMP Debian 6.12-1',
      'kernel-build-id: abcd01',
      'target-name: test board',
      'executable*: /home/ann/llama-cli',
      'recording-shape: per-thread-groups',
      'sample-rate-hz: 1009',
      'call-stacks: yes',
      'recorded-at: 2026-11-24T02:18:33.000Z',
      'pmu-remark: Detected 6 programmable events for Neoverse-V1',
    ]);
    expect(profile.kernelSymbols?.length).toBe(3);
    expect(profile.addressSpaces[0].mappings).toMatchObject([
      { start: 0xffff_8000_8000_0000n, path: '[kernel.kallsyms]', buildId: 'abcd01', kind: 'kernel' },
    ]);
  });

  it('may be little: unknown cores, hidden kernel symbols', async () => {
    const apc = capture({
      coreName: 'Unknown (0x99)',
      cpuid: -1,
      kallsyms: '0000000000000000 T _text\n',
      product: null,
    });
    const profile = await readApc(apc);
    expect(profile.target.cpus[0]).toEqual({ cpu: 0, name: null, midr: null });
    expect(profile.kernelSymbols).toBeNull();
    expect(profile.inputs[0].tool).toBeNull();
  });

  it.each([
    [972, 'gator 9.7.2'],
    [900, 'gator 9.0.0'],
    [300_972, 'gator 9.7.2 (development build)'],
  ])('names the recorder of product %d', async (product, tool) => {
    expect((await readApc(capture({ product }))).inputs[0].tool).toBe(tool);
  });
});

describe('captures that cannot be read', () => {
  it.each([
    [890, 'gator 8.9.0 (protocol 890)'],
    [23, 'gator 5.23 (protocol 23)'],
    [670, 'gator 6.7.0 (protocol 670)'],
  ])('of protocol %d are refused by name', async (protocol, name) => {
    const message = await errorOf(capture({ protocol }).input('old.apc'));
    expect(message).toBe(
      `old.apc: the capture is of ${name}; gemview reads gator 9.0.0 and later. Record again with a current gatord`,
    );
  });

  it('of gator without perf are refused without captured.xml too', async () => {
    const data = concat([
      frame(1, new ByteWriter().packed(3).packed(0).packed(1).string('x').finish()),
      frame(7, hexBytes('00')),
      frame(4, hexBytes('00')),
    ]);
    expect(await errorOf(inputOf(new Map([['0000000000', data]])))).toMatch(/gator 8\.4 or older/);
  });

  it('were changed by a transfer in text mode', async () => {
    const files = capture().files();
    const data = files.get('0000000000') as Uint8Array;
    const at = data.findIndex(
      (_, index) => String.fromCharCode(...data.subarray(index, index + 4)) === '1\n2\r',
    );
    data[at + 3] = 0x0a;
    expect(await errorOf(inputOf(files))).toMatch(/text mode/);
  });

  it.each([
    ['an empty file', ''],
    ['something else', 'ff d8 ff e0 00 10'],
    ['frames without a summary', '02 00 00 00 0b 00'],
  ])('hold no summary: %s', async (_, bytes) => {
    expect(await errorOf(inputOf(new Map([['0000000000', hexBytes(bytes)]]), 'x.apc'))).toMatch(
      /^x\.apc.*no summary/,
    );
  });

  it('are of a big-endian target', async () => {
    const attributes = perfEventAttr({ type: 1, config: 0, sampleType: 0, readFormat: 0 });
    new DataView(attributes.buffer).setUint32(4, 144, false);
    const data = frame(11, new ByteWriter().packed(0).packed(1).bytes(attributes).packed(4).finish());
    expect(await errorOf(inputOf(new Map([['0000000000', data]])))).toMatch(
      /byte 0: .*big-endian.*\. Give gemview the text of perf script/,
    );
  });
});

describe('captures that can be read in part', () => {
  it('say where they are cut, and keep what stands before', async () => {
    const apc = capture();
    apc.flush();
    apc.sample({ timeNs: 2000, cpu: 0, thread: MAIN, user: [0x1000] });
    const files = apc.files();
    const data = files.get('0000000000') as Uint8Array;
    files.set('0000000000', data.subarray(0, data.length - 3));
    files.delete('captured.xml');
    files.delete('counters.xml');
    const profile = await readApc(inputOf(files));
    expect(profile.samples.length).toBe(1);
    expect(warningCodes(profile)).toEqual(['apc-cut-frame', 'apc-no-captured-xml']);
    expect(profile.warnings[0].message).toMatch(
      /^the data end within a frame at byte \d+: it should have \d+ bytes/,
    );
  });

  it('count what they hold besides', async () => {
    const apc = capture();
    apc.rawFrame(14, hexBytes('00 00 00'));
    apc.rawFrame(14, hexBytes('00 00 00'));
    apc.rawFrame(16, hexBytes('00'));
    apc.rawFrame(2, hexBytes('00'));
    apc.rawFrame(11, hexBytes('00 28'));
    apc.rawFrame(11, hexBytes('00 05 02 02 61'));
    apc.rawFrame(5, hexBytes('00 00'));
    apc.rawRecord(0, record(9, 2, [77_777, 1, 2]));
    apc.rawRecord(0, record(17, 0, [1, 2, 3]));
    apc.rawRecord(0, record(9, 2, [apc.eventId('clock', 0), 1]));
    apc.flush();
    apc.rawRecord(1, [pair(9, 16 << 16)]);
    apc.flush();
    apc.sample({ timeNs: 1e18, cpu: 0, thread: MAIN, user: [0x1000] });
    const profile = await readApc(apc);
    expect(profile.samples.length).toBe(1);
    expect(profile.warnings.map(({ code, message }) => `${code} ${/\d+/.exec(message)?.[0]}`)).toEqual([
      'apc-unknown-frames 2',
      'apc-damaged-frames 2',
      'apc-unknown-messages 1',
      'apc-damaged-records 1',
      'apc-damaged-samples 1',
      'apc-unknown-ids 1',
      'apc-implausible-times 1',
      'apc-spe 2',
    ]);
  });

  it('do not speak of SPE where frames only relate clocks, as on old kernels', async () => {
    const apc = capture();
    apc.rawFrame(15, hexBytes('00 64 64 80 a0 94 a5 8d 1d 05 07'));
    expect(warningCodes(await readApc(apc))).toEqual([]);
  });

  it('pass over records of other kinds: AUX, ITRACE_START, NAMESPACES, BPF_EVENT, UNTHROTTLE', async () => {
    const apc = capture();
    for (const type of [6, 11, 12, 16, 18, 19, 20, 21]) {
      apc.rawRecord(0, record(type, 0, [1, 2, 3, pair(100, 100), 5, 6, apc.eventId('clock', 0)]));
    }
    apc.sample({ timeNs: 2000, cpu: 0, thread: MAIN, user: [0x1000] });
    const profile = await readApc(apc);
    expect(profile.samples.length).toBe(2);
    expect(profile.losses).toEqual({ records: 0, throttles: 0 });
    expect(warningCodes(profile)).toEqual([]);
  });

  it('are read with damaged XML as far as it goes', async () => {
    const files = capture().files();
    files.set(
      'captured.xml',
      new TextEncoder().encode('<captured protocol="950" product="972"><target cores="2"'),
    );
    const profile = await readApc(inputOf(files));
    expect(profile.inputs[0].tool).toBe('gator 9.7.2');
    expect(warningCodes(profile)).toEqual(['apc-captured-xml']);
  });

  it('of a newer protocol are read with a warning', async () => {
    expect(warningCodes(await readApc(capture({ protocol: 960, product: 980 })))).toEqual([
      'apc-newer-protocol',
    ]);
  });
});
