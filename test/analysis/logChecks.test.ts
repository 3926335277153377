import { describe, expect, it } from 'vitest';
import { logChecks, mainTimings, type LogCheck } from '../../src/analysis/logChecks.ts';
import type { LlamaTimings } from '../../src/profile/types.ts';
import { timelineFromText } from '../support/llamaTimeline.ts';

function timings(known: Partial<LlamaTimings>): LlamaTimings {
  return {
    era: 'common_perf_print',
    loadMs: null,
    promptMs: null,
    promptTokens: null,
    evalMs: null,
    evalRuns: null,
    samplingMs: null,
    samplingRuns: null,
    totalMs: null,
    unaccountedMs: null,
    graphsReused: null,
    promptTokensPerSecond: null,
    evalTokensPerSecond: null,
    ...known,
  };
}

/** Prompt of 40 tokens in 100 ms; three tokens in 20 ms each; 2 ms of sampling behind every call. */
const RUN = '0+40/100 sample/2 40+1/20 sample/2 41+1/20 sample/2 42+1/20 sample/2 close/3';
const AGREEING = timings({
  promptTokens: 40,
  promptMs: 99.5,
  evalRuns: 3,
  evalMs: 59.8,
  samplingMs: 4,
  unaccountedMs: 0.5,
});

const verdicts = (checks: LogCheck[]): string[] => checks.map(({ name, agrees }) => `${name}: ${agrees}`);

describe('checks against the log', () => {
  it('agree on counts and times of one run', () => {
    const { checks, warnings } = logChecks([AGREEING], timelineFromText(RUN, { calls: 'probes' }));
    expect(verdicts(checks)).toEqual([
      'Prompt tokens: true',
      'Decode calls: true',
      'Prompt time: true',
      'Decode time: true',
      'Decode time with sampling: true',
    ]);
    expect(warnings).toEqual([]);
    expect(checks.map(({ fromLog, fromCapture }) => [fromLog.value, fromCapture.value])).toEqual([
      [40, 40],
      [3, 3],
      [99.5, 100],
      [59.8, 60],
      // eval + sampling + unaccounted; 22 + 22 ms from call to call, and 20 ms to the end of the last.
      [expect.closeTo(64.3, 9), 64],
    ]);
    expect(checks[0].sentence).toBe('Prompt tokens: the log and the probes both say 40.');
    expect(checks[2].sentence).toBe(
      'Prompt time: 99.50 ms in the log, 100.00 ms from probes, within 2.0 ms.',
    );
  });

  it('with markers alone compare with sampling only: calls then reach to the next one', () => {
    const timeline = timelineFromText(RUN, { sampleMs: 0 });
    const { checks } = logChecks([AGREEING], timeline);
    expect(verdicts(checks)).not.toContain('Decode time: true');
    const withSampling = checks.at(-1);
    // 3 × 22 ms, the last one estimated, is within 1 ms a call of 64.3.
    expect(withSampling).toMatchObject({ name: 'Decode time with sampling', agrees: true });
    expect(withSampling?.fromCapture).toMatchObject({ value: 66, status: 'estimated' });
  });

  it('warn with both numbers when they disagree', () => {
    const wrong = { ...AGREEING, promptTokens: 41, evalRuns: 4, promptMs: 90, evalMs: 50 };
    const { warnings } = logChecks([wrong], timelineFromText(RUN, { calls: 'probes' }));
    expect(warnings.map(({ code, message }) => `${code} ${message}`)).toEqual([
      'log-disagrees Prompt tokens: the log says 41, the probes say 40.',
      'log-disagrees Decode calls: the log says 4, the probes say 3.',
      'log-disagrees Prompt time: 90.00 ms in the log, 100.00 ms from probes, outside 1.8 ms.',
      'log-disagrees Decode time: 50.00 ms in the log, 60.00 ms from probes, outside 3.0 ms.',
      'log-disagrees Decode time with sampling: 54.50 ms in the log, 64.00 ms from probes, outside 3.0 ms.',
    ]);
  });

  it.each([
    [57.0, true],
    [56.9, false],
    [63.0, true],
    [63.1, false],
  ])('allow 1 ms a call where two percent are less: %d ms', (evalMs, agrees) => {
    const { checks } = logChecks(
      [timings({ evalRuns: 3, evalMs })],
      timelineFromText(RUN, { calls: 'probes' }),
    );
    expect(checks.find(({ name }) => name === 'Decode time')?.agrees).toBe(agrees);
  });

  it('count the flush of a turn as eval, and every call of several tokens as prompt', () => {
    const turns = timelineFromText('0+20/40 20+1/20 21+1/20 22+1/20 23+15/30 38+1/20', {
      calls: 'probes',
      sampleMs: 0,
    });
    const ofTurns = logChecks([timings({ promptTokens: 35, evalRuns: 4 })], turns);
    expect(verdicts(ofTurns.checks)).toEqual(['Prompt tokens: true', 'Decode calls: true']);

    // Verified drafts are prompt evaluation to llama.cpp: one run in no time is none.
    const speculative = timelineFromText('0+110/50 110+5/30 112+5/30 117+5/30 118+5/30', { sampleMs: 0 });
    const ofSteps = logChecks([timings({ promptTokens: 130, evalRuns: 0, evalMs: 0 })], speculative);
    expect(verdicts(ofSteps.checks)).toEqual(['Prompt tokens: true', 'Decode calls: true']);
  });

  it('leave out failed attempts and the draft model', () => {
    const retried = timelineFromText('0+40=1/5 0+40/100 40+1/20', { calls: 'probes', sampleMs: 0 });
    expect(verdicts(logChecks([timings({ promptTokens: 40, evalRuns: 1 })], retried).checks)).toEqual([
      'Prompt tokens: true',
      'Decode calls: true',
    ]);
    const drafted = timelineFromText(
      '0+110@a/50 0+110@b/9 110+1@b/2 110+3@a/30 112+1@b/2 113+3@a/30 114+1@b/2 116+3@a/30 119+1@a/20',
      { calls: 'probes', sampleMs: 0 },
    );
    expect(verdicts(logChecks([timings({ promptTokens: 119, evalRuns: 1 })], drafted).checks)).toEqual([
      'Prompt tokens: true',
      'Decode calls: true',
    ]);
  });

  it('say what the log leaves open', () => {
    const { checks } = logChecks(
      [timings({ evalRuns: 3, evalMs: 60 })],
      timelineFromText(RUN, { calls: 'probes' }),
    );
    expect(checks.at(-1)).toMatchObject({
      agrees: null,
      sentence: 'Decode time with sampling: the log does not say how long sampling took.',
    });
  });

  it('of a server add its requests up', () => {
    const timeline = timelineFromText('0+100/50 0+1/20 0+1/20 0+60/40 0+1/20', {
      calls: 'probes',
      program: 'llama-server',
      sampleMs: 0,
      slots: 1,
    });
    const request = (promptTokens: number, generatedTokens: number): LlamaTimings =>
      timings({ era: 'server', promptTokens, generatedTokens });
    // Of three tokens generated two were evaluated, of two one.
    const { checks } = logChecks([request(100, 3), request(60, 2)], timeline);
    expect(verdicts(checks)).toEqual(['Tokens of 2 requests: true']);
    expect(checks[0].fromLog.value).toBe(163);
    expect(logChecks([request(100, 3)], timeline).warnings).toHaveLength(1);
  });

  it('are none without a log, without stages, and for llama-bench', () => {
    const timeline = timelineFromText(RUN);
    expect(logChecks([], timeline).checks).toEqual([]);
    expect(logChecks([AGREEING], timelineFromText(RUN, { calls: 'none' })).checks).toEqual([]);
    expect(
      logChecks([AGREEING], timelineFromText(RUN, { calls: 'probes', program: 'llama-bench' })).checks,
    ).toEqual([]);
    // Rates alone have nothing to compare.
    const rates = timings({ era: 'cli-rates', promptTokensPerSecond: 217, evalTokensPerSecond: 20 });
    expect(logChecks([rates], timeline).checks).toEqual([]);
  });
});

describe('the block of the run', () => {
  it('is the one that sampled: a draft model may have evaluated more', () => {
    const draft = timings({ promptTokens: 110, evalRuns: 200 });
    const target = timings({ promptTokens: 130, evalRuns: 0, samplingMs: 9 });
    expect(mainTimings([draft, target])).toBe(target);
  });

  it('is otherwise the one that evaluated most tokens', () => {
    const small = timings({ promptTokens: 3, evalRuns: 4 });
    const large = timings({ promptTokens: 30, evalRuns: 4 });
    expect(mainTimings([small, large, small])).toBe(large);
    expect(mainTimings([])).toBeNull();
  });
});
