import { describe, expect, it } from 'vitest';
import { analyseRun } from '../../src/analysis/analyseRun.ts';
import { metricsSchema } from '../../src/report/schema/metrics.ts';
import { metricNumbers, metricsCsv, metricsSection } from '../../src/report/sections/metrics.ts';
import { countedRun, type CountedGroup, type CountedRunOptions } from '../support/countedRun.ts';
import { functionsOfRun } from '../support/llamaRun.ts';

const DRAWING = 'load/1000 0+100/1000 100+1/1000 101+1/1000 close/10';

function analysed(groups: readonly CountedGroup[], options: CountedRunOptions = {}) {
  const profile = countedRun(DRAWING, groups, { calls: 'probes', sampleMs: 10, ...options });
  return analyseRun(profile, functionsOfRun(profile));
}

const G1: CountedGroup = {
  events: ['CPU_CYCLES', 'INST_RETIRED', 'STALL_FRONTEND', 'STALL_BACKEND', 'L3D_CACHE_REFILL'],
  readings: [
    [1000, 2000, [1000, 3000, 30, 200, 10]],
    [2000, 4000, [2000, 2400, 40, 1000, 400]],
  ],
};

describe('the metrics of a report', () => {
  const analysis = analysed([G1], { cpus: ['Neoverse-N1'] });
  const section = metricsSection(analysis);
  const group = (id: string) => section.coreTypes[0].groups.find((one) => one.id === id)!;

  it('fit the schema and hold only what was measured', () => {
    expect(metricsSchema.parse(section)).toEqual(section);
    expect(section.coreTypes[0].groups.map(({ id }) => id)).toEqual([
      'traffic',
      'rates',
      'pipeline',
      'stalls',
      'topdown',
      'mix',
      'caches',
      'tlb',
      'branches',
    ]);
    expect(
      group('pipeline').rows.map(({ id, prefill, decode }) => [id, prefill.value, decode.value]),
    ).toEqual([['ipc', 3, 1.2]]);
    expect(group('stalls').rows.map(({ id }) => id)).toEqual([
      'frontend-stalled',
      'backend-stalled',
      'not-stalled',
    ]);
  });

  it('say what a core lacks, and what to record for the rest', () => {
    expect(group('stalls').missing).toContain('Not counted: Neoverse-N1 has no STALL_BACKEND_MEM');
    expect(group('topdown')).toMatchObject({ rows: [], record: null });
    expect(group('topdown').missing).toContain('must not be called retiring');
    expect(group('mix')).toMatchObject({
      rows: [],
      record: "-e '{cpu_cycles,inst_spec,r74,r75,r73,r70,r71}:S'",
    });
    expect(group('mix').missing).toContain('Neoverse-N1 has no SVE_INST_SPEC');
    expect(group('branches').missing).toBe('Nothing of this was recorded.');
  });

  it('do not blame the core for what was not recorded', () => {
    // Neoverse-V1 has STALL_BACKEND and STALL_BACKEND_MEM: that it lacks the wider event is not why there is nothing.
    const cycles: CountedGroup = {
      events: ['CPU_CYCLES', 'INST_RETIRED'],
      readings: [
        [1000, 2000, [1000, 3000]],
        [2000, 4000, [2000, 2400]],
      ],
    };
    const { coreTypes } = metricsSection(analysed([cycles], { cpus: ['Neoverse-V1'] }));
    expect(coreTypes[0].groups.find(({ id }) => id === 'stalls')?.missing).toBe(
      'Nothing of this was recorded; Neoverse-V1 has no STALL_BACKEND_MEMBOUND.',
    );
    expect(group('pipeline')).toMatchObject({ missing: null, record: null });
  });

  it('ask for events of rates on hardware only', () => {
    const rates = (of: ReturnType<typeof metricsSection>) =>
      of.coreTypes[0].groups.find(({ id }) => id === 'rates');
    expect(rates(section)?.record).toBe("-e '{cpu_cycles,ll_cache_miss_rd,bus_access}:S'");
    const simulated = rates(metricsSection(analysed([G1], { cpus: ['Neoverse-N1'], origin: 'simulated' })));
    expect(simulated).toMatchObject({ rows: [], record: null });
    expect(simulated?.missing).toContain('The run was simulated');
  });

  it('tell how weights are shared, with the sizes of the run', () => {
    expect(section.trafficSentence).toBe(
      'Weights are read once per micro-batch and shared by its tokens: a Prefill call has 100 tokens here, a Decode call 1. Per call, per token and per 1,000 instructions therefore stand together.',
    );
    expect(metricsSection(analysed([])).trafficSentence).toBeNull();
  });

  it('are in full in the CSV, with reasons and every phase', () => {
    const lines = metricsCsv(analysis).split('\r\n');
    expect(lines[0]).toMatch(/^core,group,id,metric,stretch,value,unit,status/);
    expect(lines).toContainEqual(
      'Neoverse-N1,pipeline,ipc,Instructions per cycle,decode,1.2,,counted,1,INST_RETIRED ÷ CPU_CYCLES,ipc,',
    );
    expect(
      lines.some((line) =>
        line.startsWith('Neoverse-N1,pipeline,ipc,Instructions per cycle,phase prefill 1,3,'),
      ),
    ).toBe(true);
    expect(lines.find((line) => line.includes(',memory-stall-share,'))).toContain(
      'Neoverse-N1 has no STALL_BACKEND_MEM',
    );
  });
});

describe('numbers for inspect', () => {
  it('are plain, null where they cannot be had', () => {
    const decode = metricNumbers(analysed([G1], { cpus: ['Neoverse-N1'] }), 'decode');
    expect(decode).toMatchObject({
      ipc: 1.2,
      'backend-stalled': 50,
      'memory-stall-share': null,
      'refill-bytes-per-call': 12_800,
      'topdown-retiring': null,
    });
    expect(Object.keys(decode).some((id) => id.includes('@'))).toBe(false);
  });

  it('have no single value on a target of several core types', () => {
    const prefill = metricNumbers(
      analysed(
        [
          {
            events: ['CPU_CYCLES', 'INST_RETIRED'],
            readings: [
              [1000, 1500, [10, 5], 0],
              [1500, 2000, [10, 20], 1],
            ],
          },
        ],
        { cpus: ['Cortex-A55', 'Cortex-A76'] },
      ),
      'prefill',
    );
    expect(prefill).toMatchObject({ ipc: null, 'ipc@Cortex-A55': 0.5, 'ipc@Cortex-A76': 2 });
  });
});
