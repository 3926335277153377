import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { expectGolden } from '../support/golden.ts';
import { scratchFolder } from '../support/scratch.ts';

describe('golden files', () => {
  it('are written where they are missing, and compared from then on', () => {
    const path = join(scratchFolder(), 'golden/a.txt');
    expectGolden(path, 'text', {});
    expectGolden(path, 'text', {});
    expect(() => expectGolden(path, 'other text', {})).toThrow('UPDATE_GOLDEN=1 takes the new text');
    expectGolden(path, 'other text', { UPDATE_GOLDEN: '1' });
    expectGolden(path, 'other text', {});
  });

  it('fail where they are missing in CI', () => {
    const path = join(scratchFolder(), 'golden/a.txt');
    expect(() => expectGolden(path, 'text', { CI: 'true' })).toThrow('a.txt is missing');
    expect(existsSync(path)).toBe(false);
  });
});
