import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Profile } from '../../../src/profile/types.ts';
import { perfReportReader } from '../../../src/readers/perfReport/index.ts';
import { describeWithSamples } from '../../support/samples.ts';
import { detects, fileBytes, readWith } from '../../support/textFiles.ts';

const read = (content: string | Uint8Array): Promise<Profile> => readWith(perfReportReader, content);

const sharesOf = (profile: Profile) => profile.figures.map(({ subject, value }) => [subject, value]);

const CHILDREN = `# Total Lost Samples: 3
#
# Samples: 73K of event 'cycles:P'
# Event count (approx.): 175260618889
#
# Children      Self  Command      Shared Object          Symbol
# ........  ........  ...........  .....................  ..............................
#
    93.24%    11.49%  python       libonnx runtime.so     [.] onnx::ThreadPool::WorkerLoop(int)
            |
            ---onnx::ThreadPool::WorkerLoop(int)
               |--75.86%--demo_step
     1.50%     1.50%  python       [kernel.kallsyms]      [k] el0_svc
`;

describe('perf report text', () => {
  it('gives the self share of each function, with what it was counted for', async () => {
    const profile = await read(CHILDREN);
    expect(profile.figures).toEqual([
      {
        kind: 'function-share',
        subject: 'onnx::ThreadPool::WorkerLoop(int)',
        value: 11.49,
        unit: '%',
        spread: null,
        repetitions: [],
        settings: {
          event: 'cycles:P',
          command: 'python',
          image: 'libonnx runtime.so',
          mode: 'user',
          total: '93.24 %',
        },
        source: 'input.txt',
      },
      expect.objectContaining({ subject: 'el0_svc', value: 1.5 }),
    ]);
    expect(profile.figures[1].settings.mode).toBe('kernel');
    expect(profile.losses.records).toBe(3);
    expect(profile.warnings.map(({ code }) => code)).toEqual(['report-only']);
  });

  it('gives a share for each event of a group', async () => {
    const profile = await read(`# Samples: 432  of events 'anon group { cpu-clock, page-faults }'
#         Overhead  Command  Shared Object         Symbol
# ................  .......  ....................  ......
    75.29%   8.06%  demo     demo                  [.] spin_leaf
`);
    expect(profile.figures.map(({ value, settings }) => [settings.event, value])).toEqual([
      ['cpu-clock', 75.29],
      ['page-faults', 8.06],
    ]);
  });

  it('reads columns parted by a sign, with numbers of samples', async () => {
    const profile = await read(
      "# Samples: 932  of event 'cpu-clock'\n# Overhead;     Samples;      Period;Command;Shared Object       ;Symbol     \n 70.06% ; 653        ; 653653653  ;demo   ;demo                ;[.] spin_leaf\n",
    );
    expect(sharesOf(profile)).toEqual([['spin_leaf', 70.06]]);
    expect(profile.figures[0].settings).toMatchObject({ samples: '653', command: 'demo', image: 'demo' });
  });

  it('says which rows it cannot read, and refuses when it is all of them', async () => {
    const profile = await read(`${CHILDREN}     1.00%  python  libx.so  [.] one_percentage_only\n`);
    expect(profile.warnings.map(({ code }) => code)).toEqual(['report-only', 'lines-not-understood']);
    await expect(read('# Overhead  Command  Symbol\n')).rejects.toThrow('holds no row of perf report');
  });

  it.each([
    ['a report', CHILDREN, true],
    ['perf script', 'x 1/1 1.000000: 5 cycles: \n\t 10 f (/x)\n', false],
    ['prose about it', 'The Overhead column of the Symbol table\n', false],
  ])('detects %s', (_, text, expected) => {
    expect(detects(perfReportReader, text)).toBe(expected);
  });
});

describeWithSamples('perf report text of the samples', (folder) => {
  it('reads the published shares of a Raspberry Pi 5', async () => {
    const profile = await read(
      fileBytes(join(folder, 'public/rpi5-tinyllama/perf-report-callgraph-dwarf.txt')),
    );
    expect(sharesOf(profile).slice(0, 2)).toEqual([
      ['ggml_vec_dot_q4_K_q8_K', 67.15],
      ['ggml_vec_dot_q6_K_q8_K', 25.93],
    ]);
  });

  it.each([
    ['perf-recorded/fp_cpuclock/report.txt', ['spin_leaf', 70.06]],
    ['perf-recorded/fp_cpuclock/report-flat.csv', ['spin_leaf', 70.06]],
    [
      'captures/perf-group-t1/perf.report.txt',
      ['kai_run_matmul_clamp_f32_qsi8d32p4x8_qsi4c32p4x8_16x4_neon_i8mm', 18.87],
    ],
    [
      'captures/sim-tiny-t1/perf.report.txt',
      ['kai_run_matmul_clamp_f32_qsi8d32p4x8_qsi4c32p4x8_16x4_neon_i8mm', 19.62],
    ],
  ])('reads %s', async (path, first) => {
    const content = fileBytes(join(folder, path));
    expect(detects(perfReportReader, content)).toBe(true);
    const profile = await read(content);
    expect(sharesOf(profile)[0]).toEqual(first);
    expect(profile.warnings.map(({ code }) => code)).toEqual(['report-only']);
  });

  it('reads a report with children of a Graviton4', async () => {
    const profile = await read(fileBytes(join(folder, 'public/graviton4-onnx/perf-disabled.txt')));
    const sum = profile.figures.reduce((total, { value }) => total + value, 0);
    // Self shares add up to no more than everything.
    expect(sum).toBeGreaterThan(80);
    expect(sum).toBeLessThanOrEqual(100.5);
    const [largest] = [...profile.figures].sort((a, b) => b.value - a.value);
    expect(largest.value).toBe(82.34);
    expect(largest.subject).toMatch(/^sqnbitgemm_neon::SQ4BitGemmKernel_CompInt8\(/);
  });
});
