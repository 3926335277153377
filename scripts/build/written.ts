/**
 * What people wrote: `stories/` beside the runs, and `chapters/` within a run's folder. Pages are read and checked against
 * the reports before anything is built, then handed to Astro as MDX; the pictures beside them are copied as they are.
 */
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import { availableCharts } from '../../src/charts/registry.ts';
import { InputError } from '../../src/readers/reader.ts';
import { CHAPTERS } from '../../src/report/chapters.ts';
import type { Report } from '../../src/report/schema.ts';
import { checkPage } from '../../src/writing/checkPage.ts';
import { closest } from '../../src/writing/closest.ts';
import { UnknownName } from '../../src/writing/values.ts';
import type { WritingProblem } from '../../src/writing/componentUse.ts';
import { readWrittenPage, type WrittenPage } from '../../src/writing/page.ts';
import { InputErrors } from '../inputErrors.ts';
import { RUN_ID, STORIES_FOLDER, type RunFolder } from './captures.ts';
import type { ReportsById } from './reportsOnDisk.ts';
import { svgProblem } from './svgPicture.ts';

export interface WrittenFile {
  /** Run that it is a chapter of; null for a story. */
  run: string | null;
  /** Part of its address. */
  slug: string;
  /** As the user would name it. */
  shown: string;
  page: WrittenPage;
  /** Pictures beside it: path on disk by path within the page's folder. */
  pictures: Map<string, string>;
}

const HOW_TO_PLAIN_SVG = 'Save it as a plain SVG without scripts and links to other files, or as PNG';

const CHAPTERS_FOLDER = 'chapters';
const PICTURES = new Set(['.png', '.jpg', '.jpeg', '.gif', '.webp', '.avif', '.svg']);

/**
 * Finds and reads all pages.
 *
 * @throws InputErrors for names that are no part of an address, or taken
 */
export async function findWritten(
  captures: string,
  shown: string,
  runs: readonly RunFolder[],
): Promise<WrittenFile[]> {
  const root = shown.replace(/\/+$/, '');
  const files = await pagesIn(join(captures, STORIES_FOLDER), `${root}/${STORIES_FOLDER}`, null);
  for (const run of runs) {
    files.push(
      ...(await pagesIn(join(run.path, CHAPTERS_FOLDER), `${run.shown}/${CHAPTERS_FOLDER}`, run.id)),
    );
  }
  const errors = files.flatMap((file, index) => nameErrors(file, files.slice(0, index)));
  if (errors.length > 0) throw new InputErrors(errors);
  return files;
}

async function pagesIn(folder: string, shown: string, run: string | null): Promise<WrittenFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const paths = entries
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll('\\', '/'),
    )
    .sort();
  const pictures = new Map(
    paths
      .filter((path) => PICTURES.has(extname(path).toLowerCase()))
      .map((path) => [path, join(folder, path)]),
  );
  const pages = paths.filter((path) => !path.includes('/') && /\.mdx?$/.test(path));
  return Promise.all(
    pages.map(async (path): Promise<WrittenFile> => {
      const kind = path.endsWith('.mdx') ? 'mdx' : 'md';
      const text = await readFile(join(folder, path), 'utf8');
      // A number in front orders the files in a folder; it is no part of the address.
      const slug = path
        .replace(/\.mdx?$/, '')
        .replace(/^\d+[-_]/, '')
        .replaceAll('_', '-')
        .toLowerCase();
      return { run, slug, shown: `${shown}/${path}`, page: readWrittenPage(text, kind), pictures };
    }),
  );
}

function nameErrors(file: WrittenFile, before: readonly WrittenFile[]): InputError[] {
  if (!RUN_ID.test(file.slug)) {
    return [
      new InputError(
        file.shown,
        `'${file.slug}' is no part of an address: lower-case letters, digits and hyphens`,
      ),
    ];
  }
  if (file.run !== null && [...CHAPTERS.map(({ id }) => id as string), 'charts'].includes(file.slug)) {
    return [
      new InputError(file.shown, `'${file.slug}' is a chapter of every run: give the file another name`),
    ];
  }
  const twin = before.find(({ run, slug }) => run === file.run && slug === file.slug);
  return twin ? [new InputError(file.shown, `has the same address as ${twin.shown}`)] : [];
}

/**
 * Checks every page against the data.
 *
 * @returns sentences of claims whose authors only want to be told, and of pictures that are not there
 * @throws InputErrors with file, line and what is wrong, for all pages at once
 */
export function checkWritten(files: readonly WrittenFile[], reports: ReportsById): string[] {
  const errors: InputError[] = [];
  const warnings: string[] = [];
  const reportOf = (id: string): Report => {
    const report = reports.get(id);
    if (report === undefined) throw new UnknownName(unknownRun(id, reports));
    return report;
  };
  for (const { page, run, shown, pictures } of files) {
    // A run that is not there is said once, not with every component.
    const isLost = page.run !== null && !reports.has(page.run);
    const check = isLost
      ? {
          errors: [{ line: page.runLine, message: unknownRun(page.run!, reports) }],
          warnings: [],
        }
      : checkPage(page, run, reportOf, (report) => availableCharts(report).map(({ id }) => id));
    const place = ({ line }: WritingProblem): string => `${shown}:${line}`;
    const problems = [...page.problems, ...check.errors].sort((a, b) => a.line - b.line);
    errors.push(...problems.map((problem) => new InputError(place(problem), problem.message)));
    for (const { name, line, attributes } of page.uses) {
      const isHere = name === 'Figure' && !/^(?:[a-z][a-z\d+.-]*:|\/)/i.test(attributes.src ?? '/');
      if (isHere && !pictures.has(pictureOf(attributes.src))) {
        warnings.push(`${shown}:${line}: there is no picture '${attributes.src}' beside the page`);
      }
    }
    warnings.push(...check.warnings.map((problem) => `${place(problem)}: ${problem.message}`));
  }
  if (errors.length > 0) throw new InputErrors(errors);
  return warnings;
}

function unknownRun(id: string, reports: ReportsById): string {
  const runs = [...reports.keys()];
  const renamed = runs.find((run) => reports.get(run)?.run.aliases.includes(id));
  if (renamed !== undefined) return `the run '${id}' is called '${renamed}' now`;
  const meant = closest(id, runs);
  return `there is no run '${id}'${meant ? `; did you mean '${meant}'?` : `; there are ${runs.join(', ')}`}`;
}

/** The file that a picture's address names, seen from the page's folder. */
function pictureOf(address: string): string {
  const path = address.replace(/[?#].*$/, '').replace(/^(?:\.\/)+/, '');
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** Puts the pages where Astro finds them: `src/written/stories/` and `src/written/runs/<run>/` of its project. */
export async function writeWritten(files: readonly WrittenFile[], project: string): Promise<void> {
  for (const { run, slug, page } of files) {
    const path = join(
      project,
      'src',
      'written',
      ...(run === null ? ['stories'] : ['runs', run]),
      `${slug}.mdx`,
    );
    const { title, description, weight } = page;
    await mkdir(dirname(path), { recursive: true });
    // One line each, so that the compiler's own complaints name the line of the author.
    const matter = JSON.stringify({ title, description, weight, run: page.run ?? run });
    const [, ...rest] = page.mdx.split('\n');
    await writeFile(path, `export const page = ${matter};\n${rest.join('\n')}`);
  }
}

/**
 * What the MDX compiler says of a page, told of the author's file: lines are the same in both. It names none when it fails at
 * the page as a whole.
 *
 * @param said the message of a failed build of the pages
 * @returns none where it failed for another reason
 */
export function compileProblems(said: string, files: readonly WrittenFile[]): InputError[] {
  const place =
    /\/src\/written\/(?:stories|runs\/([\w-]+))\/([\w-]+)\.mdx:(\d+|undefined):(?:\d+|undefined)\s+(?:\w*Error: )?(.*?)(?:\s+at\s|\n|$)/g;
  return [...said.matchAll(place)].flatMap(([, run = null, slug, line, problem]) => {
    const file = files.find((one) => one.run === run && one.slug === slug);
    if (!file) return [];
    return [new InputError(line === 'undefined' ? file.shown : `${file.shown}:${line}`, problem)];
  });
}

/** Waits for the pages. What the MDX compiler refuses is the author's to mend: an InputErrors with file and line. */
export async function namingAuthors<T>(pages: Promise<T>, files: readonly WrittenFile[]): Promise<T> {
  try {
    return await pages;
  } catch (error) {
    const problems = compileProblems((error as Error).message, files);
    throw problems.length > 0 ? new InputErrors(problems) : error;
  }
}

/**
 * Looks into pictures that may hold more than a picture.
 *
 * @throws InputErrors with a sentence for every SVG file that would run or load something
 */
export async function checkPictures(files: readonly WrittenFile[]): Promise<void> {
  const shownByPath = new Map(
    files.flatMap(({ shown, pictures }) =>
      [...pictures].map(([name, path]) => [path, `${dirname(shown)}/${name}`]),
    ),
  );
  const errors: InputError[] = [];
  for (const [path, shown] of shownByPath) {
    if (extname(path).toLowerCase() !== '.svg') continue;
    const found = svgProblem(await readFile(path));
    if (found === null) continue;
    errors.push(new InputError(`${shown}:${found.line}`, found.problem, { fix: HOW_TO_PLAIN_SVG }));
  }
  if (errors.length > 0) throw new InputErrors(errors);
}

/** Copies pictures beside the built pages. */
export async function copyPictures(files: readonly WrittenFile[], site: string): Promise<void> {
  for (const { run, slug, pictures } of files) {
    const folder = run === null ? join(site, 'stories', slug) : join(site, 'runs', run, slug);
    for (const [path, from] of pictures) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await copyFile(from, join(folder, path));
    }
  }
}
