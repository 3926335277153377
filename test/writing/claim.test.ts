import { describe, expect, it } from 'vitest';
import { checkClaim, ClaimSyntax } from '../../src/writing/claim.ts';
import { namedValue, UnknownName } from '../../src/writing/values.ts';
import { emulatedTinyReport } from '../support/reportFixture.ts';

/**
 * Of the run: INST_RETIRED 314,200,000 in Prefill and 210,950,000 in Decode; ttft 0.634341 s; IPC 0.5; 109 and 19 tokens;
 * ggml_vec_dot_q6_K_q8_K holds 162 samples of Decode; STALL_BACKEND reads 0 on this target.
 */
const report = emulatedTinyReport();
const other = { ...report, run: { ...report.run, id: 'other-run' } };
const check = (claim: string) => checkClaim(claim, report, (run) => (run === 'other-run' ? other : null));

describe('a claim', () => {
  it.each([
    ['decode.ipc > 0.4', true],
    ['decode.ipc > 0.5', false],
    ['decode.ipc >= 0.5', true],
    ['prefill.tokens = 109', true],
    ['prefill.counter(INST_RETIRED) / decode.counter(INST_RETIRED) > 1.48', true],
    ['prefill.counter(INST_RETIRED) / decode.counter(INST_RETIRED) > 1.5', false],
    ['prefill.tokens - decode.tokens = 90', true],
    ['prefill.tokens + decode.tokens * 2 = 147', true],
    ['(prefill.tokens + decode.tokens) * 2 = 256', true],
    ['run.ttft < 0.7 and decode.tokens = 19', true],
    ['run.ttft < 0.7 and decode.tokens = 20', false],
    ['run.origin is emulated', true],
    ['run.origin is hardware', false],
    ['other-run:decode.tokens = decode.tokens', true],
    ['decode.instructionsPerToken > 11e6', true],
    ['decode.tokens - prefill.tokens < -89', true],
    ['decode.tokens - prefill.tokens = -(45 * 2)', true],
    ['10-5 = 5', true],
    ['prefill.tokens != 108', true],
    ['prefill.tokens ≠ 109', false],
    ['prefill.tokens ≥ 109 and decode.tokens ≤ 19', true],
    ['0.1 + 0.2 = 0.3', true],
    ['0.1 + 0.2 >= 0.3 and 0.1 + 0.2 <= 0.3', true],
    ['0.1 + 0.2 > 0.3', false],
    ['0.3 < 0.1 + 0.2', false],
    ['109.000001 = prefill.tokens', false],
    ['run.origin is not hardware', true],
    ['run.origin is not emulated', false],
  ])('%s: %s', (claim, holds) => {
    expect(check(claim).holds).toBe(holds);
  });

  it('takes shares as parts of one, with or without a percent sign', () => {
    const whole = report.functions.rows.reduce((sum, row) => sum + row.self.decode, 0);
    const share = 162 / whole;
    expect(check(`decode.share(ggml_vec_dot_q6_K_q8_K) >= ${(100 * share - 0.1).toFixed(1)} %`).holds).toBe(
      true,
    );
    expect(check(`decode.share(ggml_vec_dot_q6_K_q8_K) >= ${(share + 0.01).toFixed(2)}`).holds).toBe(false);
  });

  it('says both sides of what it compared', () => {
    const { said, values } = check('prefill.tokens < 100');
    expect(said).toBe('109 < 100');
    expect(values).toEqual([{ name: 'prefill.tokens', text: expect.stringContaining('109') as string }]);
  });

  it('tells two numbers apart, however near they are', () => {
    expect(check('prefill.tokens > 109.000001').said).toBe('109 > 109.000001');
    expect(check('prefill.tokens > 109').said).toBe('109 > 109');
    expect(check('run.origin is not emulated').said).toBe('emulated is not emulated');
  });

  it.each([
    ['run.ttft < 3 s', "'s' is too much: numbers are written without a unit"],
    ['decode.tokens > 1 or decode.tokens < 1', "'or' is too much: claims are joined by and"],
    ['('.repeat(20_000) + '1', 'it is nested too deep'],
    [`1 > ${'-('.repeat(5000)}1`, 'it is nested too deep'],
    [`${'a'.repeat(100_000)} > 1`, '…'],
  ])('says what is wrong, shortly: %#', (claim, problem) => {
    let said = '';
    try {
      check(claim);
    } catch (error) {
      expect(error).toBeInstanceOf(ClaimSyntax);
      said = (error as Error).message;
    }
    expect(said).toContain(problem);
    expect(said.length).toBeLessThan(700);
  });

  it('needs the name that a number is of', () => {
    expect(() => check('prefill.share() > 1')).toThrow('prefill.share needs a name in parentheses');
    expect(check('decode.share( ggml_vec_dot_q6_K_q8_K ) > 1 %').holds).toBe(true);
  });

  it('claims nothing where a number is not known, and says why', () => {
    const { holds, reason } = check('decode.memStallShare > 0.4');
    expect(holds).toBeNull();
    expect(reason).toBeTypeOf('string');
    expect(check('decode.counter(L3D_CACHE_REFILL) > 0').reason).toBe(
      'not counted: L3D_CACHE_REFILL was not recorded',
    );
  });

  it.each([
    ['decode.ipc', 'a claim compares'],
    ['decode.ipc >', 'ends too early'],
    ['(decode.ipc > 1', 'not closed'],
    ['decode.ipc > 1 2', 'too much'],
    ['run.origin > 1', 'is a word'],
    ['decode.ipc > {}', 'cannot be read'],
    ['', 'no claim'],
  ])('refuses %j: %s', (claim, problem) => {
    expect(() => check(claim)).toThrow(ClaimSyntax);
    expect(() => check(claim)).toThrow(new RegExp(problem));
  });
});

describe('a name', () => {
  it.each([
    ['decode.instructons-per-token', 'did you mean decode.instructions-per-token?'],
    ['middle.ipc', 'write prefill.…, decode.… or run.…'],
    ['decode.counter', 'needs a name in parentheses'],
  ])('that is none: %s: %s', (name, sentence) => {
    expect(() => namedValue(report, name)).toThrow(UnknownName);
    expect(() => namedValue(report, name)).toThrow(sentence);
  });

  it('of a function must be known: 0 of a kernel that did not run is a number, of a slip of the pen it is none', () => {
    expect(check('decode.share(ggml_vec_dot_q4_0_q8_0) = 0').holds).toBe(true);
    expect(() => check('decode.share(ggml_vec_dot_q6_K_q8K) < 5 %')).toThrow(UnknownName);
    expect(() => check('decode.share(gml_vec_dot_q6_K_q8_K) < 5 %')).toThrow(
      'did you mean ggml_vec_dot_q6_K_q8_K?',
    );
  });

  it('of another run needs that run', () => {
    expect(() => check('missing-run:decode.ipc > 1')).toThrow("there is no run 'missing-run'");
    expect(() => checkClaim('decode.ipc > 1', null, () => null)).toThrow('write <run>:decode.ipc');
  });
});
