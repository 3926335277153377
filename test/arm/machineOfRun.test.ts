import { describe, expect, it } from 'vitest';
import { machineOfRun } from '../../src/arm/machineOfRun.ts';

const cpus = (name: string | null, midr: string | null = null) => [
  { name, midr },
  { name, midr },
];

describe('the machine of a run', () => {
  it.each([
    ['Raspberry Pi 5 Model B Rev 1.0', 'Cortex-A76', 'raspberry-pi-5'],
    ['AWS Graviton3 AWS Graviton3 CPU @ 2.6GHz', 'Neoverse-V1', 'graviton3'],
    ['c8g.metal-24xl', 'Neoverse-V2', 'graviton4'],
    ['Ampere(R) Altra(R) Processor Q80-30 CPU @ 3.0GHz', 'Neoverse-N1', 'altra-q80-30'],
    ['Ampere(R) Altra(R) Processor Q80-33', 'Neoverse-N1', 'altra-q80-33'],
  ])('is told by its name: %s', (name, core, id) => {
    expect(machineOfRun({ names: [name], cpus: cpus(core) }).machine?.id).toBe(id);
  });

  it('is not guessed from a core that several machines have', () => {
    expect(machineOfRun({ names: [], cpus: cpus('Neoverse-V2') })).toEqual({
      machine: null,
      reason:
        'its Neoverse-V2 cores do not tell the machine: AWS Graviton4, Google Axion C4A and others have them',
    });
    expect(machineOfRun({ names: [], cpus: cpus('Cortex-A76') }).machine).toBeNull();
  });

  it('is Azure Cobalt where the MIDR has Microsoft’s code', () => {
    expect(machineOfRun({ names: [], cpus: cpus(null, '0x6d0fd490') }).machine?.id).toBe('cobalt-100');
    expect(machineOfRun({ names: [], cpus: cpus(null, '0x410fd490') }).machine).toBeNull();
  });

  it('is none when its cores contradict its name', () => {
    expect(machineOfRun({ names: ['Raspberry Pi 5'], cpus: cpus('Cortex-A72') })).toEqual({
      machine: null,
      reason: 'it is called Raspberry Pi 5, which has no Cortex-A72',
    });
  });

  it('is none without names, or with names of several', () => {
    expect(machineOfRun({ names: [], cpus: [] }).reason).toBe('neither the machine nor its cores are named');
    expect(machineOfRun({ names: ['Graviton2', 'Graviton3'], cpus: [] }).machine).toBeNull();
    expect(machineOfRun({ names: [], cpus: cpus('Cortex-A510') }).reason).toBe(
      'no machine of the table has Cortex-A510',
    );
  });
});
