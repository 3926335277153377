import { describe, expect, it } from 'vitest';
import { parseCompactModel, writeCompactModel } from '../../../src/llama/ggufCompact.ts';
import { MemorySource } from '../../../src/platform/bytes.ts';
import { nodeServices } from '../../../src/platform/node/services.ts';
import { profileViolations } from '../../../src/profile/integrity.ts';
import type { ModelInfo } from '../../../src/profile/model.ts';
import { ggufCompactReader } from '../../../src/readers/gguf/index.ts';
import type { RawInput } from '../../../src/readers/reader.ts';
import { detects, readWith } from '../../support/textFiles.ts';

const MODEL: ModelInfo = {
  name: 'Small "one"',
  architecture: 'llama',
  fileType: 'Q4_0',
  fileBytes: 22_016,
  parameterCount: 6464,
  bitsPerWeight: 8.73,
  layers: 1,
  embeddingLength: 64,
  feedForwardLength: null,
  headCount: 4,
  headCountKv: 2,
  headLength: 16,
  vocabulary: 100,
  contextTrained: 4096,
  expertCount: null,
  expertUsedCount: null,
  tensors: [
    { name: 'token_embd.weight', type: 'q8_0', dimensions: [64, 100], bytes: 6800 },
    { name: 'output_norm.weight', type: 'f32', dimensions: [64], bytes: 256 },
  ],
  attention: {
    headCountByLayer: null,
    headCountKvByLayer: [2],
    valueLength: null,
    kvLoraRank: null,
    slidingWindow: 512,
    slidingPattern: [true, false],
  },
  split: null,
  source: 'small.gguf.txt',
};

const TEXT = `{"gemviewModel":1,
"model":{"name":"Small \\"one\\"","architecture":"llama","fileType":"Q4_0","fileBytes":22016,"parameterCount":6464,"bitsPerWeight":8.73,"layers":1,"embeddingLength":64,"feedForwardLength":null,"headCount":4,"headCountKv":2,"headLength":16,"vocabulary":100,"contextTrained":4096,"expertCount":null,"expertUsedCount":null},
"split":null,
"attention":{"headCountByLayer":null,"headCountKvByLayer":[2],"valueLength":null,"kvLoraRank":null,"slidingWindow":512,"slidingPattern":[true,false]},
"tensors":[
["token_embd.weight","q8_0",[64,100],6800],
["output_norm.weight","f32",[64],256]
]}
`;

function inputOf(text: string): RawInput {
  const source = new MemorySource(new TextEncoder().encode(text));
  return { path: 'small.gguf.txt', bytes: source.size, content: { kind: 'file', source } };
}

describe('the compact form of a model', () => {
  it('is text, one tensor a line, the same for the same model', () => {
    expect(writeCompactModel(MODEL)).toBe(TEXT);
    const shuffled = Object.fromEntries(Object.entries(MODEL).reverse()) as unknown as ModelInfo;
    expect(writeCompactModel(shuffled)).toBe(TEXT);
  });

  it('gives the model back', async () => {
    expect(parseCompactModel(TEXT, 'small.gguf.txt')).toEqual(MODEL);
    const input = inputOf(TEXT);
    const bytes = new TextEncoder().encode(TEXT).subarray(0, 4096);
    const head = { path: input.path, bytes, text: TEXT.slice(0, 4096) };
    expect(ggufCompactReader.detect(head, input)).toBe(true);
    const profile = await ggufCompactReader.read(input, { services: nodeServices });
    expect(profileViolations(profile)).toEqual([]);
    expect(profile.model).toEqual(MODEL);
    expect(profile.inputs[0].format).toBe('gguf-compact');
  });

  it('is read as PowerShell writes it: in UTF-16', async () => {
    const bytes = new Uint8Array(Buffer.from(`\ufeff${TEXT.replaceAll('\n', '\r\n')}`, 'utf16le'));
    expect(detects(ggufCompactReader, bytes)).toBe(true);
    expect((await readWith(ggufCompactReader, bytes, 'small.gguf.txt')).model).toEqual(MODEL);
  });

  it.each([
    ['cut in the middle', TEXT.slice(0, 500), 'it is cut or is no JSON'],
    ['of a later version', TEXT.replace('Model":1', 'Model":2'), 'it has version 2 of the compact form'],
    ['with a row that is none', TEXT.replace('[64,100],6800', '[64,100]'), 'row 1 of "tensors" is not'],
    ['with dimensions that cannot be', TEXT.replace('[64,100]', '[1e15,1e15]'), 'row 1 of "tensors" is not'],
    ['with a negative count', TEXT.replace('"layers":1', '"layers":-1'), '"layers" is no number'],
    ['with a list for settings', '{"gemviewModel":1,"model":[]}', '"model" is no object'],
    ['of null', '{"gemviewModel":null}', 'it is no compact model'],
  ])('refuses a file %s', async (_, text, problem) => {
    await expect(ggufCompactReader.read(inputOf(text), { services: nodeServices })).rejects.toThrow(
      `small.gguf.txt: ${problem}`,
    );
  });
});
