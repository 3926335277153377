import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  checkAliases,
  keepPinnedCharts,
  writeAliases,
  writePinnedCharts,
  type AddressedRun,
} from '../../scripts/build/lastingAddresses.ts';
import { policyFaults, readPage } from '../support/publishedPage.ts';
import { scratchFolder, writeFiles } from '../support/scratch.ts';

const HASH = '0123456789abcdef';
const run = (id: string, ...aliases: string[]): AddressedRun => ({ id, contentHash: HASH, aliases });

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
  it('stand beside the current ones and name each other by the pinned address', async () => {
    await writePinnedCharts(join(scratch, 'site'), '/b/', [run('one')]);
    const pinned = 'site/runs/one@0123456789ab/charts';
    expect(text(`${pinned}/tokens.svg`)).toBe('<svg/>');
    expect(text(`${pinned}/tokens/index.html`)).toContain('/b/runs/one@0123456789ab/charts/tokens.svg');
    expect(text(`${pinned}/tokens/index.html`)).toContain('href="/b/runs/one/"');
    expect(text('site/embed/one@0123456789ab/tokens/index.html')).toBe(
      '<img src="/b/runs/one@0123456789ab/charts/tokens.svg">',
    );
    expect(text('site/runs/one/charts/tokens/index.html')).not.toContain('@');
    // Only charts are pinned.
    expect(isThere('site/runs/one@0123456789ab/index.html')).toBe(false);
  });

  it('stay when the run is recorded again, with the styles and fonts that they name', async () => {
    await writePinnedCharts(join(scratch, 'site'), '/b/', [run('one')]);
    writeFiles(join(scratch, 'next'), { 'runs/one/charts/tokens.svg': '<svg>2</svg>' });
    await keepPinnedCharts(join(scratch, 'site'), join(scratch, 'next'), [run('one')]);
    expect(text('next/runs/one@0123456789ab/charts/tokens.svg')).toBe('<svg/>');
    expect(text('next/embed/one@0123456789ab/tokens/index.html')).toContain('@0123456789ab');
    expect(isThere('next/_gemview/page.hash1.css')).toBe(true);
    expect(isThere('next/_gemview/inter.hash2.woff2')).toBe(true);
    expect(isThere('next/_gemview/unused.hash3.js')).toBe(false);
    expect(text('next/runs/one/charts/tokens.svg')).toBe('<svg>2</svg>');
  });

  it('stay behind when they hold what is to be redacted by now, in whatever form', async () => {
    writeFiles(join(scratch, 'site'), {
      'runs/one/charts/functions.svg': '<svg><text>a &lt;secret&gt; name</text></svg>',
    });
    await writePinnedCharts(join(scratch, 'site'), '/b/', [run('one')]);
    await keepPinnedCharts(join(scratch, 'site'), join(scratch, 'next'), [
      { ...run('one'), redact: ['<secret>'] },
    ]);
    expect(isThere('next/runs/one@0123456789ab')).toBe(false);
    await keepPinnedCharts(join(scratch, 'site'), join(scratch, 'other'), [
      { ...run('one'), redact: ['nothing of it'] },
    ]);
    expect(isThere('other/runs/one@0123456789ab/charts/functions.svg')).toBe(true);
  });

  it('stay under the former id when their run is renamed; what leads out of them leads on to the run', async () => {
    const former = scratchFolder();
    writeFiles(join(former, 'site'), {
      'runs/old@bbbbbbbbbbbb/charts/tokens/index.html': '<a href="/b/runs/old/">run</a>',
      'runs/old@bbbbbbbbbbbb/charts/tokens.svg': '<svg/>',
      'embed/old@bbbbbbbbbbbb/tokens/index.html': '<img src="/b/runs/old@bbbbbbbbbbbb/charts/tokens.svg">',
    });
    const next = [run('one', 'older', 'old')];
    await keepPinnedCharts(join(former, 'site'), join(scratch, 'site'), next);
    await writeAliases(join(scratch, 'site'), '/b/', next);
    expect(text('site/runs/old@bbbbbbbbbbbb/charts/tokens.svg')).toBe('<svg/>');
    expect(text('site/embed/old@bbbbbbbbbbbb/tokens/index.html')).toContain('/b/runs/old@bbbbbbbbbbbb/');
    expect(text('site/runs/old@bbbbbbbbbbbb/charts/tokens/index.html')).toContain('href="/b/runs/old/"');
    expect(text('site/runs/old/index.html')).toContain('"/b/runs/one/"');
    // What the run redacts by now was not to be published under its former id either.
    await keepPinnedCharts(join(former, 'site'), join(former, 'next'), [
      { ...run('one', 'old'), redact: ['tokens.svg'] },
    ]);
    expect(existsSync(join(former, 'next', 'runs'))).toBe(false);
  });

  it('go with their run', async () => {
    await writePinnedCharts(join(scratch, 'site'), '/b/', [run('one')]);
    writeFiles(join(scratch, 'next'), { 'runs/two/charts/tokens.svg': '<svg/>' });
    await keepPinnedCharts(join(scratch, 'site'), join(scratch, 'next'), [run('two')]);
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
  });
});
