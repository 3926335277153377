/** `gemview dev`: builds the site, serves it, and builds again when a capture changes. */
import { watch } from 'node:fs/promises';
import { relative, resolve, sep } from 'node:path';
import { isNoise } from '../../src/platform/node/noise.ts';
import type { CommandIo } from '../commandIo.ts';
import { faultSentences } from '../faults.ts';
import { serveSite } from '../serve.ts';
import { parseCommandLine, UsageError } from '../usage.ts';
import { basePath, buildCommand } from './build.ts';

const PORT = 4321;
/** A tool writes a capture in many steps: wait until it is quiet. */
const QUIET_MS = 500;

/** `dev [captures] [--out dist] [--base /path/] [--port N]`. Ends with the process. */
export async function devCommand(args: string[], io: CommandIo): Promise<number> {
  const { values, positionals } = parseCommandLine({
    args,
    options: { out: { type: 'string' }, base: { type: 'string' }, port: { type: 'string' } },
    allowPositionals: true,
  });
  const port = values.port === undefined ? PORT : Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new UsageError(`--port is a number up to 65535, not '${values.port}'`);
  }
  const base = basePath(values.base ?? '/');
  const out = values.out ?? 'dist';
  // Whoever looks while recording wants no trace of every state in between.
  const buildArgs = [...positionals, '--out', out, '--base', base, '--drop-pinned'];
  await buildCommand(buildArgs, io, { isPreview: true });
  const { address } = await serveSite(resolve(io.cwd, out), base, port);
  await io.stdout(`The site is at ${address} (Ctrl-C ends)\n`);

  const captures = resolve(io.cwd, positionals[0] ?? 'captures');
  const siteWithin = relative(captures, resolve(io.cwd, out));
  let timer: NodeJS.Timeout | undefined;
  let building = Promise.resolve();
  for await (const { filename } of watch(captures, { recursive: true })) {
    // A site that lies among the runs changes with every build.
    if (filename !== null && (isNoise(filename.split(sep)[0]) || isBelow(filename, siteWithin))) continue;
    clearTimeout(timer);
    timer = setTimeout(() => {
      building = building.then(() => rebuild(buildArgs, io));
    }, QUIET_MS);
  }
  return 0;
}

function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder + sep);
}

/** Whatever is wrong with a run while it is being recorded: the last site stays in its place, and the server runs on. */
async function rebuild(args: string[], io: CommandIo): Promise<void> {
  try {
    await buildCommand(args, io, { isPreview: true });
  } catch (error) {
    io.stderr(`${faultSentences(error)}\n`);
  }
}
