import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hashRunFolder } from '../../scripts/build/contentHash.ts';
import { scratchFolder, writeFiles } from '../support/scratch.ts';

describe('the hash of a run’s folder', () => {
  it('is another one for other captures and settings, not for pages that are written about the run', async () => {
    const folder = scratchFolder({ 'log.txt': 'x', 'run.yaml': 'title: A\n' });
    const hash = (): Promise<string> => hashRunFolder(folder, 'run');
    const first = await hash();
    writeFiles(folder, { 'chapters/1-a.mdx': 'a', 'chapters/b.md': 'b' });
    const written = await hash();
    writeFileSync(join(folder, 'chapters/1-a.mdx'), 'a, mended');
    expect([written, await hash()]).toEqual([first, first]);
    writeFileSync(join(folder, 'run.yaml'), 'title: B\n');
    expect(await hash()).not.toBe(first);
    writeFileSync(join(folder, 'run.yaml'), 'title: A\n');
    expect(await hash()).toBe(first);
    for (const name of ['a.mdx', 'more/chapters/a.mdx', 'chapters/0.apc', 'chapters/deep/a.mdx']) {
      writeFiles(folder, { [name]: 'a' });
      expect(await hash(), name).not.toBe(first);
      rmSync(join(folder, name));
    }
    expect(await hash()).toBe(first);
  });
});
