/** Title, subtitle and description of the chart of rates. */
import type { Report } from '../../report/schema.ts';
import type { ChartWords } from '../chart.ts';
import { formatCount, formatRatio, formatSpread, formatText } from '../format.ts';
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
    title: `${title(panels)}${timeWords(report)}`,
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

/** Time that is not a machine's makes rates that are none of it; where the origin is not stated, the page says so. */
function timeWords({ origin }: Report): string {
  return origin.value === 'emulated' || origin.value === 'simulated' ? `, in ${origin.value} time` : '';
}

function title(panels: readonly RatePanel[]): string {
  const [first, second] = panels.filter((panel) => panel.axis !== null && panel.kind !== 'both');
  if (first) return second ? `${lineTitle(first)}; ${secondLine(second)}` : lineTitle(first);
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

/** Changes below this share are none worth a verb. */
const LEVEL = 0.03;

interface Course {
  first: RatePoint;
  last: RatePoint;
  fastest: RatePoint;
  /** `rises`, `falls` or `stays`. */
  verb: string;
  /** The fastest point lies between the ends. */
  hasPeak: boolean;
}

/** How the longest line of a panel goes. */
function courseOf(panel: RatePanel): Course {
  const [{ points }] = panel.series.toSorted((a, b) => b.points.length - a.points.length);
  const [first, last] = [points[0], points.at(-1)!];
  const fastest = points.reduce((best, point) => (point.rate > best.rate ? point : best));
  const isLevel = Math.abs(last.rate - first.rate) <= LEVEL * first.rate;
  const verb = isLevel ? 'stays' : last.rate > first.rate ? 'rises' : 'falls';
  const hasPeak = fastest.rate > (1 + LEVEL) * Math.max(first.rate, last.rate);
  return { first, last, fastest, verb, hasPeak };
}

function lineTitle(panel: RatePanel): string {
  const { first, last, fastest, verb, hasPeak } = courseOf(panel);
  const [from, to] = [formatText(first.rate, UNIT), formatText(last.rate, UNIT)];
  const course = verb === 'stays' ? `stays at ${from} to ${to}` : `${verb} from ${from} to ${to}`;
  const peak = hasPeak ? `, fastest at ${formatCount(fastest.x)} (${formatText(fastest.rate, UNIT)})` : '';
  return `${KIND_NAMES[panel.kind]} rate ${course} over ${formatCount(first.x)} to ${formatCount(last.x)} ${panel.axis}${peak}`;
}

function secondLine(panel: RatePanel): string {
  const { last, fastest, verb, hasPeak } = courseOf(panel);
  const name = KIND_NAMES[panel.kind].toLowerCase();
  if (hasPeak) return `${name} is fastest at ${formatCount(fastest.x)} (${formatText(fastest.rate, UNIT)})`;
  return verb === 'stays'
    ? `${name} stays at ${formatText(last.rate, UNIT)}`
    : `${name} ${verb} to ${formatText(last.rate, UNIT)}`;
}
