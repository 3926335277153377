/**
 * SVG pictures as PNG. Text is set in the fonts that come with gemview, so that a machine without any draws the same
 * picture: fontconfig is told of them before the library that draws is loaded.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Sharp, SharpOptions } from 'sharp';

/** Font files, by the package and folder that holds them. The names in them are those that chart files ask for. */
const FONTS = [
  ['@expo-google-fonts/inter', '400Regular'],
  ['@expo-google-fonts/inter', '600SemiBold'],
  ['@expo-google-fonts/jetbrains-mono', '400Regular'],
] as const;

/** SVG lengths are of 72 a inch here: twice as many pixels for dense screens. */
const DENSITY = 144;

/** The usual 6 makes files a twentieth smaller, and a picture takes an eighth longer to draw. */
const COMPRESSION_LEVEL = 4;

type Draw = (input: Buffer, options: SharpOptions) => Sharp;
let draw: Promise<Draw> | null = null;

/** The picture at twice its size. The same picture gives the same bytes. */
export async function pngOfSvg(svg: string): Promise<Uint8Array<ArrayBuffer>> {
  draw ??= loadSharp();
  const png = await (
    await draw
  )(Buffer.from(svg), { density: DENSITY })
    .png({ compressionLevel: COMPRESSION_LEVEL })
    .toBuffer();
  return new Uint8Array(png);
}

async function loadSharp(): Promise<Draw> {
  const folder = await mkdtemp(join(tmpdir(), 'gemview-fonts-'));
  const before = process.env.FONTCONFIG_FILE;
  try {
    const file = join(folder, 'fonts.conf');
    await writeFile(file, fontConfiguration(join(folder, 'cache')));
    process.env.FONTCONFIG_FILE = file;
    const { default: sharp } = await import('sharp');
    // What was drawn is not drawn again.
    sharp.cache(false);
    // Fontconfig reads its files for the first text, once for a process: nothing is left of them however the process ends.
    await sharp(Buffer.from(FIRST_TEXT)).raw().toBuffer();
    return sharp;
  } finally {
    // For programs that are started later.
    if (before === undefined) delete process.env.FONTCONFIG_FILE;
    else process.env.FONTCONFIG_FILE = before;
    await rm(folder, { recursive: true, force: true });
  }
}

const FIRST_TEXT =
  '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><text y="9" font-family="Inter">x</text></svg>';

/** Without ligatures: Inter would turn the x of `4x8` into ×, JetBrains Mono draw the `==` of a symbol as one sign. */
function fontConfiguration(cache: string): string {
  const require = createRequire(import.meta.url);
  const folders = FONTS.map(([name, folder]) =>
    join(dirname(require.resolve(`${name}/package.json`)), folder),
  );
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <config><rescan><int>0</int></rescan></config>
${[...folders.map((path) => `  <dir>${xml(path)}</dir>`), `  <cachedir>${xml(cache)}</cachedir>`].join('\n')}
  <match target="font">
    <edit name="fontfeatures" mode="append"><string>calt off</string><string>liga off</string></edit>
  </match>
</fontconfig>
`;
}

function xml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
