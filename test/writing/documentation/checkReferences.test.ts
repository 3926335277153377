import { describe, expect, it } from 'vitest';
import {
  checkReferences,
  isNote,
  type CurrentReports,
  type Mismatch,
} from '../../../src/writing/documentation/checkReferences.ts';
import { referencesIn } from '../../../src/writing/documentation/references.ts';
import type { Report } from '../../../src/report/schema.ts';
import { emulatedTinyReport } from '../../support/reportFixture.ts';

const report = emulatedTinyReport();
const { id, contentHash } = report.run;
const PIN = contentHash.slice(0, 12);
const FINDING: Report['findings'][number] = {
  id: 'two-values',
  kind: 'time',
  sentence: 'Prefill takes 47.7\u00A0% and Decode 22.5\u00A0% of the time, in `a_b`.',
  values: [
    { name: 'Prefill', quantity: number(47.7) },
    { name: 'Decode', quantity: number(22.5) },
  ],
  names: [],
  evidence: { chart: null, chapter: 'timeline', selection: {} },
  importance: 1,
};
report.findings = [FINDING];
const TTFT = report.headline.find((metric) => metric.id === 'ttft')!;
TTFT.quantity = { ...number(2.58), unit: 's' };

function number(value: number): Report['headline'][number]['quantity'] {
  return { value, unit: '%', status: 'counted', reason: null, working: null, interval: null };
}

const current: CurrentReports = {
  reportOf: (run) => (run === id || run === 'former' ? report : null),
  chartTitle: (_, chart) => (chart === 'tokens' ? 'Decode takes 135 ms' : null),
  pinnedPicture: () => null,
  isChart: (chart) => chart === 'tokens',
};
const check = (text: string): Mismatch[] => checkReferences(referencesIn(text), current);
const chart = (run: string, name = 'tokens'): string => `![x](https://h.test/runs/${run}/charts/${name}.svg)`;

describe('embedded charts', () => {
  it('match at the current address, pinned to the current content, and by a former id', () => {
    expect(check([chart(id), chart(`${id}@${PIN}`), chart('former')].join('\n\n\n\n'))).toEqual([]);
  });

  it('are named with the line when they are pinned to another content', () => {
    expect(check(`\n${chart(`${id}@ffffffffffff`)}`)).toMatchObject([
      { kind: 'older-pin', line: 2, old: 'ffffffffffff', new: PIN },
    ]);
  });

  it.each([
    ['same', true, 'the picture is the same'],
    ['different', false, 'the picture is another one'],
    ['missing', false, 'the site does not have the pinned picture'],
  ] as const)('are a note alone when the pinned picture shows the same: %s', (picture, note, words) => {
    const found = checkReferences(referencesIn(chart(`${id}@ffffffffffff`)), {
      ...current,
      pinnedPicture: () => picture,
    });
    expect(found.map(isNote)).toEqual([note]);
    expect(found[0].message).toContain(words);
  });

  it('are a note where no pins are kept and the title beside them is that of today', () => {
    const pinned = (words: string): Mismatch[] =>
      check(`![${words}](https://h.test/runs/${id}@ffffffffffff/charts/tokens.svg)`);
    expect(pinned('Decode takes 135 ms').map(isNote)).toEqual([true]);
    for (const words of ['Decode takes 136 ms', 'The bars', ''])
      expect(pinned(words).map(isNote)).toEqual([false]);
    expect(pinned('The bars')[0].message).toContain('is known to a built site alone');
  });

  it('are named when the chart or the run is gone', () => {
    expect(check(chart(id, 'gone'))).toMatchObject([{ kind: 'gone', message: `${id} has no chart 'gone'` }]);
    expect(check(chart('nobody'))).toMatchObject([
      { kind: 'unknown-run', message: "there is no run 'nobody'" },
    ]);
    // Not gemview's: neither pinned, nor a chart that there is.
    expect(check('https://music.test/embed/track/abc')).toEqual([]);
  });

  it('are named when the words beside them have other numbers, not when they are other words', () => {
    const embed = (words: string): string => `![${words}](https://h.test/runs/${id}/charts/tokens.svg)`;
    expect(check(embed('Decode takes 135 ms'))).toEqual([]);
    expect(check(embed('The bars of the tutorial, 3 of 4'))).toEqual([]);
    expect(check(embed('Decode takes 1.2 ms'))).toMatchObject([
      { kind: 'changed', old: 'Decode takes 1.2 ms', new: 'Decode takes 135 ms' },
    ]);
  });
});

describe('copied sentences', () => {
  const copied = (sentence: string, anchor: string): string =>
    `${sentence} (A title (with more), emulated) https://h.test/runs/${id}/#${anchor}`;

  it('may stand in a list, of several runs with one label too', () => {
    const other = structuredClone(report);
    other.run.id = 'other-run';
    other.headline.find((metric) => metric.id === 'ttft')!.quantity.value = 9;
    other.findings = [{ ...FINDING, sentence: FINDING.sentence.replace('47.7', '50.1') }];
    other.findings[0].values = [{ name: 'Prefill', quantity: number(50.1) }, FINDING.values[1]];
    const both = { ...current, reportOf: (run: string) => (run === 'other-run' ? other : report) };
    const lines = (...numbers: string[]): Mismatch[] =>
      checkReferences(
        referencesIn(
          [
            `- Time to first token: ${numbers[0]} (counted) (Mine, emulated) https://h.test/runs/${id}/#metric-ttft`,
            '- Time to first token: 9.00 s (counted) (Other (2nd), emulated) https://h.test/runs/other-run/#metric-ttft',
            `- Prefill takes ${numbers[1]} and Decode 22.5 % of the time, in a_b. (Mine, emulated) https://h.test/runs/${id}/#finding-two-values`,
            `- Prefill takes ${numbers[2]} and Decode 22.5 % of the time, in a_b. (Other (2nd), emulated) https://h.test/runs/other-run/#finding-two-values`,
          ].join('\n'),
        ),
        both,
      );
    expect(lines('2.58 s', '47.7 %', '50.1 %')).toEqual([]);
    expect(lines('9.00 s', '50.1 %', '47.7 %')).toMatchObject([
      { line: 1, old: '9.00 s', new: '2.58\u00A0s' },
      { line: 3, run: id },
      { line: 4, run: 'other-run' },
    ]);
  });

  it('are named when what they were said of is something else now', () => {
    const elsewhere = 'Time to first token: 2.58 s (counted) (A title, hardware)';
    expect(check(`${elsewhere} https://h.test/runs/${id}/#metric-ttft`)).toMatchObject([
      { kind: 'changed', old: 'hardware', new: 'emulated' },
    ]);
    const estimated = copied('Time to first token: 2.58 s (estimated)', 'metric-ttft');
    expect(check(estimated)).toMatchObject([{ kind: 'changed', old: 'estimated', new: 'counted' }]);
    // Titles are the author's to change.
    const other = 'Time to first token: 2.58 s (counted) (Another title (2), emulated)';
    expect(check(`${other} <https://h.test/runs/${id}/#metric-ttft>`)).toEqual([]);
  });

  it('count without the run that they were said of, and with a word before them', () => {
    const bare = (value: string): string =>
      `We saw Time to first token: ${value}, see https://h.test/runs/${id}/#metric-ttft`;
    expect(check(bare('2.58 s'))).toEqual([]);
    expect(check(bare('3.58 s'))).toHaveLength(1);
    expect(check(`Time to first token: see https://h.test/runs/${id}/#metric-ttft`)).toEqual([]);
  });

  it('match where the number is not known', () => {
    const unknown = report.headline.find(({ quantity }) => quantity.value === null)!;
    const sentence = `${unknown.label}: not known, ${unknown.quantity.reason}`;
    expect(check(copied(sentence, `metric-${unknown.id}`))).toEqual([]);
    expect(check(copied(`${unknown.label}: 3 s (counted)`, `metric-${unknown.id}`))).toMatchObject([
      { kind: 'changed', old: '3 s', new: null },
    ]);
  });

  it('match as they are, with any markup', () => {
    expect(
      check(copied('Prefill takes 47.7 % and Decode 22.5 % of the time, in a_b.', 'finding-two-values')),
    ).toEqual([]);
    expect(
      check(
        copied(
          'Prefill takes **47.7 %** and\nDecode 22.5&nbsp;% of the time, in `a\\_b`.',
          'finding-two-values',
        ),
      ),
    ).toEqual([]);
    expect(check(copied('Time to first token: 2.58 s (counted)', 'metric-ttft'))).toEqual([]);
  });

  it('are named with both values when a number changed', () => {
    expect(
      check(copied('Prefill takes 50.1 % and Decode 22.5 % of the time, in a_b.', 'finding-two-values')),
    ).toMatchObject([
      {
        kind: 'changed',
        old: 'Prefill takes 50.1 % and Decode 22.5 % of the time, in a_b.',
        new: 'Prefill takes 47.7 % and Decode 22.5 % of the time, in a_b.',
      },
    ]);
    expect(check(copied('Time to first token: 931 ms (counted)', 'metric-ttft'))).toMatchObject([
      { kind: 'changed', old: '931 ms', new: '2.58\u00A0s' },
    ]);
  });

  it('are named when the finding says something else or is gone', () => {
    expect(check(copied('Once upon a time.', 'finding-two-values'))).toMatchObject([{ kind: 'changed' }]);
    expect(check(copied('Prefill takes 47.7 %.', 'finding-other'))).toMatchObject([
      { kind: 'gone', old: 'other' },
    ]);
    expect(check(copied('X: 1 s (counted)', 'metric-other'))).toMatchObject([{ kind: 'gone', old: 'other' }]);
  });

  it('may be links that quote nothing', () => {
    expect(check(`See [the finding](https://h.test/runs/${id}/#finding-two-values).`)).toEqual([]);
    expect(check(`See [the number](https://h.test/runs/${id}/#metric-ttft).`)).toEqual([]);
    expect(check(`It takes [2.58 s](https://h.test/runs/${id}/#metric-ttft).`)).toEqual([]);
    for (const words of [
      'the first token on a Cortex-A76',
      'TTFT of Llama 3.2 1B',
      'step 3 of 4',
      '2.5 times',
      'Figure 2',
    ])
      expect(check(`See [${words}](https://h.test/runs/${id}/#metric-ttft).`), words).toEqual([]);
    for (const words of ['9.99&nbsp;s', 'about 931 ms now', '9.99', '~9.99s', '**9.99 s**'])
      expect(check(`See [${words}](https://h.test/runs/${id}/#metric-ttft).`), words).toHaveLength(1);
    expect(check(`It takes [12.58 s](https://h.test/runs/${id}/#metric-ttft).`)).toMatchObject([
      { kind: 'changed', old: '12.58 s' },
    ]);
  });
});

describe('marked numbers', () => {
  const marked = (name: string, value: string, said = value): string =>
    `It is ${said}. <!-- gemview: ${id}:${name} = ${value} -->`;

  it('match as the report prints them', () => {
    expect(check(marked('run.ttft', '2.58 s'))).toEqual([]);
    expect(check(marked('run.origin', 'emulated'))).toEqual([]);
  });

  it('are named with both values when they changed, or when the page does not say them', () => {
    expect(check(marked('run.ttft', '3.00 s'))).toMatchObject([
      { kind: 'changed', old: '3.00 s', new: '2.58\u00A0s' },
    ]);
    expect(check(marked('run.ttft', '2.58 s', '3.00 s'))).toMatchObject([{ kind: 'not-said', line: 1 }]);
  });

  it('are named when there is no such number or run', () => {
    expect(check(marked('run.tttf', '2.58 s'))).toMatchObject([{ kind: 'gone' }]);
    expect(check(marked('run.tttf', '2.58 s'))[0].message).toContain('did you mean run.ttft?');
    expect(check('2 s <!-- gemview: nobody:run.ttft = 2 s -->')).toMatchObject([{ kind: 'unknown-run' }]);
  });
});
