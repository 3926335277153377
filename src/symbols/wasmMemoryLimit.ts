/** A ceiling for the memory of a WebAssembly module that was built without one. */

const PREAMBLE_BYTES = 8;
const MEMORY_SECTION = 5;

/**
 * The module with its one memory limited to `maxPages` of 64 KiB: what needs more traps instead of taking gigabytes. A
 * module that states a limit, or has another number of memories, comes back as it is (WebAssembly core specification,
 * 5.5.8: the section is `count flags minimum [maximum]`, numbers in LEB128).
 */
export function withMemoryLimit(module: Uint8Array, maxPages: number): Uint8Array<ArrayBuffer> {
  for (let at = PREAMBLE_BYTES; at < module.byteLength;) {
    const size = readNumber(module, at + 1);
    const content = size.next;
    const end = content + size.value;
    if (module[at] === MEMORY_SECTION) {
      const [count, flags] = module.subarray(content, content + 2);
      if (count !== 1 || flags !== 0) break;
      const minimum = module.subarray(content + 2, end);
      const limited = [1, 1, ...minimum, ...numberBytes(maxPages)];
      return joined(
        module.subarray(0, at + 1),
        Uint8Array.from([...numberBytes(limited.length), ...limited]),
        module.subarray(end),
      );
    }
    at = end;
  }
  return new Uint8Array(module);
}

function readNumber(bytes: Uint8Array, at: number): { value: number; next: number } {
  let value = 0;
  for (let shift = 0; shift < 35; shift += 7) {
    const byte = bytes[at++] ?? 0;
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) break;
  }
  return { value, next: at };
}

function numberBytes(value: number): number[] {
  const bytes: number[] = [];
  for (; value >= 0x80; value = Math.floor(value / 0x80)) bytes.push((value % 0x80) | 0x80);
  return [...bytes, value];
}

function joined(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    result.set(part, at);
    at += part.byteLength;
  }
  return result;
}
