/** Call paths as an icicle: the whole run, Prefill, Decode. Widest first; colour by group of operator categories. */
import type { Report, ReportCallTree } from '../../report/schema.ts';
import type { ChartDefinition, ChartWords, DrawOptions } from '../chart.ts';
import { CATEGORY_GROUPS, categoryGroup, type CategoryGroup } from '../colours.ts';
import { formatCount, formatPlural, formatShare } from '../format.ts';
import { PICTURE_WIDTH, textWidth } from '../layout.ts';
import { colour, element, label, picture } from '../svg.ts';
import { baseName, escaped, shortened } from '../text.ts';
import { LABEL_PLACE, labelOfCell, rectOfCell } from './cell.ts';
import {
  drawnCategories,
  flameLayout,
  type FlameCell,
  type FlameLayout,
  type FlameSelection,
} from './flameGraphState.ts';

const ROW_HEIGHT = 19;
const KEY_ROW_HEIGHT = 18;
/** Cells below this many pixels are left out. */
const THINNEST_CELL = { wide: 1.2, narrow: 1.2 };

const NAMES: Record<FlameSelection, string> = { all: 'the run', prefill: 'Prefill', decode: 'Decode' };

export const flameGraphCharts: readonly ChartDefinition[] = [
  flameGraphChart('flame-graph', 'all'),
  flameGraphChart('flame-graph-prefill', 'prefill'),
  flameGraphChart('flame-graph-decode', 'decode'),
];

function flameGraphChart(id: string, selection: FlameSelection): ChartDefinition {
  return {
    id,
    chapter: 'call-paths',
    missing({ callTree, stages }) {
      if (!callTree || callTree.parent.length === 0) return 'No sample carries a call stack.';
      if (callTree.total[selection].some((value) => value > 0)) return null;
      return selection === 'all'
        ? 'No sample carries a call stack.'
        : (stages.reason ?? `No sample fell into ${NAMES[selection]}.`);
    },
    words: (report) => words(report, report.callTree!, selection),
    draw: (report, options) => draw(report.callTree!, selection, options),
    table: ({ callTree }) => ({
      columns: [
        { id: 'node', label: 'Row', unit: null, kind: 'number' },
        { id: 'caller', label: 'Row of the caller', unit: null, kind: 'number', none: 'no caller' },
        { id: 'function', label: 'Function', unit: null, kind: 'symbol' },
        { id: 'total', label: 'Total', unit: null, kind: 'number' },
        { id: 'self', label: 'Self', unit: null, kind: 'number' },
      ],
      rows: callTree!.parent
        .map((parent, node) => [
          node,
          parent < 0 ? null : parent,
          callTree!.functions[callTree!.function[node]].name,
          callTree!.total[selection][node],
          callTree!.self[selection][node],
        ])
        .filter((row) => row[3] !== 0),
    }),
  };
}

function words(report: Report, tree: ReportCallTree, selection: FlameSelection): ChartWords {
  const { samples, omitted } = flameLayout(tree, selection, THINNEST_CELL.wide / PICTURE_WIDTH.wide);
  const hottest = tree.self[selection].reduce(
    (best, value, node, self) => (value > self[best] ? node : best),
    0,
  );
  const name = (node: number): string => shortened(baseName(tree.functions[tree.function[node]].name), 70);
  const path: string[] = [];
  for (let node = hottest; node >= 0 && path.length < 12; node = tree.parent[node]) path.unshift(name(node));
  return {
    title: `${formatShare(tree.self[selection][hottest], samples)} of the samples of ${NAMES[selection]} end on one path, in ${name(hottest)}`,
    subtitle: `Width is the share of ${formatPlural(samples, 'sample')} with a call stack${
      selection === 'all' ? '' : ` in ${NAMES[selection]}`
    }; a caller stands above what it calls`,
    description: `The widest path ends so: ${path.join(', ')}.`,
    how: [
      `Stacks of ${report.weight?.event ?? 'the sampled event'}, merged by function from the root; each level is sorted by width.`,
      'Colour is the group of what a function does itself; one that waits but has most samples in what it calls is coloured as what runs the graph.',
      `${formatPlural(omitted, 'path')} thinner than a pixel left out here, ${formatPlural(tree.omittedNodes, 'path')} below ${formatShare(tree.minimumShare, 1)} left out of report.json.`,
    ],
  };
}

function draw(tree: ReportCallTree, selection: FlameSelection, { size }: DrawOptions): string {
  const width = PICTURE_WIDTH[size];
  const layout = flameLayout(tree, selection, THINNEST_CELL[size] / width);
  const groups = drawnCategories(tree, selection).map(categoryGroup);
  const key = keyRows(usedGroups(groups, layout), width);
  const top = key.height;
  const cells = layout.cells.map((cell) =>
    flameCell(tree, selection, cell, groups[cell.node], layout.samples, width, top),
  );
  return picture(
    width,
    top + layout.depth * ROW_HEIGHT,
    key.marks,
    element('g', { class: 'mono', 'font-size': 11 }, ...cells),
  );
}

/** @param groups of the tree's nodes */
function usedGroups(groups: readonly CategoryGroup[], { cells }: FlameLayout): CategoryGroup[] {
  const used = new Set(cells.map(({ node }) => groups[node]));
  return CATEGORY_GROUPS.filter((group) => used.has(group));
}

/** The colour key, as many entries a row as fit. */
function keyRows(groups: readonly CategoryGroup[], width: number): { marks: string; height: number } {
  let x = 0;
  let y = 0;
  const marks = groups.map((group) => {
    const entryWidth = 16 + textWidth(group.label, 12) + 16;
    if (x > 0 && x + entryWidth > width) {
      x = 0;
      y += KEY_ROW_HEIGHT;
    }
    const mark =
      element('rect', { x: x + 0.5, y: y + 2.5, width: 10, height: 10, ...cellFill(group) }) +
      label(x + 16, y + 12, group.label, { fill: colour('ink') });
    x += entryWidth;
    return mark;
  });
  return { marks: marks.join(''), height: y + KEY_ROW_HEIGHT + 8 };
}

function cellFill(group: CategoryGroup): { fill: string; 'fill-opacity': number; stroke: string } {
  return {
    fill: colour(group.token),
    'fill-opacity': group.id === 'other' ? 0.12 : 0.3,
    stroke: colour(group.token),
  };
}

function flameCell(
  tree: ReportCallTree,
  selection: FlameSelection,
  { node, depth, start, width }: FlameCell,
  group: CategoryGroup,
  samples: number,
  pictureWidth: number,
  top: number,
): string {
  const { name } = tree.functions[tree.function[node]];
  const x = start * pictureWidth;
  const cellWidth = width * pictureWidth;
  const y = top + depth * ROW_HEIGHT;
  const place = rectOfCell(x, cellWidth);
  const text = labelOfCell(baseName(name), cellWidth);
  const counts = `${formatCount(tree.total[selection][node])} samples, ${formatShare(tree.total[selection][node], samples)}; self ${formatCount(tree.self[selection][node])}`;
  return element(
    'g',
    {},
    element('title', {}, escaped(`${shortened(name, 400)} · ${counts}`)),
    element('rect', {
      x: place.x,
      y: y + 0.5,
      width: place.width,
      height: ROW_HEIGHT - 2,
      ...cellFill(group),
    }),
    text === null ? '' : label(x + LABEL_PLACE.x, y + LABEL_PLACE.y, text, { fill: colour('ink') }),
  );
}
