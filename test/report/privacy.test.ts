import { describe, expect, it } from 'vitest';
import { publishedValue, publisher } from '../../src/report/privacy.ts';

describe('publisher', () => {
  it('names nobody by a home folder', () => {
    const publish = publisher([], []);
    expect(publish('/home/bob/llama.cpp/build/bin/llama-cli')).toBe('~/llama.cpp/build/bin/llama-cli');
    expect(publish('/root/bin/llama-cli (build-id e7ce)')).toBe('~/bin/llama-cli (build-id e7ce)');
    expect(publish('/Users/eve/x, /home/al')).toBe('~/x, ~');
    expect(publish('/usr/lib/libc.so.6 and /rootfs/x')).toBe('/usr/lib/libc.so.6 and /rootfs/x');
    expect(publisher([], ['home-folders'])('/home/bob/x')).toBe('/home/bob/x');
  });

  it.each([
    ...['/nfs/home/alice/x', '/var/home/alice/x', '/lustre/home/alice/x', '/home2/alice/x', '/homes/alice/x'],
    ...['/mnt/Users/alice/x', '/home/users/alice/x', 'C:/Users/alice/x', '/data/données/home/alice/x'],
    ...[
      '/data/data/com.termux/files/home/x',
      '/data/user/0/com.termux/files/home/x',
      '/data/user/10/org.app/x',
    ],
    ...['/Users/Alice Example/x', 'C:/Users/Alice B. Example/x', '/users/alice/x', '/nfs/users/alice/x'],
    ...['/media/alice/x', '/run/media/alice/x'],
  ])('knows the home folder in %s', (path) => {
    expect(publisher([], [])(`${path} "${path}"`)).toBe('~/x "~/x"');
  });

  it.each([
    ['/Users/Ann Lee', '~'],
    ['"/Users/Ann Lee"', '"~"'],
    [String.raw`C:\Users\Ann Lee: x`, '~: x'],
    ['/Users/Ann lee/x', '~/x'],
    ['loaded /Users/ann Then run it', 'loaded ~ Then run it'],
    ['/home/ann Intel Xeon CPU', '~ Intel Xeon CPU'],
    ['GET /v1/users/list and /api/users/7', 'GET /v1/users/list and /api/users/7'],
  ])('takes the whole name of a person, and no other words: %s', (text, published) => {
    expect(publisher([], [])(text)).toBe(published);
  });

  it('knows home folders without an end, of Windows, and of file addresses', () => {
    const publish = publisher([], []);
    expect(publish('/export/home/alice')).toBe('~');
    expect(publish(String.raw`C:\Users\alice\x, "C:\\Users\\alice\\x"`)).toBe(String.raw`~\x, "~\\x"`);
    expect(publish('file:///nfs/home/alice/x')).toBe('file://~/x');
  });

  it('leaves paths of addresses alone', () => {
    const address = 'https://example.org/home/alice/x and https://example.org/nfs/home/alice';
    expect(publisher([], [])(address)).toBe(address);
  });

  it('takes no long time for many folders', () => {
    const start = performance.now();
    publisher([], [])('/a+'.repeat(100_000));
    expect(performance.now() - start).toBeLessThan(2000);
  });

  it('leaves out what run.yaml names, the longest first', () => {
    const publish = publisher(['lab', 'armlab-17'], []);
    expect(publish('armlab-17 in the lab')).toBe('[redacted] in the [redacted]');
  });

  it('leaves it out in any case, and takes no sign of it for a pattern', () => {
    const publish = publisher(['bluebird', 'a.b (c|d) [x]$'], []);
    expect(publish('BLUEBIRD, Bluebirds, A.b (C|d) [x]$, aXb (c|d) [x]$')).toBe(
      '[redacted], [redacted]s, [redacted], aXb (c|d) [x]$',
    );
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
