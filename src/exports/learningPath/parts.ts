/**
 * A page as parts that can be renewed one by one: every key of its front matter, what stands before the first heading,
 * and every section under a heading of the second level. A part that somebody edited stays as it is, the others follow
 * the capture.
 */

export interface Part {
  /** Unique in its page: `front:title`, `start`, `section:First numbers`. */
  name: string;
  /** With the line breaks that follow it: the parts of a page joined are the page. */
  text: string;
}

const FENCE = /^(?:`{3,}|~{3,})/;

/** The parts of a page, in order. */
export function partsOf(page: string): Part[] {
  const parts: Part[] = [];
  const taken = new Map<string, number>();
  const open = (name: string): void => {
    const before = taken.get(name) ?? 0;
    taken.set(name, before + 1);
    parts.push({ name: before === 0 ? name : `${name} (${before + 1})`, text: '' });
  };
  const lines = page.split(/(?<=\n)/);
  const hasFront = lines[0]?.trimEnd() === '---';
  const frontEnd = hasFront ? lines.findIndex((line, index) => index > 0 && line.trimEnd() === '---') : -1;
  let fence: string | null = null;
  for (const [index, line] of lines.entries()) {
    if (index === 0) open(frontEnd > 0 ? 'front' : 'start');
    else if (index < frontEnd) {
      const key = /^([A-Za-z_][\w-]*):/.exec(line)?.[1];
      if (key !== undefined) open(`front:${key}`);
    } else if (index === frontEnd) open('start');
    if (index > frontEnd) {
      const marks = FENCE.exec(line)?.[0];
      if (marks !== undefined) {
        if (fence === null) fence = marks;
        else if (marks.startsWith(fence)) fence = null;
      }
      const heading = fence === null ? /^## +(.+?)\s*$/.exec(line)?.[1] : undefined;
      if (heading !== undefined) open(`section:${heading}`);
    }
    parts[parts.length - 1].text += line;
  }
  return parts;
}

/** What a part is compared by: its words, whatever line ends an editor or git gave it. */
export function partContent(part: Part): string {
  return part.text.replaceAll('\r\n', '\n').trimEnd();
}

export interface MergedPage {
  text: string;
  /** Parts that somebody edited and that would hold other numbers now. */
  heldBack: string[];
  /** Sections that somebody took out or gave another heading, and that would hold other numbers now. */
  missing: string[];
}

/** What gemview wrote into a page last time. */
export interface WrittenParts {
  /** True when gemview wrote a part of this name. */
  has(name: string): boolean;
  /** True when this content is one that gemview wrote for the part. */
  isOurs(name: string, content: string): boolean;
}

/**
 * The page as it should be now: parts that are as gemview wrote them are renewed, edited ones and those of the author
 * stay, sections that the author took out stay out.
 *
 * @param onDisk the page as it is
 * @param next the page as this capture makes it
 */
export function mergedPage(onDisk: string, next: string, written: WrittenParts): MergedPage {
  const newParts = new Map(partsOf(next).map((part) => [part.name, part]));
  const heldBack: string[] = [];
  const result: Part[] = [];
  for (const part of partsOf(onDisk)) {
    const renewed = newParts.get(part.name);
    const isOurs = written.isOurs(part.name, partContent(part));
    if (isOurs && renewed === undefined) continue;
    if (isOurs && renewed !== undefined) {
      result.push({ name: part.name, text: partContent(renewed) + trailingSpace(part.text) });
      continue;
    }
    result.push(part);
    if (renewed === undefined || written.isOurs(part.name, partContent(renewed))) continue;
    if (!holdsLinesOf(part, renewed)) heldBack.push(part.name);
  }
  const missing: string[] = [];
  let previous: string | null = null;
  for (const part of newParts.values()) {
    const isThere = result.some(({ name }) => name === part.name);
    // Gemview wrote it once and it is gone: the author took it out.
    if (!isThere && !written.has(part.name)) {
      const after = result.findIndex(({ name }) => name === previous);
      result.splice(after + 1, 0, part);
      previous = part.name;
    } else if (isThere) previous = part.name;
    else if (!written.isOurs(part.name, partContent(part))) missing.push(part.name);
  }
  const text = joined(result);
  return { text: onDisk.includes('\r\n') ? text.replaceAll(/\r?\n/g, '\r\n') : text, heldBack, missing };
}

/** True for an edited part that says all of the renewed one, beside the author's own words. */
function holdsLinesOf(part: Part, renewed: Part): boolean {
  const lines = (text: string): string[] =>
    text
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '');
  const there = new Set(lines(part.text));
  return lines(renewed.text).every((line) => there.has(line));
}

/** Sections are parted by an empty line, whatever stood at the end of a page before something followed it. */
function joined(parts: readonly Part[]): string {
  return parts
    .map(({ name, text }, index) => {
      const isSection = !name.startsWith('front');
      if (index === parts.length - 1) return `${text.trimEnd()}\n`;
      return isSection && !/\n\s*\n$/.test(text) ? `${text.trimEnd()}\n\n` : text;
    })
    .join('');
}

function trailingSpace(text: string): string {
  return text.slice(text.trimEnd().length);
}
