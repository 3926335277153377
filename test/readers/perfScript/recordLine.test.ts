import { describe, expect, it } from 'vitest';
import { RecordLine } from '../../../src/readers/perfScript/recordLine.ts';

/** The parts of a line as text and numbers; null when it is no record line. */
function parts(text: string) {
  const bytes = new TextEncoder().encode(text);
  const line = new RecordLine();
  if (!line.parse(bytes, 0, bytes.length)) return null;
  const slice = (from: number, to: number): string => new TextDecoder().decode(bytes.subarray(from, to));
  return {
    comm: slice(line.commFrom, line.commTo),
    pid: line.pid,
    tid: line.tid,
    cpu: line.cpu,
    time: line.hasTime ? [line.seconds, line.nanoseconds] : null,
    period: line.period,
    event: slice(line.eventFrom, line.eventTo),
    rest: slice(line.restFrom, line.restTo),
  };
}

const none = { comm: '', pid: -1, tid: null, cpu: -1, time: null, period: -1, rest: '' };

describe('record lines of perf script', () => {
  it.each([
    [
      'default fields with a CPU',
      'swapper     0 [000]   648.243318:   10101010 cpu-clock:pppH: ',
      { comm: 'swapper', tid: 0, cpu: 0, time: [648, 243318000], period: 10101010, event: 'cpu-clock:pppH' },
    ],
    [
      'default fields without a CPU',
      'trace    6061 150520.991529:   16949152 task-clock:ppp: ',
      { comm: 'trace', tid: 6061, time: [150520, 991529000], period: 16949152, event: 'task-clock:ppp' },
    ],
    [
      'pid and tid, nanoseconds',
      'demo  3134/3137   3439.282568719:    1001001 cpu-clock: ',
      { comm: 'demo', pid: 3134, tid: 3137, time: [3439, 282568719], period: 1001001, event: 'cpu-clock' },
    ],
    [
      'padding behind the ids',
      'demo     9/9     [002] 203265.377019: cycles: ',
      { comm: 'demo', pid: 9, tid: 9, cpu: 2, time: [203265, 377019000], event: 'cycles' },
    ],
    [
      'a tab behind the name (simpleperf)',
      'RenderThread\t31850/31881 [001] 684943.449406: 250000 cpu-clock:',
      {
        comm: 'RenderThread',
        pid: 31850,
        tid: 31881,
        cpu: 1,
        time: [684943, 449406000],
        period: 250000,
        event: 'cpu-clock',
      },
    ],
    [
      'a name with blanks and digits',
      'V8 Worker 7  1234 [003]  12.000001:          1 cycles:u: ',
      { comm: 'V8 Worker 7', tid: 1234, cpu: 3, time: [12, 1000], period: 1, event: 'cycles:u' },
    ],
    [
      'a thread that perf could not find',
      ':-1    -1 [000]    12.000001:          1 cycles: ',
      { comm: ':-1', tid: -1, cpu: 0, time: [12, 1000], period: 1, event: 'cycles' },
    ],
    [
      'a right-aligned name, no stack',
      '       llama-cli  1820 [000]   827.715150:    2001158 cycles: ',
      { comm: 'llama-cli', tid: 1820, cpu: 0, time: [827, 715150000], period: 2001158, event: 'cycles' },
    ],
    [
      'an entry probe',
      'demo  3168 [001]  3441.399238:             probe_demo:step: (55ae0e53121d) n_tokens=512 work=0x1312d00',
      {
        comm: 'demo',
        tid: 3168,
        cpu: 1,
        time: [3441, 399238000],
        event: 'probe_demo:step',
        rest: '(55ae0e53121d) n_tokens=512 work=0x1312d00',
      },
    ],
    [
      'slashes in the event',
      'demo  3168  3441.397592:    2004008         cpu-clock/freq=499/: ',
      { comm: 'demo', tid: 3168, time: [3441, 397592000], period: 2004008, event: 'cpu-clock/freq=499/' },
    ],
    [
      'misc letters',
      'demo  3168 [001] U  3441.397592:    2004008 cycles: ',
      { comm: 'demo', tid: 3168, cpu: 1, time: [3441, 397592000], period: 2004008, event: 'cycles' },
    ],
    [
      'colons in what follows',
      'kworker/0:1  12 [000] 1.000000: sched:sched_wakeup: comm=a:b pid=7 x: y',
      {
        comm: 'kworker/0:1',
        tid: 12,
        cpu: 0,
        time: [1, 0],
        event: 'sched:sched_wakeup',
        rest: 'comm=a:b pid=7 x: y',
      },
    ],
    ['no name', '1234 [000] 1.000000: cycles: ', { tid: 1234, cpu: 0, time: [1, 0], event: 'cycles' }],
    ['no event', 'demo 1234 [000] 1.000000: ', { comm: 'demo', tid: 1234, cpu: 0, time: [1, 0], event: '' }],
    [
      'no time',
      'demo  3134    1001001 cpu-clock: ',
      { comm: 'demo', tid: 3134, period: 1001001, event: 'cpu-clock' },
    ],
    ['no time and period', 'demo  3134 cpu-clock:u: ', { comm: 'demo', tid: 3134, event: 'cpu-clock:u' }],
    [
      'no time, with a CPU',
      'V8 Worker 3134/3135 [002] 1001001 cycles: ',
      { comm: 'V8 Worker', pid: 3134, tid: 3135, cpu: 2, period: 1001001, event: 'cycles' },
    ],
    ['the event alone', 'cycles:ppp: ', { event: 'cycles:ppp' }],
  ])('%s', (_, text, expected) => {
    expect(parts(text)).toEqual({ ...none, ...expected });
  });

  it('knows the records that stand between samples', () => {
    const line = new RecordLine();
    const bytes = new TextEncoder().encode(
      'demo 7 [001] 3.000001: PERF_RECORD_MMAP2 7/7: [0x5000(0x1000) @ 0]: /bin/x',
    );
    expect(line.parse(bytes, 0, bytes.length)).toBe(true);
    expect(line.isSideRecord).toBe(true);
    expect(new TextDecoder().decode(bytes.subarray(line.restFrom, line.restTo))).toMatch(
      /^PERF_RECORD_MMAP2 7\/7:/,
    );
  });

  it.each([
    '',
    '   ',
    'hello world',
    'no colon at the end 12',
    ':',
    '12:30:45 something happened',
    'a sentence: with a colon',
  ])('refuses %j', (text) => {
    expect(parts(text)).toBeNull();
  });
});
