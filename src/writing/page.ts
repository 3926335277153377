/**
 * What people write, made ready for the MDX compiler without moving a line: Learning-Path Markdown (Hugo's notices, tab
 * panes and images with their conventions) is accepted as it is, and every component is checked by name and attributes.
 */
import { parseDocument } from 'yaml';
import { printable } from '../report/printable.ts';
import { closest } from './closest.ts';
import { WRITING_COMPONENTS } from './components.ts';
import { useProblems, type ComponentUse, type WritingProblem } from './componentUse.ts';
import { asFigure } from './figure.ts';
import { attribute } from './jsxAttribute.ts';
import { bracedDestination, linkTo } from './linkText.ts';
import { closesFence, leavesFence, openedFence, paragraphParts, type Fence } from './markdownCode.ts';
import { readMdx, type MdxImage } from './mdxTree.ts';
import { ownLines } from './ownLines.ts';
import {
  isCodePane,
  NOTICE,
  NOTICE_END,
  noticeKind,
  parameter,
  TAB,
  TAB_END,
  TABPANE,
} from './shortcodes.ts';

export interface WrittenPage {
  title: string;
  description: string | null;
  /** Place among its neighbours; smaller stands earlier. */
  weight: number;
  /** Run that components without one belong to. */
  run: string | null;
  /** Where the front matter names it. */
  runLine: number;
  /** Names of what is private otherwise and may stand in the page: its author wrote it on purpose. */
  allow: string[];
  /** As many lines as the text. */
  mdx: string;
  uses: ComponentUse[];
  problems: WritingProblem[];
}

/**
 * Reads a page.
 *
 * @param kind `md` is plain Markdown: braces and angle brackets are text there, but the components' own
 */
export function readWrittenPage(text: string, kind: 'md' | 'mdx'): WrittenPage {
  const lines = text
    .replace(/^\uFEFF/, '')
    .replaceAll(/\r\n?/g, '\n')
    .split('\n')
    .map((line) => line.split('\t').map(printable).join('\t'));
  const { matter, bodyLine, problems } = frontMatter(lines);
  const body = rewriteBody(lines.slice(bodyLine), bodyLine, kind);
  const isBroken = problems.length > 0;
  problems.push(...body.problems);
  const string = (name: string): string | null => {
    const value = matter[name];
    return typeof value === 'string' || typeof value === 'number' ? String(value) : null;
  };
  const title = string('title');
  if (title === null && !isBroken) problems.push({ line: 1, message: 'the front matter has no title' });
  const lineOf = (key: string): number =>
    1 +
    Math.max(
      0,
      lines.slice(0, bodyLine).findIndex((line) => line.startsWith(`${key}:`)),
    );
  if (matter.weight !== undefined && typeof matter.weight !== 'number') {
    problems.push({ line: lineOf('weight'), message: 'weight is a number: pages stand in its order' });
  }
  const allow = namesIn(matter.allow);
  if (allow === null) {
    problems.push({ line: lineOf('allow'), message: 'allow is a list of names: allow: [ip-address]' });
  }
  const markdown = [...lines.slice(0, bodyLine).map(() => ''), ...body.lines].join('\n');
  const { uses, code, unreadable, images } = readMdx(markdown);
  const mdx = withFigures(markdown, images);
  problems.push(...unreadable, ...uses.flatMap(useProblems), ...code);
  return {
    title: title ?? 'Untitled',
    description: string('description'),
    weight: typeof matter.weight === 'number' ? matter.weight : 0,
    run: string('run'),
    runLine: lineOf('run'),
    allow: allow ?? [],
    mdx,
    uses,
    problems: problems.sort((a, b) => a.line - b.line),
  };
}

/** A list of texts; null for anything else. */
function namesIn(value: unknown): string[] | null {
  if (value === undefined) return [];
  if (!Array.isArray(value) || !value.every((name) => typeof name === 'string')) return null;
  return value;
}

function frontMatter(lines: readonly string[]): {
  matter: Record<string, unknown>;
  bodyLine: number;
  problems: WritingProblem[];
} {
  if (lines[0]?.trim() === '+++') {
    const message = 'the front matter is TOML: write it as YAML, between lines of ---';
    return { matter: {}, bodyLine: 0, problems: [{ line: 1, message }] };
  }
  if (lines[0]?.trim() !== '---') return { matter: {}, bodyLine: 0, problems: [] };
  const end = lines.findIndex((line, index) => index > 0 && line.trim() === '---');
  if (end < 0) {
    return {
      matter: {},
      bodyLine: 0,
      problems: [{ line: 1, message: 'the front matter is not closed by ---' }],
    };
  }
  const document = parseDocument(lines.slice(1, end).join('\n'));
  const [error] = document.errors;
  const fails = (line: number, message: string): ReturnType<typeof frontMatter> => ({
    matter: {},
    bodyLine: end + 1,
    problems: [{ line, message: message.split('\n')[0] }],
  });
  if (error) return fails(1 + (error.linePos?.[0].line ?? 1), error.message);
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 100 });
  } catch (unresolved) {
    // An alias (`*name`) of nothing, or too many of them.
    if (!(unresolved instanceof ReferenceError)) throw unresolved;
    return fails(1, unresolved.message);
  }
  const matter = value !== null && typeof value === 'object' ? (value as Record<string, unknown>) : {};
  return { matter, bodyLine: end + 1, problems: [] };
}

/** The pictures that only the compiler sees (`![of `code`](a.png)`, `![a][reference]`) as components; no line moves. */
function withFigures(mdx: string, images: readonly MdxImage[]): string {
  let text = mdx;
  for (const { start, end, src, alt, caption } of [...images].sort((a, b) => b.start - a.start)) {
    // A blank line would end the paragraph.
    const lineEnds = `\n{''}`.repeat(text.slice(start, end).split('\n').length - 1);
    text = `${text.slice(0, start)}${asFigure(alt, src, caption)}${lineEnds}${text.slice(end)}`;
  }
  return text;
}

/** Words, where it lies, and its title: a text in brackets may stand in the words, a pair of parentheses in the address. */
const IMAGE =
  /(?<!\\)!\[((?:[^[\]]|\[[^[\]]*\])*)\]\((?:<([^<>]*)>|((?:[^\s()<>]|\([^\s()]*\))+))(?:\s+("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\((?:[^()\\]|\\.)*\)))?\s*\)/g;
const OTHER_SHORTCODE = /\{\{[<%].*?[>%]\}\}/;

function rewriteBody(
  written: readonly string[],
  firstLine: number,
  kind: 'md' | 'mdx',
): { lines: string[]; problems: WritingProblem[] } {
  const lines = ownLines(written);
  const problems: WritingProblem[] = [];
  const out: string[] = [];
  let fence: Fence | null = null;
  /** Parts of the lines of the paragraph, by their place. */
  const partsOf = new Map<number, string[]>();
  let isOfCode = false;
  let tab: { title: string; language: string; at: number; code: string[] } | null = null;
  /** The code goes into an attribute of the first line, so that no line moves. */
  const endTab = ({ title, language, at, code }: NonNullable<typeof tab>): void => {
    out[at] =
      `<Tab title=${attribute(title)} language=${attribute(language)} code=${attribute(code.join('\n'))} />`;
  };
  lines.forEach((line, index) => {
    const number = firstLine + index + 1;
    /** A line of a pane holds nothing else. */
    const alone = (rest: string): void => {
      if (rest.trim() !== '') {
        problems.push({ line: number, message: `'${rest.trim()}' needs a line of its own beside a tab` });
      }
    };
    if (tab) {
      const end = TAB_END.exec(line);
      if (!end) tab.code.push(line);
      else {
        const last = line.slice(0, end.index);
        if (last.trim() !== '') tab.code.push(last);
        alone(line.slice(end.index + end[0].length));
        endTab(tab);
        tab = null;
      }
      out.push('');
      return;
    }
    if (fence !== null && leavesFence(line, fence)) fence = null;
    if (fence !== null) {
      if (closesFence(line, fence)) fence = null;
      out.push(line);
      return;
    }
    fence = partsOf.has(index) ? null : openedFence(line);
    if (fence !== null) {
      out.push(line);
      return;
    }
    const pane = TABPANE.exec(line);
    if (pane) {
      alone(line.replace(TABPANE, ''));
      isOfCode = pane[1] === '' && isCodePane(pane[2]);
      out.push(pane[1] === '/' ? '</Tabs>' : '<Tabs>');
      return;
    }
    const opening = TAB.exec(line);
    if (opening) {
      const title = parameter(opening[1], 'header') ?? 'Tab';
      const language = parameter(opening[1], 'language') ?? '';
      const rest = line.slice(opening.index + opening[0].length);
      alone(line.slice(0, opening.index));
      if (isOfCode) {
        const end = TAB_END.exec(rest);
        const first = end ? rest.slice(0, end.index) : rest;
        tab = { title, language, at: out.length, code: first.trim() === '' ? [] : [first.trim()] };
        out.push('');
        if (end) {
          alone(rest.slice(end.index + end[0].length));
          endTab(tab);
          tab = null;
        }
      } else {
        alone(rest);
        out.push(`<Tab title=${attribute(title)}>`);
      }
      return;
    }
    if (TAB_END.test(line)) {
      alone(line.replace(TAB_END, ''));
      out.push('</Tab>');
      return;
    }
    if (!partsOf.has(index)) {
      paragraphParts(lines, index).forEach((parts, place) => partsOf.set(index + place, parts));
    }
    const parts = partsOf.get(index)!;
    const words = parts.filter((_, place) => place % 2 === 0).join(' ');
    if (kind === 'md') problems.push(...nearlyComponents(words, number));
    out.push(rewriteLine(parts, kind));
    const unknown = OTHER_SHORTCODE.exec(words.replaceAll(NOTICE, '').replaceAll(NOTICE_END, ''));
    if (unknown) problems.push({ line: number, message: `there is no shortcode ${unknown[0]}` });
  });
  if (tab !== null) problems.push({ line: firstLine + lines.length, message: 'a tab is not closed' });
  return { lines: out, problems };
}

/** Angle brackets are text in plain Markdown; but a component with a slip of the pen is not published as text. */
function nearlyComponents(words: string, number: number): WritingProblem[] {
  const tags = words.matchAll(/<([A-Z]\w*)(?=\s*\/>|\s+[\w-]+\s*=)/g);
  return [...tags].flatMap(([, name]) => {
    const meant = Object.hasOwn(WRITING_COMPONENTS, name)
      ? null
      : closest(name, Object.keys(WRITING_COMPONENTS));
    return meant
      ? [{ line: number, message: `there is no component <${name}>; did you mean <${meant}>?` }]
      : [];
  });
}

/** `## Words {#their-own-id}`, as Hugo takes it. */
const HEADING = /^ {0,3}(#{1,6})\s/;
const HEADING_ID = /(?<!\s)\s*\{#([\w:.-]+)\s*\}\s*$/;

/** One line outside of fences, cut into text and code in turn; code stays as it is. */
function rewriteLine(line: readonly string[], kind: 'md' | 'mdx'): string {
  const marks = HEADING.exec(line[0]);
  const id = marks && line.length % 2 === 1 ? HEADING_ID.exec(line[line.length - 1]) : null;
  if (!marks || !id) return rewriteParts(line, kind);
  const words = [...line];
  words[words.length - 1] = words[words.length - 1].slice(0, -id[0].length);
  words[0] = words[0].slice(marks[0].length);
  const tag = `h${marks[1].length}`;
  return `<${tag} id=${attribute(id[1])}>${rewriteParts(words, kind).trim()}</${tag}>`;
}

function rewriteParts(line: readonly string[], kind: 'md' | 'mdx'): string {
  return line
    .map((part, index) => {
      if (index % 2 === 1) return part;
      const parts: string[] = [];
      /** Markup of our own stands aside while the rest becomes text. */
      const aside = (markup: string): string => `\uE000${parts.push(markup) - 1}\uE001`;
      let text = part
        .replaceAll(/[\uE000\uE001]/g, '\uFFFD')
        .replaceAll(NOTICE, (_, said: string) => aside(`<Notice kind=${attribute(noticeKind(said))}>`))
        .replaceAll(NOTICE_END, () => aside('</Notice>'))
        .replaceAll(IMAGE, (_, alt: string, bracketed?: string, plain?: string, title?: string) =>
          aside(asFigure(alt, bracketed ?? plain ?? '', title === undefined ? null : unquoted(title))),
        )
        .replaceAll(/<!--(.*?)-->/g, (_, comment: string) => aside(`{/*${comment.replaceAll('*/', '')}*/}`));
      if (kind === 'md') {
        // A paragraph may begin with these words; in MDX they begin code.
        if (index === 0) {
          text = text.replace(MODULE_WORD, (word) => aside(`&#${word.charCodeAt(0)};${word.slice(1)}`));
        }
        text = text
          .replaceAll(OWN_TAG, (tag) => aside(tag))
          .replaceAll(/<br\s*\/?>/gi, () => aside('<br />'))
          .replaceAll(DESTINATION, (_, address: string) => aside(`](${bracedDestination(address)}`))
          // Addresses in angle brackets are links in Markdown, and an error in MDX.
          .replaceAll(/<(https?:\/\/[^\s<>]+)>/g, (_, address: string) => aside(linkTo(address)))
          // Bare ones are links up to a blank or an angle bracket: the code for a brace would be a part of them.
          .replaceAll(BARE_ADDRESS, (address) => (/[{}]/.test(address) ? aside(linkTo(address)) : address))
          .replaceAll(/(?<![\w/.@-])https?:\/\/[^\s<\uE000\uE001]+(?=<)/g, (address) =>
            aside(linkTo(address)),
          )
          // A backslash before a sign that is text here anyway; two of them are one backslash.
          .replaceAll(/\\([\\{}<])/g, (both, sign: string) => aside(sign === '\\' ? both : `{'${sign}'}`))
          .replaceAll('{', () => aside("{'{'}"))
          .replaceAll('}', () => aside("{'}'}"))
          .replaceAll('<', () => aside("{'<'}"));
      }
      // What stands aside may hold what stood aside before it.
      const back = (some: string): string =>
        some.replaceAll(/\uE000(\d+)\uE001/g, (_, at: string) => back(parts[Number(at)]));
      return back(text);
    })
    .join('');
}

const MODULE_WORD = /^(?:im|ex)port(?=\s)/;

/** Where a link leads, with the bracket before it. */
const DESTINATION = /\]\((<[^<>]*>|(?:[^\s()<>]|\([^\s()<>]*\))+)/g;

/** Up to what GitHub's Markdown takes for the end of a sentence. */
const BARE_ADDRESS = /(?<![\w/.@-])https?:\/\/[^\s<\uE000\uE001]*[^\s<\uE000\uE001?!.,:;*_~)'"]/g;

/** A title between its quotes. */
function unquoted(title: string): string {
  return title.slice(1, -1).replaceAll(/\\([!-/:-@[-`{-~])/g, '$1');
}

/** Code in braces: what stands in its quotes may hold braces. */
const BRACES = String.raw`\{((?:[^{}"'\x60]|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\x60[^\x60]*\x60)*)\}`;
const ATTRIBUTES = String.raw`(?:[^<>"'{}]|"[^"]*"|'[^']*'|${BRACES})*`;

/** Tags of the components, on one line. */
const OWN_TAG = new RegExp(`</?(?:${Object.keys(WRITING_COMPONENTS).join('|')})\\b${ATTRIBUTES}>`, 'g');
