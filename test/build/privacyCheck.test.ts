import { describe, expect, it } from 'vitest';
import { privacyFaults } from '../../scripts/build/privacyCheck.ts';
import type { RunSecrets } from '../../scripts/build/runSecrets.ts';
import { scratchFolder } from '../support/scratch.ts';

const NOTHING: RunSecrets = { run: 'a', aliases: [], secrets: [], allow: [], redact: [] };

const withFacts = (facts: Record<string, string>, more: Partial<RunSecrets> = {}): RunSecrets => ({
  ...NOTHING,
  secrets: Object.entries(facts).map(([name, value]) => ({ name, value })),
  ...more,
});

/** The sentences about a site of these files. */
async function check(files: Record<string, string>, ...runs: RunSecrets[]): Promise<string[]> {
  const faults = await privacyFaults(scratchFolder(files), runs);
  return faults.map(({ message }) => message);
}

/** What is said to be in a page that holds `text`. */
async function kindsIn(text: string, run: RunSecrets = NOTHING, path = 'index.html'): Promise<string[]> {
  return (await check({ [path]: text }, run)).map(
    (sentence) => /: (?:holds|is named after) (.*?)\. /.exec(sentence)![1],
  );
}

describe('values of private facts', () => {
  const lab = withFacts({ 'host-name': 'armlab' });

  it('are found, and not repeated', async () => {
    expect(await check({ 'runs/a/index.html': '<p>on armlab</p>' }, lab)).toEqual([
      'runs/a/index.html: holds the host-name of run a. Name the text under redact: in its run.yaml, or write allow: [host-name] there',
    ]);
  });

  it.each([
    ...['a.html', 'a.json', 'a.csv', 'a.svg', 'a.md', 'a.txt', 'a.js', 'a.folded', 'runs/a/chapters/notes'],
    ...['runs/a@0123456789ab/charts/x.svg', 'embed/a/x/index.html', 'embed/a@0123456789ab/x/index.html'],
  ])('are looked for in %s', async (path) => {
    expect(await kindsIn('armlab', lab, path)).toEqual(['the host-name of run a']);
  });

  it.each(['runs/a/armlab.csv', 'stories/x/armlab-1.png', 'armlab/a.woff2'])(
    'are looked for in the name of %s, and not repeated',
    async (path) => {
      const sentences = await check({ [path]: '' }, lab);
      expect(sentences).toHaveLength(1);
      expect(sentences[0]).toContain(
        `${path.replace('armlab', '[withheld]')}: is named after the host-name of run a. `,
      );
    },
  );

  it('are found where tags divide them', async () => {
    expect(await kindsIn('<p>arm<wbr>l<span class="x">ab</span>', lab)).toHaveLength(1);
    expect(await kindsIn('<td>10.0.</td><td>0.1</td>', lab)).toHaveLength(0);
  });

  it("are not looked for in pictures of points and gemview's own scripts", async () => {
    expect(await check({ 'a.png': 'armlab', '_gemview/x.js': 'armlab' }, lab)).toEqual([]);
  });

  it('are whole words', async () => {
    expect(await kindsIn('charmlab armlabs armlab2 armlab_x', lab)).toEqual([]);
    expect(await kindsIn('charmlab, armlab-2', lab)).toHaveLength(1);
  });

  it.each(['abc', 'simulated', 'localhost', '(none)'])(
    'that tell nothing are passed over: %s',
    async (value) => {
      expect(await kindsIn(`x ${value} y`, withFacts({ 'host-name': value }))).toEqual([]);
    },
  );

  it.each([
    ['HTML', '-p &lt;tell &quot;it&quot; &amp; don&#39;t&#x3e;'],
    ['JSON', String.raw`"-p <tell \"it\" & don't\u003e"`],
    ['CSV', `"-p <tell ""it"" & don't>"`],
    ['an address', "?text=-p%20%3Ctell%20%22it%22%20%26%20don't%3E"],
  ])('are found as %s writes them', async (_, text) => {
    const run = withFacts({ 'command-line': `-p <tell "it" & don't>` });
    expect(await kindsIn(text, run)).toEqual(['the command-line of run a']);
  });

  it('may stand in files of a run that allows them, and in no file of another', async () => {
    const open = withFacts({ 'host-name': 'armlab' }, { allow: ['host-name'], aliases: ['former'] });
    const closed = { ...lab, run: 'b' };
    const files = {
      'index.html': 'armlab',
      'runs/a/index.html': 'armlab',
      'embed/a@0123/x/index.html': 'armlab',
      'runs/b/index.html': 'armlab',
      'runs/former/report.json': 'armlab',
    };
    expect(await check(files, open, closed)).toEqual([
      expect.stringMatching(/^runs\/b\/index\.html: holds the host-name of run a\. /),
      expect.stringMatching(/^runs\/b\/index\.html: holds the host-name of run b\. /),
    ]);
  });
});

describe('what run.yaml redacts', () => {
  it('is found as a part of words, too', async () => {
    expect(await kindsIn('<p>ProjectX7</p>', { ...NOTHING, redact: ['ectX'] })).toEqual([
      'a text that run a redacts',
    ]);
  });
});

describe('patterns', () => {
  it.each([
    ['a home folder', 'see /home/ann/models/x.gguf'],
    ['a home folder', '/Users/ann/x'],
    ['a home folder', String.raw`"\/root\/x"`],
    ['an address of the form user@host', 'by ann.b+c@build.example.org'],
    ['a MAC address', 'eth0 52:54:00:12:34:5F up'],
    ['an IPv4 address', 'server 192.168.7.12:8080'],
    ['an IPv4 address', 'http://10.0.0.1/x'],
    ['an IPv6 address', 'from 2001:db8::8a2e:370:7334 port 22'],
    ['an IPv6 address', '[fe80::1]:8080'],
    ['an IPv6 address', '2001:0db8:85a3:0000:0000:8a2e:0370:7334'],
    ['the value of an environment variable', 'env HF_TOKEN=abcdef llama-cli'],
    ['the value of an environment variable', 'USER=annb'],
    ['the value of an environment variable', 'export AWS_SECRET_ACCESS_KEY="x/y+z"'],
    ['a secret key', 'hf_AbCdEfGhIjKlMnOpQrStUvWx'],
    ['a secret key', '-----BEGIN OPENSSH PRIVATE KEY-----'],
    ['a serial number', 'Serial\t\t: 10000000abcdef01'],
    ['a serial number', '"serial-number": "10000000ABCDEF01"'],
  ])('find %s in %s', async (kind, text) => {
    expect(await kindsIn(text)).toEqual([kind]);
  });

  it.each([
    '~/models/x.gguf',
    '/home page',
    'runs/a@0123456789ab/',
    'memcpy@GLIBC_2.17 malloc@plt',
    'at 12:34:56',
    '127.0.0.1 and 0.0.0.0',
    'std::vector ggml::cpu::x 12:34:56:78 de:ad::be',
    'HF_TOKEN=$TOKEN USER=<you> MAX_TOKENS=64 TOKEN=',
    'the serial part: 12345678 calls; serialized: 00000000x',
    'version 10.2.0.1, v1.2.3.4, 6.1.0.17-arm64, 1.2.3.4.5, 300.1.2.3',
  ])('leave alone: %s', async (text) => {
    expect(await kindsIn(text)).toEqual([]);
  });

  it('allow home folders where run.yaml does', async () => {
    expect(await kindsIn('/home/ann/x', { ...NOTHING, allow: ['home-folders'] })).toEqual([]);
  });
});
