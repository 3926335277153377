import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PrivacyCheck, type CheckedPage } from '../../scripts/build/privacyCheck.ts';
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
  const faults = await new PrivacyCheck(runs).faultsOf(scratchFolder(files));
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
    expect(await kindsIn('charmlab armlabs armlab2', lab)).toEqual([]);
    expect(await kindsIn('charmlab, armlab-2', lab)).toHaveLength(1);
    expect(await kindsIn('charmlab, log_armlab.txt', lab)).toHaveLength(1);
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
      expect.stringMatching(/^runs\/b\/index\.html: holds the host-name of run b\. /),
    ]);
  });
});

describe('ways to write a value', () => {
  it.each([
    ['other case', 'Vader01', 'on vader01 here'],
    [
      'blanks of other kinds',
      'Tell me about  quantum\nbananas',
      '<p>Tell me\n   about\u00a0quantum bananas</p>',
    ],
    ['a line break', 'Tell me about bananas', '<p>Tell me<br>about bananas</p>'],
    ['decomposed letters', 'Müllerbox', 'Müllerbox'.normalize('NFD')],
    ['full-width letters', 'armlab', 'ａｒｍｌａｂ'],
    ['unseen characters', 'armlab', 'arm\u00adl\u200bab and arm&shy;lab'],
    ['double percents', 'armlab/x', '?q=armlab%252Fx'],
    ['percents beside bytes that are no text', 'ärm/lab', '?q=%ff%C3%A4rm%2flab'],
  ])('finds %s', async (_, value, text) => {
    expect(await kindsIn(text, withFacts({ 'host-name': value }))).toEqual(['the host-name of run a']);
  });

  it('finds redacted texts in any case', async () => {
    expect(await kindsIn('BLUEBIRDS', { ...NOTHING, redact: ['bluebird'] })).toHaveLength(1);
  });

  it('finds home folders beside bytes that are no text, and behind two escapes', async () => {
    expect(await kindsIn('?q=%ff%2Fhome%2Falice%2Fx')).toEqual(['a home folder']);
    expect(await kindsIn('?q=%252Fnfs%252Fhome%252Falice')).toEqual(['a home folder']);
  });

  it('tells no name of a file that is private in another way of writing', async () => {
    const run = withFacts({ 'host-name': 'Vader01' });
    expect((await check({ 'a/night_VADER01.csv': '' }, run))[0]).toMatch(/^a\/night_\[withheld\]\.csv: /);
    expect((await check({ 'a/V%41DER01.csv': '' }, run))[0]).toMatch(/^\[withheld\]: /);
  });
});

describe('values of other runs', () => {
  const open = withFacts({ 'host-name': 'armlab' }, { run: 'b', allow: ['host-name'] });
  const neighbour = { 'runs/a/index.html': '<a href="/runs/b/">night on armlab</a>' };

  it('may stand in a page of a run that does not hold them, when their owners allow them', async () => {
    expect(await check(neighbour, NOTHING, open)).toEqual([]);
  });

  it('may not when one of them withholds them', async () => {
    expect(await check(neighbour, NOTHING, open, { ...open, run: 'c', allow: [] })).toEqual([
      expect.stringMatching(/: holds the host-name of run c\. /),
    ]);
  });

  it('are told once for all runs that hold them', async () => {
    const closed = ['b', 'c', 'd'].map((run) => ({ ...open, run, allow: [] }));
    expect(await check(neighbour, NOTHING, ...closed)).toEqual([
      expect.stringMatching(/: holds the host-name of run b and 2 others\. /),
    ]);
  });
});

describe('pictures beside a page', () => {
  /** A PNG file that says who made it. */
  const picture = Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\x0dtEXt', 'latin1'),
    Buffer.from('Author\0armlab\0\0\0\0', 'latin1'),
  ]).toString('latin1');
  const lab = withFacts({ 'host-name': 'armlab' });

  it('are read for what they say in words; those that gemview draws are not', async () => {
    const site = scratchFolder();
    for (const path of ['stories/x/a.png', 'runs/a/notes/a.png', 'runs/a/charts/x.png', 'social-card.png']) {
      mkdirSync(dirname(join(site, path)), { recursive: true });
      writeFileSync(join(site, path), picture, 'latin1');
    }
    const faults = await new PrivacyCheck([lab]).faultsOf(site);
    expect(faults.map(({ message }) => message)).toEqual(
      ['runs/a/notes/a.png', 'stories/x/a.png'].map(
        (path) =>
          `${path}: holds the host-name of run a in its metadata. Save it without metadata (exiftool -all= picture.png). Name the text under redact: in its run.yaml, or write allow: [host-name] there`,
      ),
    );
  });
});

describe('a picture whose metadata cannot be read', () => {
  it('is a fault: it may hold anything', async () => {
    const site = scratchFolder();
    mkdirSync(join(site, 'stories/x'), { recursive: true });
    const damaged = '\x89PNG\r\n\x1a\n\0\0\0\x11zTXtComment\0\0not packed\0\0\0\0';
    writeFileSync(join(site, 'stories/x/a.png'), damaged, 'latin1');
    const faults = await new PrivacyCheck([]).faultsOf(site);
    expect(faults.map(({ message }) => message)).toEqual([
      'stories/x/a.png: holds metadata that is damaged or too long to be read. Save it without metadata (exiftool -all= picture.png)',
    ]);
  });
});

describe('many files and values', () => {
  it('looks at each content for the runs that it is of', async () => {
    const open = withFacts({ 'host-name': 'armlab' }, { allow: ['host-name'] });
    const files = { 'runs/a/x.csv': 'armlab', 'runs/a@0123/x.csv': 'armlab', 'runs/b/x.csv': 'armlab' };
    expect(await check(files, open, { ...open, run: 'b', allow: [] })).toEqual([
      expect.stringMatching(/^runs\/b\/x\.csv: /),
    ]);
  });

  it('passes over files that are no text, whatever they are called', async () => {
    expect(await check({ 'a.pb': '\0armlab', 'b.csv': '\0armlab' }, withFacts({ x: 'armlab' }))).toEqual([
      expect.stringMatching(/^b\.csv: /),
    ]);
  });

  it('takes no longer for many values', async () => {
    const html = '<p>word &amp; another <span>ggml_vec_dot_q6_K</span> 12.3 % of samples</p>\n'.repeat(3000);
    const timeWith = async (count: number): Promise<number> => {
      const runs = Array.from({ length: count }, (_, index) =>
        withFacts({ 'command-line': `llama-cli -m some-${index}-model -n 32` }, { run: `r${index}` }),
      );
      const files = scratchFolder({ 'a.html': html, 'b.html': `${html}x`, 'c.html': `${html}y` });
      const start = performance.now();
      await new PrivacyCheck(runs).faultsOf(files);
      return performance.now() - start;
    };
    await timeWith(1);
    expect(await timeWith(2000)).toBeLessThan(5 * (await timeWith(1)) + 200);
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
    ['an IPv4 address', 'DNS 8.8.8.8, host/10.0.0.7, ssh://1.2.3.4/x'],
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
    ['a serial number', 'androidboot.serialno=R58M12345AB'],
    ['a MAC address', 'DE-AD-BE-EF-00-01'],
    ['a MAC address', '52:54:00:12:34:5F: up'],
    ['a MAC address', 'on 52-54-00-12-34-5f.'],
    ['an IPv6 address', '2001:db8::1: connection refused'],
    ['an IPv6 address', 'It was fe80::1.'],
    ['a secret key', 'Authorization: Bearer abcdef0123456789'],
    ['a secret key', 'https://ann:hunter2@host/models'],
    ['a secret key', 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abcdefghijklmnop'],
    ['a home folder', '/run/media/ann/disk/x.gguf'],
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
    'git@github.com:ggml-org/llama.cpp.git noreply@github.com run@libllama.so',
    'HOME=~/x MAX_TOKEN=512 HF_TOKEN=your_token_here USER=root',
    'Chrome/120.0.0.0 gator 9.2.1.0 Linux 5.10.110.1 clang 18.1.3.1 nginx/1.27.0.2',
    'night-20-11-25-10-20-30 20-11-25-10-20-30 the bearer of this https://host:8080/a@b',
    'version 10.2.0.1, v1.2.3.4, 6.1.0.17-arm64, 1.2.3.4.5, 300.1.2.3',
  ])('leave alone: %s', async (text) => {
    expect(await kindsIn(text)).toEqual([]);
  });

  it.each([
    ['home-folders', '/home/ann/x'],
    ['mail-address', 'ann@example.net'],
    ['mac-address', '52:54:00:12:34:5F'],
    ['ip-address', '8.8.8.8 and fe80::1'],
    ['environment', 'USER=annb'],
    ['secret-key', 'hf_AbCdEfGhIjKlMnOpQrStUvWx'],
    ['serial-number', 'Serial: 10000000abcdef01'],
  ])('allow %s where run.yaml does, and say its name elsewhere', async (name, text) => {
    expect(await kindsIn(text, { ...NOTHING, allow: [name] })).toEqual([]);
    const sentences = await check(
      { 'runs/b/x.html': text },
      { ...NOTHING, allow: [name] },
      { ...NOTHING, run: 'b' },
    );
    expect(sentences.length).toBeGreaterThan(0);
    for (const sentence of sentences) expect(sentence).toContain(`allow: [${name}]`);
  });
});

describe('what people write', () => {
  const lab = withFacts({ 'host-name': 'armlab' });
  const page = (allow: string[], more: Partial<CheckedPage> = {}): CheckedPage => ({
    run: null,
    slug: 'night',
    shown: 'captures/stories/night.mdx',
    page: { allow, title: 'A night', description: null },
    ...more,
  });
  const chapter = (allow: string[]): CheckedPage =>
    page(allow, { run: 'a', shown: 'captures/a/chapters/night.mdx' });

  async function look(
    files: Record<string, string>,
    pages: CheckedPage[],
    ...runs: RunSecrets[]
  ): Promise<string[]> {
    const faults = await new PrivacyCheck(runs, pages).faultsOf(scratchFolder(files));
    return faults.map(({ message }) => message);
  }

  it('is named by its file, with its front matter as the way out', async () => {
    const story = { 'stories/night/index.html': '<p>armlab, 10.1.2.3</p>' };
    expect(await look(story, [page([])], lab)).toEqual([
      'stories/night/index.html: holds the host-name of run a. Take it out of captures/stories/night.mdx, or write allow: [host-name] in its front matter',
      'stories/night/index.html: holds an IPv4 address. Take it out of captures/stories/night.mdx, or write allow: [ip-address] in its front matter',
    ]);
    expect(await look(story, [page(['ip-address'])], lab)).toEqual([
      expect.stringContaining('the host-name of run a'),
    ]);
    expect(await look(story, [page(['ip-address', 'host-name'])], lab)).toEqual([]);
    expect(await look({ 'runs/a/night/index.html': '10.1.2.3' }, [chapter([])], lab)).toEqual([
      expect.stringMatching(/Take it out of captures\/a\/chapters\/night\.mdx, /),
    ]);
  });

  it('opens what it allows for itself and its pictures alone', async () => {
    const text = 'armlab 10.1.2.3';
    const allow = ['host-name', 'ip-address'];
    const former = { ...lab, aliases: ['former'] };
    const faultyFiles = async (pages: CheckedPage[]): Promise<string[]> => {
      const files = {
        'stories/night/index.html': text,
        'stories/night/images/a.svg': text,
        'stories/other/index.html': text,
        'runs/a/night/index.html': text,
        'runs/former/night/index.html': text,
        'runs/a/index.html': text,
        'runs/b/night/index.html': text,
      };
      const sentences = await look(files, pages, former, { ...NOTHING, run: 'b' });
      return [...new Set(sentences.map((sentence) => sentence.split(':')[0]))];
    };
    expect(await faultyFiles([page(allow)])).toEqual([
      'runs/a/index.html',
      'runs/a/night/index.html',
      'runs/b/night/index.html',
      'runs/former/night/index.html',
      'stories/other/index.html',
    ]);
    expect(await faultyFiles([chapter(allow)])).toEqual([
      'runs/a/index.html',
      'runs/b/night/index.html',
      'stories/night/images/a.svg',
      'stories/night/index.html',
      'stories/other/index.html',
    ]);
  });

  it('may be called by what it allows, wherever its title is shown', async () => {
    const said = { title: 'A night on armlab', description: 'Behind 10.1.2.3' };
    const story = page([], { page: { allow: ['host-name', 'ip-address'], ...said } });
    const home = { 'index.html': `<a>${said.title}</a> ${said.description}` };
    expect(await look(home, [story], lab)).toEqual([]);
    expect(await look({ 'index.html': 'armlab, 10.1.2.4' }, [story], lab)).toHaveLength(1);
    expect(await look(home, [{ ...story, page: { allow: [], ...said } }], lab)).toHaveLength(2);
    // The pages of a run name its chapters, and no stories.
    expect(await look({ 'runs/a/index.html': 'armlab' }, [story], lab)).toHaveLength(1);
    expect(await look({ 'runs/a/index.html': 'armlab' }, [{ ...story, run: 'a' }], lab)).toEqual([]);
  });

  it('opens no command line by what stands within it, but the other way round', async () => {
    const run: RunSecrets = {
      ...NOTHING,
      secrets: [
        { name: 'command-line', value: 'llama-cli -p bananas' },
        { name: 'prompt', value: 'bananas', partOf: 'command-line' },
      ],
    };
    const story = { 'stories/night/index.html': 'llama-cli -p bananas' };
    expect(await look(story, [page(['prompt'])], run)).toEqual([expect.stringContaining('the command-line')]);
    expect(await look(story, [page(['command-line'])], run)).toEqual([]);
  });

  it('never shows what a run redacts', async () => {
    const run = { ...NOTHING, redact: ['bluebird'] };
    const story = { 'stories/night/index.html': 'bluebird' };
    expect(await look(story, [page(['redact', 'bluebird', 'host-name'])], run)).toHaveLength(1);
  });
});
