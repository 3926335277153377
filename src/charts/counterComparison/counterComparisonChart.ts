/** Counters per token in Prefill and in Decode: one small panel a counter, each with its own scale. */
import { widestCounter, widestWords } from '../../report/widestCounter.ts';
import type { Report, ReportCounter } from '../../report/schema.ts';
import type { ChartDefinition, ChartWords, DrawOptions } from '../chart.ts';
import { formatPrefixed, formatRatio, formatText } from '../format.ts';
import { linear, PICTURE_WIDTH } from '../layout.ts';
import { colour, element, label, picture } from '../svg.ts';
import { shortened } from '../text.ts';

const PANEL_COLUMNS = { wide: 3, narrow: 1 };
const PANEL_HEIGHT = 84;
const PANEL_GAP = 28;
const BAR_HEIGHT = 15;
/** Left of the bars: the names of the stages. */
const NAME_WIDTH = 50;
/** Right of the longest bar: its value. */
const VALUE_WIDTH = 58;
const SHOWN = { wide: 24, narrow: 12 };

interface Pair {
  name: string;
  unit: string;
  prefill: number;
  decode: number;
  /** Decode ÷ Prefill; null when Prefill counted nothing. */
  ratio: number | null;
}

export const counterComparisonChart: ChartDefinition = {
  id: 'prefill-decode',
  chapter: 'prefill-decode',

  missing(report) {
    if (pairs(report).length > 0) return null;
    if (report.counters.length === 0) return 'No counter was recorded.';
    return report.stages.reason ?? 'No counter was counted in both stages.';
  },

  words(report) {
    return words(report);
  },

  draw(report, options) {
    return draw(pairs(report), options);
  },

  table(report) {
    return {
      columns: [
        { id: 'counter', label: 'Counter', unit: null, kind: 'symbol' },
        { id: 'unit', label: 'Unit', unit: null, kind: 'text' },
        { id: 'prefill', label: 'Prefill, per token', unit: null, kind: 'number' },
        { id: 'decode', label: 'Decode, per token', unit: null, kind: 'number' },
        { id: 'ratio', label: 'Decode ÷ Prefill', unit: null, kind: 'number' },
      ],
      rows: pairs(report).map(({ name, unit, prefill, decode, ratio }) => [
        name,
        unit,
        prefill,
        decode,
        ratio === null ? null : Number(ratio.toPrecision(6)),
      ]),
    };
  },
};

/** Counters that have a value in both stages. */
function pairs({ counters }: Report): Pair[] {
  return counters.flatMap((counter) => {
    const prefill = counter.prefillPerToken.value;
    const decode = counter.decodePerToken.value;
    if (prefill === null || decode === null) return [];
    return [
      {
        name: counterName(counter),
        unit: counter.unit,
        prefill,
        decode,
        ratio: prefill === 0 ? null : decode / prefill,
      },
    ];
  });
}

/** The architectural name, as it stands in Arm's documents; the tool's name for what has none. */
export function counterName(counter: ReportCounter): string {
  return counter.mnemonic ?? counter.name;
}

/** False for `inst_retired` beside INST_RETIRED: the tool's name says no more than the architecture's. */
export function isAnotherName(toolName: string, name: string): boolean {
  return toolName.toLowerCase() !== name.toLowerCase();
}

function words(report: Report): ChartWords {
  const all = pairs(report);
  const widest = widestCounter(report);
  const value = (number: number, unit: string): string => formatText(number, unit);
  return {
    title: widest
      ? `${widestWords(widest)}: ${value(widest.decode, widest.unit)} in Decode, ${value(widest.prefill, widest.unit)} in Prefill (${formatRatio(widest.ratio)})`
      : 'Counters per token in Prefill and in Decode',
    subtitle: 'Counts per evaluated token; each panel has its own scale from zero',
    description: all
      .map(
        (pair) =>
          `${pair.name}: Prefill ${value(pair.prefill, pair.unit)}, Decode ${value(pair.decode, pair.unit)} per token.`,
      )
      .join(' '),
    how: [
      'Total of the stage ÷ tokens evaluated in the stage, all threads.',
      ...new Set(
        report.counters
          .map(({ prefillPerToken }) => prefillPerToken.working?.note)
          .filter((note) => note != null),
      ),
    ],
  };
}

function draw(all: readonly Pair[], { size }: DrawOptions): string {
  const width = PICTURE_WIDTH[size];
  const columns = PANEL_COLUMNS[size];
  const panelWidth = (width - (columns - 1) * PANEL_GAP) / columns;
  const shown = all.slice(0, SHOWN[size]);
  const panels = shown.map((pair, index) => {
    const left = (index % columns) * (panelWidth + PANEL_GAP);
    const top = Math.floor(index / columns) * PANEL_HEIGHT;
    return panel(pair, left, top, panelWidth);
  });
  return picture(width, Math.ceil(shown.length / columns) * PANEL_HEIGHT - 12, ...panels);
}

function panel(pair: Pair, left: number, top: number, width: number): string {
  const x = linear([0, Math.max(pair.prefill, pair.decode) || 1], [0, width - NAME_WIDTH - VALUE_WIDTH]);
  const start = left + NAME_WIDTH;
  const bar = (name: string, value: number, token: 'stage-prefill' | 'stage-decode', y: number): string => {
    return (
      label(left, y + 12, name, { fill: colour('ink-quiet') }) +
      element('rect', {
        x: start,
        y,
        width: Math.max(0.5, x(value)),
        height: BAR_HEIGHT,
        fill: colour(token),
      }) +
      label(start + x(value) + 5, y + 12, formatPrefixed(value), {
        fill: colour('ink'),
      })
    );
  };
  const ratio = pair.ratio === null ? '' : formatRatio(pair.ratio);
  return element(
    'g',
    {},
    label(left, top + 13, shortened(pair.name, Math.floor((width - 60) / 7.3)), {
      class: 'mono',
      fill: colour('ink'),
      'font-weight': 600,
    }),
    label(left + width, top + 13, ratio, { fill: colour('ink-quiet'), 'text-anchor': 'end' }),
    bar('Prefill', pair.prefill, 'stage-prefill', top + 24),
    bar('Decode', pair.decode, 'stage-decode', top + 44),
  );
}
