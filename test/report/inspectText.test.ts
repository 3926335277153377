import { describe, expect, it } from 'vitest';
import { runGemview } from '../../scripts/gemview.ts';
import { fakeIo } from '../support/fakeIo.ts';
import { scratchFolder } from '../support/scratch.ts';

const STACKS = `main;a\u001b]0;evil\u0007b;safe\u202egnp 40\nmain;${'x'.repeat(100_000)} 2\n`;

async function printed(...args: string[]): Promise<string> {
  const io = fakeIo(scratchFolder({ 'x.folded': STACKS, 'evil\u001b[2J.bin': 'nothing known' }));
  await runGemview(args, io);
  return io.out() + io.errors();
}

describe('what people read at a terminal', () => {
  it.each([
    ['inspect', ['inspect', '.']],
    ['a fault', ['inspect', 'evil\u001b[2J.bin']],
    ['explain', ['explain', 'evil\u001b[2J']],
  ])('is text only: no name sends it commands (%s)', async (_, args) => {
    const text = await printed(...args);
    expect(text).toContain('evil\uFFFD');
    // oxlint-disable-next-line no-control-regex -- these are the characters that must not come through
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  });

  it('is cut where a name would fill the screen', async () => {
    const lines = (await printed('inspect', '.')).split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(1100);
  });
});
