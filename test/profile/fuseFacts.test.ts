import { describe, expect, it } from 'vitest';
import { fuseRecords, fuseTargets } from '../../src/profile/fuseFacts.ts';
import type { LlamaSettings } from '../../src/profile/types.ts';

const settings = (more: Partial<LlamaSettings>): LlamaSettings => ({
  build: null,
  compiler: null,
  threads: null,
  threadsBatch: null,
  contextLength: null,
  batch: null,
  microBatch: null,
  flashAttention: null,
  features: {},
  buffers: {},
  ...more,
});

describe('what several inputs say', () => {
  it('is the first that knows, field by field, also of fields that an input leaves out', () => {
    const cacheTypes = { key: 'q8_0', value: 'f16' };
    const fused = fuseRecords([
      settings({ threads: 4 }),
      null,
      settings({ threads: 8, batch: 512, features: { NEON: '1' }, cacheTypes }),
    ]);
    expect(fused).toMatchObject({ threads: 4, batch: 512, features: { NEON: '1' }, cacheTypes });
    expect(fuseRecords([null, null])).toBeNull();
  });

  it('joins CPUs by number; the longer MIDR wins', () => {
    const target = (cpus: { cpu: number; name: string | null; midr: string | null }[]) => ({
      ...{ arch: null, cpuCount: null, kernel: null, pageBytes: null },
      cpus,
    });
    expect(
      fuseTargets([
        target([{ cpu: 1, name: 'Neoverse-V1', midr: '0xd40' }]),
        { ...target([{ cpu: 0, name: null, midr: null }]), arch: 'aarch64' },
        target([{ cpu: 1, name: null, midr: '0x411fd401' }]),
      ]),
    ).toMatchObject({
      arch: 'aarch64',
      cpus: [
        { cpu: 0, name: null, midr: null },
        { cpu: 1, name: 'Neoverse-V1', midr: '0x411fd401' },
      ],
    });
  });
});
