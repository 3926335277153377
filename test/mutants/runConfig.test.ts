/** Damaged and hostile run.yaml files: each gives a configuration or one InputError, soon, and no warning of a library. */
import { describe, expect, it, vi } from 'vitest';
import { parseRunConfig, runConfigSchema } from '../../src/pipeline/runConfig.ts';
import { InputError } from '../../src/readers/reader.ts';

const WHOLE = `title: "A run: with [brackets]"
description: |
  Two lines of text,
  and {more}.
tags: [kleidiai, 'q4_0']
origin: reported
model: { name: TinyLlama 1.1B, fileType: Q4_K - Medium, bytes: 667814880 }
peaks:
  - { name: read-bandwidth, value: 1.32e10, unit: B/s, threads: 4 }
source: somebody, 2025
figures:
  - kind: rate
    subject: tg128
    value: 8.85
    unit: tokens/s
    settings: { threads: 1, backend: CPU }
`;

/** CPU time. */
const MAX_MS = 2000;

/** What becomes of a text: `read` and `refused` are fine, anything else says what is wrong. */
function outcome(text: string): string {
  const before = process.cpuUsage();
  let result = 'read';
  try {
    runConfigSchema.parse(parseRunConfig('run.yaml', text));
  } catch (error) {
    if (!(error instanceof InputError)) return String(error);
    result = error.message.startsWith('run.yaml') && error.message.length < 1000 ? 'refused' : error.message;
  }
  const { user, system } = process.cpuUsage(before);
  return user + system > MAX_MS * 1000 ? `took ${(user + system) / 1000} ms` : result;
}

describe('a damaged run.yaml', () => {
  it('is whole to begin with', () => {
    expect(outcome(WHOLE)).toBe('read');
  });

  it('is read or refused wherever it is cut and whatever stands in a place', () => {
    const outcomes: string[] = [];
    for (let at = 0; at < WHOLE.length; at += 3) {
      outcomes.push(outcome(WHOLE.slice(0, at)));
      const mark = '*&!|>%@`[]{},:#"\'-?~\t\0'[at % 22];
      outcomes.push(outcome(WHOLE.slice(0, at) + mark + WHOLE.slice(at + 1)));
    }
    expect(outcomes.filter((one) => one !== 'read' && one !== 'refused')).toEqual([]);
    expect(outcomes).toContain('read');
    expect(outcomes).toContain('refused');
  });
});

describe('a run.yaml made to hold the reader up', () => {
  const laughs = Array.from({ length: 8 }, (_, i) =>
    i === 0 ? 'a0: &a0 [x, x, x, x, x, x, x, x, x]' : `a${i}: &a${i} [${`*a${i - 1}, `.repeat(9)}]`,
  );
  it.each([
    ['an alias of nothing', 'title: *nobody\n'],
    ['a merge of nothing', '<<: *nobody\n'],
    ['aliases of aliases', laughs.join('\n')],
    ['an alias within its anchor', 'tags: &a [*a]\n'],
    ['brackets in brackets', `tags: ${'['.repeat(100_000)}`],
    ['braces in braces', `tags: ${'{a: '.repeat(100_000)}`],
    ['closed brackets in brackets', `tags: ${'['.repeat(3000)}${']'.repeat(3000)}`],
    ['lists in lists', `tags: ${'\n '}${'- '.repeat(20_000)}x`],
    ['names that objects have', '__proto__: { title: x }\nconstructor: 1\n'],
    ['a number that is none', 'source: x\nfigures: [{ kind: rate, subject: x, value: .nan, unit: x }]\n'],
    ['several documents', 'title: a\n---\ntitle: b\n'],
  ])('%s', (_, text) => {
    expect(outcome(text)).toBe('refused');
  });

  it('says nothing but its error', () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    expect(outcome('? [a, b]\n: c\n')).toBe('refused');
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
  });
});
