import { describe, expect, it } from 'vitest';
import { disagreements } from '../../src/profile/disagreements.ts';
import { fuse } from '../../src/profile/fuse.ts';
import type { Profile } from '../../src/profile/types.ts';
import { llamaLogReader } from '../../src/readers/llamaLog/index.ts';
import type { PlatformServices } from '../../src/platform/services.ts';
import { textInput } from '../support/textInput.ts';

/** The reader inflates nothing. */
const services = {} as PlatformServices;

const log = (path: string, lines: string[]): Promise<Profile> =>
  llamaLogReader.read(textInput(`${lines.join('\n')}\n`, path), { services });

const BUILD = 'build: 6673 (50d26e8) with cc 14 for aarch64-linux-gnu';
const TIMINGS = [
  'llama_perf_context_print: load time = 1.00 ms',
  'llama_perf_context_print: prompt eval time = 10.00 ms / 5 tokens ( 2.00 ms per token, 500.00 tokens per second)',
  'llama_perf_context_print: eval time = 8.00 ms / 2 runs ( 4.00 ms per token, 250.00 tokens per second)',
];
const ONE = [BUILD, 'print_info: n_layer = 24', 'system_info: n_threads = 4 / 8 | NEON = 1 |', ...TIMINGS];

describe('two logs in one folder', () => {
  it('of different settings and models are told with what differs', async () => {
    const other = ONE.map((line) => line.replace('24', '4').replace('n_threads = 4', 'n_threads = 8'));
    const profile = fuse([await log('a.log', ONE), await log('b.log', other)]);
    expect(profile.warnings).toEqual([
      {
        code: 'inputs-disagree',
        message:
          'a.log and b.log tell of different runs: threads 4 and 8, layers 24 and 4; what a.log says is shown',
        fix: 'Keep the files of one run in its folder, and those of another run in a folder of their own',
      },
    ]);
    expect(profile.settings?.threads).toBe(4);
    expect(profile.model?.layers).toBe(24);
  });

  it('that agree, or of which one does not know, are no matter', async () => {
    const [a, same, short] = [
      await log('a.log', ONE),
      await log('b.log', ONE),
      await log('c.log', [BUILD, ...TIMINGS]),
    ];
    expect(disagreements([a, same, short])).toEqual([]);
    expect(disagreements([short, a])).toEqual([]);
  });
});
