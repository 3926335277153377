import { describe, expect, it } from 'vitest';
import { quantity, unknown } from '../../../src/analysis/quantity.ts';
import { runColumns } from '../../../src/components/home/runColumns.ts';
import type { RunSummary } from '../../../src/components/data/runSummary.ts';

type Headline = RunSummary['headline'];

/** `rate=Prompt rate` is known, `rate?Prompt rate` is not. */
const run = (...numbers: string[]): { headline: Headline } => ({
  headline: numbers.map((text) => {
    const [id, label] = text.split(/[=?]/);
    const value = text.includes('=')
      ? quantity(1, 's', 'counted', { formula: 'a' })
      : unknown('s', 'not counted');
    return { id, label, quantity: value };
  }) as Headline,
});

describe('columns of a table of runs', () => {
  it('are the numbers that most runs know, the most common first', () => {
    const runs = [
      run('ttft=First', 'rate=Rate', 'p95?Tail'),
      run('rate=Rate', 'p95?Tail'),
      run('p50=Middle'),
    ];
    expect(runColumns(runs)).toEqual([
      { id: 'rate', label: 'Rate' },
      { id: 'ttft', label: 'First' },
      { id: 'p50', label: 'Middle' },
    ]);
  });

  it('have the name that leaves out what is special about a run', () => {
    expect(runColumns([run('rate=Rate, pp512'), run('rate=Rate, pp512'), run('rate=Rate')])).toEqual([
      { id: 'rate', label: 'Rate' },
    ]);
  });

  it('are four at the most', () => {
    expect(runColumns([run('a=A', 'b=B', 'c=C', 'd=D', 'e=E')]).map(({ id }) => id)).toEqual([
      'a',
      'b',
      'c',
      'd',
    ]);
  });

  it('are none where nothing is known', () => {
    expect(runColumns([run('a?A')])).toEqual([]);
  });
});
