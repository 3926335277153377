import { describe, expect, it } from 'vitest';
import { readPerfAttributes } from '../../../src/readers/apc/perfAttributes.ts';
import type { FrameOutcome, PerfAttributesSink } from '../../../src/readers/apc/perfAttributes.ts';
import { ByteWriter, perfEventAttr } from '../../support/apcBytes.ts';

/** Notes what a frame says, one line for each message. */
function messagesOf(body: ByteWriter): { lines: string[]; outcome: FrameOutcome } {
  const lines: string[] = [];
  const sink: PerfAttributesSink = {
    attributes: ({ key, type, config, samplePeriod }) =>
      lines.push(`event ${key}: type ${type} config ${config} period ${samplePeriod}`),
    key: (low, high, key) => lines.push(`id ${high}:${low} is ${key}`),
    format: (text) => lines.push(`format ${text}`),
    maps: (pid, text) => lines.push(`maps ${pid} ${text}`),
    comm: (pid, tid, executable, name) => lines.push(`comm ${pid}/${tid} ${executable} ${name}`),
    onlineCpu: (cpu) => lines.push(`online ${cpu}`),
    kallsyms: (text) => lines.push(`kallsyms ${text.length}`),
    level: (timeNs, cpu, key, value) => lines.push(`level ${timeNs} ${cpu} ${key} ${value}`),
    metricEvent: (metric, code, key) => lines.push(`metric ${metric} ${code} ${key}`),
    kernelBuildId: (id) => lines.push(`kernel ${id.length}`),
  };
  const outcome = readPerfAttributes(body.finish(), sink);
  return { lines, outcome };
}

const attributes = perfEventAttr({
  type: 10,
  config: 0x11,
  samplePeriod: 991_080,
  sampleType: 0x10216,
  readFormat: 0xf,
});
const frame = (): ByteWriter => new ByteWriter().packed(0);

describe('PERF_ATTRS frames', () => {
  it('reads every kind of message, several in one frame', () => {
    const body = frame()
      .packed(3)
      .cString('name: a')
      .packed(1)
      .bytes(attributes)
      .packed(0x7fff_ffff)
      .packed(2)
      .packed(2)
      .packed(281)
      .packed(12)
      .packed(1n << 40n)
      .packed(10)
      .packed(4)
      .packed(7)
      .packed(7)
      .cString('maps')
      .packed(5)
      .packed(7)
      .packed(8)
      .cString('/bin/a')
      .cString('a')
      .packed(7)
      .packed(1000)
      .packed(3)
      .packed(8)
      .packed(1000)
      .packed(2)
      .packed(9)
      .cString('text')
      .packed(10)
      .packed(5)
      .packed(0)
      .packed(12)
      .packed(1_800_000_000)
      .packed(-1)
      .packed(11)
      .cString('page')
      .packed(12)
      .cString('event')
      .packed(13)
      .packed(14)
      .packed(0x24)
      .packed(0x7fff_fff0)
      .packed(0)
      .packed(14)
      .packed(2)
      .bytes([1, 2])
      .packed(15)
      .string('ext4')
      .packed(1)
      .bytes([3]);
    expect(messagesOf(body)).toEqual({
      outcome: 'complete',
      lines: [
        'format name: a',
        'event 2147483647: type 10 config 17 period 991080',
        'id 0:281 is 12',
        'id 256:0 is 10',
        'maps 7 maps',
        'comm 7/8 /bin/a a',
        'online 3',
        'kallsyms 4',
        'level 5 0 12 1800000000',
        'metric 14 36 2147483632',
        'kernel 2',
      ],
    });
  });

  it('reads frames without messages and KEYS without ids', () => {
    expect(messagesOf(frame())).toEqual({ outcome: 'complete', lines: [] });
    expect(messagesOf(frame().packed(2).packed(0)).outcome).toBe('complete');
  });

  it('gives up the rest of a frame at a message it does not know', () => {
    const body = frame().packed(7).packed(1).packed(0).packed(40).packed(7).packed(1).packed(1);
    expect(messagesOf(body)).toEqual({ outcome: 'unknown-message', lines: ['online 0'] });
  });

  it('keeps the ids that are there when more are announced', () => {
    const body = frame().packed(2).packed(1_000_000_000).packed(281).packed(12).packed(282);
    expect(messagesOf(body)).toEqual({ outcome: 'damaged', lines: ['id 0:281 is 12'] });
  });

  it('takes the size of an event from the event, and only a possible one', () => {
    const older = perfEventAttr({ type: 4, config: 8, sampleType: 0x10204, readFormat: 7 }, 112);
    expect(messagesOf(frame().packed(1).bytes(older).packed(6)).lines).toEqual([
      'event 6: type 4 config 8 period 0',
    ]);
    const tooLong = attributes.slice();
    new DataView(tooLong.buffer).setUint32(4, 150, true);
    expect(messagesOf(frame().packed(1).bytes(tooLong)).outcome).toBe('damaged');
    const swapped = attributes.slice();
    new DataView(swapped.buffer).setUint32(4, 144, false);
    expect(messagesOf(frame().packed(1).bytes(swapped).packed(6)).outcome).toBe('big-endian');
  });
});
