/** Last part of a path, of any system. */
export function baseName(path: string): string {
  let end = path.length;
  while (end > 0 && isSeparator(path[end - 1])) end--;
  let start = end;
  while (start > 0 && !isSeparator(path[start - 1])) start--;
  return path.slice(start, end);
}

function isSeparator(character: string): boolean {
  return character === '/' || character === '\\';
}
