/** Title, subtitle and description of the chart of rates. */
import type { Report } from '../../report/schema.ts';
import type { ChartWords } from '../chart.ts';
import { formatCount, formatRatio, formatSpread, formatText } from '../format.ts';
import { ofTime } from '../runTime.ts';
import { pointsOf, ratePanels, type RatePanel, type RatePoint } from './ratesState.ts';

const UNIT = 'tokens/s';

/** Names of panels. */
export const KIND_NAMES: Record<RatePanel['kind'], string> = {
  prompt: 'Prompt',
  generation: 'Generation',
  both: 'Prompt and generation together',
  other: 'Other tests',
};

export function ratesWords(report: Report): ChartWords {
  const panels = ratePanels(report);
  const hasSpread = panels.flatMap(pointsOf).some(({ spread }) => spread !== null);
  const hasRepetitions = panels.flatMap(pointsOf).some(({ repetitions }) => repetitions.length > 1);
  return {
    title: `${title(panels)}${ofTime(report)}`,
    subtitle: [
      'Tokens per second of whole tests',
      hasSpread ? 'whiskers: ± one standard deviation' : null,
      hasRepetitions ? 'dots: single repetitions' : null,
    ]
      .filter(Boolean)
      .join('; '),
    description: panels
      .flatMap((panel) =>
        pointsOf(panel).map(
          ({ label, rate, spread }) =>
            `${label}: ${formatText(rate, UNIT)}${spread === null ? '' : ` ${formatSpread(spread, '')}`}.`,
        ),
      )
      .join(' '),
    how: [
      ...new Set(
        (report.figures?.rates ?? []).flatMap(({ subject, rate }) => {
          const { formula, note } = rate.working ?? { formula: '', note: null };
          return note === null ? [formula] : [`${subject}: ${formula}; ${note}`];
        }),
      ),
    ].filter((sentence) => sentence !== ''),
  };
}

function title(panels: readonly RatePanel[]): string {
  const lines = panels.find((panel) => panel.axis !== null && panel.kind !== 'both');
  if (lines) return lineTitle(lines);
  const sole = (kind: RatePanel['kind']): RatePoint | null => {
    const points = panels.filter((panel) => panel.kind === kind).flatMap(pointsOf);
    return points.length === 1 ? points[0] : null;
  };
  const prompt = sole('prompt');
  const generation = sole('generation');
  if (prompt && generation && generation.rate > 0) {
    const [fast, slow] = prompt.rate >= generation.rate ? ['Prompt', 'generation'] : ['Generation', 'prompt'];
    const ratio = Math.max(prompt.rate, generation.rate) / Math.min(prompt.rate, generation.rate);
    const [first, second] = [prompt, generation].toSorted((a, b) => b.rate - a.rate);
    return `${fast} runs at ${formatText(first.rate, UNIT)}, ${formatRatio(ratio)} the ${formatText(second.rate, UNIT)} of ${slow}`;
  }
  const all = panels.flatMap(pointsOf);
  if (all.length === 1) return `${all[0].label} runs at ${formatText(all[0].rate, UNIT)}`;
  const ascending = all.toSorted((a, b) => a.rate - b.rate);
  return `Rates of ${formatCount(all.length)} tests go from ${formatText(ascending[0].rate, UNIT)} to ${formatText(ascending.at(-1)!.rate, UNIT)}`;
}

/** The longest line from its first value to its last. */
function lineTitle(panel: RatePanel): string {
  const [{ points }] = panel.series.toSorted((a, b) => b.points.length - a.points.length);
  const [first, last] = [points[0], points.at(-1)!];
  const at = (point: RatePoint): string => `${formatText(point.rate, UNIT)} at ${formatCount(point.x)}`;
  const verb = last.rate < first.rate ? 'falls' : last.rate > first.rate ? 'rises' : 'stays';
  const fastest = points.reduce((best, point) => (point.rate > best.rate ? point : best));
  const peak = fastest !== first && fastest !== last ? `; the most is ${at(fastest)}` : '';
  return `${KIND_NAMES[panel.kind]} rate ${verb} from ${at(first)} ${panel.axis} to ${at(last)}${peak}`;
}
