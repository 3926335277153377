/** Reads the text of `perf script` for comparison: what perf itself makes of a file. Nothing here is shared with readers. */
export interface ScriptSample {
  comm: string;
  /** Null where the text names the thread only. */
  pid: number | null;
  tid: number;
  /** As printed, seconds with six or nine digits. */
  time: string;
  period: number | null;
  event: string;
  /** What follows the event's name: arguments of probes. */
  trace: string;
  /** Leaf first. */
  frames: { address: bigint; symbol: string; image: string }[];
}

const HEADER =
  /^\s*(\S.*?)\s+(?:(\d+)\/)?(-?\d+)(?: \[\d+\])?\s+(\d+\.\d+):\s+(?:(\d+)\s+)?(\S+):(?: (.*))?$/;
const FRAME = /^\s+([0-9a-f]+) (.*?) ?\((.*)\)$/;

export function parsePerfScript(text: string): ScriptSample[] {
  const samples: ScriptSample[] = [];
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const frame = FRAME.exec(line);
    if (frame && samples.length > 0) {
      samples.at(-1)?.frames.push({ address: BigInt(`0x${frame[1]}`), symbol: frame[2], image: frame[3] });
      continue;
    }
    const header = HEADER.exec(line);
    if (!header) continue;
    samples.push({
      comm: header[1],
      pid: header[2] === undefined ? null : Number(header[2]),
      tid: Number(header[3]),
      time: header[4],
      period: header[5] === undefined ? null : Number(header[5]),
      event: header[6],
      trace: (header[7] ?? '').trim(),
      frames: [],
    });
  }
  return samples;
}

/** Nanoseconds from the start of a profile as the seconds that perf prints: truncated to `digits`. */
export function printedTime(startNs: string | null, timeNs: number, digits: 6 | 9): string {
  const absolute = BigInt(startNs ?? 0) + BigInt(timeNs);
  const seconds = absolute / 1_000_000_000n;
  return `${seconds}.${String(absolute % 1_000_000_000n)
    .padStart(9, '0')
    .slice(0, digits)}`;
}
