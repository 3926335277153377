/** Damaged and lying GGUF files: every one ends soon, with a sound profile or one clear error. */
import { describe, expect, it } from 'vitest';
import { parseCompactModel, CompactModelError, writeCompactModel } from '../../src/llama/ggufCompact.ts';
import { MemorySource } from '../../src/platform/bytes.ts';
import { nodeServices } from '../../src/platform/node/services.ts';
import { profileViolations } from '../../src/profile/integrity.ts';
import { ggufReader } from '../../src/readers/gguf/index.ts';
import { InputError } from '../../src/readers/reader.ts';
import { ggufBytes, ggufHeader, list, text, u32, type GgufFile } from '../support/ggufWriter.ts';

const FILE: GgufFile = {
  metadata: [
    ['general.architecture', text('llama')],
    ['llama.block_count', u32(8)],
    ['llama.embedding_length', u32(64)],
    ['llama.attention.head_count', list('u32', [4, 4, 4, 4, 4, 4, 4, 4].map(u32))],
    [
      'tokenizer.ggml.tokens',
      list(
        'string',
        Array.from({ length: 200 }, (_, token) => text(`t${token}`)),
      ),
    ],
    ['nested', list('array', [list('u8', [{ type: 'u8', value: 1 }]), list('string', [text('x')])])],
  ],
  tensors: Array.from({ length: 8 }, (_, layer) => ({
    name: `blk.${layer}.attn_k.weight`,
    dimensions: [64, 64],
    type: 2,
    bytes: 2304,
  })),
};
const BYTES = ggufBytes(FILE);
const HEADER_BYTES = ggufHeader(FILE).byteLength;

/** Small reproducible generator (Park–Miller): the same mutants in every run. */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
}

/** What becomes of a mutant: `read` and `refused` are fine, anything else says what is wrong. */
async function outcome(bytes: Uint8Array): Promise<string> {
  const source = new MemorySource(bytes);
  try {
    const profile = await ggufReader.read(
      { path: 'mutant.gguf', bytes: source.size, content: { kind: 'file', source } },
      { services: nodeServices },
    );
    const written = writeCompactModel(profile.model!);
    if (written.includes('NaN')) return 'a number that is none';
    if (writeCompactModel(parseCompactModel(written, '')) !== written)
      return 'the compact form does not return';
    return profileViolations(profile)[0] ?? 'read';
  } catch (error) {
    if (!(error instanceof InputError)) return `${error}`;
    return /^mutant\.gguf, byte \d+: \S.*[^.]$/.test(error.message) ? 'refused' : error.message;
  }
}

/** Outcomes that must not be. */
const bad = (outcomes: readonly string[]) => outcomes.filter((one) => one !== 'read' && one !== 'refused');

describe('mutants of a GGUF file', () => {
  it('50 cuts', async () => {
    const outcomes: string[] = [];
    for (let cut = 0; cut < 50; cut++) {
      outcomes.push(await outcome(BYTES.subarray(0, Math.floor((BYTES.byteLength * cut) / 50))));
      outcomes.push(await outcome(BYTES.subarray(0, Math.floor((HEADER_BYTES * cut) / 50))));
    }
    expect(bad(outcomes)).toEqual([]);
    expect(outcomes).toContain('refused');
    expect(outcomes).toContain('read');
  });

  it('200 files with 50 flipped bytes each, in the header', async () => {
    const random = randomNumbers(1234);
    const outcomes: string[] = [];
    for (let mutant = 0; mutant < 200; mutant++) {
      const bytes = BYTES.slice();
      // Mostly few flips, so that reading gets far.
      const flips = mutant % 4 === 0 ? 50 : 1 + random(3);
      for (let flip = 0; flip < flips; flip++) bytes[4 + random(HEADER_BYTES - 4)] ^= 1 << random(8);
      outcomes.push(await outcome(bytes));
    }
    expect(bad(outcomes)).toEqual([]);
    expect(outcomes).toContain('refused');
    expect(outcomes).toContain('read');
  });

  const LIES = [2n ** 31n, 2n ** 32n - 1n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n];

  it.each(LIES)('a count of %d tensors, metadata entries, strings, bytes or rows', async (lie) => {
    expect(await outcome(ggufBytes({ ...FILE, lies: { tensorCount: lie } }))).toBe('refused');
    expect(await outcome(ggufBytes({ ...FILE, lies: { metadataCount: lie } }))).toBe('refused');
    const started = performance.now();
    const outcomes: string[] = [];
    // Every aligned and unaligned position of the header takes the lie for a 64-bit number once.
    for (let at = 8; at + 8 <= HEADER_BYTES; at += 3) {
      const bytes = BYTES.slice();
      new DataView(bytes.buffer).setBigUint64(at, lie, true);
      outcomes.push(await outcome(bytes));
    }
    expect(bad(outcomes)).toEqual([]);
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  it('arrays in arrays in arrays', async () => {
    let nested = list('u8', []);
    for (let depth = 0; depth < 100; depth++) nested = list('array', [nested]);
    expect(await outcome(ggufBytes({ ...FILE, metadata: [['deep', nested], ...FILE.metadata] }))).toBe(
      'refused',
    );
  });

  it('200,000 empty arrays, a million metadata entries: more than is read one by one', async () => {
    const empty = list(
      'array',
      Array.from({ length: 200_000 }, () => list('u8', [])),
    );
    expect(await outcome(ggufBytes({ ...FILE, metadata: [['many', empty], ...FILE.metadata] }))).toBe(
      'refused',
    );
    const header = ggufHeader({ metadata: [], tensors: [], lies: { metadataCount: 1_000_000n } });
    const bytes = new Uint8Array(20_000_000);
    bytes.set(header);
    expect(await outcome(bytes)).toBe('refused');
  });
});

describe('mutants of a compact model', () => {
  it('are read or refused with a sentence', () => {
    const model = {
      ...parseCompactModel('{"gemviewModel":1,"model":{"layers":2},"tensors":[]}', ''),
      tensors: [{ name: 'a', type: 'q4_0', dimensions: [64, 64], bytes: 2304 }],
    };
    const written = writeCompactModel(model);
    const random = randomNumbers(99);
    const crashes: unknown[] = [];
    for (let mutant = 0; mutant < 500; mutant++) {
      const at = random(written.length);
      const swapped = written.slice(0, at) + '{}[],":0x-'[random(10)] + written.slice(at + 1);
      for (const text of [swapped, written.slice(0, at)]) {
        try {
          parseCompactModel(text, '');
        } catch (error) {
          if (!(error instanceof CompactModelError)) crashes.push(error);
        }
      }
    }
    expect(crashes).toEqual([]);
  });
});
