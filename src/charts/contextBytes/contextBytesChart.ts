/** Bytes that a token of Decode reads and writes, by the tokens before it: weights stay, the KV cache grows. */
import type { ReportDepth, ReportRoofline } from '../../report/schema/roofline.ts';
import type { ChartDefinition, ChartWords, DrawOptions } from '../chart.ts';
import type { ColourToken } from '../palette.ts';
import { formatCount, formatText } from '../format.ts';
import { linear, PICTURE_WIDTH, textWidth } from '../layout.ts';
import { colour, element, label, picture } from '../svg.ts';

const BAR_HEIGHT = 22;
const ROW_HEIGHT = 30;
const KEY_LINE = 20;
/** Left of the bars: the position. Right of the longest: its bytes. */
const NAME_WIDTH = 64;
const VALUE_WIDTH = 72;
const FONT_SIZE = 12;

interface Part {
  name: string;
  token: ColourToken;
  opacity: number;
  of: (row: ReportDepth) => number;
}

/** Embedding rows are too small to see; the table has them. */
const PARTS: readonly Part[] = [
  { name: 'Layers', token: 'cat-matmul', opacity: 0.6, of: (row) => row.layerBytes },
  { name: 'Output layer', token: 'cat-matmul', opacity: 0.24, of: (row) => row.outputBytes },
  {
    name: 'KV cache',
    token: 'cat-attention',
    opacity: 0.45,
    of: (row) => row.cacheReadBytes + row.cacheWriteBytes,
  },
];

export const contextBytesChart: ChartDefinition = {
  id: 'context-bytes',
  chapter: 'operators',

  missing({ roofline }) {
    if (!roofline) return 'The model file was not given: bytes of a token are not known.';
    return roofline.depths.length > 1 ? null : 'The context of this model is not known.';
  },

  words({ roofline }) {
    return words(roofline!);
  },

  draw({ roofline }, options) {
    return draw(roofline!, options);
  },

  table({ roofline }) {
    const bytes = (id: string, name: string) => ({ id, label: name, unit: 'B', kind: 'number' as const });
    return {
      columns: [
        { id: 'past', label: 'Tokens before', unit: null, kind: 'number' },
        bytes('layers', 'Layers'),
        bytes('output', 'Output layer'),
        bytes('embedding', 'Embedding row'),
        bytes('cache-read', 'KV cache read'),
        bytes('cache-written', 'KV cache written'),
        bytes('bytes', 'Bytes'),
        { id: 'operations', label: 'Operations', unit: 'operations', kind: 'number' },
        { id: 'intensity', label: 'Operations a byte', unit: null, kind: 'number' },
        { id: 'in-run', label: 'Passed by this run', unit: null, kind: 'text' },
      ],
      rows: roofline!.depths.map((row) => [
        row.past,
        row.layerBytes,
        row.outputBytes,
        row.embeddingBytes,
        row.cacheReadBytes,
        row.cacheWriteBytes,
        row.bytes,
        row.operations,
        row.intensity,
        row.isInRun ? 'yes' : 'no',
      ]),
    };
  },
};

function words({ depths, growth, settings }: ReportRoofline): ChartWords {
  const last = depths[depths.length - 1];
  const first = depths.filter(({ isInRun }) => isInRun).at(-1) ?? depths[0];
  const at = (row: ReportDepth): string =>
    `${formatText(row.bytes, 'B')} at position ${formatCount(row.past)}`;
  const slope = growth.bytesPerPosition.value;
  const equal = growth.equalsWeightsAt.value;
  const range = first === last ? at(last) : `${at(first)} and ${at(last)}`;
  return {
    title: `A token asks for ${range}`,
    subtitle: `Bytes that one token of Decode asks for, by tokens before it${slope === null ? '' : `; the KV cache adds ${formatText(slope, 'B')} a position`}`,
    description: depths
      .map((row) => `${formatCount(row.past)}: ${PARTS.map((part) => partText(part, row)).join(', ')}.`)
      .join(' '),
    how: [
      'Layers, norms and output: all their weights once; of experts those that a token chooses.',
      `KV cache: K ${settings.cacheKey} and V ${settings.cacheValue} of all positions before the token, and its own written (${settings.cacheSource}).`,
      ...(equal === null ? [] : [`The cache equals the weights at position ${formatCount(equal)}.`]),
      'All modelled from the sizes in the model file; what caches keep from one token to the next is not subtracted.',
    ],
  };
}

function partText({ name, of }: Part, row: ReportDepth): string {
  return `${name} ${formatText(of(row), 'B')}`;
}

function draw({ depths }: ReportRoofline, { size }: DrawOptions): string {
  const width = PICTURE_WIDTH[size];
  const largest = depths.reduce((most, row) => Math.max(most, row.bytes), 0);
  const x = linear([0, largest], [NAME_WIDTH, width - VALUE_WIDTH]);
  const marks: string[] = [];
  let y = 0;
  for (const row of depths) {
    marks.push(
      label(NAME_WIDTH - 8, y + 15, formatCount(row.past), {
        fill: colour(row.isInRun ? 'stage-decode' : 'ink'),
        'font-weight': row.isInRun ? 600 : 400,
        'text-anchor': 'end',
      }),
    );
    let from = 0;
    for (const part of PARTS) {
      const bytes = part.of(row);
      const left = x(from);
      from += bytes;
      const partWidth = x(from) - left - 1;
      if (partWidth < 0.5) continue;
      const text = `${part.name} ${formatText(bytes, 'B')}`;
      const shown = [text, formatText(bytes, 'B')].find(
        (candidate) => textWidth(candidate, FONT_SIZE) + 12 <= partWidth,
      );
      marks.push(
        element(
          'g',
          {},
          element('title', {}, text),
          element('rect', {
            x: left,
            y,
            width: partWidth,
            height: BAR_HEIGHT,
            fill: colour(part.token),
            'fill-opacity': part.opacity,
          }),
          shown ? label(left + 6, y + 15, shown, { fill: colour('ink'), class: 'halo' }) : '',
        ),
      );
    }
    marks.push(label(x(from) + 6, y + 15, formatText(row.bytes, 'B'), { fill: colour('ink-quiet') }));
    y += ROW_HEIGHT;
  }
  return picture(width, y + drawKey(y, width, depths, marks), ...marks);
}

function drawKey(top: number, width: number, depths: readonly ReportDepth[], marks: string[]): number {
  let [x, y] = [0, 14];
  const place = (text: string, mark: string, markWidth: number, attributes: Record<string, string>): void => {
    const wide = markWidth + textWidth(text, FONT_SIZE) + 18;
    if (x > 0 && x + wide - 18 > width) [x, y] = [0, y + KEY_LINE];
    marks.push(
      element('g', { transform: `translate(${x} ${top + y})` }, mark, label(markWidth, 0, text, attributes)),
    );
    x += wide;
  };
  for (const { name, token, opacity } of PARTS) {
    const box = element('rect', {
      ...{ x: 0, y: -10, width: 11, height: 11 },
      fill: colour(token),
      'fill-opacity': opacity,
    });
    place(name, box, 16, { fill: colour('ink-quiet') });
  }
  if (depths.some(({ isInRun }) => isInRun)) {
    place('tokens before: first and last of this run', '', 0, { fill: colour('stage-decode') });
  }
  return y + 8;
}
