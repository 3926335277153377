/** Which thread ran on which CPU: a cell for each pair, one map a stage. */
import { computingThreads } from '../../report/threadPlaces.ts';
import type { ReportThreadUse } from '../../report/schema/threadUse.ts';
import type { ChartDefinition, ChartWords, DrawOptions } from '../chart.ts';
import { STAGE_NAMES } from '../colours.ts';
import { formatCount, formatPlural, formatShare } from '../format.ts';
import { PICTURE_WIDTH } from '../layout.ts';
import { colour, element, label, picture } from '../svg.ts';
import { escaped, printable, shortened } from '../text.ts';

const STAGES = ['prefill', 'decode'] as const;
type MapStage = (typeof STAGES)[number];

/** The kernel keeps 15 characters of a thread's name. */
const LONGEST_NAME = 15;
const NAME_WIDTH = { wide: 184, narrow: 84 };
const ROW_HEIGHT = 24;
const HEAD_HEIGHT = 50;
const MAP_GAP = 36;
const WIDEST_CELL = 64;
/** Narrower cells hold no text, and not every column is named. */
const TEXT_CELL = 38;
const NAMED_CELL = 20;
const SHOWN_THREADS = { wide: 48, narrow: 24 };
/** A cell with samples is seen, however few they are. */
const LEAST_OPACITY = 0.08;

export const coreMapChart: ChartDefinition = {
  id: 'core-map',
  chapter: 'threads',

  missing({ threadUse, stages }) {
    if (!threadUse) return 'The capture holds no samples.';
    if (threadUse.cores.length === 0) {
      return 'Samples carry no CPU: which thread ran where is not known. Record with perf record --sample-cpu, or gator.';
    }
    const { threads, cores } = computingThreads(threadUse);
    if (threads.length === 0) return stages.reason ?? 'No sample fell into Prefill or Decode.';
    return threads.length === 1 && cores.length === 1
      ? `One thread computes, on one CPU: all its samples of Prefill and Decode are on CPU ${cores[0].cpu}.`
      : null;
  },

  words(report) {
    return words(report.threadUse!);
  },

  draw(report, options) {
    return draw(report.threadUse!, options);
  },

  table({ threadUse }) {
    const { threads, cores } = computingThreads(threadUse!);
    return {
      columns: [
        { id: 'thread', label: 'Thread', unit: null, kind: 'text' },
        { id: 'tid', label: 'Thread id', unit: null, kind: 'number' },
        { id: 'cpu', label: 'CPU', unit: null, kind: 'number' },
        { id: 'core', label: 'Core', unit: null, kind: 'text' },
        { id: 'prefill', label: 'Prefill samples', unit: null, kind: 'number' },
        { id: 'decode', label: 'Decode samples', unit: null, kind: 'number' },
      ],
      rows: threads.flatMap((thread) =>
        cores.flatMap(({ cpu, name }) => {
          const cell = thread.cpus.find((at) => at.cpu === cpu);
          if (!cell || cell.prefill + cell.decode === 0) return [];
          return [[thread.name, thread.tid, cpu, name, cell.prefill, cell.decode]];
        }),
      ),
    };
  },
};

function words(use: ReportThreadUse): ChartWords {
  const { threads, cores } = computingThreads(use);
  const moved = threads.filter(({ cpus }) => cpus.filter((at) => at.prefill + at.decode > 0).length > 1);
  const types = [...new Set(cores.flatMap(({ name }) => name ?? []))];
  return {
    title:
      moved.length === 0
        ? `${formatPlural(threads.length, 'thread')} ${threads.length === 1 ? 'stays' : 'stay'} on ${threads.length === 1 ? 'its CPU' : 'their CPUs'} in Prefill and Decode`
        : `${formatCount(moved.length)} of ${formatPlural(threads.length, 'thread')} ${moved.length === 1 ? 'runs' : 'run'} on more than one CPU over Prefill and Decode`,
    subtitle: `Share of each computing thread’s samples by CPU${types.length > 0 ? `: ${types.map(printable).join(', ')}` : ''}`,
    description: threads
      .slice(0, SHOWN_THREADS.narrow)
      .map((thread) => {
        const places = thread.cpus
          .filter((at) => at.prefill + at.decode > 0)
          .map((at) => `${formatCount(at.prefill)} and ${formatCount(at.decode)} on CPU ${at.cpu}`);
        return `Thread ${thread.tid}: ${places.join(', ')}.`;
      })
      .join(' '),
    how: [
      'A cell is the share of the thread’s samples in the stage that were taken on the CPU; its number is in the table.',
      use.migrationsFrom === 'switches'
        ? 'Context switches tell how often threads changed the CPU.'
        : 'Changes of CPU are seen from one sample to the next: there may have been more.',
    ],
  };
}

function draw(use: ReportThreadUse, { size }: DrawOptions): string {
  const width = PICTURE_WIDTH[size];
  const { threads, cores } = computingThreads(use);
  const shown = threads.slice(0, SHOWN_THREADS[size]);
  const left = NAME_WIDTH[size];
  const isBeside =
    size === 'wide' && (width - left - MAP_GAP) / (2 * cores.length) >= Math.min(NAMED_CELL, WIDEST_CELL);
  const room = isBeside ? (width - left - MAP_GAP) / 2 : width - left;
  const cell = Math.min(WIDEST_CELL, room / cores.length);
  const mapHeight = HEAD_HEIGHT + shown.length * ROW_HEIGHT;
  const marks = STAGES.map((stage, index) => {
    const x = left + (isBeside ? index * (cell * cores.length + MAP_GAP) : 0);
    const y = isBeside ? 0 : index * (mapHeight + 12);
    const names =
      isBeside && index > 0 ? '' : shown.map((thread, row) => threadName(thread, y, row, size)).join('');
    return names + map(shown, cores, stage, x, y, cell);
  });
  const height = isBeside ? mapHeight : 2 * mapHeight + 12;
  const more = threads.length - shown.length;
  const note =
    more > 0
      ? label(0, height + 16, `${formatPlural(more, 'thread')} more in the table`, {
          fill: colour('ink-quiet'),
        })
      : '';
  return picture(width, height + (more > 0 ? 22 : 2), ...marks, note);
}

function threadName(
  { tid, name, isMain }: ReportThreadUse['threads'][number],
  top: number,
  row: number,
  size: DrawOptions['size'],
): string {
  const text = `${size === 'wide' ? `${shortened(name, LONGEST_NAME)} ` : ''}${tid}${isMain ? ' main' : ''}`;
  return label(0, top + HEAD_HEIGHT + row * ROW_HEIGHT + 15, text, { fill: colour('ink') });
}

function map(
  threads: ReportThreadUse['threads'],
  cores: ReportThreadUse['cores'],
  stage: MapStage,
  left: number,
  top: number,
  cell: number,
): string {
  const step = Math.max(1, Math.ceil(NAMED_CELL / cell));
  return element(
    'g',
    {},
    label(left, top + 14, STAGE_NAMES[stage], { 'font-weight': 600, fill: colour('ink') }),
    ...cores.flatMap(({ cpu }, column) =>
      column % step === 0
        ? [
            label(
              left + (column + 0.5) * cell,
              top + HEAD_HEIGHT - 8,
              `${cell >= TEXT_CELL ? 'CPU ' : ''}${cpu}`,
              {
                fill: colour('chart-axis'),
                'text-anchor': 'middle',
              },
            ),
          ]
        : [],
    ),
    ...threads.flatMap((thread, row) => {
      const whole = thread.cpus.reduce((sum, at) => sum + at[stage], 0);
      return cores.map(({ cpu }, column) => {
        const samples = thread.cpus.find((at) => at.cpu === cpu)?.[stage] ?? 0;
        const share = whole === 0 ? 0 : samples / whole;
        return mapCell(
          { x: left + column * cell, y: top + HEAD_HEIGHT + row * ROW_HEIGHT, width: cell, stage },
          share,
          `Thread ${thread.tid} on CPU ${cpu}: ${formatCount(samples)} samples`,
        );
      });
    }),
  );
}

interface CellPlace {
  x: number;
  y: number;
  width: number;
  stage: MapStage;
}

/** A square in the stage's colour, as strong as the share; the share as text where it fits. */
function mapCell({ x, y, width, stage }: CellPlace, share: number, words: string): string {
  const gap = width > 6 ? 1.5 : 0.25;
  return element(
    'g',
    {},
    element('title', {}, escaped(words)),
    element('rect', {
      x: x + gap / 2,
      y: y + 1,
      width: width - gap,
      height: ROW_HEIGHT - 2,
      fill: share > 0 ? colour(`stage-${stage}`) : colour('chart-grid'),
      // Half strength keeps the text on it readable in both themes.
      'fill-opacity': share > 0 ? LEAST_OPACITY + share * (0.5 - LEAST_OPACITY) : 0.5,
    }),
    share > 0 && width >= TEXT_CELL
      ? label(x + width / 2, y + 16, formatShare(share, 1), {
          fill: colour('ink'),
          'text-anchor': 'middle',
        })
      : '',
  );
}
