/** `gemview symbols`: function tables of programs, small enough to be kept beside a capture. */
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { openInputs } from '../../src/platform/node/inputs.ts';
import { InputError, type RawInput } from '../../src/readers/reader.ts';
import { writeCompactTable } from '../../src/symbols/compact/write.ts';
import { baseName } from '../../src/symbols/paths.ts';
import { readSymbolSource } from '../../src/symbols/sources.ts';
import type { SymbolTable } from '../../src/symbols/types.ts';
import type { CommandIo } from '../commandIo.ts';
import { parseCommandLine, UsageError } from '../usage.ts';

/** One input and what became of it. */
interface WrittenTable {
  path: string;
  table: SymbolTable;
  text: string;
  /** Where the table was written, as shown to the user; null for the standard output or none. */
  out: string | null;
}

/**
 * `symbols <elf|listing…> [--out FILE|DIR] [--full-path] [--json]`. Without `--out` the table of a single input goes to the
 * standard output. `--json` prints what was found instead of a table; with `--out` the tables are written as well.
 */
export async function symbolsCommand(args: string[], io: CommandIo): Promise<number> {
  const { values, positionals: paths } = parseCommandLine({
    args,
    options: {
      out: { type: 'string' },
      'full-path': { type: 'boolean' },
      json: { type: 'boolean' },
    },
    allowPositionals: true,
  });
  if (paths.length === 0) throw new UsageError('name at least one ELF file or listing of nm -nS');
  if (paths.length > 1 && values.out === undefined && !values.json) {
    throw new UsageError('several tables need --out <folder>');
  }

  const opened = await openInputs(paths, { cwd: io.cwd });
  try {
    const target =
      values.out === undefined ? null : await outputTarget(values.out, io.cwd, opened.inputs.length);
    const written: WrittenTable[] = [];
    let refused = 0;
    for (const input of opened.inputs) {
      try {
        const result = await convert(input, { fullPath: values['full-path'] ?? false });
        if (target) await writeTable(result, target, written);
        written.push(result);
        for (const { message, fix } of result.table.warnings) {
          io.stderr(`gemview: ${message}${fix === null ? '' : `. ${fix}`}\n`);
        }
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        io.stderr(`gemview: ${error.message}\n`);
        refused++;
      }
    }
    await io.stdout(answer(written, values.json ?? false));
    return refused === 0 ? 0 : 1;
  } finally {
    await opened.close();
  }
}

async function convert(input: RawInput, options: { fullPath: boolean }): Promise<WrittenTable> {
  const table = await readSymbolSource(input);
  if (table.functions.length === 0) {
    throw new InputError(input.path, 'it names no functions', { fix: table.warnings[0]?.fix ?? undefined });
  }
  return { path: input.path, table, text: writeCompactTable(table, options), out: null };
}

interface OutputTarget {
  shown: string;
  path: string;
  isFolder: boolean;
}

/** A folder when it is one, ends like one, or has to hold several tables; else a file. */
async function outputTarget(shown: string, cwd: string, inputs: number): Promise<OutputTarget> {
  const path = resolve(cwd, shown);
  const status = await stat(path).catch(() => null);
  if (status?.isFile() && inputs > 1) {
    throw new UsageError(`--out ${shown} is a file, and there are ${inputs} tables to write`);
  }
  const isFolder = status ? status.isDirectory() : /[/\\]$/.test(shown) || inputs > 1;
  return { shown, path, isFolder };
}

async function writeTable(
  result: WrittenTable,
  target: OutputTarget,
  written: readonly WrittenTable[],
): Promise<void> {
  const name = target.isFolder ? fileNameOf(result.table, written) : null;
  const path = name === null ? target.path : join(target.path, name);
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, result.text);
  } catch (error) {
    throw new InputError(target.shown, `cannot be written: ${(error as Error).message}`);
  }
  result.out = name === null ? target.shown : `${target.shown.replace(/[/\\]+$/, '')}/${name}`;
}

/** `llama-cli.symbols`; of several builds of one name the later ones add the start of their build-id. */
function fileNameOf(table: SymbolTable, written: readonly WrittenTable[]): string {
  const name = (table.path === null ? '' : baseName(table.path)).replace(/[^\w.+-]/g, '_') || 'image';
  const isTaken = (fileName: string): boolean =>
    written.some(({ out }) => out !== null && baseName(out) === fileName);
  const candidates = [
    `${name}.symbols`,
    ...(table.buildId === null ? [] : [`${name}-${table.buildId.slice(0, 12)}.symbols`]),
  ];
  for (let copy = 2; ; copy++) {
    const free = candidates.find((candidate) => !isTaken(candidate));
    if (free !== undefined) return free;
    candidates.push(`${name}-${copy}.symbols`);
  }
}

function answer(written: readonly WrittenTable[], json: boolean): string {
  if (json) return `${JSON.stringify({ schema: 1, tables: written.map(tableFacts) }, null, 2)}\n`;
  return written
    .map((result) =>
      result.out === null
        ? result.text
        : `${result.out}: ${counted(result.table.functions.length)}, ${byteLength(result.text)} bytes, ` +
          `${result.table.buildId === null ? 'no build-id' : `build-id ${result.table.buildId}`}\n`,
    )
    .join('');
}

/** One element of the JSON answer; field names follow those of `gemview inspect`. */
function tableFacts({ path, table, text, out }: WrittenTable) {
  return {
    path,
    source: table.source,
    build_id: table.buildId,
    file: table.path === null ? null : baseName(table.path),
    functions: table.functions.length,
    segments: table.loads.length,
    bytes: byteLength(text),
    out,
    warnings: table.warnings,
  };
}

function counted(functions: number): string {
  return functions === 1 ? '1 function' : `${functions} functions`;
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).byteLength;
}
