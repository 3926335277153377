/** JSON of programs that were interrupted, or that other programs wrote between: the objects that are whole. */

/** An object of a JSON text; a Map, since its names come from a file. */
export type JsonObject = ReadonlyMap<string, unknown>;

/** More than any such file holds. */
const MAX_OBJECTS = 100_000;

/**
 * The outermost objects of a text, in order, whether it is one object, an array of them, one a line, or an array that
 * breaks off. What stands between them is skipped; objects that are no JSON are counted.
 */
export function outermostObjects(text: string): { objects: JsonObject[]; broken: number } {
  const objects: JsonObject[] = [];
  let broken = 0;
  for (let at = text.indexOf('{'); at !== -1 && objects.length < MAX_OBJECTS; at = text.indexOf('{', at)) {
    const end = objectEnd(text, at);
    const object = end === -1 ? null : parseObject(text.slice(at, end));
    if (object) objects.push(object);
    else broken++;
    if (end === -1) break;
    at = end;
  }
  return { objects, broken };
}

/** The position behind the brace that closes the one at `from`; -1 when it is not closed. */
function objectEnd(text: string, from: number): number {
  let depth = 0;
  let isInString = false;
  for (let at = from; at < text.length; at++) {
    const character = text[at];
    if (isInString) {
      if (character === '\\') at++;
      else if (character === '"') isInString = false;
    } else if (character === '"') isInString = true;
    else if (character === '{') depth++;
    else if (character === '}' && --depth === 0) return at + 1;
  }
  return -1;
}

function parseObject(text: string): JsonObject | null {
  try {
    return new Map(Object.entries(JSON.parse(text) as object));
  } catch {
    return null;
  }
}

/** A finite number, or one written as text; null for anything else. */
export function numberOf(value: unknown): number | null {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value !== 'string' || value.trim() === '' || value.length > 40) return null;
  const number = Number(value);
  return Number.isFinite(number) ? number : null;
}

/** Text of a scalar; null for objects, arrays, null and what is absent. */
export function scalarText(value: unknown): string | null {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : null;
}
