import { describe, expect, it } from 'vitest';
import { reportOf } from '../../support/reportOf.ts';

const log = (
  threads: string,
) => `system_info: n_threads = 1 (n_threads_batch = 1) / ${threads} | CPU : NEON = 1 |
llama_perf_context_print:        load time =      46.53 ms
llama_perf_context_print: prompt eval time =     100.00 ms /    10 tokens (   10.00 ms per token,   100.00 tokens per second)
llama_perf_context_print:        eval time =     200.00 ms /    10 runs   (   20.00 ms per token,    50.00 tokens per second)
llama_perf_context_print:       total time =     400.00 ms /    20 tokens
`;

async function machineOf(files: Record<string, string>): Promise<[string, string][]> {
  const { report } = await reportOf(files);
  return report.identity.filter(({ group }) => group === 'machine').map(({ label, value }) => [label, value]);
}

describe('what a run was recorded with', () => {
  it('is a recorder, not the program whose log lies beside', async () => {
    const script = `llama-cli 7 [000] 1.000000: 1000000 cycles:u: \n\t 55d0 ggml_vec_dot_f16+0x1 (/bin/llama-cli)\n\n`;
    const { report } = await reportOf({
      'perf.script': script.repeat(3),
      'llama.log': `build: 6673 (50d26e8) with cc\n${log('4')}`,
    });
    const capture = report.identity
      .filter(({ group }) => group === 'capture')
      .map(({ label, value }) => [label, value]);
    expect(capture).toContainEqual(['Printed by', 'llama.cpp 6673 (50d26e8)']);
    expect(
      capture
        .filter(([label]) => label === 'Recorded with')
        .flat()
        .join(),
    ).not.toContain('llama.cpp');
    expect(report.answers.method).toMatch(/^Recorded with perf[^.]*;/);
  });

  it('is nothing where a log is all there is', async () => {
    const { report } = await reportOf({ 'llama.log': `build: 6673 (50d26e8) with cc\n${log('4')}` });
    expect(report.answers.method).toMatch(/^No recorder ran: printed by llama\.cpp 6673 \(50d26e8\);/);
    expect(report.identity.some(({ label }) => label === 'Recorded with')).toBe(false);
  });
});

describe('the machine of a run', () => {
  it('is said to be unknown but for the number of its CPUs when a log says no more', async () => {
    expect(await machineOf({ 'llama.log': log('4') })).toContainEqual(['CPUs', '4 CPUs, core not known']);
    expect(await machineOf({ 'llama.log': log('1') })).toContainEqual(['CPUs', '1 CPU, core not known']);
  });

  it('is named by its cores where they are listed', async () => {
    const cpuinfo = `processor\t: 0
BogoMIPS\t: 50.00
CPU implementer\t: 0x41
CPU architecture: 8
CPU variant\t: 0x1
CPU part\t: 0xd40
CPU revision\t: 1
`;
    expect(await machineOf({ 'llama.log': log('1'), 'cpuinfo.txt': cpuinfo })).toContainEqual([
      'CPUs',
      '1 × Neoverse-V1',
    ]);
  });
});

describe('settings of a run', () => {
  it('have their thousands separated as everywhere else', async () => {
    const context = 'llama_context: n_ctx         = 16384\nllama_context: n_batch       = 2048\n';
    const { report } = await reportOf({ 'llama.log': context + log('1') });
    expect(report.identity.map(({ label, value }) => `${label} ${value}`)).toEqual(
      expect.arrayContaining(['Context 16,384', 'Batch 2,048']),
    );
  });
});
