/**
 * What people write, made ready for the MDX compiler without moving a line: Learning-Path Markdown (Hugo's notices, tab
 * panes and images with their conventions) is accepted as it is, and every component is checked by name and attributes.
 */
import { parseDocument } from 'yaml';
import { printable } from '../report/printable.ts';
import { closest } from './closest.ts';
import { WRITING_COMPONENTS } from './components.ts';
import { useProblems, type ComponentUse, type WritingProblem } from './componentUse.ts';
import { closesFence, leavesFence, openedFence, paragraphParts, type Fence } from './markdownCode.ts';
import { readMdx } from './mdxTree.ts';

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
    .replaceAll(/\r\n?/g, '\n')
    .split('\n')
    .map((line) => line.split('\t').map(printable).join('\t'));
  const { matter, bodyLine, problems } = frontMatter(lines);
  const body = rewriteBody(lines.slice(bodyLine), bodyLine, kind);
  const isBroken = problems.length > 0;
  problems.push(...body.problems);
  const string = (name: string): string | null => (typeof matter[name] === 'string' ? matter[name] : null);
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
  const mdx = [...lines.slice(0, bodyLine).map(() => ''), ...body.lines].join('\n');
  const { uses, code, unreadable } = readMdx(mdx);
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
  const value: unknown = error ? {} : document.toJS({ maxAliasCount: 100 });
  return {
    matter: value !== null && typeof value === 'object' ? (value as Record<string, unknown>) : {},
    bodyLine: end + 1,
    problems: error
      ? [{ line: 1 + (error.linePos?.[0].line ?? 1), message: error.message.split('\n')[0] }]
      : [],
  };
}

const NOTICE = /\{\{[%<]\s*notice\s*([\w ]*?)\s*[%>]\}\}/g;
const NOTICE_END = /\{\{[%<]\s*\/\s*notice\s*[%>]\}\}/g;
const TABPANE = /\{\{[<%]\s*(\/?)\s*tabpane\b([^>%]*)[>%]\}\}/;
const TAB = /\{\{[<%]\s*tab\b([^>%]*)[>%]\}\}/;
const TAB_END = /\{\{[<%]\s*\/\s*tab\s*[>%]\}\}/;
const IMAGE = /!\[([^\]]*)\]\(([^)\s]+)(?:\s+"([^"]*)")?\)/g;
const OTHER_SHORTCODE = /\{\{[<%].*?[>%]\}\}/;

function rewriteBody(
  lines: readonly string[],
  firstLine: number,
  kind: 'md' | 'mdx',
): { lines: string[]; problems: WritingProblem[] } {
  const problems: WritingProblem[] = [];
  const out: string[] = [];
  let fence: Fence | null = null;
  /** Parts of the lines of the paragraph, by their place. */
  const partsOf = new Map<number, string[]>();
  let isCodePane = false;
  let tab: { title: string; language: string; at: number; code: string[] } | null = null;
  lines.forEach((line, index) => {
    const number = firstLine + index + 1;
    if (tab) {
      if (!TAB_END.test(line)) {
        tab.code.push(line);
        out.push('');
        return;
      }
      // The code goes into an attribute of the first line, so that no line moves.
      out[tab.at] =
        `<Tab title=${attribute(tab.title)} language=${attribute(tab.language)} code={${JSON.stringify(tab.code.join('\n'))}} />`;
      tab = null;
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
      isCodePane = pane[1] === '' && /code\s*=\s*"?true/.test(pane[2]);
      out.push(pane[1] === '/' ? '</Tabs>' : '<Tabs>');
      return;
    }
    const opening = TAB.exec(line);
    if (opening) {
      const title = /header\s*=\s*"([^"]*)"/.exec(opening[1])?.[1] ?? 'Tab';
      const language = /language\s*=\s*"([^"]*)"/.exec(opening[1])?.[1] ?? '';
      if (isCodePane) {
        tab = { title, language, at: out.length, code: [] };
        out.push('');
      } else out.push(`<Tab title=${attribute(title)}>`);
      return;
    }
    if (TAB_END.test(line)) {
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

/** One line outside of fences, cut into text and code in turn; code stays as it is. */
function rewriteLine(line: readonly string[], kind: 'md' | 'mdx'): string {
  return line
    .map((part, index) => {
      if (index % 2 === 1) return part;
      const parts: string[] = [];
      /** Markup of our own stands aside while the rest becomes text. */
      const aside = (markup: string): string => `\uE000${parts.push(markup) - 1}\uE001`;
      let text = part
        .replaceAll(/[\uE000\uE001]/g, '\uFFFD')
        .replaceAll(NOTICE, (_, name: string) =>
          aside(`<Notice kind=${attribute(name.trim().toLowerCase() || 'note')}>`),
        )
        .replaceAll(NOTICE_END, () => aside('</Notice>'))
        .replaceAll(IMAGE, (_, alt: string, src: string, caption: string | undefined) =>
          aside(figure(alt, src, caption ?? null)),
        )
        .replaceAll(/<!--(.*?)-->/g, (_, comment: string) => aside(`{/*${comment.replaceAll('*/', '')}*/}`));
      if (kind === 'md') {
        text = text
          .replaceAll(OWN_TAG, (tag) => aside(tag))
          .replaceAll(/<br\s*\/?>/gi, () => aside('<br />'))
          // Addresses in angle brackets are links in Markdown, and an error in MDX.
          .replaceAll(/<(https?:\/\/[^\s<>]+)>/g, (_, address: string) => aside(`[${address}](${address})`))
          // A backslash before a sign that is text here anyway; two of them are one backslash.
          .replaceAll(/\\([\\{}<])/g, (both, sign: string) => aside(sign === '\\' ? both : `{'${sign}'}`))
          .replaceAll('{', () => aside("{'{'}"))
          .replaceAll('}', () => aside("{'}'}"))
          .replaceAll('<', () => aside("{'<'}"));
      }
      return text.replaceAll(/\uE000(\d+)\uE001/g, (_, at: string) => parts[Number(at)]);
    })
    .join('');
}

/** Code in braces: what stands in its quotes may hold braces. */
const BRACES = String.raw`\{((?:[^{}"'\x60]|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\x60[^\x60]*\x60)*)\}`;
const ATTRIBUTES = String.raw`(?:[^<>"'{}]|"[^"]*"|'[^']*'|${BRACES})*`;

/** Tags of the components, on one line. */
const OWN_TAG = new RegExp(`</?(?:${Object.keys(WRITING_COMPONENTS).join('|')})\\b${ATTRIBUTES}>`, 'g');

/** `alt-text#center` and `#center` at the end of an image's words place it; they are no words. */
function figure(alt: string, src: string, caption: string | null): string {
  const place = /\s*(?:alt-text)?#(\w+)\s*$/.exec(alt);
  const words = place ? alt.slice(0, place.index) : alt;
  return [
    `<Figure src=${attribute(src)} alt=${attribute(words)}`,
    ...(caption === null ? [] : [`caption=${attribute(caption)}`]),
    ...(place ? [`align=${attribute(place[1])}`] : []),
    '/>',
  ].join(' ');
}

/** A text as a JSX attribute that means just this text. */
function attribute(text: string): string {
  return `{${JSON.stringify(text)}}`;
}
