import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { CheckedPins } from '../../scripts/build/checkedPins.ts';
import {
  checkAliases,
  keepPinnedCharts,
  writeAliases,
  type AddressedRun,
} from '../../scripts/build/lastingAddresses.ts';
import { writePinnedCharts } from '../../scripts/build/pinnedCharts.ts';
import { PrivacyCheck } from '../../scripts/build/privacyCheck.ts';
import type { RunSecrets } from '../../scripts/build/runSecrets.ts';
import { policyFaults, readPage } from '../support/publishedPage.ts';
import { scratchFolder, writeFiles } from '../support/scratch.ts';

const HASH = '0123456789abcdef';
const run = (id: string, ...aliases: string[]): AddressedRun => ({ id, contentHash: HASH, aliases });

/** What a build knows of what its runs must not publish. */
const privacy = (...runs: Partial<RunSecrets>[]): PrivacyCheck =>
  new PrivacyCheck(
    runs.map((secrets) => ({ run: 'one', aliases: [], secrets: [], allow: [], redact: [], ...secrets })),
  );

const checkedPins = (): CheckedPins => new CheckedPins(join(scratch, 'cache'), 'code');

let scratch: string;
const text = (path: string): string => readFileSync(join(scratch, path), 'utf8');
const isThere = (path: string): boolean => existsSync(join(scratch, path));

beforeEach(() => {
  scratch = scratchFolder();
  writeFiles(join(scratch, 'site'), {
    'runs/one/index.html': '<a href="/b/runs/one/charts/tokens/">chart</a>',
    'runs/one/charts/tokens/index.html':
      '<link href="/b/_gemview/page.hash1.css"><a href="/b/runs/one/charts/tokens.svg">file</a> <a href="/b/runs/one/">run</a>',
    'runs/one/charts/tokens.svg': '<svg/>',
    'embed/one/tokens/index.html': '<img src="/b/runs/one/charts/tokens.svg">',
    'embed/gemview-chart.js': 'script',
    '_gemview/page.hash1.css': "src: url('/b/_gemview/inter.hash2.woff2')",
    '_gemview/inter.hash2.woff2': 'font',
    '_gemview/unused.hash3.js': 'script',
  });
});

describe('pinned charts', () => {
  it('stay when the run is recorded again, with the styles and fonts that they name', async () => {
    writePinnedCharts(join(scratch, 'site'), '/b/', run('one'));
    writeFiles(join(scratch, 'next'), { 'runs/one/charts/tokens.svg': '<svg>2</svg>' });
    await keepPinnedCharts(
      join(scratch, 'site'),
      join(scratch, 'next'),
      [run('one')],
      privacy({}),
      checkedPins(),
    );
    expect(text('next/runs/one@0123456789ab/charts/tokens.svg')).toBe('<svg/>');
    expect(text('next/embed/one@0123456789ab/tokens/index.html')).toContain('@0123456789ab');
    expect(isThere('next/_gemview/page.hash1.css')).toBe(true);
    expect(isThere('next/_gemview/inter.hash2.woff2')).toBe(true);
    expect(isThere('next/_gemview/unused.hash3.js')).toBe(false);
    expect(text('next/runs/one/charts/tokens.svg')).toBe('<svg>2</svg>');
  });

  describe('that an earlier build published', () => {
    const SVG = 'runs/one@0123456789ab/charts/functions.svg';

    /** Builds again; sentences, and whether the pin is in the next site. */
    async function keep(
      content: string,
      ...secrets: Partial<RunSecrets>[]
    ): Promise<{ told: string[]; isKept: boolean }> {
      writeFiles(join(scratch, 'site'), { 'runs/one/charts/functions.svg': content });
      writePinnedCharts(join(scratch, 'site'), '/b/', run('one'));
      const told = await keepPinnedCharts(
        join(scratch, 'site'),
        join(scratch, 'next'),
        [run('one'), run('two')],
        privacy(...secrets),
        checkedPins(),
      );
      const parts = [isThere(`next/${SVG}`), isThere('next/embed/one@0123456789ab/tokens/index.html')];
      expect(new Set(parts).size).toBe(1);
      return { told, isKept: parts[0] };
    }

    const host = [{ name: 'host-name', value: 'Vader01' }];
    const command = [{ name: 'command-line', value: `llama-cli -p "a <b> & c"` }];
    const prompt = [{ name: 'prompt', value: 'Tell me about bananas', partOf: 'command-line' }];

    it.each<[string, string, Partial<RunSecrets>, string]>([
      [
        'what is to be redacted',
        '<text>a &lt;secret&gt; name</text>',
        { redact: ['<SECRET>'] },
        'a text that run one redacts',
      ],
      ['a host name', '<text>on vader01</text>', { secrets: host }, 'the host-name of run one'],
      [
        'a command line in the escapes of a picture',
        '<title>llama-cli -p &quot;a &lt;b&gt; &amp; c&quot;</title>',
        { secrets: command },
        'the command-line of run one',
      ],
      [
        'a prompt between tags',
        '<text>Tell me <tspan>about</tspan>\n bananas</text>',
        { secrets: prompt },
        'the prompt of run one',
      ],
      ['a home folder', '<text>/home/ann/llama.cpp/libggml.so</text>', {}, 'a home folder'],
      ['a key', '<text>hf_AbCdEfGhIjKlMnOpQrStUvWx</text>', {}, 'a secret key'],
      [
        'what another run withholds',
        '<text>vader01</text>',
        { run: 'two', secrets: host },
        'the host-name of run two',
      ],
    ])('stay behind with pages and pictures when they hold %s by now', async (_, content, secrets, kind) => {
      expect(await keep(content, secrets)).toEqual({
        told: [`${SVG}: holds ${kind}, so the charts pinned as one@0123456789ab are published no longer`],
        isKept: false,
      });
    });

    it('are told once for all their files, and without the text in their names', async () => {
      writeFiles(join(scratch, 'site'), {
        'runs/one/charts/a-vader01.svg': 'x',
        'embed/one/tokens/index.html': 'vader01',
      });
      const { told } = await keep('vader01', { secrets: host });
      expect(told).toEqual([expect.stringMatching(/^embed\/|^runs\//)]);
      expect(told.join(' ')).not.toMatch(/vader/i);
    });

    it.each<[string, string, Partial<RunSecrets>]>([
      ['nothing of it', '<text>other</text>', { secrets: [...host, ...prompt], redact: ['nothing'] }],
      ['what run.yaml allows', '<text>vader01</text>', { secrets: host, allow: ['host-name'] }],
      [
        'a prompt whose command line is allowed',
        '<text>Tell me about bananas</text>',
        { secrets: prompt, allow: ['command-line'] },
      ],
    ])('stay when they hold %s', async (_, content, secrets) => {
      expect(await keep(content, secrets)).toEqual({ told: [], isKept: true });
    });
  });

  it('stay under the former id when their run is renamed; what leads out of them leads on to the run', async () => {
    const former = scratchFolder();
    writeFiles(join(former, 'site'), {
      'runs/old@bbbbbbbbbbbb/charts/tokens/index.html': '<a href="/b/runs/old/">run</a>',
      'runs/old@bbbbbbbbbbbb/charts/tokens.svg': '<svg/>',
      'embed/old@bbbbbbbbbbbb/tokens/index.html': '<img src="/b/runs/old@bbbbbbbbbbbb/charts/tokens.svg">',
    });
    const next = [run('one', 'older', 'old')];
    await keepPinnedCharts(
      join(former, 'site'),
      join(scratch, 'site'),
      next,
      privacy({ aliases: ['older', 'old'] }),
      checkedPins(),
    );
    await writeAliases(join(scratch, 'site'), '/b/', next);
    expect(text('site/runs/old@bbbbbbbbbbbb/charts/tokens.svg')).toBe('<svg/>');
    expect(text('site/embed/old@bbbbbbbbbbbb/tokens/index.html')).toContain('/b/runs/old@bbbbbbbbbbbb/');
    expect(text('site/runs/old@bbbbbbbbbbbb/charts/tokens/index.html')).toContain('href="/b/runs/old/"');
    expect(text('site/runs/old/index.html')).toContain('"/b/runs/one/"');
    // What the run redacts by now was not to be published under its former id either.
    await keepPinnedCharts(
      join(former, 'site'),
      join(former, 'next'),
      [run('one', 'old')],
      privacy({ aliases: ['old'], redact: ['tokens.svg'] }),
      checkedPins(),
    );
    expect(existsSync(join(former, 'next', 'runs'))).toBe(false);
  });

  it('go with their run', async () => {
    writePinnedCharts(join(scratch, 'site'), '/b/', run('one'));
    writeFiles(join(scratch, 'next'), { 'runs/two/charts/tokens.svg': '<svg/>' });
    await keepPinnedCharts(
      join(scratch, 'site'),
      join(scratch, 'next'),
      [run('two')],
      privacy({ run: 'two' }),
      checkedPins(),
    );
    expect(isThere('next/runs/one@0123456789ab')).toBe(false);
    expect(isThere('next/_gemview')).toBe(false);
  });
});

describe('former ids', () => {
  it('lead to the run: pages redirect, files are there', async () => {
    await writeAliases(join(scratch, 'site'), '/b/', [run('one', 'first')]);
    expect(text('site/runs/first/index.html')).toContain('content="0; url=/b/runs/one/"');
    expect(text('site/runs/first/charts/tokens/index.html')).toContain('url=/b/runs/one/charts/tokens/"');
    expect(text('site/runs/first/charts/tokens.svg')).toBe('<svg/>');
    expect(text('site/embed/first/tokens/index.html')).toContain('url=/b/embed/one/tokens/"');
  });

  it('take along what follows the address by a script that the policy names, and need none without', async () => {
    await writeAliases(join(scratch, 'site'), '/b/', [run('one', 'first')]);
    const page = text('site/runs/first/index.html');
    expect(policyFaults(readPage(join(scratch, 'site'), 'runs/first/index.html'))).toEqual([]);
    const [, to, script] = /<script data-to="([^"]*)">(.*?)<\/script>/.exec(page) ?? [];
    expect(to).toBe('/b/runs/one/');
    expect(script).toContain('location.search+location.hash');
    expect(page).toContain(`script-src 'sha256-${createHash('sha256').update(script).digest('base64')}';`);
    expect(page).toContain('<noscript><meta http-equiv="refresh" content="0; url=/b/runs/one/"></noscript>');
  });

  it('show what a link to the run itself shows', async () => {
    const tags = [
      '<meta name="description" content="a > b, and &quot;so on&quot;">',
      '<link rel="canonical" href="https://example.org/b/runs/one/">',
      '<meta property="og:image:alt" content="<script>alert(1)</script>">',
      '<meta name="twitter:card" content="summary_large_image">',
    ];
    writeFiles(join(scratch, 'site'), {
      'runs/one/index.html': `<title>One</title><meta name="viewport" content="x">${tags.join('')}<script>1</script>`,
    });
    await writeAliases(join(scratch, 'site'), '/b/', [run('one', 'first')]);
    const page = text('site/runs/first/index.html');
    expect(page).toContain(`</title>\n${tags.join('\n')}\n</head>`);
    expect(page.match(/<title>/g)).toHaveLength(1);
  });

  it('are checked together', () => {
    const complaint = (...runs: AddressedRun[]): string => {
      try {
        checkAliases(runs);
        return '';
      } catch (error) {
        return (error as Error).message;
      }
    };
    expect(complaint(run('one', 'first'), run('two', 'second'))).toBe('');
    expect(complaint(run('one', 'two'), run('two'))).toContain("'two' is the id of a run");
    expect(complaint(run('one', 'old'), run('two', 'old'))).toContain("'old' is an alias of one too");
    expect(complaint(run('one', '../up'))).toContain("'../up' is no run id");
    expect(complaint(run('one', 'one'))).toContain("'one' is the id of the run itself. Take it out");
    expect(complaint(run('one', 'old', 'old'))).toContain("'old' stands there twice");
    expect(complaint(run('one', '/runs/Röhre/'))).toContain("for example 'rohre'");
  });
});
