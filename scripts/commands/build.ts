/** `gemview build`: the website of a captures folder. */
import { resolve } from 'node:path';
import { buildSite } from '../build/buildSite.ts';
import { defaultCache, namedCache, refuseCacheInSite } from '../build/cacheFolder.ts';
import { withheldLines } from '../build/withheld.ts';
import type { CommandIo } from '../commandIo.ts';
import { parseCommandLine, UsageError } from '../usage.ts';
import { siteAddress } from './siteAddress.ts';

/** What links elsewhere lack of a site that does not know its own address. */
const NO_SITE =
  'Social cards and canonical links name the site by its whole address: build with --site https://example.org\n';

/**
 * `build [captures] [--out dist] [--base /path/] [--site https://host] [--cache folder] [--drop-pinned] [--check]`.
 *
 * @param options.isPreview the site is only looked at on this machine: what it lacks for others is not told
 */
export async function buildCommand(
  args: string[],
  io: CommandIo,
  { isPreview = false }: { isPreview?: boolean } = {},
): Promise<number> {
  const { values, positionals } = parseCommandLine({
    args,
    options: {
      out: { type: 'string' },
      base: { type: 'string' },
      site: { type: 'string' },
      cache: { type: 'string' },
      'drop-pinned': { type: 'boolean' },
      check: { type: 'boolean' },
    },
    allowPositionals: true,
  });
  if (positionals.length > 1) throw new UsageError('name one captures folder');
  const capturesShown = positionals[0] ?? 'captures';
  const outShown = values.out ?? 'dist';
  const captures = resolve(io.cwd, capturesShown);
  const base = basePath(values.base ?? '/');
  const site = values.site === undefined ? null : hostOf(siteAddress(values.site), base);
  const out = resolve(io.cwd, outShown);
  if (values.cache !== undefined) await refuseCacheInSite(resolve(io.cwd, values.cache), out, values.cache);
  const built = await buildSite({
    captures,
    capturesShown,
    out,
    outShown,
    base,
    site,
    cache:
      values.cache === undefined
        ? await defaultCache(captures)
        : await namedCache(resolve(io.cwd, values.cache), values.cache),
    dropPinned: values['drop-pinned'] ?? false,
    check: values.check ?? false,
    progress: (text) => {
      if (io.stderrIsTerminal) io.stderr(`${text}\n`);
    },
  });
  for (const warning of built.warnings) io.stderr(`${warning}\n`);
  const reused = built.runs - built.newReports;
  await io.stdout(
    `${outShown}: ${built.runs} ${built.runs === 1 ? 'run' : 'runs'}${reused > 0 ? `, ${reused} unchanged` : ''}\n` +
      withheldLines(built.withheld) +
      (built.published === null ? '' : `${built.published}\n`) +
      (site === null && !isPreview ? NO_SITE : ''),
  );
  return 0;
}

/** The host of the site's address; a path in it can only be the base path. */
function hostOf(address: string, base: string): string {
  const { origin, pathname } = new URL(address);
  if (pathname !== '/' && basePath(pathname) !== base) {
    throw new UsageError(`--site names the path ${pathname}: give it as --base ${basePath(pathname)}`);
  }
  return origin;
}

/** A base path with a slash at both ends. */
export function basePath(text: string): string {
  if (!/^[\w\-./~]*$/.test(text) || text.includes('//') || text.split('/').includes('..')) {
    throw new UsageError(`--base is a path such as /docs/profiles/, not '${text}'`);
  }
  const inner = text.replaceAll(/^\/+|\/+$/g, '');
  return inner === '' ? '/' : `/${inner}/`;
}
