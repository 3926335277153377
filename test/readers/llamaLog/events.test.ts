import { describe, expect, it } from 'vitest';
import { profileViolations } from '../../../src/profile/integrity.ts';
import type { LogEvent, Profile } from '../../../src/profile/types.ts';
import { nodeServices } from '../../../src/platform/node/services.ts';
import { llamaLogReader } from '../../../src/readers/llamaLog/index.ts';
import { textInput } from '../../support/textInput.ts';

async function read(lines: string[]): Promise<Profile> {
  const profile = await llamaLogReader.read(textInput(lines.join('\n')), { services: nodeServices });
  expect(profileViolations(profile)).toEqual([]);
  return profile;
}

const shortly = ({ timeNs, kind, tokens }: LogEvent): string => `${timeNs / 1e6} ${kind} ${tokens ?? '?'}`;

describe('lines with times', () => {
  it('tell of the calls of llama-cli --verbose', async () => {
    const profile = await read([
      '0.00.341.002 W common_init_from_params: warming up the model with an empty run - please wait ... (--no-warmup to disable)',
      '0.00.420.117 I generate: n_ctx = 512, n_batch = 2048, n_predict = 20, n_keep = 0',
      "0.00.421.000 D eval: [ 'Once':12522, ' upon':5193, ' a':264 ]",
      '0.00.930.512 D n_past = 3',
      "0.00.931.001 D eval: [ ' time':882 ]",
      '0.00.953.000 D n_past = 4',
      // Half of the context was dropped: what the next call evaluated cannot be told from the difference.
      "1.02.000.001 D eval: [ ' there':1052 ]",
      '1.02.020.000 D n_past = 3',
      "1.02.021.000 D eval: [ ' was':572 ]",
    ]);
    expect(profile.clock).toMatchObject({ name: 'llama-log', startNs: null });
    expect(profile.logEvents.map(shortly)).toEqual([
      '341.002 warm-up ?',
      '420.117 generation ?',
      '421 call 3',
      '931.001 call 1',
      '62000.001 call ?',
      '62021 call ?',
    ]);
  });

  it('tell of the calls of llama-server, in the words of two years', async () => {
    const profile = await read([
      '0.01.000.000 I slot update_slots: id  0 | task 0 | prompt processing progress, n_past = 64, n_tokens = 64, progress = 0.500000',
      '0.01.000.050 D srv  update_slots: decoding batch, n_tokens = 64',
      '0.01.500.000 I slot update_slots: id  0 | task 0 | prompt processing progress, n_tokens = 128, batch.n_tokens = 65, progress = 1.000000',
      '0.01.500.010 D srv  update_slots: decoding batch, n_tokens = 65',
    ]);
    expect(profile.logEvents.map(shortly)).toEqual([
      '1000 prompt 64',
      '1000.05 call 64',
      '1500 prompt 65',
      '1500.01 call 65',
    ]);
  });

  it('are nothing without times: the clock stays unknown', async () => {
    const profile = await read(['generate: n_ctx = 512, n_batch = 2048, n_predict = 20, n_keep = 0']);
    expect(profile.logEvents).toEqual([]);
    expect(profile.clock.name).toBe('none');
  });
});
