/**
 * What people write, made ready for the MDX compiler without moving a line: Learning-Path Markdown (Hugo's notices, tab
 * panes and images with their conventions) is accepted as it is, and every component is checked by name and attributes.
 */
import { parseDocument } from 'yaml';
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
  /** Attributes that are texts; a value in braces is code and not looked at. */
  attributes: Readonly<Record<string, string>>;
}

export interface WrittenPage {
  title: string;
  description: string | null;
  /** Place among its neighbours; smaller stands earlier. */
  weight: number;
  /** Run that components without one belong to. */
  run: string | null;
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
  const lines = text.replaceAll(/\r\n?/g, '\n').split('\n');
  const { matter, bodyLine, problems } = frontMatter(lines);
  const body = rewriteBody(lines.slice(bodyLine), bodyLine, kind);
  const isBroken = problems.length > 0;
  problems.push(...body.problems);
  const string = (name: string): string | null => (typeof matter[name] === 'string' ? matter[name] : null);
  const title = string('title');
  if (title === null && !isBroken) problems.push({ line: 1, message: 'the front matter has no title' });
  const uses = componentUses(body.lines, bodyLine);
  problems.push(...uses.flatMap(useProblems));
  return {
    title: title ?? 'Untitled',
    description: string('description'),
    weight: typeof matter.weight === 'number' ? matter.weight : 0,
    run: string('run'),
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
): { lines: string[]; problems: WritingProblem[] } {
  const problems: WritingProblem[] = [];
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
  return { lines: out, problems };
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

/** Tags of the components, on one line. */
const OWN_TAG = new RegExp(`</?(?:${Object.keys(WRITING_COMPONENTS).join('|')})\\b[^<>]*?>(?!=)`, 'g');

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

const TAG = /<([A-Z][\w.]*)\b((?:[^<>"'{}]|"[^"]*"|'[^']*'|\{[^{}]*\})*)\/?>/g;
const ATTRIBUTE = /([A-Za-z][\w-]*)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|\{([^{}]*)\}))?/g;

/** Component tags outside of code, also over several lines. */
function componentUses(lines: readonly string[], firstLine: number): ComponentUse[] {
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
  return [...text.matchAll(TAG)].map((match) => {
    const [, name, attributes] = match;
    const values: Record<string, string> = {};
    for (const [, key, double, single, code] of attributes.matchAll(ATTRIBUTE)) {
      values[key] = double ?? single ?? code ?? '';
    }
    const line = firstLine + text.slice(0, match.index).split('\n').length;
    return { name, line, attributes: values };
  });
}

function useProblems({ name, line, attributes }: ComponentUse): WritingProblem[] {
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
    ...Object.entries(component.attributes)
      .filter(([key, need]) => need === 'required' && !(key in attributes))
      .map(([key]) => ({ line, message: `<${name}> needs ${key}="…"` })),
    ...Object.keys(attributes)
      .filter((key) => !known.includes(key))
      .map((key) => {
        const meant = closest(key, known);
        return { line, message: `<${name}> has no ${key}${meant ? `; did you mean ${meant}?` : ''}` };
      }),
  ];
}

/** True for components that read a report. */
export function readsReport({ name }: ComponentUse): boolean {
  return DATA_COMPONENTS.has(name);
}
