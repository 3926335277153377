import { describe, expect, it } from 'vitest';
import { processCommandLineReader } from '../../../src/readers/processCommandLine/index.ts';
import { detects, readWith } from '../../support/textFiles.ts';

const CMDLINE = './llama-cli\0-m\0model.gguf\0-p\0Once upon\na time\0--no-warmup\0';

describe('/proc/<pid>/cmdline', () => {
  it('is a private fact', async () => {
    expect(detects(processCommandLineReader, CMDLINE)).toBe(true);
    const { facts } = await readWith(processCommandLineReader, CMDLINE, 'cmdline');
    expect(facts).toEqual([
      {
        name: 'command-line',
        value: './llama-cli -m model.gguf -p Once upon\na time --no-warmup',
        source: 'cmdline',
        private: true,
      },
    ]);
  });

  it.each([
    ['text', './llama-cli -m model.gguf\n'],
    ['one word', 'llama-cli\0'],
    ['UTF-16', new Uint8Array(Buffer.from('llama-cli -m x', 'utf16le'))],
    ['binary data', Uint8Array.of(0x41, 0x42, 0x43, 0, 1, 2, 3, 0)],
    ['nothing', ''],
  ])('is not %s', (_name, content) => {
    expect(detects(processCommandLineReader, content)).toBe(false);
  });
});
