/**
 * How fast perf script text is read, and how much memory that takes.
 *
 *     node scripts/bench/perfScript.ts [--megabytes 200] [text or text.gz]
 *
 * Repeats a text (a small one of its own when none is given) to the wanted size, each repetition later than the one
 * before as a longer recording would be, without ever holding it as a whole.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { gunzipSync } from 'node:zlib';
import type { ByteSource } from '../../src/platform/bytes.ts';
import { nodeServices } from '../../src/platform/node/services.ts';
import { perfScriptReader } from '../../src/readers/perfScript/index.ts';

/** A text over and over; in repetition n all times are n × its duration later. Meant to be read from start to end. */
class RepeatedText implements ByteSource {
  readonly size: number;
  readonly #text: Uint8Array;
  /** Position of the decimal point of each time, and its whole seconds in the text. */
  readonly #points: number[] = [];
  readonly #seconds: number[] = [];
  #shiftSeconds: number;
  #repetition = 0;

  constructor(text: Uint8Array, repetitions: number) {
    this.#text = text.slice();
    this.size = text.byteLength * repetitions;
    const decoded = Buffer.from(text.buffer, text.byteOffset, text.byteLength).toString('latin1');
    for (const match of decoded.matchAll(/^\S.{0,60}? {1,6}(\d+)\.\d{6}: /gm)) {
      this.#points.push(match.index + match[0].indexOf(`${match[1]}.`) + match[1].length);
      this.#seconds.push(Number(match[1]));
    }
    const range = Math.max(...this.#seconds.slice(-1)) - (this.#seconds[0] ?? 0);
    this.#shiftSeconds = range + 1;
  }

  read(offset: number, length: number): Promise<Uint8Array> {
    const result = new Uint8Array(Math.max(0, Math.min(length, this.size - offset)));
    for (let filled = 0; filled < result.byteLength;) {
      const at = offset + filled;
      this.#moveTo(Math.floor(at / this.#text.byteLength));
      const within = at % this.#text.byteLength;
      const piece = this.#text.subarray(within, within + result.byteLength - filled);
      result.set(piece, filled);
      filled += piece.byteLength;
    }
    return Promise.resolve(result);
  }

  /** Writes the times of a repetition over the digits, and blanks before them, that are there. */
  #moveTo(repetition: number): void {
    if (repetition === this.#repetition) return;
    this.#repetition = repetition;
    this.#points.forEach((point, index) => {
      const digits = String(this.#seconds[index] + repetition * this.#shiftSeconds);
      for (let i = 0; i < digits.length; i++) this.#text[point - digits.length + i] = digits.charCodeAt(i);
    });
  }
}

const { values, positionals } = parseArgs({
  options: { megabytes: { type: 'string', default: '200' } },
  allowPositionals: true,
});

const text = positionals[0] ? fileText(positionals[0]) : ownText();
const repetitions = Math.max(1, Math.ceil((Number(values.megabytes) * 1e6) / text.byteLength));
const source = new RepeatedText(text, repetitions);
const input = { path: 'repeated.txt', bytes: source.size, content: { kind: 'file' as const, source } };

const started = performance.now();
const cpuStarted = process.cpuUsage();
const profile = await perfScriptReader.read(input, { services: nodeServices });
const seconds = (performance.now() - started) / 1000;
const cpuSeconds = process.cpuUsage(cpuStarted).user / 1e6;

const peakMegabytes = process.resourceUsage().maxRSS / 1024;
process.stdout.write(
  [
    `${(source.size / 1e6).toFixed(0)} MB in ${seconds.toFixed(2)} s: ${(source.size / 1e6 / seconds).toFixed(0)} MB/s`,
    `${(source.size / 1e6 / cpuSeconds).toFixed(0)} MB a second of CPU time: what an idle machine would show`,
    `${profile.samples.length} samples, ${profile.frames.length} frames, ${profile.stacks.length} stack nodes`,
    `peak RSS ${peakMegabytes.toFixed(0)} MB`,
    '',
  ].join('\n'),
);

function fileText(path: string): Uint8Array {
  const bytes = readFileSync(path);
  return new Uint8Array(path.endsWith('.gz') ? gunzipSync(bytes) : bytes);
}

/** 2,000 samples of 40 different stacks, 12 frames deep. */
function ownText(): Uint8Array {
  const frames = Array.from(
    { length: 200 },
    (_, i) =>
      `\t${(0x400000 + i * 0x1234).toString(16).padStart(16)} ggml_compute_forward_${i}+0x${i.toString(16)} (/usr/bin/llama-cli)`,
  );
  const samples = Array.from({ length: 2000 }, (_, sample) => {
    const stack = Array.from(
      { length: 12 },
      (_, depth) => frames[(depth * 17 + (sample % 40)) % frames.length],
    );
    const time = `    1.${String(sample * 400).padStart(6, '0')}`;
    return `llama-cli   ${2000 + (sample % 4)} [00${sample % 4}] ${time}:    1000000 cycles: \n${stack.join('\n')}\n\n`;
  });
  return new TextEncoder().encode(samples.join(''));
}
