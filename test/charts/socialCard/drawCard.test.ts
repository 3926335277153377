import { SaxesParser } from 'saxes';
import type { Sharp } from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { pageCard, runCard, runRow } from '../../../src/charts/socialCard/cardWords.ts';
import { CARD_SIZE, pageCardSvg, runCardSvg } from '../../../src/charts/socialCard/drawCard.ts';
import { pngOfSvg } from '../../../src/platform/node/pngPicture.ts';
import type { Report } from '../../../src/report/schema.ts';
import { emulatedTinyReport } from '../../support/reportFixture.ts';
import { allFixtureReports, HOSTILE_TEXTS, noMarkersReport } from '../../support/reportFixtureVariants.ts';

interface Seen {
  texts: string[];
  names: Set<string>;
  sizes: number[];
  colours: Set<string>;
}

/** What an XML parser sees in a card; fails where it is not well-formed. */
function read(svg: string): Seen {
  const seen: Seen = { texts: [], names: new Set(), sizes: [], colours: new Set() };
  const parser = new SaxesParser();
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ name, attributes }) => {
    seen.names.add(name);
    if (name === 'text') seen.texts.push('');
    for (const [key, value] of Object.entries(attributes)) {
      if (key === 'font-size') seen.sizes.push(Number(value));
      if (key === 'fill' || key === 'stroke') seen.colours.add(String(value));
      expect(key).not.toMatch(/^on|href|class|style/);
    }
  });
  parser.on('text', (text) => {
    if (seen.texts.length > 0) seen.texts[seen.texts.length - 1] += text;
  });
  parser.write(svg).close();
  return seen;
}

const titled = (title: string): Report => ({
  ...emulatedTinyReport(),
  run: { ...emulatedTinyReport().run, title },
  findings: [{ ...emulatedTinyReport().findings[0], sentence: title }],
});

/** Loaded after the fonts are told of. */
let open: (png: Uint8Array) => Sharp;
beforeAll(async () => {
  await pngOfSvg(runCardSvg(runCard(emulatedTinyReport())));
  open = (await import('sharp')).default;
});

/** The box of everything that is drawn on the ground below the upper edge. */
async function inkBox(png: Uint8Array): Promise<{ left: number; right: number; bottom: number }> {
  const { data, info } = await open(png).greyscale().raw().toBuffer({ resolveWithObject: true });
  const box = { left: info.width, right: 0, bottom: 0 };
  for (let y = 20; y < info.height; y++) {
    for (let x = 0; x < info.width; x++) {
      if (data[(y * info.width + x) * info.channels] > 235) continue;
      box.left = Math.min(box.left, x);
      box.right = Math.max(box.right, x);
      box.bottom = Math.max(box.bottom, y);
    }
  }
  return box;
}

describe('a card as SVG', () => {
  it('says title, origin, headline and stages in letters that can be read at half the size', () => {
    const { texts, sizes, colours } = read(runCardSvg(runCard(emulatedTinyReport())));
    const all = texts.join('\n');
    for (const text of ['gemview', 'emulated', 'Prefill takes 634\u00A0ms', 'Prefill', 'Decode', 'Load']) {
      expect(all).toContain(text);
    }
    expect(Math.min(...sizes)).toBeGreaterThanOrEqual(26);
    // Prefill and Decode as everywhere on the site.
    expect([...colours]).toEqual(expect.arrayContaining(['#0072b2', '#d55e00']));
    expect([...colours].filter((colour) => /var|current/.test(colour))).toEqual([]);
  });

  it('shows the origin of every run, however long its texts', () => {
    for (const report of allFixtureReports()) {
      expect(read(runCardSvg(runCard(report))).texts).toContain(report.origin.label);
    }
  });

  it.each(HOSTILE_TEXTS)('holds names as text: %j', (text) => {
    const { names, texts } = read(runCardSvg(runCard(titled(text))));
    expect([...names].filter((name) => !/^(svg|g|defs|pattern|path|rect|text|tspan)$/.test(name))).toEqual(
      [],
    );
    // oxlint-disable-next-line no-control-regex -- none of them may be drawn
    expect(texts.join('')).not.toMatch(/[\u0000-\u001F\u202A-\u202E]/);
  });

  it('cuts a long title after its second line', () => {
    const { texts } = read(runCardSvg(runCard(titled('A run whose name goes on and on '.repeat(3000)))));
    expect(texts.filter((line) => line.startsWith('A run whose name'))).toHaveLength(2);
    expect(texts.filter((line) => line.endsWith('…')).length).toBeGreaterThanOrEqual(2);
    expect(texts.join('').length).toBeLessThan(600);
  });
});

describe('a card as PNG', () => {
  it('has the size that networks ask for', async () => {
    const png = await pngOfSvg(runCardSvg(runCard(emulatedTinyReport())));
    const { width, height, format } = await open(png).metadata();
    expect({ width, height, format }).toEqual({ ...CARD_SIZE, format: 'png' });
  });

  it.each([
    ['as it is', 'A run'],
    ['long', 'A run whose name goes on and on '.repeat(20)],
    ['one word', 'W'.repeat(300)],
    ['a symbol', 'kai_run_matmul_clamp_f32_'.repeat(30)],
    ['another script', '模型解码与预填充'.repeat(30)],
    ['from right to left', 'مرحبا بالعالم '.repeat(30)],
    ['pictures', '🦙🚀'.repeat(60)],
    ['marks', `a${'\u0301'.repeat(20)} `.repeat(30)],
    ['wide letters', 'ЖЩЮ@%Ŵ '.repeat(40)],
  ])('keeps its margins when the title is %s', async (_, title) => {
    const report = titled(title);
    const run = runRow(report);
    const cards = [
      runCardSvg(runCard(report)),
      runCardSvg(runCard({ ...noMarkersReport(), run: report.run, findings: report.findings })),
      pageCardSvg(pageCard({ title, sentence: title }, [run, run, run, run])),
    ];
    for (const card of cards) {
      const { left, right, bottom } = await inkBox(await pngOfSvg(card));
      expect(left).toBeGreaterThanOrEqual(56);
      expect(right).toBeLessThanOrEqual(CARD_SIZE.width - 56);
      expect(bottom).toBeLessThanOrEqual(CARD_SIZE.height - 30);
    }
  });
});
