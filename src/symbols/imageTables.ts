/** Which symbol table belongs to which mapped image: by build-id, else by path, else by file name when that is clear. */
import type { Mapping, Warning } from '../profile/types.ts';
import { filledUp } from './functionRanges.ts';
import { baseName } from './paths.ts';
import type { SymbolTable } from './types.ts';

/** The outcome for one image. */
export interface TableMatch {
  table: SymbolTable | null;
  /** What the user can do when nothing matched. */
  fix: string | null;
}

/** Chooses tables for images and collects doubts about the choices. */
export class ImageTables {
  readonly warnings: Warning[] = [];
  readonly #all: readonly SymbolTable[];
  readonly #tables: readonly SymbolTable[];

  /** Tables without functions (of stripped files) never stand for an image, but say how it is loaded. */
  constructor(tables: readonly SymbolTable[]) {
    this.#all = tables;
    this.#tables = tables.filter((table) => table.functions.length > 0);
    for (const table of tables) {
      const hasDebugFile = tables.some((other) => other !== table && holdsSymbolsOf(other, table));
      const isDone = ({ code }: Warning): boolean => code === STRIPPED && hasDebugFile;
      this.warnings.push(...table.warnings.filter((warning) => !isDone(warning)));
    }
  }

  /** @param buildId of the mapping, lower-case hex; null when the capture does not say */
  match(path: string, buildId: string | null): TableMatch {
    const isSame = (table: SymbolTable): boolean =>
      buildId !== null && table.buildId !== null && isSameBuildId(table.buildId, buildId);
    const sameBuild = this.#tables.filter(isSame);
    if (sameBuild.length > 0) return { table: joined(sameBuild, this.#all.filter(isSame)), fix: null };
    return this.#matchByName(path, buildId);
  }

  #matchByName(path: string, buildId: string | null): TableMatch {
    const name = baseName(withoutDeleted(path));
    const sameName = this.#tables.filter((table) => table.path !== null && baseName(table.path) === name);
    // Two known build-ids that differ are two different programs, whatever they are called.
    const possible = sameName.filter((table) => buildId === null || table.buildId === null);
    const samePath = possible.filter((table) => table.path === withoutDeleted(path));
    const candidates = samePath.length > 0 ? samePath : possible;
    if (candidates.length === 1) {
      if (samePath.length === 0) this.#warnMatchedByName(name, buildId);
      return { table: candidates[0], fix: null };
    }
    if (candidates.length > 1) return this.#refuseAmbiguous(name, candidates.length);
    if (sameName.length > 0) return this.#refuseOtherBuild(name, buildId, sameName);
    const image = buildId === null ? name : `${name} (build-id ${buildId})`;
    return {
      table: null,
      fix: `no symbols for ${image}: run gemview symbols on the ELF file and put the result beside the capture`,
    };
  }

  #warnMatchedByName(name: string, buildId: string | null): void {
    const lacking = buildId === null ? 'the capture does not tell its build-id' : 'the table has no build-id';
    this.warnings.push({
      code: 'symbols-matched-by-name',
      message: `functions of ${name} are named by a table that only has the same file name: ${lacking}`,
      fix: 'Check that it is the very file that ran; link with -Wl,--build-id to be certain',
    });
  }

  #refuseAmbiguous(name: string, count: number): TableMatch {
    const message = `${count} symbol tables could belong to ${name} and no build-id tells which`;
    const fix = 'Keep only the table of the file that ran beside the capture';
    this.warnings.push({ code: 'symbols-ambiguous', message, fix });
    return { table: null, fix: `${message}. ${fix}` };
  }

  #refuseOtherBuild(name: string, buildId: string | null, tables: readonly SymbolTable[]): TableMatch {
    const message = `the symbols of ${name} are of another build (${tables[0].buildId}) than the one that ran (${buildId})`;
    const fix = 'Run gemview symbols on the ELF file that was recorded, not on a later build';
    this.warnings.push({ code: 'symbols-other-build', message, fix });
    return { table: null, fix: `${message}. ${fix}` };
  }
}

/** Build-ids of images by path, for mappings that were recorded without (snapshots of /proc/PID/maps). */
export function buildIdsByPath(mappings: Iterable<Mapping>): Map<string, string> {
  const known = new Map<string, string>();
  const unclear = new Set<string>();
  for (const { path, buildId } of mappings) {
    if (buildId === null) continue;
    const other = known.get(path);
    if (other !== undefined && other !== buildId) unclear.add(path);
    known.set(path, buildId);
  }
  for (const path of unclear) known.delete(path);
  return known;
}

/** Recorders pad short build-ids with zeros to 20 bytes. */
function isSameBuildId(a: string, b: string): boolean {
  return a === b || withoutPadding(a) === withoutPadding(b);
}

function withoutPadding(buildId: string): string {
  return buildId.replace(/(?:00)+$/, '');
}

/** The kernel marks files that were replaced while they ran. */
function withoutDeleted(path: string): string {
  return path.replace(/ \(deleted\)$/, '');
}

/** Code of the warning that a file lacks its symbols. */
const STRIPPED = 'symbols-stripped';

/** Whether a table is of the same build as a stripped file and has what that one lacks. */
function holdsSymbolsOf(table: SymbolTable, stripped: SymbolTable): boolean {
  const isSameBuild =
    table.buildId !== null && stripped.buildId !== null && isSameBuildId(table.buildId, stripped.buildId);
  return isSameBuild && table.functions.length > 0 && !table.warnings.some(({ code }) => code === STRIPPED);
}

/**
 * What tables of one build know together: a program may come as the stripped file, which says how it is loaded and names
 * what it exports, and a file of debug symbols, which names the rest and does not know where the code lay.
 */
function joined(named: readonly SymbolTable[], all: readonly SymbolTable[]): SymbolTable {
  const base = richest(named);
  const loads =
    base.loads.length > 0 ? base.loads : (all.find((table) => table.loads.length > 0)?.loads ?? []);
  let { functions } = base;
  for (const table of named) if (table !== base) functions = filledUp(functions, table.functions);
  return functions === base.functions && loads === base.loads ? base : { ...base, loads, functions };
}

/** The one that knows most: a listing of exported functions may lie beside the full table. */
function richest(tables: readonly SymbolTable[]): SymbolTable {
  return tables.reduce((best, table) => (table.functions.length > best.functions.length ? table : best));
}
