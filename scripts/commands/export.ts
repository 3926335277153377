/** `gemview export`: a run in the format of another tool. */
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { SAMPLE_FORMATS, type SampleFormat } from '../../src/exports/sampleFormats.ts';
import { analyseInputs } from '../../src/pipeline/analyseInputs.ts';
import { openInputs } from '../../src/platform/node/inputs.ts';
import { nodeServices } from '../../src/platform/node/services.ts';
import { InputError } from '../../src/readers/reader.ts';
import { publisher } from '../../src/report/privacy.ts';
import type { CommandIo } from '../commandIo.ts';
import { exportLearningPath } from '../export/learningPath.ts';
import { gemviewVersion } from '../packageVersion.ts';
import { parseCommandLine, UsageError } from '../usage.ts';
import { siteAddress } from './siteAddress.ts';

/**
 * `export <file…|folder> --to speedscope|firefox|folded [--event E] [--out file|folder]`, to standard output without `--out`;
 * `export <folder> --to learning-path --out folder [--site address] [--author name]`.
 */
export async function exportCommand(args: string[], io: CommandIo): Promise<number> {
  const { values, positionals: paths } = parseCommandLine({
    args,
    options: {
      to: { type: 'string' },
      out: { type: 'string' },
      event: { type: 'string' },
      site: { type: 'string' },
      author: { type: 'string', multiple: true },
    },
    allowPositionals: true,
  });
  if (paths.length === 0) throw new UsageError('name the files of one run, or its folder');
  if (values.to === LEARNING_PATH) {
    if (values.event !== undefined) throw new UsageError(`--event is not for --to ${LEARNING_PATH}`);
    return learningPathCommand(paths, values, io);
  }
  for (const name of ['site', 'author'] as const) {
    if (values[name] !== undefined) throw new UsageError(`--${name} is for --to ${LEARNING_PATH}`);
  }
  const format = formatNamed(values.to);
  const text = await exported(paths, format, values.event, io.cwd);
  if (values.out === undefined) await io.stdout(text);
  else await io.stdout(`${await written(text, values.out, format.fileName, io.cwd)}\n`);
  return 0;
}

const LEARNING_PATH = 'learning-path';

async function learningPathCommand(
  paths: readonly string[],
  { out, site, author }: { out?: string; site?: string; author?: string[] },
  io: CommandIo,
): Promise<number> {
  if (paths.length > 1) throw new UsageError(`--to ${LEARNING_PATH} takes the folder of one run`);
  if (out === undefined) throw new UsageError('name the folder to write with --out');
  const options = { site: site === undefined ? null : siteRoot(site), authors: author ?? [] };
  const { written, removed, unchanged, notes } = await exportLearningPath(paths[0], out, options, io.cwd);
  for (const note of notes) io.stderr(`${note}\n`);
  const counts = [
    `${written.length} written`,
    ...(removed.length > 0 ? [`${removed.length} removed`] : []),
    ...(unchanged > 0 ? [`${unchanged} unchanged`] : []),
  ];
  await io.stdout(`${out}: ${counts.join(', ')}\n`);
  return 0;
}

/** Addresses of the site are put behind it. */
function siteRoot(text: string): string {
  const address = siteAddress(text);
  return address.endsWith('/') ? address : `${address}/`;
}

function formatNamed(id: string | undefined): SampleFormat {
  const format = SAMPLE_FORMATS.find((candidate) => candidate.id === id);
  if (format) return format;
  const known = [...SAMPLE_FORMATS.map((candidate) => candidate.id), LEARNING_PATH].join(', ');
  throw new UsageError(id === undefined ? `say --to ${known}` : `--to knows ${known}, not '${id}'`);
}

async function exported(
  paths: readonly string[],
  format: SampleFormat,
  event: string | undefined,
  cwd: string,
): Promise<string> {
  const opened = await openInputs(paths, { cwd });
  try {
    const { analysis, config } = await analyseInputs(opened.inputs, opened.runYaml, nodeServices, { event });
    const text = format.write(analysis, {
      title: config.title ?? paths[0],
      publish: publisher(config.redact, config.allow),
      exporter: `gemview ${gemviewVersion()}`,
    });
    if (text === null) {
      throw new InputError(paths[0], 'the run has no samples to export', {
        fix: 'Name a recording that was made with sampling',
      });
    }
    return text;
  } catch (error) {
    if (error instanceof RangeError && event !== undefined) throw new UsageError(error.message);
    throw error;
  } finally {
    await opened.close();
  }
}

/** Writes into a file, or under its own name into a folder; returns the path as the user would name it. */
async function written(text: string, out: string, fileName: string, cwd: string): Promise<string> {
  const target = resolve(cwd, out);
  const isFolder = /[/\\]$/.test(out) || (await stat(target).catch(() => null))?.isDirectory();
  const path = isFolder ? join(target, fileName) : target;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  } catch (error) {
    throw new InputError(out, `cannot be written: ${(error as Error).message}`);
  }
  return isFolder ? `${out.replace(/[/\\]+$/, '')}/${fileName}` : out;
}
