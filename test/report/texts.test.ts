import { describe, expect, it } from 'vitest';
import { reportOf } from '../support/reportOf.ts';

/** The name that a report gives a function of this name. */
const named = async (name: string): Promise<string> =>
  (await reportOf({ 'run.yaml': 'title: long names\n', 'stacks.folded': `main;${name} 40\n` })).report
    .functions.rows[0].name;

describe('texts of a report', () => {
  it('are whole as long as somebody reads them', async () => {
    const name = `std::vector<${'ggml_tensor *, '.repeat(150)}int>`;
    expect(await named(name)).toBe(name);
  });

  it('are cut to 10,000 characters, and to 1,000 without a blank, with their ends kept', async () => {
    const long = await named(`first${' b'.repeat(20_000)} last`);
    expect(long).toMatch(/^first b[ b]+…[ b]+ last$/);
    expect(long.length).toBe(10_000);
    expect(await named(`see ${'W'.repeat(5000)}end now`)).toBe(
      `see ${'W'.repeat(899)}…${'W'.repeat(97)}end now`,
    );
  });
});
