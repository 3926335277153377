/** What the roofline chart shows. */
import type { ReportRoofline, ReportStageRoofline } from '../../report/schema/roofline.ts';

export type ReportKernelRoofline = ReportRoofline['kernels'][number];

/** Stages whose bytes and operations are known, Prefill first. */
export function stagesWithDemand({ stages }: ReportRoofline): ReportStageRoofline[] {
  return [stages.prefill, stages.decode].filter(({ intensity }) => intensity.value !== null);
}

/** True when some stage has a rate: only hardware has. */
export function hasRates(roofline: ReportRoofline): boolean {
  return stagesWithDemand(roofline).some((stage) => stage.achievedOperationsPerSecond.value !== null);
}

/** Kernels whose tensors are known. */
export function drawnKernels({ kernels }: ReportRoofline): ReportKernelRoofline[] {
  return kernels.filter(({ intensity }) => intensity.value !== null);
}

/** A limit of the machine. */
export interface Roof {
  perSecond: number;
  label: string;
}

/** Distinct limits of both stages: bandwidth (bytes a second), and arithmetic (operations a second). */
export function roofs(roofline: ReportRoofline): { bandwidth: Roof[]; arithmetic: Roof[] } {
  const stages = stagesWithDemand(roofline);
  const distinct = (all: readonly Roof[]): Roof[] => [
    ...new Map(all.map((roof) => [roof.perSecond, roof])).values(),
  ];
  return {
    bandwidth: distinct(
      stages.flatMap(({ peakBandwidth: peak }) =>
        peak ? [{ perSecond: peak.perSecond, label: `bandwidth, ${peak.status}` }] : [],
      ),
    ),
    arithmetic: distinct(
      stages.flatMap(({ peakOperations: peak }) =>
        peak ? [{ perSecond: peak.perSecond, label: `${peak.instructions}, ${peak.status}` }] : [],
      ),
    ),
  };
}
