/**
 * What people write, made ready for the MDX compiler without moving a line: Learning-Path Markdown (Hugo's notices, tab
 * panes and images with their conventions) is accepted as it is, and every component is checked by name and attributes.
 */
import { parseDocument } from 'yaml';
import { printable } from '../report/printable.ts';
import { closest } from './closest.ts';
import { DATA_COMPONENTS, WRITING_COMPONENTS } from './components.ts';

/** Something wrong with a page: the line counts from 1. */
export interface WritingProblem {
  line: number;
  message: string;
}

/** One use of a component. */
export interface ComponentUse {
  name: string;
  line: number;
  /** Attributes that are texts, in quotes or as a quoted text in braces; empty for code. */
  attributes: Readonly<Record<string, string>>;
  /** Names of attributes that are code. */
  code: readonly string[];
}

export interface WrittenPage {
  title: string;
  description: string | null;
  /** Place among its neighbours; smaller stands earlier. */
  weight: number;
  /** Run that components without one belong to. */
  run: string | null;
  /** Where the front matter names it. */
  runLine: number;
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
  const { uses, unreadable } = componentUses(body.lines, bodyLine);
  problems.push(...unreadable, ...uses.flatMap(useProblems), ...body.code);
  return {
    title: title ?? 'Untitled',
    description: string('description'),
    weight: typeof matter.weight === 'number' ? matter.weight : 0,
    run: string('run'),
    runLine: lineOf('run'),
    mdx: [...lines.slice(0, bodyLine).map(() => ''), ...body.lines].join('\n'),
    uses,
    problems: problems.sort((a, b) => a.line - b.line),
  };
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

const FENCE = /^\s*(`{3,}|~{3,})/;
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
): { lines: string[]; problems: WritingProblem[]; code: WritingProblem[] } {
  const problems: WritingProblem[] = [];
  /** Said behind what is wrong with the components of the line. */
  const code: WritingProblem[] = [];
  const out: string[] = [];
  let fence: string | null = null;
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
    const marker = FENCE.exec(line)?.[1];
    if (fence === null && marker) fence = marker;
    else if (fence !== null && marker?.startsWith(fence) && line.trim() === marker) fence = null;
    if (fence !== null || marker) {
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
    if (kind === 'mdx' && /^(?:import|export)\s/.test(line)) {
      problems.push({
        line: number,
        message: 'imports and exports are not for pages: every component is at hand',
      });
    }
    if (kind === 'md') problems.push(...nearlyComponents(line, number));
    if (kind === 'mdx') code.push(...codeProblems(line).map((message) => ({ line: number, message })));
    out.push(rewriteLine(line, kind));
    const unknown = OTHER_SHORTCODE.exec(
      line
        .replaceAll(NOTICE, '')
        .replaceAll(NOTICE_END, '')
        .replaceAll(/`[^`]*`/g, ''),
    );
    if (unknown) problems.push({ line: number, message: `there is no shortcode ${unknown[0]}` });
  });
  if (tab !== null) problems.push({ line: firstLine + lines.length, message: 'a tab is not closed' });
  return { lines: out, problems, code };
}

/** Angle brackets are text in plain Markdown; but a component with a slip of the pen is not published as text. */
function nearlyComponents(line: string, number: number): WritingProblem[] {
  const tags = line.replaceAll(/`[^`]*`/g, '').matchAll(/<([A-Z]\w*)(?=\s*\/>|\s+[\w-]+\s*=)/g);
  return [...tags].flatMap(([, name]) => {
    const meant = Object.hasOwn(WRITING_COMPONENTS, name)
      ? null
      : closest(name, Object.keys(WRITING_COMPONENTS));
    return meant
      ? [{ line: number, message: `there is no component <${name}>; did you mean <${meant}>?` }]
      : [];
  });
}

/** Braces that hold a plain value or a comment; an escaped brace is a brace. */
const PLAIN_BRACES =
  /\\[{}]|\{\s*(?:"[^"]*"|'[^']*'|-?[\d.]+|true|false)\s*\}|\{\/\*(?:.*?\*\/\}|(?!.*\*\/).*$)/g;
const CODE_ELEMENT = /<\/?\s*(script|style|iframe|object|embed|link|meta|base|form)\b/i;
const CODE_ATTRIBUTE = /(?:^|\s)(on[a-z]+|set:\w+|is:\w+|client:\w+|define:\w+|style)\s*=\s*["'{]/i;

/** What would run while the site is built, or in the reader's browser: a page is words and components. */
function codeProblems(line: string): string[] {
  const text = line
    .replaceAll(/`+[^`]*`+/g, '')
    .replaceAll(NOTICE, '')
    .replaceAll(NOTICE_END, '')
    .split(OTHER_SHORTCODE)
    .join('');
  const element = CODE_ELEMENT.exec(text);
  const attribute = CODE_ATTRIBUTE.exec(text);
  return [
    ...(element ? [`<${element[1].toLowerCase()}> is not for pages`] : []),
    ...(attribute ? [`the attribute ${attribute[1]} is not for pages`] : []),
    ...(text.replaceAll(PLAIN_BRACES, '').includes('{')
      ? ['code in braces is not for pages: write \\{ for a brace']
      : []),
  ];
}

/** One line outside of code; what stands between backticks stays as it is. */
function rewriteLine(line: string, kind: 'md' | 'mdx'): string {
  return line
    .split(/(`+[^`]*`+)/)
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

const TAG = new RegExp(String.raw`<([A-Z][\w.]*)\b(${ATTRIBUTES})\/?>`, 'g');
const ATTRIBUTE = new RegExp(String.raw`([A-Za-z][\w-]*)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|${BRACES}))?`, 'g');
const TAG_START = /<([A-Z][\w.]*)/g;

/** The text that code in braces stands for; null where it would have to be run. */
function literal(code: string): string | null {
  const text = code.trim();
  if (/^\d+$/.test(text)) return text;
  if (/^"(?:[^"\\]|\\.)*"$/.test(text)) {
    try {
      return JSON.parse(text) as string;
    } catch {
      return null;
    }
  }
  return /^'([^'\\]*)'$/.exec(text)?.[1] ?? null;
}

/** Component tags outside of code, also over several lines; and those that cannot be told from their text. */
function componentUses(
  lines: readonly string[],
  firstLine: number,
): { uses: ComponentUse[]; unreadable: WritingProblem[] } {
  let fence: string | null = null;
  const text = lines
    .map((line) => {
      const marker = FENCE.exec(line)?.[1];
      const isCode = fence !== null || marker !== undefined;
      if (fence === null && marker) fence = marker;
      else if (fence !== null && marker?.startsWith(fence) && line.trim() === marker) fence = null;
      return isCode ? '' : line.replaceAll(/`+[^`]*`+/g, (code) => ' '.repeat(code.length));
    })
    .join('\n');
  const lineAt = (index: number): number => firstLine + text.slice(0, index).split('\n').length;
  const read = new Set<number>();
  const uses = [...text.matchAll(TAG)].map((match): ComponentUse => {
    const [, name, attributes] = match;
    read.add(match.index);
    const values: Record<string, string> = {};
    const codes: string[] = [];
    for (const [, key, double, single, code] of attributes.matchAll(ATTRIBUTE)) {
      const value = double ?? single ?? (code === undefined ? '' : literal(code));
      values[key] = value ?? '';
      if (value === null) codes.push(key);
    }
    return { name, line: lineAt(match.index), attributes: values, code: codes };
  });
  // Unread it would be published unchecked.
  const unreadable = [...text.matchAll(TAG_START)]
    .filter(({ index }) => !read.has(index))
    .map(({ index, 1: name }) => ({
      line: lineAt(index),
      message: `<${name}> cannot be read: close it with >, and write its attributes as name="…"`,
    }));
  return { uses, unreadable };
}

function useProblems(use: ComponentUse): WritingProblem[] {
  const { name, line, attributes, code } = use;
  const component = Object.hasOwn(WRITING_COMPONENTS, name) ? WRITING_COMPONENTS[name] : null;
  if (!component) {
    const meant = closest(name, Object.keys(WRITING_COMPONENTS));
    const hint = meant
      ? `; did you mean <${meant}>?`
      : `: there are ${Object.keys(WRITING_COMPONENTS).join(', ')}`;
    return [{ line, message: `there is no component <${name}>${hint}` }];
  }
  const known = Object.keys(component.attributes);
  return [
    ...missingAttributes(use).map((key) => ({
      line,
      message: `<${name}> needs ${key}="…"`,
    })),
    ...Object.keys(attributes)
      .filter((key) => !known.includes(key))
      .map((key) => {
        const meant = closest(key, known);
        const hint = meant ? `; did you mean ${meant}?` : `; it takes ${known.join(', ') || 'none'}`;
        return { line, message: `<${name}> has no ${key}${hint}` };
      }),
    ...(readsReport(use) ? code : []).map((key) => ({
      line,
      message: `<${name}>: write ${key}="…", for code in braces cannot be checked`,
    })),
    ...Object.entries(component.words)
      .filter(([key, words]) => key in attributes && !code.includes(key) && !words.includes(attributes[key]))
      .map(([key, words]) => ({
        line,
        message: `<${name}>: ${key} is one of ${words.join(', ')}, not '${attributes[key]}'`,
      })),
    ...('rows' in attributes && !/^[1-9]\d*$/.test(attributes.rows)
      ? [{ line, message: `<${name}>: rows is a number, not '${attributes.rows}'` }]
      : []),
  ];
}

/** Names of attributes that a component of the table must have and this use has not. */
function missingAttributes({ name, attributes }: ComponentUse): string[] {
  const { attributes: known } = WRITING_COMPONENTS[name];
  return Object.keys(known).filter((key) => known[key] === 'required' && !Object.hasOwn(attributes, key));
}

/** True where the attributes are there and are texts: only then a report can be asked. */
export function isComplete(use: ComponentUse): boolean {
  return missingAttributes(use).length === 0 && use.code.length === 0;
}

/** True for components that read a report. */
export function readsReport({ name }: ComponentUse): boolean {
  return DATA_COMPONENTS.has(name);
}
