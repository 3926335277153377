import { describe, expect, it } from 'vitest';
import type { Profile } from '../../../src/profile/types.ts';
import { ByteWriter, hexBytes } from '../../support/apcBytes.ts';
import { readApc, warningCodes } from '../../support/apcReading.ts';
import { ApcWriter } from '../../support/apcWriter.ts';

const MAIN = { pid: 100, tid: 100 };

function capture(zeroNs?: bigint): ApcWriter {
  const apc = new ApcWriter({ shape: 'per-thread-groups', ...(zeroNs === undefined ? {} : { zeroNs }) });
  apc.thread(100, 100, 'llama-cli', '/bin/llama-cli');
  return apc;
}

const markersOf = (profile: Profile): string[] =>
  profile.markers.map(({ timeNs, thread, text, colour }) => {
    const { pid, tid } = profile.threads[thread];
    return `${timeNs} ${pid}/${tid} ${text}${colour ? ` ${colour}` : ''}`;
  });

const spansOf = (profile: Profile): string[] =>
  Array.from({ length: profile.spans.length }, (_, row) => {
    const { spans } = profile;
    const channel = profile.spanChannels[spans.channel[row]];
    const tid = profile.threads[channel.thread].tid;
    const text = profile.strings[spans.text[row]];
    const where = `${channel.group}:${channel.groupName}/${channel.channel}:${channel.name}`;
    return `${tid} ${where} ${spans.startNs[row]}-${spans.endNs[row]}${spans.endIsEstimated[row] ? '?' : ''} ${text}`;
  });

describe('streams recorded from the annotation library', () => {
  // As streamline_annotate.c 9.7.2 sent them; zero is the time of the first marker.
  const HANDSHAKE = '41 4e 4e 4f 54 41 54 45 20 35 0a | 7e 02 00 00 | 7e 02 00 00 | 00';
  const text = (bytes: string): string => Buffer.from(bytes, 'latin1').toString('hex');
  const STREAM = [
    HANDSHAKE,
    `06 18 00 00 00 | ee ec 86 99 c3 1e | ${text('past 0, n_eval 512')}`,
    `08 22 00 00 00 | a3 02 | 00 | 02 | 04 | 01 | 01 | 01 | 00 | 00 | 00 | 00 | 00 | 00 00 00 00 | ${text('KV cache\0tokens\0\0')}`,
    `08 35 00 00 00 | a4 02 | 00 02 01 | e8 07 | 02 02 | 01 00 00 00 00 | 00 00 00 01 | ${text('llama\0tok/s\0tok/s\0tokens per second')}`,
    `07 1c 00 00 00 | f6 b4 c5 99 c3 1e | ff 00 00 1b | ${text('past 512, n_eval 1')}`,
    '09 0b 00 00 00 | e8 b7 c5 99 c3 1e | 00 | a3 02 | 80 04',
    '09 0c 00 00 00 | f9 ba c5 99 c3 1e | 00 | a4 02 | d4 e1 00',
    `02 11 00 00 00 | fd bc c5 99 c3 1e | 00 | 00 00 ff 1b | ${text('decode')}`,
    '01 07 00 00 00 | 83 ea 95 e0 c3 1e | 00',
    `04 0a 00 00 00 | f7 ba ae 9a c3 1e | 01 | ${text('ops')}`,
    `03 0d 00 00 00 | ee bf ae 9a c3 1e | 01 01 | ${text('graph')}`,
  ].join(' | ');

  /** The value of six packed bytes, by hand: 7 bits each, low first. */
  const packedValue = (bytes: string): bigint =>
    [...hexBytes(bytes)].reduce((sum, byte, index) => sum + (BigInt(byte & 0x7f) << BigInt(7 * index)), 0n);
  const at = (bytes: string): number => Number(packedValue(bytes) - zero);
  const zero = packedValue('ee ec 86 99 c3 1e');

  async function read(pieceBytes: number): Promise<Profile> {
    const apc = capture(zero);
    const stream = hexBytes(STREAM);
    for (let from = 0; from < stream.length; from += pieceBytes) {
      apc.rawFrame(
        10,
        new ByteWriter()
          .packed(25)
          .bytes(stream.subarray(from, from + pieceBytes))
          .finish(),
      );
    }
    apc.rawFrame(10, hexBytes('7f 19'));
    return readApc(apc);
  }

  it.each([4096, 1000, 17, 3, 1])('are read in pieces of %d bytes', async (pieceBytes) => {
    const profile = await read(pieceBytes);
    expect(markersOf(profile)).toEqual([
      '0 638/638 past 0, n_eval 512',
      `${at('f6 b4 c5 99 c3 1e')} 638/638 past 512, n_eval 1 #ff0000`,
    ]);
    expect(spansOf(profile)).toEqual([
      `638 0:/0: ${at('fd bc c5 99 c3 1e')}-${at('83 ea 95 e0 c3 1e')} decode`,
    ]);
    expect(profile.counters.filter(({ pmu }) => pmu === 'annotation')).toMatchObject([
      { name: 'KV cache: tokens', unit: '', kind: 'absolute', multiplier: 1 },
      { name: 'llama: tok/s', unit: 'tok/s', kind: 'absolute', multiplier: 0.001 },
    ]);
    expect(profile.readings.map((table) => [...table.deltas[0]])).toEqual([[512], [12_500]]);
    expect(profile.warnings).toEqual([]);
  });
});

describe('connections', () => {
  it('puts together a message that is cut across two frames', async () => {
    // T = 1 000 002 500 000, "past 0, n_eval 7", cut within the time.
    const apc = capture(1_000_000_000_000n);
    const handshake = hexBytes('41 4e 4e 4f 54 41 54 45 20 35 0a 64 00 00 00 64 00 00 00 00');
    apc.rawFrame(
      10,
      new ByteWriter().packed(25).bytes(handshake).bytes(hexBytes('06 16 00 00 00 a0 eb ac a6')).finish(),
    );
    apc.rawFrame(10, new ByteWriter().packed(25).bytes(hexBytes('8d 1d')).text('past 0, n_eval 7').finish());
    expect(markersOf(await readApc(apc))).toEqual(['2500000 100/100 past 0, n_eval 7']);
  });

  it('tells connections apart that use one descriptor after the other, closed twice in between', async () => {
    const apc = capture();
    const stream = (tid: number, text: string): Uint8Array =>
      new ByteWriter()
        .packed(27)
        .text('ANNOTATE 5\n')
        .u32(tid)
        .u32(100)
        .byte(0)
        .byte(6)
        .u32(6 + text.length)
        .packed(apc.zeroNs + 1_000_000n)
        .text(text)
        .finish();
    const close = hexBytes('7f 1b');
    apc.rawFrame(10, stream(101, 'first'));
    apc.rawFrame(10, close);
    apc.rawFrame(10, close);
    apc.rawFrame(10, stream(102, 'second'));
    const profile = await readApc(apc);
    expect(markersOf(profile)).toEqual(['1000000 100/101 first', '1000000 100/102 second']);
    expect(profile.warnings).toEqual([]);
  });

  it('begins anew at a handshake that no close announced', async () => {
    const apc = capture();
    apc
      .annotate(MAIN)
      .marker(1000, 'first')
      .bytes(new ByteWriter().text('ANNOTATE 5\n').u32(105).u32(100).byte(0).finish());
    apc.annotate(MAIN).marker(2000, 'second');
    expect(markersOf(await readApc(apc))).toEqual(['1000 100/100 first', '2000 100/105 second']);
  });

  it.each([
    ['a message that never came whole', hexBytes('06 16 00 00 00 a0 eb'), ['apc-cut-annotations']],
    ['a stream of another source', null, ['apc-foreign-streams']],
  ])('begins anew behind %s', async (_name, before, warnings) => {
    const apc = capture(1000n);
    const handshake = (bytes: ByteWriter): ByteWriter => bytes.text('ANNOTATE 5\n').u32(100).u32(100).byte(0);
    const start = new ByteWriter().packed(25);
    if (before) handshake(start).bytes(before);
    else start.text('FTRACE 2\n').bytes([1, 2, 3]);
    apc.rawFrame(10, start.finish());
    apc.rawFrame(
      10,
      handshake(new ByteWriter().packed(25)).bytes(hexBytes('06 03 00 00 00 e8 07 61')).finish(),
    );
    const profile = await readApc(apc);
    expect(profile.markers.map(({ text }) => text)).toEqual(['a']);
    expect(warningCodes(profile)).toEqual(warnings);
  });

  it('reads streams that are never closed, and says when one ends within a message', async () => {
    const apc = capture();
    apc.annotate(MAIN).marker(1000, 'whole').bytes(hexBytes('06 16 00 00 00 a0 eb'));
    const profile = await readApc(apc);
    expect(markersOf(profile)).toEqual(['1000 100/100 whole']);
    expect(warningCodes(profile)).toEqual(['apc-cut-annotations']);
  });

  it('skips streams of other sources, and says so once they carry something', async () => {
    const silent = capture();
    silent.rawFrame(10, new ByteWriter().packed(25).text('FTRACE 2\n').finish());
    silent.rawFrame(10, hexBytes('7f 19'));
    expect((await readApc(silent)).warnings).toEqual([]);

    const busy = capture();
    busy.rawFrame(10, new ByteWriter().packed(25).text('FTRACE 2\n').bytes(new Uint8Array(4096)).finish());
    busy.rawFrame(10, new ByteWriter().packed(26).text('PERFETTO\n').bytes([10, 0]).finish());
    busy.rawFrame(10, new ByteWriter().packed(-2).text('ARMNN_V1\n').finish());
    busy.rawFrame(10, new ByteWriter().packed(26).bytes([1, 2, 3]).finish());
    const { warnings } = await readApc(busy);
    expect(warnings).toMatchObject([{ code: 'apc-foreign-streams' }]);
    expect(warnings[0].message).toMatch(/^2 streams /);
  });

  it('gives up a connection that claims an impossible message, and reads the others on', async () => {
    const apc = capture();
    apc.annotate(MAIN).marker(1000, 'before').bytes(hexBytes('06 ff ff ff 7f 00'));
    apc.annotate({ pid: 100, tid: 101 }).marker(2000, 'other');
    const profile = await readApc(apc);
    expect(markersOf(profile)).toEqual(['1000 100/100 before', '2000 100/101 other']);
    expect(warningCodes(profile)).toEqual(['apc-damaged-annotations']);
  });
});

describe('annotations', () => {
  it('sorts markers of all threads by time, also those from before the capture', async () => {
    const apc = capture();
    apc.annotate(MAIN).marker(5000, 'c').marker(5000, 'd').marker(-2000, 'a').send();
    apc.annotate({ pid: 100, tid: 101 }).marker(3000, 'b', [0x12, 0xab, 0x00]);
    expect(markersOf(await readApc(apc))).toEqual([
      '-2000 100/100 a',
      '3000 100/101 b #12ab00',
      '5000 100/100 c',
      '5000 100/100 d',
    ]);
  });

  it('shows automatic and theme colours as none', async () => {
    const apc = capture();
    apc.annotate(MAIN).message(7, new ByteWriter().packed(apc.zeroNs).bytes([1, 2, 3, 0]).text('automatic'));
    apc.annotate(MAIN).message(7, new ByteWriter().packed(apc.zeroNs).bytes([0, 0, 0, 2]).text('theme'));
    expect((await readApc(apc)).markers.map(({ colour }) => colour)).toEqual([null, null]);
  });

  it('ends a span at the next text of its channel, at an empty one, at the end of its thread, or at that of the capture', async () => {
    const apc = capture();
    const worker = { pid: 100, tid: 101 };
    apc.fork(0, MAIN, worker, 500);
    apc
      .annotate(MAIN)
      .text(1000, 1, 'a')
      .text(2000, 1, 'b', [1, 2, 3])
      .text(2500, 2, 'inner')
      .text(2600, 2, '')
      .text(3000, 1, '')
      .text(3000, 1, '')
      .text(4000, 1, 'open')
      .channelName(100, 1, 7, 'graph')
      .groupName(100, 7, 'ops');
    apc.annotate(worker).text(1500, 1, 'work');
    apc.exit(0, MAIN, worker, 6000);
    apc.sample({ timeNs: 9000, cpu: 0, thread: MAIN, user: [0x1000] });
    expect(spansOf(await readApc(apc))).toEqual([
      '100 7:ops/1:graph 1000-2000 a',
      '101 0:/1: 1500-6000? work',
      '100 7:ops/1:graph 2000-3000 b',
      '100 0:/2: 2500-2600 inner',
      '100 7:ops/1:graph 4000-9000? open',
    ]);
  });

  it('does not list channels on which nothing was shown', async () => {
    const apc = capture();
    apc.annotate(MAIN).channelName(0, 3, 0, 'silent').text(10, 3, '');
    expect((await readApc(apc)).spanChannels).toEqual([]);
  });

  it('keeps counters of two processes apart unless their ids are global, and reads values of 64 bits', async () => {
    const apc = capture();
    const other = { pid: 200, tid: 200 };
    apc.annotate(MAIN).defineCounter({ id: 1, title: 'KV', name: 'bytes', units: 'B', modifier: 8 });
    apc
      .annotate(MAIN)
      .counterValue(1000, 1, 2n ** 40n)
      .counterValue(3000, 1, -5);
    apc.annotate(other).defineCounter({ id: 1, title: 'Other', name: 'x', isAbsolute: true, perCpu: true });
    apc.annotate(other).counterValue(2000, 1, 9, 1);
    const profile = await readApc(apc);
    expect(profile.counters.filter(({ pmu }) => pmu === 'annotation')).toMatchObject([
      { name: 'KV: bytes', unit: 'B', kind: 'delta', multiplier: 0.125 },
      { name: 'Other: x', kind: 'absolute' },
    ]);
    const [kv, x] = profile.readings;
    expect([...kv.deltas[0]]).toEqual([2 ** 40, -5]);
    expect([...kv.startNs]).toEqual([1000, 1000]);
    expect([...kv.cpu]).toEqual([-1, -1]);
    expect([...x.cpu]).toEqual([1]);
    expect(profile.threads[x.thread[0]].pid).toBe(200);
  });

  it('names a counter without definition by its id and says so', async () => {
    const apc = capture();
    apc.annotate(MAIN).counterValue(1000, 0x123, 4);
    const profile = await readApc(apc);
    expect(profile.counters.at(-1)?.name).toBe('annotation counter 291');
    expect(warningCodes(profile)).toEqual(['apc-undefined-counters']);
  });

  it('shows activities as spans of the thread they are about', async () => {
    const apc = capture();
    apc
      .annotate(MAIN)
      .defineCounter({ id: 9, title: 'Queue', name: 'state', activities: ['busy', 'waiting'] })
      .activity(1000, 9, 1, 101)
      .activity(2000, 9, 2, 101)
      .activity(3000, 9, 0, 101);
    expect(spansOf(await readApc(apc))).toEqual([
      '101 0:/9:Queue: state 1000-2000 busy',
      '101 0:/9:Queue: state 2000-3000 waiting',
    ]);
  });

  it('counts what it does not show, and goes on behind it', async () => {
    const apc = capture();
    const connection = apc.annotate(MAIN);
    for (const type of [0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 0x10])
      connection.message(type, new ByteWriter().packed(1));
    connection.message(5, new ByteWriter().packed(apc.zeroNs).cString('picture').bytes([1, 2, 3]));
    connection.message(0x42, new ByteWriter().text('new'));
    connection.message(6, new ByteWriter());
    connection.message(6, new ByteWriter().packed(1).text('at the time of booting'));
    connection.marker(1000, '');
    const profile = await readApc(apc);
    expect(markersOf(profile)).toEqual(
      ['1000 100/100 ', `${1 - Number(apc.zeroNs)} 100/100 at the time of booting`].sort(),
    );
    expect(profile.warnings.map(({ code, message }) => `${code}: ${message.split(' ')[0]}`)).toEqual([
      'apc-damaged-annotations: 1',
      'apc-unknown-annotations: 1',
      'apc-custom-activity-maps: 6',
      'apc-visual-annotations: 1',
    ]);
  });

  it('reads the streams of older clients, whose values have 32 bits', async () => {
    const apc = capture();
    const stream = new ByteWriter().packed(30).text('ANNOTATE 3\n').u32(100).u32(100).byte(1);
    stream
      .byte(9)
      .u32(9)
      .packed(apc.zeroNs + 700n)
      .packed(0)
      .packed(1)
      .packed(-3);
    apc.rawFrame(10, stream.finish());
    expect([...(await readApc(apc)).readings[0].deltas[0]]).toEqual([-3]);
  });
});
