import { describe, expect, it } from 'vitest';
import { parseSchedSwitch, parseTraceText } from '../../../src/readers/perfScript/traceText.ts';

describe('text of hits', () => {
  it('reads an entry probe', () => {
    const { arguments: values, isReturn } = parseTraceText(
      '(55ae0e53121d) n_tokens=512 work=0x1312d00 left=-1',
    );
    expect(isReturn).toBe(false);
    expect([...values]).toEqual([
      ['__probe_ip', 0x55ae0e53121dn],
      ['n_tokens', 512n],
      ['work', 0x1312d00n],
      ['left', -1n],
    ]);
  });

  it('reads a return probe', () => {
    const { arguments: values, isReturn } = parseTraceText('(57a3e0 <- 52487c) ret=0');
    expect(isReturn).toBe(true);
    expect([...values]).toEqual([
      ['__probe_func', 0x57a3e0n],
      ['__probe_ret_ip', 0x52487cn],
      ['ret', 0n],
    ]);
  });

  it('keeps quotes, braces and 64 bits together', () => {
    const { arguments: values } = parseTraceText('(1) path="a b=c" shape={1,2 3} big=18446744073709551615');
    expect(values.get('path')).toBe('a b=c');
    expect(values.get('shape')).toBe('{1,2 3}');
    expect(values.get('big')).toBe(18446744073709551615n);
  });

  it('reads names that objects have', () => {
    expect(parseTraceText('(1) __proto__=5 constructor=6').arguments.get('__proto__')).toBe(5n);
  });

  it.each([
    [
      'prev_comm=llama-cli prev_pid=1820 prev_prio=120 prev_state=S ==> next_comm=swapper/0 next_pid=0 next_prio=120',
      { previousTid: 1820, wasRunnable: false, nextTid: 0 },
    ],
    [
      'prev_comm=a b prev_pid=7 prev_prio=120 prev_state=R+ ==> next_comm=x next_pid=9 next_prio=120',
      { previousTid: 7, wasRunnable: true, nextTid: 9 },
    ],
    ['llama-cli:1820 [120] R ==> swapper/0:0 [120]', { previousTid: 1820, wasRunnable: true, nextTid: 0 }],
    ['something else', null],
  ])('reads the switch %j', (text, expected) => {
    expect(parseSchedSwitch(text, parseTraceText(text))).toEqual(expected);
  });

  it('takes no time over text made to hold it up', () => {
    const started = performance.now();
    parseTraceText('={'.repeat(32_000));
    parseTraceText(`${'a'.repeat(65_000)}=`);
    parseTraceText('a=('.repeat(20_000));
    expect(performance.now() - started).toBeLessThan(1000);
  });
});
