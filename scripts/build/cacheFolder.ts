import { createHash } from 'node:crypto';
import { access, constants, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** `.gemview/cache` beside the captures folder; where that cannot be written, a folder of this user's temporary files. */
export async function defaultCache(captures: string): Promise<string> {
  const beside = join(dirname(captures), '.gemview', 'cache');
  try {
    await mkdir(beside, { recursive: true });
    await access(beside, constants.W_OK);
    return beside;
  } catch {
    return join(tmpdir(), `gemview-${createHash('sha256').update(captures).digest('hex').slice(0, 16)}`);
  }
}
