/** The text of src/charts/palette.ts for a stylesheet of tokens. */

const COLOUR = /--([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);/g;

export function paletteModule(tokens: string): string {
  const lines = [...tokens.matchAll(COLOUR)].map(
    ([, name, light, dark]) =>
      `  ${name.includes('-') ? `'${name}'` : name}: { light: '${light}', dark: '${dark}' },`,
  );
  return `/** Colours of the site's tokens, for pictures that leave it. Written by scripts/dev/writePalette.ts: edit tokens.css. */
export const PALETTE = {
${lines.join('\n')}
} as const;

export type ColourToken = keyof typeof PALETTE;
`;
}
