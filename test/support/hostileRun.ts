/**
 * A captures folder whose every text is hostile: what gator, perf and llama.cpp record, what run.yaml says, how files are
 * called, and what somebody wrote about it. The bytes are those that the tools would have written.
 */
import { stringify } from 'yaml';
import { ApcWriter, type ApcCounter } from './apcWriter.ts';
import { elfBytes } from './elfWriter.ts';
import { ggufHeader, text, u32 } from './ggufWriter.ts';
import { ALL_HOSTILE, HOSTILE_TEXTS as H, LINES, LONG_TEMPLATE, LONG_WORD } from './hostileTexts.ts';
import { PerfDataWriter } from './perfDataWriter.ts';

const MS = 1e6;
const PID = 100;
const TEXT_START = 0x400000;
const FUNCTION_BYTES = 0x1000;
const BUILD_ID = '00112233445566778899aabbccddeeff00112233';
/** Names of threads and of perf's events end where the kernel cuts them; gator's and files' do not. */
export const IMAGE = `/opt/${H.image.replaceAll('/', '')}/${H.markdown.replaceAll('/', '')}.so`;

/** A former id of the run `figures`. */
export const FORMER_ID = 'former';

/** It is private: no page shows it, however hostile. */
export const PROMPT = `Tell nobody ${H.script} ${H.bidi}`;

/** Functions of every run: hostile ones, and kernels that give it stages, operators and a roofline. */
const KERNELS = [
  'kai_run_matmul_clamp_f32_qsi8d32p4x8_qsi4c32p4x8_16x4_neon_i8mm',
  'ggml_vec_dot_q6_K_q8_K',
  'ggml_compute_forward_soft_max',
];
const CALLERS = ['llama_decode', 'main'];
const FUNCTIONS = [...CALLERS, ...KERNELS, ...ALL_HOSTILE, ...LINES, LONG_WORD, LONG_TEMPLATE];

const addressOf = (index: number): number => TEXT_START + (index + 1) * FUNCTION_BYTES + 0x10;

/** Innermost first: every function is a leaf in its turn, below hostile callers. */
const stackOf = (turn: number): number[] => {
  const hostile = CALLERS.length + (turn % (FUNCTIONS.length - CALLERS.length));
  const caller = CALLERS.length + KERNELS.length + (turn % ALL_HOSTILE.length);
  return [hostile, caller, 0, 1].map(addressOf);
};

/** The program's ELF file: its names may hold anything but a NUL. */
function symbols(): Uint8Array {
  const bytes = FUNCTION_BYTES * (FUNCTIONS.length + 2);
  return elfBytes({
    buildId: BUILD_ID,
    loads: [{ offset: 0, vaddr: 0, fileSize: bytes }],
    text: { vaddr: FUNCTION_BYTES, size: bytes - FUNCTION_BYTES },
    symbols: FUNCTIONS.map((name, index) => ({
      ...{ name, value: (index + 1) * FUNCTION_BYTES, size: FUNCTION_BYTES, section: '.text' as const },
    })),
  });
}

interface Call {
  startMs: number;
  ms: number;
  past: number;
  tokens: number;
}

/** One Prefill and some Decode calls. */
const CALLS: readonly Call[] = [
  { startMs: 20, ms: 60, past: 0, tokens: 7 },
  ...Array.from({ length: 12 }, (_, row) => ({ startMs: 81 + row * 7, ms: 6, past: 7 + row, tokens: 1 })),
];
const END_MS = 170;

const xml = (value: string): string =>
  value
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('"', '&quot;')
    // oxlint-disable-next-line no-control-regex -- XML has no way to write them
    .replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, ' ');

/** A gator capture: markers, channels, counters, threads, images. */
function gatorFiles(): Map<string, Uint8Array> {
  const counter = (id: string, index: number, code: number, title: string, name: string): ApcCounter => ({
    ...{ id, code, title: xml(title), name: xml(name) },
    type: index === 0 ? 'ARMv8_Neoverse_V1_ccnt' : `ARMv8_Neoverse_V1_cnt${index}`,
  });
  const apc = new ApcWriter({
    shape: 'per-thread-groups',
    cpuCount: 2,
    coreName: H.image,
    cpuid: 0x41d40,
    uname: `Linux armlab ${H.script.replaceAll(' ', '')} #1 SMP ${H.markdown} aarch64 GNU/Linux`,
    counters: [
      counter('cycles', 0, 0x11, H.script, H.formula),
      counter('instructions', 1, 0x08, H.markdown, H.bidi),
      counter('refills', 2, 0x2a, H.proto, H.constructor),
      counter('unknown', 3, 0xfff, LONG_WORD.slice(0, 20_000), H.at),
    ],
  });
  const main = apc.thread(PID, PID, H.script, IMAGE);
  const workers = ALL_HOSTILE.map((name, index) => apc.thread(PID, PID + 1 + index, name));
  const others = [apc.thread(900, 900, LONG_WORD, H.proto), apc.thread(901, 901, LINES[0], H.formula)];
  apc.map(0, main, 1, { start: TEXT_START, length: 0x1000000, path: IMAGE, buildId: BUILD_ID });
  const stream = apc.annotate(main);
  ALL_HOSTILE.forEach((name, index) => {
    stream.groupName(MS, index + 1, name).channelName(MS, index + 1, index + 1, name);
  });
  for (const { startMs, ms, past, tokens } of CALLS) {
    stream.marker(startMs * MS, `past ${past}, n_eval ${tokens}`);
    ALL_HOSTILE.forEach((name, index) => {
      stream.text((startMs + 1) * MS, index + 1, name).text((startMs + ms - 1) * MS, index + 1, '');
    });
  }
  [...ALL_HOSTILE, ...LINES, LONG_WORD].forEach((name, index) => stream.marker((22 + index) * MS, name));
  stream.defineCounter({ id: 1, title: H.image, name: H.script, units: H.formula, description: H.markdown });
  for (let ms = 1; ms < END_MS; ms++) stream.counterValue(ms * MS, 1, ms);
  for (let ms = 1; ms < END_MS; ms++) {
    const thread = ms % 3 === 0 ? workers[(ms / 3) % workers.length] : ms % 50 === 0 ? others[ms % 2] : main;
    apc.sample({
      ...{ timeNs: ms * MS - 100, cpu: ms % 2, thread, user: stackOf(ms) },
      counts: { cycles: 2_000_000, instructions: 3_000_000, refills: 900, unknown: 5 },
    });
  }
  return apc.files();
}

/** A recording of perf with probes. */
function perfFile(): Uint8Array {
  const file = new PerfDataWriter();
  const [cycles] = file.group(
    [
      { name: `cycles/name=${H.script}/`, config: 0, period: 1_000_000 },
      { name: H.formula, config: 1 },
      { name: H.markdown, type: 8, config: 0x2a },
      { name: H.proto, type: 8, config: 0x37 },
    ].map((event) => ({ ...event, instances: 2 })),
  );
  const entry = file.probe({ name: 'probe_llama:llama_decode', arguments: { n_tokens: 's32' } });
  const exit = file.probe({
    name: 'probe_llama:llama_decode__return',
    isReturn: true,
    arguments: { ret: 's32' },
  });
  file.describe({
    ...{ arch: 'aarch64', osRelease: H.script, version: H.image, hostName: 'armlab', cpus: 2 },
    ...{ cpuDescription: H.markdown, cpuId: H.hugo, pmus: { 8: H.attribute } },
    commandLine: ['perf', 'record', 'llama-cli', '-p', PROMPT],
  });
  file.comm({ pid: PID, name: H.script.slice(0, 60) });
  ALL_HOSTILE.forEach((name, index) => file.comm({ pid: PID, tid: PID + 1 + index, name }));
  file.mmap({ pid: PID, start: BigInt(TEXT_START), bytes: 0x1000000n, path: IMAGE, buildId: BUILD_ID });
  const records: { timeNs: number; write: () => void }[] = [];
  const address = BigInt(addressOf(0) - 0x10);
  for (const { startMs, ms, tokens } of CALLS) {
    const [start, end] = [startMs * MS + 1, (startMs + ms) * MS - 1];
    const at = { pid: PID, cpu: 0, address };
    records.push(
      {
        timeNs: start,
        write: () => file.hit(entry, { ...at, timeNs: start, arguments: { n_tokens: tokens } }),
      },
      { timeNs: end, write: () => file.hit(exit, { ...at, timeNs: end, arguments: { ret: 0 } }) },
    );
  }
  for (let ms = 1; ms < END_MS; ms++) {
    const chain = stackOf(ms);
    const tid = ms % 3 === 0 ? PID + 1 + ((ms / 3) % ALL_HOSTILE.length) : PID;
    const timeNs = ms * MS - 100;
    records.push({
      timeNs,
      write: () =>
        file.sample(cycles, {
          ...{ pid: PID, tid, timeNs, cpu: ms % 2, instance: ms % 2, ip: chain[0] },
          ...{ chain: [-512n, ...chain.map(BigInt)], counts: [2_000_000, 3_000_000, 900, 700] },
          ...{ enabledNs: timeNs, runningNs: timeNs },
        }),
    });
  }
  for (const { write } of records.sort((a, b) => a.timeNs - b.timeNs)) write();
  return file.toFile();
}

/** A log that quotes a model file and a prompt. */
function log(): string {
  const oneLine = (value: string): string => value.replaceAll(/[\n\r]/g, ' ');
  return [
    `build: 1 (${H.script}) with ${H.markdown} for ${H.image}`,
    'main: llama backend init',
    'main: load the model and apply lora adapter, if any',
    `llama_model_loader: loaded meta data with 2 key-value pairs and 3 tensors from /models/${H.image}.gguf (version GGUF V3 (latest))`,
    `llama_model_loader: - kv   0:                       general.architecture str              = ${H.script}`,
    `llama_model_loader: - kv   1:                               general.name str              = ${oneLine(H.markdown)}`,
    `print_info: file format = ${H.attribute}`,
    `print_info: file type   = ${H.script}`,
    `print_info: general.name     = ${H.formula}`,
    `print_info: arch             = ${H.image}`,
    `system_info: n_threads = 2 (n_threads_batch = 2) / 2 | CPU : NEON = 1 | ${H.script} = 1 | `,
    `sampler chain: ${H.mdx} -> ${H.script}`,
    `prompt: '${PROMPT}'`,
    'llama_perf_context_print: prompt eval time =      60.00 ms /     7 tokens (    8.57 ms per token,   116.67 tokens per second)',
    'llama_perf_context_print:        eval time =      72.00 ms /    12 runs   (    6.00 ms per token,   166.67 tokens per second)',
    '',
  ].join('\n');
}

function model(): Uint8Array {
  return ggufHeader({
    metadata: [
      ['general.architecture', text('llama')],
      ['general.name', text(H.script)],
      ['llama.block_count', u32(1)],
      ['llama.embedding_length', u32(256)],
      [H.proto, text(H.image)],
      [H.script, text(H.script)],
    ],
    tensors: [
      { name: 'token_embd.weight', dimensions: [256, 32], type: 8, bytes: 8704 },
      { name: `blk.0.${H.image}.weight`, dimensions: [256, 256], type: 8, bytes: 69_632 },
      { name: H.proto, dimensions: [256, 256], type: 8, bytes: 69_632 },
    ],
  });
}

/** Results of llama-bench; its fields are texts of the machine. */
function bench(): string {
  const test = {
    n_prompt: 512,
    n_gen: 0,
    n_threads: 2,
    avg_ts: 14.5,
    stddev_ts: 0.1,
    samples_ts: [14.4, 14.6],
  };
  return JSON.stringify([
    {
      ...{
        build_commit: H.script,
        build_number: 1,
        cpu_info: H.image,
        gpu_info: H.markdown,
        backends: H.mdx,
      },
      ...{
        model_filename: `/models/${H.image}.gguf`,
        model_type: H.formula,
        model_size: 1000,
        model_n_params: 10,
      },
      ...{ [H.script]: H.script, constructor: H.proto, type_k: H.hugo, test_time: H.script, ...test },
    },
    { ...test, n_prompt: 0, n_gen: 128, model_type: H.formula, build_commit: H.script, cpu_info: H.image },
  ]);
}

/** What a person wrote in run.yaml, with a title of its own. */
function runYaml(title: string, more: object = {}): string {
  return stringify({
    title,
    description: ALL_HOSTILE.join(' '),
    tags: [H.script, H.markdown, H.formula, H.proto, H.bidi, H.attribute],
    target: H.closing + H.image,
    modelled: [H.script],
    model: { name: H.script, architecture: H.image, fileType: H.markdown },
    peaks: [{ name: H.script, value: 1, unit: H.image }],
    ...more,
  });
}

/** Figures that somebody published: subjects, units and keys of settings are theirs. */
function figuresYaml(): string {
  const settings = Object.fromEntries([
    ...ALL_HOSTILE.map((name) => [name, name] as const),
    ['<b>key</b>', true],
    [LONG_WORD.slice(0, 20_000), 1],
  ]);
  const figure = (kind: string, subject: string) => ({ kind, subject, value: 1.5, unit: H.image, settings });
  return runYaml(H.closing, {
    origin: 'reported',
    baseline: H.closing,
    aliases: [FORMER_ID],
    source: `${H.closing} javascript:window.pwned=9 https://evil.example/"onmouseover="window.pwned=9" ${H.markdown}`,
    figures: [
      ...ALL_HOSTILE.flatMap((subject) => [figure('counter-total', subject), figure('metric', subject)]),
      ...ALL_HOSTILE.map((subject) => ({ ...figure('function-share', subject), unit: '%' })),
      { ...figure('rate', H.script), unit: 'tokens/s' },
      figure('rate', H.formula),
    ],
  });
}

/** What somebody wrote in plain Markdown: everything there is text. */
function chapter(title: string): string {
  return [
    '---',
    `title: ${JSON.stringify(title)}`,
    `description: ${JSON.stringify(H.closing)}`,
    '---',
    '',
    ...ALL_HOSTILE.filter((value) => !value.includes('{{')).flatMap((value) => [value, '']),
    `| a | b |\n|---|---|\n| ${H.image} | ${H.script} |`,
    '',
    `[link](javascript:window.pwned=6) <javascript:window.pwned=6> [data](data:text/html,${encodeURIComponent(H.script)})`,
    '',
    '[ref]: javascript:window.pwned=6',
    '',
    'See [ref] and ![picture](javascript:window.pwned=6 "caption<b>").',
    '',
    `<a href="javascript:window.pwned=6" onclick="window.pwned=6">raw</a>`,
    '',
    `\`\`\`${H.script.replaceAll('`', '')}\n${H.script}\n\`\`\``,
    '',
    LONG_WORD.slice(0, 5000),
    '',
  ].join('\n');
}

/** Names of files may hold everything but a slash and a NUL. */
const fileName = (value: string, ending: string): string => value.replaceAll('/', '').slice(0, 120) + ending;

/** The files of the captures folder by their paths. */
export function hostileCaptures(): Record<string, string | Uint8Array> {
  const gator = [...gatorFiles()].map(([name, bytes]) => [
    `gator/${fileName(H.image, '')}.apc/${name}`,
    bytes,
  ]);
  return {
    ...(Object.fromEntries(gator) as Record<string, Uint8Array>),
    [`gator/${fileName(H.script, '.elf')}`]: symbols(),
    [`gator/${fileName(H.formula, '.log')}`]: log(),
    'gator/run.yaml': runYaml(H.script),
    'gator/chapters/hostile.md': chapter(H.script),
    [`perf/${fileName(H.markdown, '.data')}`]: perfFile(),
    [`perf/${fileName(H.mdx, '.elf')}`]: symbols(),
    [`perf/${fileName(H.bidi, '.log')}`]: log(),
    [`perf/${fileName(H.attribute, '.gguf')}`]: model(),
    [`perf/${fileName(H.control.replaceAll('\u0000', ''), '.bin')}`]: 'nothing known',
    'perf/run.yaml': runYaml(LONG_WORD.slice(0, 9000), { baseline: 'gator' }),
    [`figures/${fileName(H.hugo, '.json')}`]: bench(),
    'figures/run.yaml': figuresYaml(),
    'stories/hostile.md': chapter(H.closing),
  };
}
