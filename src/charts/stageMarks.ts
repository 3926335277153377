/** Marks in the colours of the stages: tinted with a strong upper edge, so that text stays readable; idle is hatched. */
import type { ReportStage } from '../report/schema.ts';
import { stageToken } from './colours.ts';
import { colour, element, type Attributes } from './svg.ts';

const EDGE_HEIGHT = 4;

/** Definition of the hatch that idle is drawn with; once in each picture that calls `stageRect`. */
export function hatchDefinition(idPrefix: string): string {
  return element(
    'defs',
    {},
    element(
      'pattern',
      {
        id: `${idPrefix}-hatch`,
        width: 6,
        height: 6,
        patternUnits: 'userSpaceOnUse',
        patternTransform: 'rotate(45)',
      },
      element('path', { d: 'M0 0V6', stroke: colour('stage-idle'), 'stroke-width': 2 }),
    ),
  );
}

export interface StageRect {
  stage: ReportStage;
  x: number;
  y: number;
  width: number;
  height: number;
}

/** A tinted rectangle of a stage. */
export function stageRect({ stage, x, y, width, height }: StageRect, idPrefix: string): string {
  return (
    element('rect', {
      x,
      y,
      width,
      height,
      ...stageFill(stage, idPrefix),
      'fill-opacity': stage === 'idle' ? 0.6 : 0.22,
    }) + element('rect', { x, y, width, height: EDGE_HEIGHT, fill: colour(stageToken(stage)) })
  );
}

/** How a text inside such a rectangle is set: the tint is light enough to read on, the hatch is not. */
export function stageLabel(stage: ReportStage): Attributes {
  return { fill: colour('ink'), class: stage === 'idle' ? 'halo' : null };
}

/** Solid fill of a stage; the hatch for idle. */
export function stageFill(stage: ReportStage, idPrefix: string): { fill: string } {
  return { fill: stage === 'idle' ? `url(#${idPrefix}-hatch)` : colour(stageToken(stage)) };
}
