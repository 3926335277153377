/**
 * The text of `simpleperf report-sample`: blocks of `key: value`, two spaces a level (AOSP system/extras/simpleperf,
 * `cmd_report_sample.cpp`, `PrintSample`):
 *
 *     sample:
 *       event_type: cpu-cycles
 *       time: 684943449406000
 *       event_count: 250000
 *       thread_id: 31881
 *       thread_name: llama-cli
 *       vaddr_in_file: 29c3f0
 *       file: /data/local/tmp/libggml.so
 *       symbol: ggml_vec_dot_q4_0_q8_0
 *       callchain:
 *         vaddr_in_file: 278104
 *         file: /data/local/tmp/libggml.so
 *         symbol: ggml_compute_forward_mul_mat
 */
import type { ByteSource } from '../../platform/bytes.ts';
import type { FrameIndex } from '../../profile/types.ts';
import { textLines } from '../textInput.ts';
import { isKernelFile, type ReportSamples } from './samples.ts';

const LINE = /^(?: {2}){0,2}(\w+):(?: (.*))?$/;
/** What simpleperf prints where it found no symbol. */
const NO_SYMBOL = /^unknown$|\[\+[0-9a-f]+\]$/;
const MAX_FRAMES = 4096;

/** True for the first lines of such a text. */
export function isReportText(head: string): boolean {
  return /^(?:sample:\n {2}event_type: |meta_info:\n {2}\w+: |context_switch:\n {2}switch_on: )/m.test(head);
}

interface Block {
  kind: string;
  values: Map<string, string>;
  frames: FrameIndex[];
  isKernel: boolean;
  /** The frame at hand. */
  address: string;
  path: string;
}

/** Reads the blocks of the text; returns the numbers of lines that are none of it and of samples that lack something. */
export async function readReportText(
  source: ByteSource,
  samples: ReportSamples,
): Promise<{ strangeLines: number; damagedSamples: number; lost: number }> {
  const result = { strangeLines: 0, damagedSamples: 0, lost: 0 };
  let block: Block | null = null;
  for await (const line of textLines(source)) {
    const match = LINE.exec(line);
    if (!match) {
      if (line.trim() !== '') result.strangeLines++;
      continue;
    }
    const [, key, value = ''] = match;
    if (!line.startsWith(' ')) {
      take(block, samples, result);
      block = { kind: key, values: new Map(), frames: [], isKernel: false, address: '', path: '' };
    } else if (block === null) result.strangeLines++;
    else if (key === 'vaddr_in_file') block.address = value;
    else if (key === 'file') block.path = value;
    else if (key === 'symbol') addFrame(block, value, samples);
    else if (block.kind === 'meta_info' && key === 'event_type') samples.event(value);
    else block.values.set(key, value);
  }
  take(block, samples, result);
  return result;
}

function addFrame(block: Block, symbol: string, samples: ReportSamples): void {
  if (block.frames.length >= MAX_FRAMES) return;
  const address = /^[0-9a-f]{1,16}$/.test(block.address) ? BigInt(`0x${block.address}`) : 0n;
  const low = Number(address & 0xffff_ffffn);
  const name = NO_SYMBOL.test(symbol) ? null : symbol;
  if (block.frames.length === 0) block.isKernel = isKernelFile(block.path);
  block.frames.push(samples.frame(low, Number(address >> 32n), block.path, name));
}

/** Takes a whole block. */
function take(
  block: Block | null,
  samples: ReportSamples,
  result: { damagedSamples: number; lost: number },
): void {
  if (block === null) return;
  const { kind, values } = block;
  const number = (key: string): bigint | null => {
    const value = values.get(key) ?? '';
    return /^\d{1,20}$/.test(value) ? BigInt(value) : null;
  };
  const time = number('time');
  const tid = number('thread_id');
  if (kind === 'sample') {
    const event = values.get('event_type');
    const count = number('event_count');
    if (time === null || tid === null || count === null || event === undefined) {
      result.damagedSamples++;
      return;
    }
    const thread = samples.thread(null, Number(tid), values.get('thread_name') ?? '');
    samples.sample(samples.event(event), time, Number(count), thread, block.frames, block.isKernel);
  } else if (kind === 'context_switch' && time !== null && tid !== null) {
    const thread = samples.thread(null, Number(tid), values.get('thread_name') ?? '');
    samples.switch(time, thread, values.get('switch_on') === 'true');
  } else if (kind === 'lost_situation') {
    samples.statedCount = Number(number('sample_count') ?? samples.count);
    result.lost = Number(number('lost_count') ?? 0);
  }
}
