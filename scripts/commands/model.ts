/** `gemview model`: what a model file asks of a machine, and the compact form of it to keep beside a capture. */
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { writeCompactModel } from '../../src/llama/ggufCompact.ts';
import { openInputs } from '../../src/platform/node/inputs.ts';
import { nodeServices } from '../../src/platform/node/services.ts';
import { fuse } from '../../src/profile/fuse.ts';
import type { ModelInfo } from '../../src/profile/model.ts';
import type { Profile, Warning } from '../../src/profile/types.ts';
import { ggufCompactReader, ggufReader } from '../../src/readers/gguf/index.ts';
import { InputError, type RawInput } from '../../src/readers/reader.ts';
import { decodeText, type ByteSource } from '../../src/platform/bytes.ts';
import type { CommandIo } from '../commandIo.ts';
import { parseCommandLine, UsageError } from '../usage.ts';
import { modelFacts, modelText } from './model/answer.ts';

/**
 * `model <gguf> [--out FILE|DIR] [--json]`. Several files are the parts of one split model; of a part that is named alone
 * the others are taken from its folder. With `--out` the compact form is written and, unless `--json`, only that is said.
 */
export async function modelCommand(args: string[], io: CommandIo): Promise<number> {
  const { values, positionals } = parseCommandLine({
    args,
    options: { out: { type: 'string' }, json: { type: 'boolean' } },
    allowPositionals: true,
  });
  if (positionals.length === 0) throw new UsageError('name a GGUF file');
  const paths = positionals.length === 1 ? await withOtherParts(positionals[0], io.cwd) : positionals;
  const { model, inputs, warnings } = await readModel(paths, io.cwd);
  for (const { message, fix } of warnings) io.stderr(`gemview: ${message}${fix === null ? '' : ` ${fix}`}\n`);
  const isWhole = model.tensors !== null && !model.split;
  // Half a tensor table is nothing to be kept.
  if (model.tensors === null || (!isWhole && values.out !== undefined)) return 1;

  const out = values.out === undefined ? null : await writeModel(model, values.out, inputs[0], io.cwd);
  if (values.json) {
    await io.stdout(
      `${JSON.stringify({ ...modelFacts(model, inputs), out: out?.shown ?? null, warnings }, null, 2)}\n`,
    );
  } else if (out) {
    await io.stdout(`${out.shown}: ${model.tensors.length} tensors, ${out.bytes} bytes\n`);
  } else {
    await io.stdout(modelText(model));
  }
  return isWhole ? 0 : 1;
}

/** llama.cpp's names of the parts of a split model. */
const PART_NAME = /-\d{5}-of-(\d{5})\.gguf$/;
const MAX_PARTS = 999;

/** The parts of the model that a part belongs to, as far as they lie beside it. */
async function withOtherParts(path: string, cwd: string): Promise<string[]> {
  const count = Number(PART_NAME.exec(path)?.[1] ?? 0);
  if (count < 2 || count > MAX_PARTS) return [path];
  const digits = (value: number) => String(value).padStart(5, '0');
  const names = Array.from({ length: count }, (_, part) =>
    path.replace(PART_NAME, `-${digits(part + 1)}-of-${digits(count)}.gguf`),
  );
  const exists = await Promise.all(
    names.map((name) =>
      stat(resolve(cwd, name)).then(
        (status) => status.isFile(),
        () => false,
      ),
    ),
  );
  return names.filter((name, index) => exists[index] || name === path);
}

interface ReadModel {
  model: ModelInfo;
  /** Files as the user named them. */
  inputs: string[];
  warnings: Warning[];
}

async function readModel(paths: readonly string[], cwd: string): Promise<ReadModel> {
  const opened = await openInputs(paths, { cwd });
  try {
    const profiles: Profile[] = [];
    for (const input of opened.inputs) profiles.push(await readPart(input));
    const [first] = profiles;
    const several = profiles.length > 1;
    if (several && !profiles.every((profile) => profile.model?.split)) {
      throw new InputError(opened.inputs[0].path, 'it and the other files are not parts of one model', {
        fix: 'Name one model at a time',
      });
    }
    const { model, warnings } = several ? fuse(profiles) : first;
    if (model === null) throw new InputError(opened.inputs[0].path, 'it holds no model');
    return { model, inputs: opened.inputs.map((input) => input.path), warnings };
  } finally {
    await opened.close();
  }
}

const HEAD_BYTES = 4096;

async function readPart(input: RawInput): Promise<Profile> {
  const context = { services: nodeServices };
  if (input.content.kind === 'file') {
    const head = await headOf(input.content.source, input.path);
    for (const reader of [ggufReader, ggufCompactReader]) {
      if (reader.detect(head, input)) return reader.read(input, context);
    }
  }
  throw new InputError(input.path, 'it is neither a GGUF file nor the compact form of one');
}

async function headOf(source: ByteSource, path: string) {
  const bytes = new Uint8Array(await source.read(0, Math.min(HEAD_BYTES, source.size)));
  return { path, bytes, text: decodeText(bytes) };
}

async function writeModel(model: ModelInfo, out: string, input: string, cwd: string) {
  const target = resolve(cwd, out);
  const status = await stat(target).catch(() => null);
  const isFolder = status?.isDirectory() || /[/\\]$/.test(out);
  const name = compactName(input);
  const path = isFolder ? join(target, name) : target;
  const shown = isFolder ? `${out.replace(/[/\\]+$/, '')}/${name}` : out;
  const text = writeCompactModel(model);
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  } catch (error) {
    throw new InputError(shown, `cannot be written: ${(error as Error).message}`);
  }
  return { shown, bytes: new TextEncoder().encode(text).byteLength };
}

/** `qwen.model.json` for `qwen.gguf`, `qwen.gguf.header` and `qwen-00001-of-00003.gguf`. */
function compactName(path: string): string {
  const name = path.split(/[/\\]/).pop() ?? '';
  const bare = name.replace(PART_NAME, '').replace(/\.gguf(?:\.\w+)?$|\.model\.json$/, '');
  return `${bare.replace(/[^\w.+-]/g, '_') || 'model'}.model.json`;
}
