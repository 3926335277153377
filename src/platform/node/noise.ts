/** Files that systems and editors leave behind: no capture, and no reason to read a run again. */
export function isNoise(name: string): boolean {
  return (
    name.startsWith('.') ||
    name.endsWith('~') ||
    name.endsWith('.swp') ||
    name === '__MACOSX' ||
    name === 'Thumbs.db' ||
    name === 'desktop.ini'
  );
}
