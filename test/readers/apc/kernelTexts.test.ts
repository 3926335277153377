import { describe, expect, it } from 'vitest';
import {
  mappingKind,
  parseProcessMaps,
  parseTracepointFormat,
} from '../../../src/readers/apc/kernelTexts.ts';

describe('parseTracepointFormat', () => {
  it('finds the id and the fields by name', () => {
    const format = parseTracepointFormat(
      'name: sched_switch\nID: 250\nformat:\n' +
        '\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n\n' +
        '\tfield:char prev_comm[16];\toffset:8;\tsize:16;\tsigned:0;\n' +
        '\tfield:pid_t prev_pid;\toffset:24;\tsize:4;\tsigned:1;\n\nprint fmt: "prev_pid=%d", REC->prev_pid\n',
    );
    expect(format?.id).toBe(250);
    expect(format?.name).toBe('sched_switch');
    expect(Object.fromEntries(format?.offsets ?? [])).toEqual({ common_type: 0, prev_comm: 8, prev_pid: 24 });
  });

  it('says nothing of a text without an id', () => {
    expect(parseTracepointFormat('name: a\n')).toBeNull();
  });
});

describe('parseProcessMaps', () => {
  it('keeps executable mappings only', () => {
    const mappings = parseProcessMaps(
      '00400000-00a25000 r-xp 00001000 fe:00 17539                              /root/bin/llama cli\n' +
        '00a35000-00a50000 r--p 00625000 fe:00 17539                              /root/bin/llama cli\n' +
        '29da1000-29e07000 rw-p 00000000 00:00 0                                  [heap]\n' +
        'ffffb9cc6000-ffffb9cc8000 r-xp 00000000 00:00 0                          [vdso]\n' +
        'ffffba000000-ffffba001000 rwxp 00000000 00:00 0 \n' +
        'nonsense\n',
    );
    expect(mappings).toEqual([
      {
        start: 0x400000n,
        end: 0xa25000n,
        fileOffset: 0x1000n,
        path: '/root/bin/llama cli',
        buildId: null,
        kind: 'file',
      },
      {
        start: 0xffff_b9cc_6000n,
        end: 0xffff_b9cc_8000n,
        fileOffset: 0n,
        path: '[vdso]',
        buildId: null,
        kind: 'vdso',
      },
      {
        start: 0xffff_ba00_0000n,
        end: 0xffff_ba00_1000n,
        fileOffset: 0n,
        path: '',
        buildId: null,
        kind: 'anonymous',
      },
    ]);
  });

  it.each([
    ['/usr/lib/libc.so.6', 'file'],
    ['//anon', 'anonymous'],
    ['[heap]', 'anonymous'],
    ['/memfd:jit (deleted)', 'anonymous'],
    ['/dev/zero', 'anonymous'],
    ['[vdso]', 'vdso'],
  ])('takes %s for %s', (path, kind) => {
    expect(mappingKind(path)).toBe(kind);
  });
});
