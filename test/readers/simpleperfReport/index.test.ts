/** What `simpleperf report-sample` writes, as text and as protobuf, by its source (cmd_report_sample.cpp, .proto). */
import { describe, expect, it } from 'vitest';
import type { Profile } from '../../../src/profile/types.ts';
import { simpleperfReportReader } from '../../../src/readers/simpleperfReport/index.ts';
import { detectReader } from '../../../src/readers/registry.ts';
import { Bytes } from '../../support/perfDataBytes.ts';
import { message } from '../../support/protobufBytes.ts';
import type { Fields } from '../../support/protobufBytes.ts';
import { headOf, readWith, textFile } from '../../support/textFiles.ts';

/** `leaf < caller`, each `name (file)`; `k` in front of a kernel frame. */
function stackOf(profile: Profile, sample: number): string {
  const { stacks, frames, strings } = profile;
  const names: string[] = [];
  for (let at = profile.samples.stack[sample]; at >= 0; at = stacks.prefix[at]) {
    const frame = stacks.frame[at];
    const text = (row: number): string => (row < 0 ? '?' : strings[row]);
    names.push(
      `${frames.isKernel[frame] ? 'k ' : ''}${text(frames.name[frame])} (${text(frames.image[frame])})`,
    );
  }
  return names.join(' < ');
}

const rows = (profile: Profile) =>
  Array.from({ length: profile.samples.length }, (_, sample) => ({
    timeNs: profile.samples.timeNs[sample],
    event: profile.events[profile.samples.event[sample]].name,
    period: profile.samples.period[sample],
    tid: profile.threads[profile.samples.thread[sample]].tid,
    stack: stackOf(profile, sample),
  }));

const EXPECTED = [
  {
    timeNs: 0,
    event: 'cpu-cycles',
    period: 250_000,
    tid: 31_881,
    stack: 'ggml_vec_dot_q4_0_q8_0 (/data/local/tmp/libggml.so) < ? (/data/local/tmp/libllama.so)',
  },
  {
    timeNs: 1_000_500,
    event: 'instructions',
    period: 7,
    tid: 31_850,
    stack: 'k do_futex ([kernel.kallsyms])',
  },
];

describe('the text', () => {
  const text = [
    'meta_info:',
    '  trace_offcpu: false',
    '  event_type: cpu-cycles',
    '  event_type: instructions',
    '  android_build_type: user',
    'sample:',
    '  event_type: cpu-cycles',
    '  time: 684943449406000123',
    '  event_count: 250000',
    '  thread_id: 31881',
    '  thread_name: llama-cli',
    '  vaddr_in_file: 29c3f0',
    '  file: /data/local/tmp/libggml.so',
    '  symbol: ggml_vec_dot_q4_0_q8_0',
    '  callchain:',
    '    vaddr_in_file: 278104',
    '    file: /data/local/tmp/libllama.so',
    '    symbol: libllama.so[+278104]',
    'context_switch:',
    '  switch_on: false',
    '  time: 684943449406000200',
    '  thread_id: 31881',
    'sample:',
    '  event_type: instructions',
    '  time: 684943449407000623',
    '  event_count: 7',
    '  thread_id: 31850',
    '  thread_name: llama-cli',
    '  vaddr_in_file: ffffff8008000210',
    '  file: [kernel.kallsyms]',
    '  symbol: do_futex',
    'lost_situation:',
    '  sample_count: 2',
    '  lost_count: 13',
    '',
  ].join('\n');

  it('is told from other texts', () => {
    expect(detectReader(headOf(text), textFile(text))).toBe(simpleperfReportReader);
    const withoutMeta = text.slice(text.indexOf('sample:'));
    expect(detectReader(headOf(withoutMeta), textFile(withoutMeta))).toBe(simpleperfReportReader);
  });

  it('gives samples, stacks, threads, switches and losses', async () => {
    const profile = await readWith(simpleperfReportReader, text);
    expect(rows(profile)).toEqual(EXPECTED);
    expect(profile.events.map(({ name, role, mnemonic }) => [name, role, mnemonic])).toEqual([
      ['cpu-cycles', 'sampling', 'CPU_CYCLES'],
      ['instructions', 'sampling', 'INST_RETIRED'],
    ]);
    expect(profile.clock).toMatchObject({ name: 'perf', startNs: '684943449406000123' });
    expect([...profile.switches.timeNs]).toEqual([77]);
    expect(profile.losses.records).toBe(13);
    expect(profile.processes.map(({ name }) => name)).toEqual(['llama-cli']);
    expect(profile.warnings.map(({ code }) => code)).toEqual(['pids-missing']);
  });

  it('says what is missing or strange', async () => {
    const cut = text
      .replace('  thread_id: 31850\n', '')
      .replace('context_switch:', '03-11 12:00:00 W simpleperf: hello\ncontext_switch:');
    const profile = await readWith(simpleperfReportReader, cut);
    expect(rows(profile)).toEqual([EXPECTED[0]]);
    expect(profile.warnings.map(({ message }) => message)).toEqual([
      "1 lines are none of simpleperf report-sample's, and 1 samples lack a time, a thread or an event",
      'The report says it has 2 samples, and 1 are there: it was cut or changed',
    ]);
  });

  it('leaves out what a thread waited off the CPU', async () => {
    const profile = await readWith(
      simpleperfReportReader,
      text.replaceAll('event_type: instructions', 'event_type: sched:sched_switch'),
    );
    expect(rows(profile)).toEqual([EXPECTED[0]]);
    expect(profile.warnings.map(({ code }) => code)).toContain('simpleperf-off-cpu');
  });

  it('refuses a report without samples in a sentence', async () => {
    await expect(readWith(simpleperfReportReader, 'meta_info:\n  trace_offcpu: false\n')).rejects.toThrow(
      'input.txt: the report of simpleperf holds no samples. Write it again: simpleperf report-sample',
    );
  });
});

describe('the messages', () => {
  function report(records: readonly Fields[], { version = 1, ends = true } = {}): Uint8Array {
    const bytes = new Bytes(true).text('SIMPLEPERF').u16(version);
    for (const record of records) {
      const content = message(record);
      bytes.u32(content.length).bytes(content);
    }
    return (ends ? bytes.u32(0) : bytes).done();
  }

  const records: Fields[] = [
    [
      [
        5,
        [
          [1, 'cpu-cycles'],
          [1, 'instructions'],
          [6, 0],
        ],
      ],
    ],
    [
      [
        1,
        [
          [1, 684943449406000123n],
          [2, 31_881],
          [
            3,
            [
              [1, 0x29c3f0],
              [2, 0],
              [3, 0],
            ],
          ],
          [
            3,
            [
              [1, 0x278104],
              [2, 1],
              [3, -1],
            ],
          ],
          [4, 250_000],
          [5, 0],
        ],
      ],
    ],
    [
      [
        6,
        [
          [1, 0],
          [2, 684943449406000200n],
          [3, 31_881],
        ],
      ],
    ],
    [
      [
        1,
        [
          [1, 684943449407000623n],
          [2, 31_850],
          [
            3,
            [
              [1, 0xffff_ff80_0800_0210n],
              [2, 2],
              [3, 1],
            ],
          ],
          [4, 7],
          [5, 1],
        ],
      ],
    ],
    [
      [
        2,
        [
          [1, 2],
          [2, 13],
        ],
      ],
    ],
    [
      [
        3,
        [
          [1, 0],
          [2, '/data/local/tmp/libggml.so'],
          [3, 'shown'],
          [4, 'ggml_vec_dot_q4_0_q8_0'],
        ],
      ],
    ],
    [
      [
        3,
        [
          [1, 1],
          [2, '/data/local/tmp/libllama.so'],
        ],
      ],
    ],
    [
      [
        3,
        [
          [1, 2],
          [2, '[kernel.kallsyms]'],
          [3, 'schedule'],
          [3, 'do_futex'],
        ],
      ],
    ],
    [
      [
        4,
        [
          [1, 31_881],
          [2, 31_850],
          [3, 'llama-worker'],
        ],
      ],
    ],
    [
      [
        4,
        [
          [1, 31_850],
          [2, 31_850],
          [3, 'llama-cli'],
        ],
      ],
    ],
  ];

  it('give what the text gives, and the processes', async () => {
    const bytes = report(records);
    expect(detectReader(headOf(bytes), textFile(bytes))).toBe(simpleperfReportReader);
    const profile = await readWith(simpleperfReportReader, bytes);
    expect(rows(profile)).toEqual(EXPECTED);
    expect(profile.threads.map(({ pid, tid, name }) => [pid, tid, name])).toEqual([
      [31_850, 31_881, 'llama-worker'],
      [31_850, 31_850, 'llama-cli'],
    ]);
    expect([...profile.switches.timeNs]).toEqual([77]);
    expect(profile.losses.records).toBe(13);
    expect(profile.warnings).toEqual([]);
  });

  it('say that they were cut', async () => {
    const bytes = report(records, { ends: false });
    const profile = await readWith(simpleperfReportReader, bytes.subarray(0, bytes.length - 3));
    expect(rows(profile).map(({ period }) => period)).toEqual([250_000, 7]);
    expect(profile.warnings[0].message).toMatch(
      /^The report ends within a message at byte \d+: what stands before/,
    );
  });

  it('count samples that name what is not there, and damaged messages', async () => {
    const dangling: Fields = [
      [
        1,
        [
          [1, 5],
          [2, 1],
          [
            3,
            [
              [1, 1],
              [2, 9],
              [3, 0],
            ],
          ],
          [4, 1],
          [5, 0],
        ],
      ],
    ];
    const damaged: Fields = [[1, Uint8Array.of(0x1a, 0x7f, 0x01)]];
    const profile = await readWith(simpleperfReportReader, report([...records, dangling, damaged]));
    expect(rows(profile)).toEqual(EXPECTED);
    expect(profile.warnings.map(({ message }) => message)).toEqual([
      '2 messages of the report could not be read',
    ]);
  });

  it('are refused in another version', async () => {
    await expect(readWith(simpleperfReportReader, report(records, { version: 2 }), 'a.pb')).rejects.toThrow(
      'a.pb, byte 10: the report is of version 2; gemview reads version 1. Give gemview the perf.data itself',
    );
  });

  it('never hang or throw anything else, whichever byte is changed', async () => {
    const whole = report(records);
    for (let at = 10; at < whole.length; at++) {
      const bytes = whole.slice();
      bytes[at] ^= 0xff;
      await readWith(simpleperfReportReader, bytes).catch((error: Error) => {
        if (error.name !== 'InputError') throw error;
      });
    }
  });
});
