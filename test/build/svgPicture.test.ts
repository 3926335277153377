import { describe, expect, it } from 'vitest';
import { svgProblem } from '../../scripts/build/svgPicture.ts';
import { checkPictures } from '../../scripts/build/written.ts';
import { readWrittenPage } from '../../src/writing/page.ts';
import { HARMLESS_SVG, HOSTILE_SVG, svg } from '../support/svgPictures.ts';
import { scratchFolder } from '../support/scratch.ts';

const problem = (text: string | Uint8Array): string | undefined =>
  svgProblem(typeof text === 'string' ? Buffer.from(text) : text)?.problem;

describe('an SVG picture', () => {
  it.each(Object.entries(HARMLESS_SVG))('is let through with %s', (_, text) => {
    expect(problem(text)).toBe(undefined);
  });

  it.each(Object.entries(HOSTILE_SVG))('is refused with %s', (_, { text, says }) => {
    expect(problem(text)).toBe(says);
  });

  it('is refused when it is in another encoding, where tags are not seen', () => {
    expect(problem(Buffer.from(svg('<script>1</script>'), 'utf16le'))).toBeDefined();
    expect(problem(Buffer.from([0xff, 0xfe, 0x3c, 0x00]))).toBe('is not in UTF-8');
    expect(problem(`<?xml version="1.0" encoding="UTF-7"?>${svg('')}`)).toBe('is not in UTF-8');
  });

  it('is named with the line, once, and what to do', async () => {
    const folder = scratchFolder({
      'images/a.svg': `${svg('\n\n<script>1</script>')}`,
      'images/b.SVG': svg('<rect onclick="x()"/>'),
      'images/c.svg': svg('<rect/>'),
      'images/d.png': '<svg><script>1</script></svg>',
    });
    const page = readWrittenPage('---\ntitle: A\n---\n', 'md');
    const names = ['a.svg', 'b.SVG', 'c.svg', 'd.png'].map((name) => `images/${name}`);
    const pictures = new Map(names.map((name) => [name, `${folder}/${name}`]));
    const file = { run: null, slug: 'a', shown: 'captures/stories/a.md', page, pictures };
    const fix = 'Save it as a plain SVG without scripts and links to other files, or as PNG';
    await expect(checkPictures([file, { ...file, slug: 'b' }])).rejects.toThrow(
      `captures/stories/images/a.svg:3: holds a script. ${fix}\n` +
        `captures/stories/images/b.SVG:1: holds a script (onclick). ${fix}`,
    );
    pictures.delete('images/a.svg');
    pictures.delete('images/b.SVG');
    await checkPictures([file]);
  });
});
