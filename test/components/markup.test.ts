import { describe, expect, it } from 'vitest';
import { quantity, unknown } from '../../src/analysis/quantity.ts';
import { callTreeMarkup, callTreeRows } from '../../src/components/callTree/callTreeMarkup.ts';
import { nearbyRuns } from '../../src/components/data/nearbyRuns.ts';
import { shownNumbers, summaryOf, type RunSummary } from '../../src/components/data/runSummary.ts';
import { symbolMarkup } from '../../src/components/numbers/symbolMarkup.ts';
import { valueMarkup } from '../../src/components/numbers/valueMarkup.ts';
import { workingSentences } from '../../src/components/numbers/workingText.ts';
import { functionColumns, functionRowsMarkup } from '../../src/components/tables/functionRows.ts';
import type { ReportCallTree } from '../../src/report/schema.ts';
import { emulatedTinyReport } from '../support/reportFixture.ts';
import { hostileTextReport, noMarkersReport } from '../support/reportFixtureVariants.ts';

const plain = (text: string): string => text.replaceAll('\u00A0', ' ');

describe('a value', () => {
  it('has its unit beside it and its interval below', () => {
    const markup = plain(valueMarkup(quantity(0.46, 'share', 'sampled', { formula: 'a ÷ b' }, [0.42, 0.5])));
    expect(markup).toBe(
      '<span class="value">46.0<span class="unit">&nbsp;%</span></span><small class="quiet interval">42.0 % to 50.0 %</small>',
    );
  });

  it('that is not known gives its reason in its place', () => {
    expect(valueMarkup(unknown('s', 'not counted: <none>'))).toBe(
      '<span class="unknown">not counted: &lt;none&gt;</span>',
    );
  });

  it('may break a long unit after its slash', () => {
    expect(valueMarkup(quantity(0.5, 'instructions/cycle', 'counted', { formula: '' }))).toContain(
      ' instructions/<wbr>cycle',
    );
  });

  it('tells its working: formula, inputs, samples, running share, limits', () => {
    const sentences = workingSentences(
      quantity(2, 'tokens/s', 'counted', {
        formula: 'tokens ÷ time',
        inputs: [
          { name: 'tokens', value: 4, unit: 'tokens' },
          { name: 'time', value: 2, unit: 's' },
        ],
        samples: 7,
        runningShare: 0.5,
        note: 'user mode only',
      }),
    );
    expect(sentences.map(plain)).toEqual([
      'tokens ÷ time; 4 tokens, time 2.00 s',
      'from 7 samples',
      'its counter ran 50.0 % of the time',
      'user mode only',
    ]);
  });
});

describe('a symbol', () => {
  it('is whole up to 160 characters, then opens to its full length', () => {
    expect(symbolMarkup('a_b')).toBe('<code class="symbol">a_<wbr>b</code>');
    const long = symbolMarkup('x'.repeat(3000));
    expect(long).toContain('<summary>');
    expect(long).toContain('x'.repeat(3000));
  });
});

describe('rows of the functions table', () => {
  it('have a cell for each column, with value and share', () => {
    const report = emulatedTinyReport();
    const markup = plain(
      functionRowsMarkup(report.functions.rows.slice(0, 1), { all: 1734, prefill: 636, decode: 448 }),
    );
    expect(markup.match(/<t[hd][ >]/g)).toHaveLength(functionColumns([]).length);
    expect(markup).toContain('data-v="289">289 · 16.7 %');
    expect(markup).toContain('data-v="276">276 · 43.4 %');
    expect(markup).toContain('data-group="matmul">matmul');
  });

  it('have metrics where counters came with the samples, and a dash where they did not', () => {
    const columns = [{ id: 'ipc', label: 'IPC', unit: '', formula: '', core: null }];
    const [first, second] = emulatedTinyReport().functions.rows;
    const rows = [
      { ...first, metrics: [2.609] },
      { ...second, metrics: [null] },
    ];
    const markup = plain(functionRowsMarkup(rows, { all: 1734, prefill: 636, decode: 448 }, columns));
    expect(markup.match(/<t[hd][ >]/g)).toHaveLength(2 * functionColumns(columns).length);
    expect(markup).toContain('data-v="2.609">2.61</td>');
    expect(markup).toMatch(
      /data-v=""><span class="absent"[^>]*title="not counted, or too few samples">–<\/span><\/td>/,
    );
  });

  it('escape names that are markup', () => {
    const markup = functionRowsMarkup(hostileTextReport().functions.rows, {
      all: 1734,
      prefill: 1,
      decode: 1,
    });
    expect(markup).not.toMatch(/<(script|img)/);
  });
});

describe('the call tree', () => {
  // main 1000 → a 600 → c 590; main → b 396; main → d 4 (below half a percent).
  const tree: ReportCallTree = {
    functions: ['main', 'a', 'c', 'b', 'd'].map((name) => ({ name, image: 'x', category: null })),
    parent: [-1, 0, 1, 0, 0],
    function: [0, 1, 2, 3, 4],
    self: {
      all: [0, 10, 590, 396, 4],
      load: [0, 0, 0, 0, 0],
      prefill: [0, 0, 0, 0, 0],
      decode: [0, 10, 590, 0, 0],
    },
    total: {
      all: [1000, 600, 590, 396, 4],
      load: [0, 0, 0, 0, 0],
      prefill: [0, 0, 0, 0, 0],
      decode: [600, 600, 590, 0, 0],
    },
    minimumShare: 0.001,
    omittedNodes: 3,
  };

  /** Nested lists as indented lines: name, total, self. */
  function outline(html: string): string[] {
    let depth = 0;
    const lines: string[] = [];
    for (const [token, name, total, self] of html.matchAll(
      /<ul>|<\/ul>|<code class="symbol">(\w+)<\/code><\/span><span>([^<]+)<\/span><span>([^<]+)<\/span>/g,
    )) {
      if (token === '<ul>') depth++;
      else if (token === '</ul>') depth--;
      else lines.push(plain(`${'  '.repeat(depth - 1)}${name} ${total} ${self}`));
    }
    expect(depth).toBe(0);
    return lines;
  }

  it('is nested, widest first, without nodes below the limit, and says how many are left out', () => {
    const { html, shown, left } = callTreeMarkup(tree, 0.005);
    expect(outline(html)).toEqual([
      'main 100 % 0 %',
      '  a 60.0 % 1.00 %',
      '    c 59.0 % 59.0 %',
      '  b 39.6 % 39.6 %',
    ]);
    expect([shown, left]).toEqual([4, 1]);
    expect(html.match(/<details open>/g)).toHaveLength(2);
  });

  it('keeps the whole of a long name closed above what the function calls', () => {
    const name = `${'long::'.repeat(40)}name`;
    const named = { ...tree, functions: tree.functions.map((row) => ({ ...row, name })) };
    const { html } = callTreeMarkup(named, 0.005);
    // main and a call others and are open; b and c call nothing.
    expect(html.match(/<details class="tree-long-name"><summary>Whole name<\/summary>/g)).toHaveLength(2);
    expect(html.match(/<p class="tree-long-name">/g)).toHaveLength(2);
  });

  it('has no share of a stage without samples', () => {
    expect(callTreeMarkup(tree, 0.005).html).toMatch(
      /<span class="tree-stage"><span class="absent"[^>]*title="no sample fell into this stage">–<\/span><\/span>/,
    );
  });

  it('leaves out an interval whose ends print alike', () => {
    const row = { node: 0, stage: 'decode' as const };
    const of = (low: number, high: number): string =>
      callTreeMarkup({ ...tree, intervals: [{ ...row, low, high }] }, 0.005).html;
    expect(plain(of(0.501, 0.512))).toContain('<small class="interval">50.1–51.2 %</small>');
    expect(of(0.99999, 1)).not.toContain('interval');
  });

  it('survives chains of thousands of calls', () => {
    const length = 20_000;
    const ones = Array.from({ length }, () => 1);
    const chain: ReportCallTree = {
      functions: [{ name: 'f', image: 'x', category: null }],
      parent: ones.map((_, row) => row - 1),
      function: ones.map(() => 0),
      self: { all: ones, load: ones, prefill: ones, decode: ones },
      total: { all: ones, load: ones, prefill: ones, decode: ones },
      minimumShare: 0,
      omittedNodes: 0,
    };
    expect(callTreeMarkup(chain, 0.005).shown).toBe(length);
  });

  it('is a row a node in the CSV, with its caller and depth', () => {
    expect(callTreeRows(tree)[2].slice(0, 6)).toEqual([2, 1, 2, 'c', 'x', 590]);
    expect(callTreeRows(tree)[0].slice(0, 4)).toEqual([0, null, 0, 'main']);
  });
});

describe('runs around a run', () => {
  const runs = Array.from({ length: 30 }, (_, index) => ({ id: `run-${index}` })) as RunSummary[];

  it('are eleven, the run among them, at the ends too', () => {
    expect(nearbyRuns(runs, 'run-15').map(({ id }) => id)).toEqual(runs.slice(10, 21).map(({ id }) => id));
    expect(nearbyRuns(runs, 'run-0')).toEqual(runs.slice(0, 11));
    expect(nearbyRuns(runs, 'run-29')).toEqual(runs.slice(19));
    expect(nearbyRuns(runs, null)).toEqual(runs.slice(0, 11));
    expect(nearbyRuns(runs.slice(0, 2), 'run-1')).toHaveLength(2);
  });
});

describe('the summary of a run', () => {
  it('names machine, model and the charts that can be drawn', () => {
    const summary = summaryOf(emulatedTinyReport());
    expect(summary.machine).toBe('2 × Neoverse-V1 (emulated)');
    expect(summary.model).toBe('tiny-qwen2 Q4_0, random weights');
    expect(summary.latencyMs).toHaveLength(19);
    expect(summary.charts).toContain('token-latency');
    expect(summaryOf(noMarkersReport()).charts).not.toContain('token-latency');
  });

  it('gives one reason for numbers that are all unknown for it', () => {
    const [only, ...others] = shownNumbers(noMarkersReport().headline);
    expect(others).toEqual([]);
    expect(only.label).toBe('Time to first token · Prompt · Decode · Between tokens, median');
    expect(shownNumbers(emulatedTinyReport().headline)).toHaveLength(4);
  });
});
