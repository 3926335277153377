/** Decode latency as a small line without axes, for lists of runs. */
import { linear } from '../layout.ts';
import { known } from '../statistics.ts';
import { merged } from '../tracks/trackChart.ts';
import { colour, element } from '../svg.ts';

const WIDTH = 160;
const HEIGHT = 36;
const MOST_POINTS = 80;

/** An `<svg>` hidden from assistive software (the numbers stand beside it); null below two points. */
export function latencySparkline(latencyMs: readonly (number | null)[]): string | null {
  const values = known(merged(known(latencyMs), MOST_POINTS));
  if (values.length < 2) return null;
  const largest = Math.max(...values);
  const x = linear([0, values.length - 1], [1, WIDTH - 1]);
  const y = linear([0, largest === 0 ? 1 : largest], [HEIGHT - 1, 2]);
  const line = values.map((value, index) => `${x(index).toFixed(1)} ${y(value).toFixed(1)}`).join('L');
  return element(
    'svg',
    {
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      width: WIDTH,
      height: HEIGHT,
      'aria-hidden': 'true',
      class: 'sparkline',
    },
    element('path', { d: `M1 ${HEIGHT - 0.5}H${WIDTH - 1}`, stroke: colour('line-strong'), fill: 'none' }),
    element('path', {
      d: `M${line}`,
      fill: 'none',
      stroke: colour('stage-decode'),
      'stroke-width': 1.5,
      'stroke-linejoin': 'round',
    }),
  );
}
