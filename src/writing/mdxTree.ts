/**
 * What a page really holds once the compiler has read it: uses of components, and whatever would run as code. Both are
 * taken from the tree that the site's own compiler builds, so that nothing is rendered that was not checked.
 */
import { createProcessor } from '@mdx-js/mdx';
import remarkGfm from 'remark-gfm';
import type { ComponentUse, WritingProblem } from './componentUse.ts';

/** The parts of the tree that are read here; see mdast-util-mdx. */
interface MdxNode {
  type: string;
  name?: string | null;
  attributes?: readonly MdxAttribute[];
  children?: readonly MdxNode[];
  data?: { estree?: Program | null } | null;
  position?: { start: { line: number; offset?: number }; end: { offset?: number } };
  url?: string;
  alt?: string | null;
  title?: string | null;
  identifier?: string;
}

/** An image of Markdown that is no component yet. */
export interface MdxImage {
  /** Its place in the text. */
  start: number;
  end: number;
  src: string;
  alt: string;
  caption: string | null;
}

interface MdxAttribute {
  type: string;
  name?: string;
  value?: string | null | { data?: { estree?: Program | null } };
}

interface Program {
  body: readonly { type: string; expression?: { type: string; value?: unknown } }[];
}

export interface MdxContent {
  uses: ComponentUse[];
  /** What would run while the site is built, or in the reader's browser: a page is words and components. */
  code: WritingProblem[];
  /** What the compiler cannot read; nothing else is known of such a page. */
  unreadable: WritingProblem[];
  images: MdxImage[];
}

const CODE_ELEMENT = /^(?:script|style|iframe|object|embed|link|meta|base|form)$/i;
const CODE_ATTRIBUTE = /^(?:on[a-z]+|(?:set|is|client|server|define|transition):.*|style)$/i;
/** What compiles a page calls itself for each level, and dies of thousands. No page that a person wrote comes near. */
const DEEPEST_NESTING = 100;
const CODE_IN_BRACES = 'code in braces is not for pages: write \\{ for a brace';
const MODULE = 'imports and exports are not for pages: every component is at hand';

// Tables and footnotes of GitHub decide where code ends, too.
const compiler = createProcessor({ remarkPlugins: [remarkGfm] });

/** Reads a page as the compiler does; lines are those of the text. */
export function readMdx(mdx: string): MdxContent {
  const content: MdxContent = { uses: [], code: [], unreadable: [], images: [] };
  let tree: MdxNode;
  try {
    tree = compiler.parse(mdx) as unknown as MdxNode;
  } catch (error) {
    content.unreadable.push(parseProblem(error));
    return content;
  }
  collect(tree, content);
  return content;
}

function collect(root: MdxNode, { uses, code, images }: MdxContent): void {
  // A list of its own: a page may be nested deeper than calls can be. That it is so is said once.
  let isTooDeep = false;
  const waiting = [{ node: root, depth: 0 }];
  const definitions = new Map<string, MdxNode>();
  const pictures: MdxNode[] = [];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { node, depth } = next;
    const line = node.position?.start.line ?? 1;
    const refuse = (message: string): void => void code.push({ line, message });
    if (node.type === 'mdxjsEsm') refuse(MODULE);
    if (/^mdx(?:Flow|Text)Expression$/.test(node.type) && !isPlain(node.data?.estree)) refuse(CODE_IN_BRACES);
    if (node.type === 'definition') definitions.set(node.identifier ?? '', node);
    if (node.type === 'image' || node.type === 'imageReference') pictures.push(node);
    if (/^mdxJsx(?:Flow|Text)Element$/.test(node.type) && typeof node.name === 'string') {
      const use = useOf(node.name, line, node.attributes ?? [], refuse);
      if (!/^[a-z]/.test(use.name) || use.name.includes('.')) uses.push(use);
      if (CODE_ELEMENT.test(use.name)) refuse(`<${use.name.toLowerCase()}> is not for pages`);
    }
    if (depth <= DEEPEST_NESTING) {
      for (const child of node.children ?? []) waiting.push({ node: child, depth: depth + 1 });
    } else if (!isTooDeep) {
      isTooDeep = true;
      refuse(`the page is nested more than ${DEEPEST_NESTING} deep here`);
    }
  }
  for (const picture of pictures) {
    const target = picture.type === 'image' ? picture : definitions.get(picture.identifier ?? '');
    const { start, end } = picture.position ?? {};
    if (target?.url === undefined || start?.offset === undefined || end?.offset === undefined) continue;
    const [src, alt] = [target.url, picture.alt ?? ''];
    uses.push({ name: 'Figure', line: start.line, attributes: { src, alt }, code: [] });
    images.push({ start: start.offset, end: end.offset, src, alt, caption: target.title ?? null });
  }
  uses.sort((a, b) => a.line - b.line);
}

function useOf(
  name: string,
  line: number,
  attributes: readonly MdxAttribute[],
  refuse: (message: string) => void,
): ComponentUse {
  const values: Record<string, string> = {};
  const codes: string[] = [];
  for (const { name: key, value } of attributes) {
    if (key === undefined) {
      // `{...values}`
      refuse(CODE_IN_BRACES);
      continue;
    }
    const text =
      value === null || value === undefined
        ? ''
        : typeof value === 'string'
          ? value
          : literal(value.data?.estree);
    values[key] = text ?? '';
    if (CODE_ATTRIBUTE.test(key)) refuse(`the attribute ${key} is not for pages`);
    if (text === null) {
      codes.push(key);
      refuse(CODE_IN_BRACES);
    }
  }
  return { name, line, attributes: values, code: codes };
}

/** The text that an expression stands for; null where it would have to be run. */
function literal(program: Program | null | undefined): string | null {
  if (program?.body.length !== 1) return null;
  const { expression } = program.body[0];
  const value = expression?.type === 'Literal' ? expression.value : undefined;
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : null;
}

/** A plain value or a remark. */
function isPlain(program: Program | null | undefined): boolean {
  return program?.body.length === 0 || literal(program) !== null;
}

/** The compiler's complaint with its line, which some of them say only in their words. */
function parseProblem(error: unknown): WritingProblem {
  const { reason, line, source } = error as { reason?: string; line?: number; source?: string };
  const said = reason ?? (error instanceof Error ? error.message : String(error));
  return {
    line: line ?? Number(/\((\d+):\d+/.exec(said)?.[1] ?? 1),
    message:
      source === 'micromark-extension-mdxjs-esm' ? MODULE : said.replaceAll(/ \(\d+:\d+(?:-\d+:\d+)?\)/g, ''),
  };
}
