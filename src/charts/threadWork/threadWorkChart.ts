/** How the threads that compute a stage share its work, and how long each waits for the others. */
import { RESAMPLES } from '../../analysis/bootstrap.ts';
import type { Report } from '../../report/schema.ts';
import type { ReportThreadUse } from '../../report/schema/threadUse.ts';
import type { ChartDefinition, ChartWords, DrawOptions } from '../chart.ts';
import { STAGE_NAMES } from '../colours.ts';
import { formatCount, formatPlural, formatText } from '../format.ts';
import { whisker } from '../intervals.ts';
import { linear, niceTicks, PICTURE_WIDTH, textWidth } from '../layout.ts';
import { colour, element, label, picture, short } from '../svg.ts';
import { printable, shortened } from '../text.ts';

type StageUse = ReportThreadUse['stages'][number];
type Worker = StageUse['workers'][number];

const SHOWN = { wide: 32, narrow: 16 };
/** The kernel keeps 15 characters of a thread's name. */
const LONGEST_NAME = 15;
const NAME_WIDTH = { wide: 184, narrow: 84 };
/** Right of the longest bar: its numbers. */
const TEXT_WIDTH = { wide: 168, narrow: 96 };
const ROW_HEIGHT = 22;
const BAR_HEIGHT = 13;
const HEAD_HEIGHT = 26;
const AXIS_HEIGHT = 24;
const PANEL_GAP = 18;
const KEY_HEIGHT = 24;

export const threadWorkChart: ChartDefinition = {
  id: 'thread-work',
  chapter: 'threads',

  missing(report) {
    if (!report.threadUse) return 'The capture holds no samples.';
    if (panels(report).length > 0) return null;
    return report.threadUse.stages.some(({ workers }) => workers.length === 1)
      ? 'One thread computes: no work is shared, and no thread waits for another.'
      : (report.stages.reason ?? 'No sample fell into Prefill or Decode.');
  },

  words(report) {
    return words(report);
  },

  draw(report, options) {
    return draw(report, options);
  },

  table(report) {
    const percent = { unit: 'share', kind: 'number' as const };
    return {
      columns: [
        { id: 'stage', label: 'Stage', unit: null, kind: 'text' },
        { id: 'thread', label: 'Thread', unit: null, kind: 'text' },
        { id: 'tid', label: 'Thread id', unit: null, kind: 'number' },
        { id: 'busy', label: 'Busy samples', unit: null, kind: 'number' },
        { id: 'waiting', label: 'Waiting samples', unit: null, kind: 'number' },
        { id: 'share-of-work', label: 'Share of work', ...percent },
        { id: 'share-of-work-low', label: 'Low', ...percent },
        { id: 'share-of-work-high', label: 'High', ...percent },
        { id: 'waiting-share', label: 'Waiting', ...percent },
        { id: 'waiting-share-low', label: 'Low', ...percent },
        { id: 'waiting-share-high', label: 'High', ...percent },
      ],
      rows: panels(report).flatMap((stage) =>
        stage.workers.map((worker) => [
          STAGE_NAMES[stage.stage],
          nameOf(report, worker.tid),
          worker.tid,
          worker.busy,
          worker.sync,
          worker.ofWork.value,
          ...(worker.ofWork.interval ?? [null, null]),
          worker.waiting.value,
          ...(worker.waiting.interval ?? [null, null]),
        ]),
      ),
    };
  },
};

/** Stages that more than one thread computes. */
function panels({ threadUse }: Report): StageUse[] {
  return (threadUse?.stages ?? []).filter(
    ({ workers }) => workers.length > 1 && workers.some(({ busy }) => busy > 0),
  );
}

function threadOf({ threadUse }: Report, tid: number) {
  return threadUse?.threads.find((thread) => thread.tid === tid);
}

function nameOf(report: Report, tid: number): string {
  const thread = threadOf(report, tid);
  return thread ? printable(thread.name) : String(tid);
}

function words(report: Report): ChartWords {
  const stages = panels(report);
  const [most] = stages.toSorted((a, b) => (b.syncShare.value ?? 0) - (a.syncShare.value ?? 0));
  const uneven = most.imbalance.value;
  const share = most.syncShare.value ?? 0;
  return {
    title: `In ${STAGE_NAMES[most.stage]}, ${formatPlural(most.workers.length, 'thread')} wait for each other in ${formatText(share, '%')} of their samples${
      uneven === null ? '' : `; the busiest works ${formatText(uneven, '%')} more than the mean`
    }`,
    subtitle:
      'Samples of each thread over the busy samples of all threads of the stage; whiskers: 95 % intervals',
    description: stages
      .map(
        (stage) =>
          `${STAGE_NAMES[stage.stage]}: ${stage.workers
            .slice(0, SHOWN.narrow)
            .map(
              ({ tid, busy, sync }) =>
                `thread ${tid} ${formatCount(busy)} busy and ${formatCount(sync)} waiting samples`,
            )
            .join(', ')}.`,
      )
      .join(' '),
    how: [
      'A sample waits when its function is a barrier, polls for work or takes a lock; every other sample is busy.',
      'Threads that compute no operator are left out, and so is the main thread’s waiting outside of barriers.',
      ...stages.map(({ stage, noInterval }) =>
        noInterval === null
          ? `${STAGE_NAMES[stage]}: intervals by block bootstrap over its calls, ${formatCount(RESAMPLES)} resamples with a fixed seed.`
          : `${STAGE_NAMES[stage]}: no interval, ${noInterval}.`,
      ),
    ],
  };
}

function draw(report: Report, { size }: DrawOptions): string {
  const width = PICTURE_WIDTH[size];
  const stages = panels(report);
  const left = NAME_WIDTH[size];
  const reach = Math.max(
    ...stages.flatMap((stage) =>
      stage.workers.map((worker) =>
        Math.max(lengthOf(stage, worker.busy + worker.sync), worker.ofWork.interval?.[1] ?? 0),
      ),
    ),
  );
  const x = linear([0, reach], [left, width - TEXT_WIDTH[size]]);
  const marks = [key(stages)];
  let top = KEY_HEIGHT;
  for (const stage of stages) {
    marks.push(panel(report, stage, top, x, reach, size));
    top += HEAD_HEIGHT + Math.min(stage.workers.length, SHOWN[size]) * ROW_HEIGHT + AXIS_HEIGHT + PANEL_GAP;
  }
  return picture(width, top - PANEL_GAP, ...marks);
}

/** Samples over the busy samples of the stage. */
function lengthOf(stage: StageUse, samples: number): number {
  return samples / stage.workers.reduce((sum, { busy }) => sum + busy, 0);
}

function key(stages: readonly StageUse[]): string {
  const entries = [
    ...stages.map(({ stage }) => ({ token: `stage-${stage}`, text: `Busy in ${STAGE_NAMES[stage]}` })),
    { token: 'cat-sync', text: 'Waiting' },
  ];
  let at = 0;
  return entries
    .map(({ token, text }) => {
      const entry =
        element('rect', {
          x: at,
          y: 2,
          width: 11,
          height: 11,
          fill: colour(token),
          'fill-opacity': token === 'cat-sync' ? 0.55 : null,
        }) + label(at + 16, 12, text, { fill: colour('ink') });
      at += 16 + textWidth(text, 12) + 16;
      return entry;
    })
    .join('');
}

function panel(
  report: Report,
  stage: StageUse,
  top: number,
  x: (value: number) => number,
  reach: number,
  size: DrawOptions['size'],
): string {
  const shown = stage.workers.slice(0, SHOWN[size]);
  const left = stage.workers.length - shown.length;
  const bottom = top + HEAD_HEIGHT + shown.length * ROW_HEIGHT;
  const mean = 1 / stage.workers.length;
  const ticks = niceTicks(0, reach, size === 'wide' ? 6 : 3);
  return element(
    'g',
    {},
    label(0, top + 14, STAGE_NAMES[stage.stage], { 'font-weight': 600, fill: colour('ink') }),
    label(
      x(mean) + 4,
      top + 14,
      left > 0 ? `equal share; ${formatPlural(left, 'thread')} more in the table` : 'equal share',
      { fill: colour('ink-quiet') },
    ),
    ...ticks.map(
      (tick) =>
        element('path', {
          d: `M${x(tick)} ${top + HEAD_HEIGHT - 4}V${bottom}`,
          stroke: colour('chart-grid'),
        }) +
        label(x(tick), bottom + 15, `${short(100 * tick)}\u00A0%`, {
          fill: colour('chart-axis'),
          'text-anchor': tick === 0 ? 'start' : 'middle',
        }),
    ),
    ...shown.map((worker, row) => bar(report, stage, worker, top + HEAD_HEIGHT + row * ROW_HEIGHT, x, size)),
    element('path', {
      d: `M${x(mean)} ${top + 4}V${bottom}`,
      stroke: colour('ink-quiet'),
      'stroke-dasharray': '3 3',
    }),
  );
}

function bar(
  report: Report,
  stage: StageUse,
  worker: Worker,
  y: number,
  x: (value: number) => number,
  size: DrawOptions['size'],
): string {
  const isMain = threadOf(report, worker.tid)?.isMain === true;
  const name =
    size === 'wide'
      ? `${shortened(nameOf(report, worker.tid), LONGEST_NAME)} ${worker.tid}${isMain ? ' main' : ''}`
      : `${worker.tid}${isMain ? ' main' : ''}`;
  const busy = x(lengthOf(stage, worker.busy));
  const end = x(lengthOf(stage, worker.busy + worker.sync));
  const waiting = worker.waiting.value === null ? '' : ` · ${formatText(worker.waiting.value, 'share')}`;
  const { interval } = worker.ofWork;
  return element(
    'g',
    {},
    label(0, y + 11, name, { fill: colour('ink') }),
    element('rect', {
      x: x(0),
      y,
      width: Math.max(0.5, busy - x(0)),
      height: BAR_HEIGHT,
      fill: colour(`stage-${stage.stage}`),
    }),
    worker.sync > 0
      ? element('rect', {
          x: busy,
          y,
          width: Math.max(0.5, end - busy),
          height: BAR_HEIGHT,
          fill: colour('cat-sync'),
          'fill-opacity': 0.55,
        })
      : '',
    interval ? whisker(x(interval[0]), x(interval[1]), y + BAR_HEIGHT / 2) : '',
    label(
      Math.max(end, interval ? x(interval[1]) : 0) + 6,
      y + 11,
      size === 'wide'
        ? `${formatCount(worker.busy)} busy${waiting} waiting`
        : `${formatCount(worker.busy)}${waiting}`,
      { fill: colour('ink-quiet') },
    ),
  );
}
