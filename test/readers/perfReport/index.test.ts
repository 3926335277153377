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

/** `perf report --group --children -n`, perf 6.1. */
const GROUP_WITH_COUNTS = `# Samples: 8K of events 'anon group { cpu-clock, page-faults }'
# Event count (approx.): 2107835413
#
#         Children              Self                   Samples  Command          Shared Object    Symbol
# ................  ................  ........................  ...............  ...............  ........
#
    43.67%   0.05%    40.90%   0.05%          3433           2  my  prog (x)     libc.so.6        [.] leaf
`;

/** The same with `-t ';'`. */
const GROUP_WITH_SIGN = `# Samples: 8K of events 'anon group { cpu-clock, page-faults }'
#         Children;            Self;                 Samples;Command        ;Shared Object  ;Symbol      
 43.67% 0.05%   ; 40.90% 0.05%   ; 3433 2                 ;my  prog (x)   ;libc.so.6      ;[.] leaf
`;

/** `perf report --hierarchy -n`, perf 6.1, with an image whose name begins with a number. */
const HIERARCHY = `# Samples: 815  of event 'cpu-clock'
# Event count (approx.): 815815815
#
#       Overhead       Samples  Command / Shared Object / Symbol
# ............................  ................................
#
    99.75%           813        my prog (x)
       98.28%           801        12 steps            
          98.16%           800        [.] leaf
           0.12%             1        [.] operator new(unsigned long)
        1.47%            12        [kernel.kallsyms]   
           1.47%            12        [k] el0_svc
     0.25%             2        sh         
        0.25%             2        dash                
           0.25%             2        [.] leaf


#
# (Tip: For hierarchical output, try: perf report --hierarchy)
#
`;

/** The same with `-t ';'`: percentages are aligned to the left. */
const HIERARCHY_WITH_SIGN = `# Samples: 815  of event 'cpu-clock'
# Overhead;     Samples;Command / Shared Object / Symbol
# ........;............;................................
#
 99.75% ; 813        ;my prog (x)
    98.28% ; 801        ;12 steps            
       98.16% ; 800        ;[.] leaf
       0.12%  ; 1          ;[.] operator new(unsigned long)
    1.47%  ; 12         ;[kernel.kallsyms]   
       1.47%  ; 12         ;[k] el0_svc
 0.25%  ; 2          ;sh         
    0.25%  ; 2          ;dash                
       0.25%  ; 2          ;[.] leaf
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

  it('gives each event of a group its own number of samples, with the command and image of the row', async () => {
    const expected = [
      ['cpu-clock', 40.9, 'my  prog (x)', 'libc.so.6', '3433', '43.67 %'],
      ['page-faults', 0.05, 'my  prog (x)', 'libc.so.6', '2', '0.05 %'],
    ];
    const texts = [
      GROUP_WITH_COUNTS,
      // Without the line of dots, as people cut it; the two blanks within the name are then no longer one column.
      GROUP_WITH_COUNTS.replace(/# \.+.*\n/, '').replace('my  prog (x)', 'my prog (x)'),
      GROUP_WITH_SIGN,
    ];
    for (const text of texts) {
      const profile = await read(text);
      const figures = profile.figures.map(
        ({ value, settings: { event, command, image, samples, total } }) => [
          event,
          value,
          command.replace('my prog', 'my  prog'),
          image,
          samples,
          total,
        ],
      );
      expect(figures).toEqual(expected);
      expect(profile.warnings.map(({ code }) => code)).toEqual(['report-only']);
    }
  });

  it('reads events that --group put together, which have no braces', async () => {
    const profile = await read(`# Samples: 248  of events 'cpu-clock, page-faults'
#         Overhead  Command  Shared Object         Symbol
# ................  .......  ....................  .................
#
    36.82%   1.25%  ls       [kernel.kallsyms]     [k] iowrite16
`);
    expect(profile.figures.map(({ value, settings }) => [settings.event, value])).toEqual([
      ['cpu-clock', 36.82],
      ['page-faults', 1.25],
    ]);
  });

  it('says how much a report of very many functions lost', async () => {
    const row = '     0.02%  ls       libc.so.6             [.] f\n';
    const profile = await read(`# Samples: 9K of event 'cycles'
# Overhead  Command  Shared Object         Symbol
# ........  .......  ....................  ......
${row.repeat(20_003)}`);
    expect(profile.figures.length).toBe(20_000);
    expect(profile.warnings.map(({ message }) => message)).toContain(
      '3 shares behind the first 20000 were left out; the largest of them is 0.02 %',
    );
    expect(profile.warnings.map(({ code }) => code)).toEqual(['report-only', 'rows-left-out']);
  });

  it('gives the functions of a hierarchy, not what they are within', async () => {
    for (const text of [HIERARCHY, HIERARCHY_WITH_SIGN]) {
      const profile = await read(text);
      const figures = profile.figures.map(
        ({ subject, value, settings: { command, image, samples, mode } }) => [
          subject,
          value,
          command,
          image,
          samples,
          mode,
        ],
      );
      expect(figures).toEqual([
        ['leaf', 98.16, 'my prog (x)', '12 steps', '800', 'user'],
        ['operator new(unsigned long)', 0.12, 'my prog (x)', '12 steps', '1', 'user'],
        ['el0_svc', 1.47, 'my prog (x)', '[kernel.kallsyms]', '12', 'kernel'],
        ['leaf', 0.25, 'sh', 'dash', '2', 'user'],
      ]);
      expect(profile.warnings.map(({ code }) => code)).toEqual(['report-only']);
    }
  });

  it('is not held up by a row of blanks', async () => {
    const profile = await read(`${CHILDREN}     1.00%${' '.repeat(60_000)}x\n`.repeat(20));
    expect(profile.warnings.map(({ code }) => code)).toEqual(['report-only', 'lines-not-understood']);
  }, 2000);

  it('says so when a hierarchy has no functions', async () => {
    await expect(read(HIERARCHY.replaceAll(/^.*\[[.k]\].*\n/gm, ''))).rejects.toThrow(
      'holds no row of perf report',
    );
  });

  it('says which rows of a hierarchy have lost their place', async () => {
    const profile = await read(`${HIERARCHY}  1.00%  1   [.] g\n`);
    expect(profile.figures.length).toBe(4);
    expect(profile.warnings.map(({ code }) => code)).toEqual(['report-only', 'lines-not-understood']);
  });

  it('takes a branch of a call graph for no row', async () => {
    const profile = await read(`${CHILDREN}            |          \n             --0.55%--demo_end\n`);
    expect(profile.figures.length).toBe(2);
    expect(profile.warnings.map(({ code }) => code)).toEqual(['report-only']);
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
