import { describe, expect, it } from 'vitest';
import { parseRunConfig } from '../../src/pipeline/runConfig.ts';

describe('texts of run.yaml that stand in headings and pictures', () => {
  it('are cut in the middle when nobody would read them to their end', () => {
    const { title, tags } = parseRunConfig(
      'run.yaml',
      `title: a${'x'.repeat(5000)}z\ntags: [short, b${'y'.repeat(5000)}z]\n`,
    );
    expect(title).toMatch(/^ax+…x+z$/);
    expect(title).toHaveLength(200);
    expect(tags[0]).toBe('short');
    expect(tags[1]).toHaveLength(60);
  });
});
