import { describe, expect, it } from 'vitest';
import { sideBySide } from '../../scripts/build/sideBySide.ts';

/** Runs jobs that end in the order in which they started; says which ran together whenever one started. */
async function together(sizes: number[], places: number, mostAtOnce: number): Promise<string[]> {
  const running = new Map<number, number>();
  const seen: string[] = [];
  await sideBySide(sizes, { places, mostAtOnce }, async (job, place) => {
    expect([...running.values()]).not.toContain(place);
    running.set(job, place);
    seen.push([...running.keys()].join('+'));
    await new Promise((resolve) => setTimeout(resolve, 5 * (job + 1)));
    running.delete(job);
  });
  return seen;
}

describe('jobs side by side', () => {
  it('start in their order, at most as many as there are places', async () => {
    expect(await together([1, 1, 1, 1], 2, 10)).toEqual(['0', '0+1', '1+2', '2+3']);
    expect(await together([1, 1, 1], 1, 10)).toEqual(['0', '1', '2']);
  });

  it('run alone when they are larger than all may be together, and none overtakes one that waits', async () => {
    expect(await together([1, 50, 1, 1], 3, 10)).toEqual(['0', '1', '2', '2+3']);
    expect(await together([6, 6, 2, 2], 3, 10)).toEqual(['0', '1', '1+2', '1+2+3']);
  });

  it('are done when there are none', async () => {
    expect(await together([], 2, 10)).toEqual([]);
  });

  it('are not started any more once one failed', async () => {
    const started: number[] = [];
    const all = sideBySide([1, 1, 1, 1], { places: 2, mostAtOnce: 10 }, async (job) => {
      started.push(job);
      await new Promise((resolve) => setTimeout(resolve, 5 * (job + 1)));
      if (job === 0) throw new Error('the first one');
    });
    await expect(all).rejects.toThrow('the first one');
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(started).toEqual([0, 1]);
  });
});
