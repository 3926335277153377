/** Where gemview lies on disk: the checkout, or the installed package. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder with gemview's package.json; the sources lie at different depths in a checkout and in a package. */
export const packageRoot: string = nearestPackage(dirname(fileURLToPath(import.meta.url)));

function nearestPackage(folder: string): string {
  if (existsSync(join(folder, 'package.json'))) return folder;
  const parent = dirname(folder);
  if (parent === folder) throw new Error('gemview is not installed as a package: no package.json above it');
  return nearestPackage(parent);
}
