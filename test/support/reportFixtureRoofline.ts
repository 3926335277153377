/** The roofline of a drawn run: Qwen1.5-0.5B, 78 tokens in 100 ms and two of 20 ms, on a named machine. */
import type { ReportRoofline } from '../../src/report/schema/roofline.ts';
import { rooflineSection } from '../../src/report/sections/roofline.ts';
import { rooflineRun, type RooflineRun } from './rooflineRun.ts';

/** On hardware with a measured bandwidth unless `run` says otherwise. */
export function rooflineFixture(run: RooflineRun = {}): ReportRoofline {
  const section = rooflineSection(
    rooflineRun({
      machine: 'AWS Graviton4',
      core: 'Neoverse-V2',
      peaks: [{ name: 'read-bandwidth', value: 22.4, unit: 'GB/s', threads: 4 }],
      ...run,
    }),
  );
  if (!section) throw new Error('the drawn run has no model');
  return section;
}

/** The same with texts in the places where captures could have put anything. */
export function hostileRoofline(text: (index: number) => string): ReportRoofline {
  const roofline = rooflineFixture();
  return {
    ...roofline,
    limits: [text(0)],
    machine: { ...roofline.machine, reason: text(1) },
    settings: { ...roofline.settings, cacheKey: text(2) },
    kernels: roofline.kernels.map((kernel, row) => ({ ...kernel, name: text(row), weightType: text(0) })),
    tensors: roofline.tensors.map((tensor, row) => ({ ...tensor, name: text(row), type: text(1) })),
  };
}
