import { describe, expect, it } from 'vitest';
import { publishedValue, publisher } from '../../src/report/privacy.ts';

describe('publisher', () => {
  it('names nobody by a home folder', () => {
    const publish = publisher([], []);
    expect(publish('/home/bob/llama.cpp/build/bin/llama-cli')).toBe('~/llama.cpp/build/bin/llama-cli');
    expect(publish('/root/bin/llama-cli (build-id e7ce)')).toBe('~/bin/llama-cli (build-id e7ce)');
    expect(publish('/Users/eve/x, /home/al')).toBe('~/x, ~');
    expect(publish('/usr/lib/libc.so.6 and /srv/home/x and /rootfs/x')).toBe(
      '/usr/lib/libc.so.6 and /srv/home/x and /rootfs/x',
    );
    expect(publisher([], ['home-folders'])('/home/bob/x')).toBe('/home/bob/x');
  });

  it('leaves out what run.yaml names, the longest first', () => {
    const publish = publisher(['lab', 'armlab-17'], []);
    expect(publish('armlab-17 in the lab')).toBe('[redacted] in the [redacted]');
  });
});

describe('publishedValue', () => {
  it('reaches every text and keeps numbers, nulls and keys', () => {
    const value = { '/home/bob': ['/home/bob/a', 1, null, { deep: '/root/b' }] };
    expect(publishedValue(value, publisher([], []))).toEqual({
      '/home/bob': ['~/a', 1, null, { deep: '~/b' }],
    });
  });
});
