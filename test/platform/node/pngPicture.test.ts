import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { pngOfSvg } from '../../../src/platform/node/pngPicture.ts';

const picture = (text: string, family = 'Inter'): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 40" width="200" height="40"><rect width="100%" height="100%" fill="white"/><text x="10" y="25" font-family="${family}" font-size="16">${text}</text></svg>`;

/** Columns of pixels that hold ink. */
async function inkedColumns(png: Uint8Array): Promise<number> {
  const { data, info } = await sharp(png).greyscale().raw().toBuffer({ resolveWithObject: true });
  const inked = new Set<number>();
  for (let i = 0; i < data.length; i += info.channels) {
    if (data[i] < 128) inked.add((i / info.channels) % info.width);
  }
  return inked.size;
}

describe('a picture as PNG', () => {
  it('has twice the size of its SVG and a background', async () => {
    const png = await pngOfSvg(picture(''));
    const { width, height, format } = await sharp(png).metadata();
    expect({ width, height, format }).toEqual({ width: 400, height: 80, format: 'png' });
    expect(await inkedColumns(png)).toBe(0);
  });

  it('sets text in letters, not in the boxes of a machine without fonts', async () => {
    const narrow = await inkedColumns(await pngOfSvg(picture('iiii')));
    const wide = await inkedColumns(await pngOfSvg(picture('WWWW')));
    expect(narrow).toBeGreaterThan(4);
    // A box is as wide whatever it stands for.
    expect(wide).toBeGreaterThan(2 * narrow);
  });

  it('draws names as they are written: 4x8 with an x, == as two signs', async () => {
    const letter = await pngOfSvg(picture('4x8'));
    const sign = await pngOfSvg(picture('4×8'));
    expect(Buffer.from(letter).equals(Buffer.from(sign))).toBe(false);
    const one = await inkedColumns(await pngOfSvg(picture('=', 'JetBrains Mono')));
    const two = await inkedColumns(await pngOfSvg(picture('==', 'JetBrains Mono')));
    // One long sign would reach across the gap between the two.
    expect(Math.abs(two - 2 * one)).toBeLessThanOrEqual(2);
  });

  it('gives the same bytes for the same picture', async () => {
    const [a, b] = [await pngOfSvg(picture('past 78')), await pngOfSvg(picture('past 78'))];
    expect(Buffer.from(a).equals(Buffer.from(b))).toBe(true);
  });

  it('leaves nothing behind when its process is killed, and no setting for what it starts', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gemview-test-'));
    const module = join(import.meta.dirname, '../../../src/platform/node/pngPicture.ts');
    const svgs = ['Inter', 'JetBrains Mono'].map((family) => picture('past 78', family));
    // Several at once, so that each thread of the library has to find the fonts.
    const script = `
      const { pngOfSvg } = await import(${JSON.stringify(module)});
      const { writeSync } = await import('node:fs');
      const svgs = Array(6).fill(${JSON.stringify(svgs)}).flat();
      await Promise.all(svgs.map(pngOfSvg));
      const pngs = await Promise.all(svgs.map(pngOfSvg));
      writeSync(1, JSON.stringify({
        pngs: pngs.map((png) => Buffer.from(png).toString('base64')),
        setting: process.env.FONTCONFIG_FILE ?? null,
      }));
      process.kill(process.pid, 'SIGKILL');`;
    try {
      const env: NodeJS.ProcessEnv = { ...process.env, TMPDIR: folder, TEMP: folder, TMP: folder };
      delete env.FONTCONFIG_FILE;
      const killed = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
        env,
        encoding: 'utf8',
      });
      expect(killed.stderr).toBe('');
      expect(readdirSync(folder)).toEqual([]);
      const { pngs, setting } = JSON.parse(killed.stdout) as { pngs: string[]; setting: string | null };
      expect(setting).toBeNull();
      const here = await Promise.all(svgs.map(pngOfSvg));
      expect(new Set(pngs)).toEqual(new Set(here.map((png) => Buffer.from(png).toString('base64'))));
      expect(pngs).toHaveLength(12);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
