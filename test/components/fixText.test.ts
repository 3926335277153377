import { describe, expect, it } from 'vitest';
import { fixParts, isCommand } from '../../src/components/numbers/fixText.ts';

describe('what mends a gap', () => {
  it('is a command where it can be pasted', () => {
    expect(fixParts('perf record -k CLOCK_MONOTONIC')).toEqual({
      words: null,
      command: 'perf record -k CLOCK_MONOTONIC',
    });
    expect(fixParts('cmake -DGGML_CPU_REPACK=ON').words).toBeNull();
  });

  it('is a sentence where a terminal would not take it', () => {
    expect(fixParts('Record the same command on hardware to judge speed')).toEqual({
      words: 'Record the same command on hardware to judge speed.',
      command: null,
    });
    expect(fixParts('Give all parts.').words).toBe('Give all parts.');
    expect(isCommand('cmake -DGGML_NATIVE=ON on the target, or -DGGML_CPU_ARM_ARCH=armv8.2-a+dotprod')).toBe(
      false,
    );
  });

  it('is both where a sentence ends in a command', () => {
    expect(fixParts('Give the model file that ran: gemview model <file.gguf> --out <run folder>')).toEqual({
      words: 'Give the model file that ran:',
      command: 'gemview model <file.gguf> --out <run folder>',
    });
    expect(fixParts('Record call stacks: perf record --call-graph fp, gatord -u yes').command).toBeNull();
  });
});
