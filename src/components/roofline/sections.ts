/** Which sections of the roofline a report has, in reading order. */
import { stagesWithDemand } from '../../charts/roofline/rooflineState.ts';
import type { ReportRoofline } from '../../report/schema/roofline.ts';
import type { Section } from '../layout/sections.ts';

export const ROOFLINE_SECTIONS = {
  demand: { id: 'roofline', title: 'Bytes and operations' },
  growth: { id: 'context', title: 'Growth with context' },
  traffic: { id: 'refills', title: 'Refills beside expected bytes' },
  parts: { id: 'parts', title: 'By tensor and by kernel' },
  reach: { id: 'reach', title: 'What this model could reach' },
} as const satisfies Record<string, Section>;

export type RooflineSectionId = keyof typeof ROOFLINE_SECTIONS;

/** Sections with something to show. */
export function rooflineSections(roofline: ReportRoofline | null): RooflineSectionId[] {
  if (!roofline) return [];
  const has: Record<RooflineSectionId, boolean> = {
    demand: stagesWithDemand(roofline).length > 0,
    growth: roofline.depths.length > 1,
    traffic: roofline.traffic.some(({ ratio }) => ratio.value !== null),
    parts: roofline.tensors.length > 0,
    reach: roofline.reach.rows.length > 0,
  };
  return (Object.keys(has) as RooflineSectionId[]).filter((id) => has[id]);
}
