import { describe, expect, it } from 'vitest';
import { withMemoryLimit } from '../../src/symbols/wasmMemoryLimit.ts';

const PREAMBLE = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
/** (export "m" (memory 0)) */
const EXPORT = [7, 5, 1, 1, 0x6d, 2, 0];

const memoryOf = (bytes: Uint8Array<ArrayBuffer>): WebAssembly.Memory =>
  new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports.m as WebAssembly.Memory;

describe('withMemoryLimit', () => {
  it('lets the memory grow to the limit and no further', () => {
    // (memory 2)
    const limited = withMemoryLimit(Uint8Array.from([...PREAMBLE, 5, 3, 1, 0, 2, ...EXPORT]), 200);
    const memory = memoryOf(limited);
    expect(memory.buffer.byteLength).toBe(2 * 65_536);
    expect(memory.grow(198)).toBe(2);
    expect(() => memory.grow(1)).toThrow(RangeError);
  });

  it('leaves a module with a limit of its own, or without memory, as it is', () => {
    for (const content of [[5, 4, 1, 1, 1, 3, ...EXPORT], []]) {
      const module = Uint8Array.from([...PREAMBLE, ...content]);
      expect(withMemoryLimit(module, 200)).toEqual(module);
    }
  });
});
