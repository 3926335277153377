import { describe, expect, it } from 'vitest';
import { readSummaryFrame, unameParts } from '../../../src/readers/apc/summary.ts';
import { ByteWriter, hexBytes } from '../../support/apcBytes.ts';

const CANARY = '1\n2\r\n3\r4\n\r5';

function summaryBody(canary: string, clocks: bigint[], attributes: Record<string, string>): ByteWriter {
  const body = new ByteWriter().packed(1).string(canary);
  for (const clock of clocks) body.packed(clock);
  for (const [name, value] of Object.entries(attributes)) body.string(name).string(value);
  return body.string('');
}

describe('SUMMARY frames', () => {
  it('tells CPU 0 of a Neoverse-V1', () => {
    // 12 00 00 00 | 01 03 00 c0 ba 10 0b "Neoverse-V1", without length and type.
    const { cores, damaged } = readSummaryFrame(
      hexBytes('03 00 c0 ba 10 0b 4e 65 6f 76 65 72 73 65 2d 56 31'),
    );
    expect(cores).toEqual([{ cpu: 0, cpuid: 0x41d40, name: 'Neoverse-V1' }]);
    expect(damaged).toBe(false);
  });

  it('reads clocks beyond 2^53 and attributes with empty values', () => {
    const { summary } = readSummaryFrame(
      summaryBody(
        CANARY,
        [1_795_486_709_877_763_648n, 975_241_615_632n, 975_239_157_376n, 975_239_157_536n],
        {
          uname: 'Linux armlab 6.12.117 aarch64 GNU/Linux',
          nosync: '',
        },
      ).finish(),
    );
    expect(summary).toMatchObject({
      canaryIsIntact: true,
      realtimeNs: 1_795_486_709_877_763_648n,
      monotonicRawNs: 975_239_157_376n,
      monotonicNs: 975_239_157_536n,
    });
    expect(summary?.attributes.get('nosync')).toBe('');
  });

  it('knows captures of gator 9.0 by the missing CLOCK_MONOTONIC', () => {
    const { summary } = readSummaryFrame(summaryBody(CANARY, [1n, 2n, 3n], { uname: 'Linux' }).finish());
    expect(summary).toMatchObject({ monotonicRawNs: 3n, monotonicNs: null });
    expect(summary?.attributes.get('uname')).toBe('Linux');
  });

  it('notices line ends that were changed on the way', () => {
    const { summary } = readSummaryFrame(summaryBody('1\n2\n3\n4\n\n5', [1n, 2n, 3n, 4n], {}).finish());
    expect(summary?.canaryIsIntact).toBe(false);
  });

  it('keeps the clocks when the attributes are cut, nothing when the clocks are', () => {
    const whole = summaryBody(CANARY, [1n, 2n, 3n, 4n], { uname: 'Linux', PAGESIZE: '4096' }).finish();
    const cut = readSummaryFrame(whole.subarray(0, whole.length - 8));
    expect(cut.damaged).toBe(true);
    expect(cut.summary?.monotonicRawNs).toBe(3n);
    expect(readSummaryFrame(whole.subarray(0, 14)).summary).toBeNull();
  });
});

describe('unameParts', () => {
  it('takes the machine from before the operating system', () => {
    expect(
      unameParts('Linux armlab 6.12.117+deb13-arm64 #1 SMP Debian 6.12.117-1 (2026-11-12) aarch64 GNU/Linux'),
    ).toEqual({
      hostName: 'armlab',
      release: '6.12.117+deb13-arm64',
      version: '#1 SMP Debian 6.12.117-1 (2026-11-12)',
      machine: 'aarch64',
    });
  });

  it('does not make up what is not there', () => {
    expect(unameParts('Linux phone 5.10')).toEqual({
      hostName: 'phone',
      release: '5.10',
      version: null,
      machine: null,
    });
    expect(unameParts('').machine).toBeNull();
  });
});
