import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { gemview } from '../support/command.ts';
import { scratchFolder } from '../support/scratch.ts';
import { randomNumbers } from './apcMutations.ts';

const CAPTURE = 'captures/gator-app-t1';
const ARCHIVE = 'markers_t1.apc.zip';

describe('damaged captures on the command line', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])('end in a report or one sentence: mutant %i', async (seed) => {
    const folder = scratchFolder();
    await cp(CAPTURE, folder, { recursive: true });
    const random = randomNumbers(seed);
    const whole = await readFile(join(folder, ARCHIVE));
    // Odd mutants are cut, even ones have 200 bytes flipped: both damage the archive and what is in it.
    const damaged = seed % 2 === 1 ? whole.subarray(0, random(whole.length)) : Buffer.from(whole);
    if (seed % 2 === 0)
      for (let flip = 0; flip < 200; flip++) damaged[random(damaged.length)] ^= 1 << random(8);
    await writeFile(join(folder, ARCHIVE), damaged);
    const { code, stdout, stderr } = await gemview(['inspect', folder, '--json'], { cwd: folder });
    expect(stderr).not.toMatch(/\bat .*:\d+:\d+|fault of gemview/);
    if (code === 0) {
      const { warnings } = JSON.parse(stdout) as { warnings: { message: string }[] };
      expect(warnings.some(({ message }) => message.includes(ARCHIVE))).toBe(true);
    } else {
      expect(code).toBe(1);
      expect(stdout).toBe('');
      expect(stderr.trim().split('\n')).toHaveLength(1);
    }
  });
});
