/** Reports of runs, made once per content: the same files read by the same program are not read again. */
import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { analyseInputs } from '../../src/pipeline/analyseInputs.ts';
import { openInputs, type OpenedInputs } from '../../src/platform/node/inputs.ts';
import { packageRoot } from '../../src/platform/node/packageRoot.ts';
import { nodeServices } from '../../src/platform/node/services.ts';
import { readBlocks, type ByteSource } from '../../src/platform/bytes.ts';
import { buildReport } from '../../src/report/build.ts';
import type { RunFolder } from './captures.ts';

/** Folders whose code decides what a report says. */
const REPORT_CODE = [
  'platform',
  'profile',
  'readers',
  'symbols',
  'arm',
  'llama',
  'analysis',
  'report',
  'pipeline',
];

/**
 * The report of a run as a folder with `report.json` and its files, from the cache when nothing changed.
 *
 * @param program see {@link programFingerprint}
 * @returns path of the cached folder and whether it had to be made
 */
export async function reportOfRun(
  run: RunFolder,
  cache: string,
  program: string,
): Promise<{ folder: string; isNew: boolean }> {
  const opened = await openInputs([run.path], { cwd: run.path });
  try {
    const key = createHash('sha256')
      .update(`${program}\n${run.id}\n${await hashInputs(opened)}`)
      .digest('hex');
    const folder = join(cache, 'reports', key.slice(0, 32));
    if (await exists(join(folder, 'report.json'))) return { folder, isNew: false };
    await writeReport(run, opened, key.slice(0, 16), folder);
    return { folder, isNew: true };
  } finally {
    await opened.close();
  }
}

async function writeReport(
  run: RunFolder,
  opened: OpenedInputs,
  contentHash: string,
  folder: string,
): Promise<void> {
  const { analysis, config } = await analyseInputs(opened.inputs, opened.runYaml, nodeServices);
  const { report, files } = await buildReport(
    analysis,
    {
      runId: run.id,
      title: config.title ?? run.id,
      description: config.description ?? null,
      tags: config.tags,
      targetNote: config.target ?? null,
      allow: config.allow,
      contentHash,
    },
    (bytes) => Promise.resolve(createHash('sha256').update(bytes).digest('hex')),
  );
  // Written beside its place and renamed: a killed build leaves no half of a report.
  const staging = `${folder}.${process.pid}`;
  await rm(staging, { recursive: true, force: true });
  await mkdir(staging, { recursive: true });
  for (const file of files) await writeFile(join(staging, file.name), file.bytes);
  await writeFile(join(staging, 'report.json'), `${JSON.stringify(report)}\n`);
  try {
    await rename(staging, folder);
  } catch (error) {
    await rm(staging, { recursive: true, force: true });
    // Another build made the same report in the meantime.
    if (!(await exists(join(folder, 'report.json')))) throw error;
  }
}

/** Hash of the paths and bytes of all inputs, and of run.yaml. */
async function hashInputs({ inputs, runYaml }: OpenedInputs): Promise<string> {
  const hash = createHash('sha256');
  for (const input of inputs) {
    hash.update(`${input.path}\n${input.bytes}\n`);
    if (input.content.kind === 'file') await hashSource(hash, input.content.source);
    else {
      for (const [name, source] of [...input.content.members].sort(([a], [b]) => (a < b ? -1 : 1))) {
        hash.update(`${name}\n`);
        await hashSource(hash, source);
      }
    }
  }
  if (runYaml) hash.update(runYaml.text);
  return hash.digest('hex');
}

async function hashSource(hash: ReturnType<typeof createHash>, source: ByteSource): Promise<void> {
  hash.update(`${source.size}\n`);
  for await (const block of readBlocks(source)) hash.update(block);
}

/** Hash of the code that makes reports: another version of gemview does not take reports of this one from the cache. */
export async function programFingerprint(): Promise<string> {
  const hash = createHash('sha256');
  for (const folder of REPORT_CODE) {
    const root = join(packageRoot, 'src', folder);
    const entries = await readdir(root, { recursive: true, withFileTypes: true });
    const files = entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
    for (const file of files) {
      hash.update(file.slice(root.length));
      hash.update(await readFile(file));
    }
  }
  return hash.digest('hex');
}

async function exists(path: string): Promise<boolean> {
  try {
    await readFile(path);
    return true;
  } catch {
    return false;
  }
}
