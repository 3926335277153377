/** Rates of whole tests: bars with their spread, or lines over what the tests differ in. */
import type { ReportRate } from '../../report/schema/figures.ts';
import type { ChartDefinition } from '../chart.ts';
import { PICTURE_WIDTH } from '../layout.ts';
import { picture } from '../svg.ts';
import { barPanel, linePanel, reachOf } from './ratesPanels.ts';
import { ratePanels } from './ratesState.ts';
import { ratesWords } from './ratesWords.ts';

const PANEL_GAP = 14;

export const ratesChart: ChartDefinition = {
  id: 'rates',
  chapter: 'overview',

  missing(report) {
    return ratePanels(report).length > 0 ? null : 'The run has no rates of tests.';
  },

  words(report) {
    return ratesWords(report);
  },

  draw(report, { size }) {
    const panels = ratePanels(report);
    // Bars are as long as their rates are beside those of the lines, too.
    const reach = Math.max(...panels.map(reachOf));
    const drawn: string[] = [];
    let y = 2;
    for (const panel of panels) {
      const { markup, height } =
        panel.axis === null ? barPanel(panel, y, reach, size) : linePanel(panel, y, size);
      drawn.push(markup);
      y += height + PANEL_GAP;
    }
    return picture(PICTURE_WIDTH[size], y - PANEL_GAP, ...drawn);
  },

  table(report) {
    const rates = report.figures?.rates ?? [];
    const settings = [...new Set(rates.flatMap((rate) => rate.settings.map(({ name }) => name)))];
    const settingOf = (rate: ReportRate, name: string): string | null =>
      rate.settings.find((setting) => setting.name === name)?.value ?? null;
    return {
      columns: [
        { id: 'test', label: 'Test', unit: null, kind: 'text' },
        ...settings.map((name) => ({ id: name, label: name, unit: null, kind: 'text' as const })),
        { id: 'rate', label: 'Rate', unit: 'tokens/s', kind: 'number' },
        { id: 'deviation', label: 'Standard deviation', unit: 'tokens/s', kind: 'number' },
        { id: 'repetitions', label: 'Repetitions', unit: null, kind: 'text' },
      ],
      rows: rates.map((rate) => [
        rate.subject,
        ...settings.map((name) => settingOf(rate, name)),
        rate.rate.value,
        rate.spread,
        rate.repetitions.length === 0 ? null : rate.repetitions.join(' '),
      ]),
    };
  },
};
