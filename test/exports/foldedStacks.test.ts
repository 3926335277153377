import { describe, expect, it } from 'vitest';
import { analyseRun } from '../../src/analysis/analyseRun.ts';
import { foldedStacks } from '../../src/exports/foldedStacks.ts';
import { functionsFromText, profileFromText } from '../support/profileFromText.ts';
import { functionsOfRun, runFromText } from '../support/llamaRun.ts';

const asIs = (text: string): string => text;

describe('folded stacks', () => {
  it('writes one line a call path with its samples', () => {
    const profile = profileFromText(`
      main    main    main    main
      decode  decode  sample  decode
      gemm    gemv            gemm
    `);
    const analysis = analyseRun(profile, functionsFromText(profile));
    expect(foldedStacks(analysis, null, asIs)).toBe(
      'main;decode;gemm 2\nmain;decode;gemv 1\nmain;sample 1\n',
    );
  });

  it('keeps to one stage', () => {
    const profile = runFromText('load/3 0+8/5 8+1/2 9+1/2');
    const analysis = analyseRun(profile, functionsOfRun(profile));
    expect(foldedStacks(analysis, 'prefill', asIs)).toBe('main;llama_decode;gemm 5\n');
    expect(foldedStacks(analysis, 'decode', asIs)).toBe('main;llama_decode;gemm 4\n');
  });

  it('lets no name end a frame or a line, and marks kernel functions', () => {
    const profile = profileFromText('main\nwork');
    const functions = functionsFromText(profile);
    functions.functions[0].name = 'operator;\n()';
    functions.functions[1] = { ...functions.functions[1], name: 'do_page_fault', isKernel: true };
    const analysis = analyseRun(profile, functions);
    expect(foldedStacks(analysis, null, asIs)).toBe('operator:();do_page_fault_[k] 1\n');
  });

  it('turns no name around, hides none and steers no terminal', () => {
    const profile = profileFromText('main\nwork');
    const functions = functionsFromText(profile);
    functions.functions[0].name = 'safe\u202Egnp.exe';
    functions.functions[1].name = '\u009B31mred zero\u200Bwidth';
    const analysis = analyseRun(profile, functions);
    expect(foldedStacks(analysis, null, asIs)).toBe('safe\uFFFDgnp.exe;\uFFFD31mred zero\uFFFDwidth 1\n');
  });

  it('publishes names only as they may be published', () => {
    const profile = profileFromText('secret');
    const analysis = analyseRun(profile, functionsFromText(profile));
    expect(foldedStacks(analysis, null, (text) => text.replaceAll('secret', '[redacted]'))).toBe(
      '[redacted] 1\n',
    );
  });

  it('is empty without samples', () => {
    const profile = runFromText('0+8/5 8+1/2', { sampleMs: 0 });
    expect(foldedStacks(analyseRun(profile, functionsOfRun(profile)), null, asIs)).toBe('');
  });
});
