/** Writes src/charts/palette.ts from the colours of src/styles/tokens.css: `node scripts/dev/writePalette.ts`. */
import { readFile, writeFile } from 'node:fs/promises';
import { paletteModule } from './paletteModule.ts';

const tokens = await readFile(new URL('../../src/styles/tokens.css', import.meta.url), 'utf8');
await writeFile(new URL('../../src/charts/palette.ts', import.meta.url), paletteModule(tokens));
