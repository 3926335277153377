import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { nodeServices } from '../../src/platform/node/services.ts';
import { inputKind } from '../../src/profile/inputFormats.ts';
import type { Profile } from '../../src/profile/types.ts';
import type { Reader } from '../../src/readers/reader.ts';
import { detectReader, readers } from '../../src/readers/registry.ts';
import { describeWithSamples } from '../support/samples.ts';
import { fileBytes, headOf, readWith, textFile } from '../support/textFiles.ts';

const formatOf = (content: string | Uint8Array): string | null =>
  detectReader(headOf(content), textFile(content))?.format ?? null;

const LOG = `build: 6673 (50d26e8) with cc (Debian 14.2.0-19) 14.2.0 for aarch64-linux-gnu
system_info: n_threads = 1 (n_threads_batch = 1) / 2 | CPU : NEON = 1 |
llama_perf_context_print:        load time =      46.53 ms
llama_perf_context_print: prompt eval time =       4.07 ms /     9 tokens (    0.45 ms per token,  2211.85 tokens per second)
`;
const STAT = `
 Performance counter stats for './llama-cli':

   451,509,505,938      inst_retired
   173,047,575,240      cycles

      72.183774322 seconds time elapsed

`;
const BENCH = `| model              |       size |     params | backend    | threads |            test |                  t/s |
| ------------------ | ---------: | ---------: | ---------- | ------: | --------------: | -------------------: |
| llama 1B Q4_0      | 636.18 MiB |     1.10 B | CPU        |       1 |           pp512 |         14.87 ± 0.03 |

build: a3cb0474 (6735)
`;

describe('the registry of readers', () => {
  it('has each format once', () => {
    const formats = readers.map(({ format }) => format);
    expect(new Set(formats).size).toBe(formats.length);
  });

  it('lists every reader that a folder of src/readers exports', async () => {
    const folder = resolve('src/readers');
    const modules = readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => join(folder, name, 'index.ts'));
    const unlisted = await Promise.all(
      modules.map(async (path) => {
        const exported = Object.entries((await import(path)) as Record<string, unknown>);
        const own = exported.filter(([, value]) => typeof (value as Partial<Reader>)?.detect === 'function');
        if (own.length === 0) return [`${path} exports no Reader`];
        return own.filter(([, reader]) => !readers.includes(reader as Reader)).map(([name]) => name);
      }),
    );
    expect(unlisted.flat(), 'add them to src/readers/registry.ts').toEqual([]);
  });

  it('knows of every format whether it holds a recording', () => {
    const unknown = readers.map(({ format }) => format).filter((format) => inputKind(format) === null);
    expect(unknown, 'add them to src/profile/inputFormats.ts').toEqual([]);
  });

  it.each([
    ['llama-log', LOG],
    ['perf-stat', STAT],
    ['llama-bench', BENCH],
    ['perf-script', 'x 1/1 1.000000: 5 cycles: \n\t 10 f (/x)\n'],
    ['folded-stacks', 'a;b;c 5\n'],
    ['target-facts', 'processor\t: 0\nCPU implementer\t: 0x41\nCPU part\t: 0xd40\n'],
    ['tracks', 't,name,value\n1,x,2\n'],
    [
      'llama-server-timings',
      '{"timings": {"prompt_n": 1, "prompt_ms": 1, "predicted_n": 1, "predicted_ms": 1}}',
    ],
    [null, 'Tell me a short story about performance counters.\n'],
    [null, '#!/bin/sh\nperf record -- ./llama-cli\n'],
    [null, '{"what": "a truth", "samples": 5}\n'],
    [null, 'fn main() {\n    println!("1");\n}\n'],
    [null, ''],
  ])('recognises %s', (format, text) => {
    expect(formatOf(text)).toBe(format);
  });

  it('reads what several programs wrote into one file, each with its own reader', async () => {
    const text = LOG + BENCH + STAT;
    const reader = detectReader(headOf(text), textFile(text));
    expect(reader?.format).toBe('mixed-text');
    const profile = await readWith(reader ?? readers[0], text);
    expect(profile.inputs).toEqual([
      {
        path: 'input.txt',
        format: 'llama-log + llama-bench + perf-stat',
        tool: expect.stringContaining('llama.cpp'),
        bytes: new TextEncoder().encode(text).length,
      },
    ]);
    expect(profile.timings[0].promptTokens).toBe(9);
    expect(profile.counters.map(({ name }) => name)).toEqual(['inst_retired', 'cycles']);
    expect(profile.figures.map(({ subject }) => subject)).toEqual(['pp512', 'time-elapsed']);
    expect(profile.warnings).toEqual([]);
  });

  it('keeps what can be read when another part is damaged', async () => {
    const text = LOG + STAT.replace('cycles\n', 'cycles\n   words\n   and words\n');
    const profile: Profile = await readWith(detectReader(headOf(text), textFile(text)) ?? readers[0], text);
    expect(profile.inputs[0].format).toBe('llama-log');
    expect(profile.warnings.map(({ code }) => code)).toEqual(['part-unread']);
  });
});

describeWithSamples('the registry on the samples', (folder) => {
  const recorded = join(folder, 'perf-recorded/perf_stat');

  it.each([
    ['public/aperf/script.out', 'perf-script'],
    ['public/aperf/collapse.out', 'folded-stacks'],
    ['public/aperf/perf_profile.perf.data', 'perf.data'],
    ['public/simpleperf/perf_display_bitmaps.perf-script', 'perf-script'],
    ['public/simpleperf/perf_with_two_event_types.foldedstack', 'folded-stacks'],
    ['public/speedscope/forks.linux-perf.txt', 'perf-script'],
    ['public/llama-bench/llama_bench_smollm2.json', 'llama-bench'],
    ['public/rpi5-tinyllama/llama-bench-rpi5-t1.md.txt', 'llama-bench'],
    ['public/rpi5-tinyllama/perf-stat-core.txt', 'perf-stat'],
    ['public/graviton4-onnx/cpuinfo.txt', 'target-facts'],
    ['public/graviton4-onnx/lscpu.txt', 'target-facts'],
    ['captures/perf-stat-interval/stat.I.human.txt', 'perf-stat'],
    ['captures/perf-stat-interval/stat.human.txt', 'perf-stat'],
    ['captures/perf-stat-interval/llama.I.stderr.txt', 'llama-log'],
    ['captures/perf-stat-interval/system.txt', 'target-facts'],
    ['captures/perf-uprobe-t1/perf.script.txt.gz', 'perf-script'],
    ['captures/perf-uprobe-t1/perf.header.txt', 'perf-script'],
    ['captures/sim-tiny-t1/perf.script.txt.gz', 'perf-script'],
    ['captures/gator-app-t1/uname.txt', 'target-facts'],
    ['captures/perf-group-t1/perf.report.txt', 'perf-report'],
    ['perf-recorded/fp_cpuclock/report-flat.csv', 'perf-report'],
    ['models/tiny-qwen2-q4_0.gguf.header', 'gguf'],
    // Texts of other kinds stay unknown.
    ['captures/gator-app-t1/prompt.txt', null],
    ['captures/gator-app-t1/truth.json', null],
    ['captures/gator-app-t1/markers_t1.apc/counters.xml', 'unread-text'],
    ['captures/sim-tiny-t1/README.txt', null],
    ['perf-recorded/demo.c', null],
    ['learning-path/analyze-token-generation.md', null],
    ['README.md', null],
  ])('%s is %s', (path, format) => {
    expect(formatOf(fileBytes(join(folder, path)))).toBe(format);
  });

  it('tells every perf stat output, by the output alone', () => {
    const files = readdirSync(recorded).filter((name) => name !== 'truth.json');
    const unknown = files.filter((name) => formatOf(fileBytes(join(recorded, name))) !== 'perf-stat');
    expect(unknown).toEqual([]);
    expect(files.length).toBeGreaterThan(30);
  });

  it('reads a header alone', async () => {
    const content = fileBytes(join(folder, 'captures/perf-uprobe-t1/perf.header.txt'));
    const reader = detectReader(headOf(content), textFile(content)) ?? readers[0];
    const profile = await reader.read(textFile(content), { services: nodeServices });
    expect(profile.target.cpus[0]).toMatchObject({ name: 'Neoverse-V1' });
  });
});
