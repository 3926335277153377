import { describe, expect, it } from 'vitest';
import { fromInstructionPointer, parseFrameLine } from '../../../src/readers/perfScript/frameLine.ts';

const user = { addressHigh: 0, symbol: null, image: null, isKernel: false, isInlined: false };

describe('frame lines of perf script', () => {
  it.each([
    [
      'symbol, offset and image',
      '\t            11a2 spin_leaf+0x29 (/opt/demo/demo)',
      { addressLow: 0x11a2, symbol: 'spin_leaf', image: '/opt/demo/demo' },
    ],
    [
      'kernel',
      '\tffff80008030a45c perf_event_exec+0x364 ([kernel.kallsyms])',
      {
        addressLow: 0x8030a45c,
        addressHigh: 0xffff8000,
        symbol: 'perf_event_exec',
        image: '[kernel.kallsyms]',
        isKernel: true,
      },
    ],
    [
      'a kernel module',
      '\tffffff82a2f54530 nf_hook+0x0 ([nf_conntrack])',
      {
        addressLow: 0xa2f54530,
        addressHigh: 0xffffff82,
        symbol: 'nf_hook',
        image: '[nf_conntrack]',
        isKernel: true,
      },
    ],
    [
      'C++ with blanks and parentheses',
      '\t          4904e0 std::basic_regex<char, std::regex_traits<char> >::basic_regex(char const*, int)+0x48 (/bin/llama-cli)',
      {
        addressLow: 0x4904e0,
        symbol: 'std::basic_regex<char, std::regex_traits<char> >::basic_regex(char const*, int)',
        image: '/bin/llama-cli',
      },
    ],
    [
      'an anonymous namespace, no offset, no image',
      '\t 1234 (anonymous namespace)::load_bytes(char const*, int)',
      { addressLow: 0x1234, symbol: '(anonymous namespace)::load_bytes(char const*, int)' },
    ],
    [
      'a deleted image',
      '\t 7f12 do_it+0x1 (/tmp/x (deleted))',
      { addressLow: 0x7f12, symbol: 'do_it', image: '/tmp/x (deleted)' },
    ],
    [
      'nothing known',
      '\t 606258d4c544155 [unknown] ([unknown])',
      { addressLow: 0x4c544155, addressHigh: 0x0606258d },
    ],
    [
      'no symbol but an image',
      '\t    ffff9ced30e4 [unknown] (/tmp/perf-26848.map)',
      { addressLow: 0x9ced30e4, addressHigh: 0xffff, image: '/tmp/perf-26848.map' },
    ],
    [
      'an inlined frame',
      '\t 4904e0 ggml_graph_compute_thread (inlined)',
      { addressLow: 0x4904e0, symbol: 'ggml_graph_compute_thread', isInlined: true },
    ],
    [
      'an inlined C++ frame',
      '\t 4904e0 ggml::run(int, float) const (inlined)',
      { addressLow: 0x4904e0, symbol: 'ggml::run(int, float) const', isInlined: true },
    ],
    [
      'an inlined frame with its image',
      '\t 4904e0 f (/bin/x) (inlined)',
      { addressLow: 0x4904e0, symbol: 'f', image: '/bin/x', isInlined: true },
    ],
    [
      'no offset, no image (pipe)',
      '\t            121d demo_step',
      { addressLow: 0x121d, symbol: 'demo_step' },
    ],
    [
      "simpleperf's offset in an image",
      '\t      74938fb3f0 libGLESv2_adreno.so[+29c3f0] (/vendor/lib64/libGLESv2_adreno.so)',
      { addressLow: 0x29c3f0, image: '/vendor/lib64/libGLESv2_adreno.so' },
    ],
    [
      'the vdso',
      '\t 7ffd1 __vdso_gettimeofday+0x3 ([vdso])',
      { addressLow: 0x7ffd1, symbol: '__vdso_gettimeofday', image: '[vdso]' },
    ],
    ['an address alone', '\t  4004e0', { addressLow: 0x4004e0 }],
    ['no address', '\tspin_leaf (/opt/demo)', { addressLow: 0, symbol: 'spin_leaf', image: '/opt/demo' }],
    [
      'a kernel module by its file',
      '\t 1a0 probe+0x1 (/lib/modules/6.1/kernel/drivers/net/e1000.ko.xz)',
      {
        addressLow: 0x1a0,
        symbol: 'probe',
        image: '/lib/modules/6.1/kernel/drivers/net/e1000.ko.xz',
        isKernel: true,
      },
    ],
  ])('%s', (_, line, expected) => {
    expect(parseFrameLine(line)).toEqual({ ...user, ...expected });
  });

  it.each(['', '\t', '  demo.c:12', 'just words'])('%j is no frame', (line) => {
    expect(parseFrameLine(line)).toBeNull();
  });

  it('finds the instruction pointer behind a data address', () => {
    expect(fromInstructionPointer('0     11a2 spin_leaf+0x29 (/opt/demo)')).toBe(
      '11a2 spin_leaf+0x29 (/opt/demo)',
    );
    expect(fromInstructionPointer('11a2 add (/opt/demo)')).toBe('11a2 add (/opt/demo)');
    expect(fromInstructionPointer('11a2 spin_leaf (/opt/demo)')).toBe('11a2 spin_leaf (/opt/demo)');
  });
});
