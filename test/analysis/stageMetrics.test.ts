import { describe, expect, it } from 'vitest';
import type { Quantity } from '../../src/analysis/quantity.ts';
import { stageMetrics, tokenLatencies } from '../../src/analysis/stageMetrics.ts';
import { growthLine } from '../../src/analysis/stageMetricsLatency.ts';
import { turnMetrics } from '../../src/analysis/stageMetricsTurns.ts';
import type { StageTimeline } from '../../src/llama/types.ts';
import { timelineFromText } from '../support/llamaTimeline.ts';

function metric(timeline: StageTimeline, id: string): Quantity {
  const found = stageMetrics(timeline, tokenLatencies(timeline)).find((row) => row.id === id);
  if (!found) throw new Error(`no metric ${id}`);
  return found.quantity;
}

const ids = (timeline: StageTimeline): string[] =>
  stageMetrics(timeline, tokenLatencies(timeline)).map((row) => row.id);

/** Decode tokens behind a prompt of ten tokens in 100 ms, each with its milliseconds. */
const tokens = (durationsMs: readonly number[], firstPast = 10): string =>
  ['0+10/100', ...durationsMs.map((ms, row) => `${firstPast + row}+1/${ms}`)].join(' ');

const probed = { calls: 'probes', sampleMs: 0 } as const;

/**
 *     0      100  102    122  124    148  150    170  172
 *     prompt  |    token   |    token   |    token  |
 */
const CHAT = '0+40/100 sample/2 40+1/20 sample/2 41+1/24 sample/2 42+1/20 sample/2 close/3';

describe('rates', () => {
  it('are tokens over time in calls, sampling left out', () => {
    const timeline = timelineFromText(CHAT, { calls: 'probes' });
    expect(metric(timeline, 'prefill-rate')).toMatchObject({
      value: 400,
      unit: 'tokens/s',
      status: 'counted',
    });
    // 3 tokens in 20 + 24 + 20 ms.
    expect(metric(timeline, 'decode-rate').value).toBeCloseTo(3 / 0.064, 9);
    expect(metric(timeline, 'decode-rate').working).toMatchObject({
      inputs: [
        { name: 'tokens', value: 3 },
        { name: 'time in calls', value: 0.064 },
        { name: 'calls', value: 3 },
      ],
      note: null,
    });
  });

  it('of a prompt in chunks are sums over sums, not a mean of rates', () => {
    // 512 in 100 ms and 28 in 20 ms: 540 in 120 ms, not the mean of 5120 and 1400 tokens/s.
    const timeline = timelineFromText('0+512/100 512+28/20 540+1/10', { ...probed, batch: 512 });
    expect(metric(timeline, 'prefill-rate').value).toBeCloseTo(4500, 9);
  });

  it('say how well the ends of calls are known', () => {
    expect(metric(timelineFromText(CHAT), 'decode-rate')).toMatchObject({
      status: 'sampled',
      working: { note: expect.stringContaining('between two samples') },
    });
    const byMarkers = metric(timelineFromText(CHAT, { sampleMs: 0 }), 'decode-rate');
    // 22 + 26 ms from marker to marker, the last one as long as the median, 24.
    expect(byMarkers.value).toBeCloseTo(3 / 0.072, 9);
    expect(byMarkers).toMatchObject({
      status: 'estimated',
      working: { note: expect.stringContaining('3 of 3') },
    });
  });

  it('leave out failed attempts and the flush of a turn', () => {
    const retried = timelineFromText('0+40=1/500 0+40/100 40+1/20', probed);
    expect(metric(retried, 'prefill-rate').value).toBeCloseTo(400, 9);
    const turns = timelineFromText('0+40/100 40+1/20 41+1/20 42+1/990 43+10/100 53+1/20', probed);
    expect(metric(turns, 'decode-rate').value).toBeCloseTo(3 / 0.06, 9);
  });

  it('do not count idle time within an estimated call', () => {
    const timeline = timelineFromText('0+20/40 20+1/20 21+1/20 idle/200 22+1/20 23+1/20 24+1/20', {
      names: false,
    });
    // The stall is seen from the last sample before it, 0.5 ms before the token's end.
    expect(metric(timeline, 'decode-rate').value).toBeCloseTo(5 / 0.0995, 6);
  });

  it('have an interval over calls from eight on', () => {
    const even = timelineFromText(tokens(Array.from({ length: 8 }, () => 20)), probed);
    expect(metric(even, 'decode-rate').interval).toEqual([50, 50].map((value) => expect.closeTo(value, 9)));
    expect(metric(timelineFromText(CHAT, probed), 'decode-rate').interval).toBeNull();
  });
});

describe('time to first token', () => {
  it('reaches from the first prompt call to the first decode call, sampling included', () => {
    const timeline = timelineFromText('load/50 warmup:2/10 load/5 0+512/100 512+28/20 sample/3 540+1/10', {
      calls: 'probes',
      batch: 512,
    });
    expect(metric(timeline, 'ttft')).toMatchObject({ value: 0.123, unit: 's', status: 'counted' });
  });

  it('of a prompt that nothing follows is its end, and says so', () => {
    const quantity = metric(timelineFromText('load/5 0+40/100', probed), 'ttft');
    expect(quantity).toMatchObject({ value: 0.1, status: 'estimated' });
    expect(quantity.working?.note).toContain('no token was decoded');
  });

  it('of later turns begins with the flush', () => {
    const timeline = timelineFromText(
      '0+20/40 20+1/20 21+1/20 idle/500 print/2 22+1/20 print/1 23+15/30 sample/2 38+1/20',
      { calls: 'probes' },
    );
    const turns = turnMetrics(timeline);
    expect(turns.map((turn) => turn.timeToFirstToken.value)).toEqual([0.04, expect.closeTo(0.053, 9)]);
    expect(turns.map((turn) => [turn.promptTokens, turn.generatedTokens.value])).toEqual([
      [20, 3],
      [15, 2],
    ]);
    expect(metric(timeline, 'ttft').value).toBe(0.04);
    expect(metric(timeline, 'ttft-later').value).toBeCloseTo(0.053, 9);
    expect(metric(timeline, 'generated-tokens').value).toBe(5);
    expect(metric(timeline, 'prompt-tokens').value).toBe(35);
  });

  it('of a turn without any token is not taken from the next turn', () => {
    const timeline = timelineFromText('0+20/40 idle/100 0+30/50 30+1/20', probed);
    expect(turnMetrics(timeline).map((turn) => turn.timeToFirstToken.value)).toEqual([0.04, 0.05]);
  });

  it('is not known where requests overlap', () => {
    const timeline = timelineFromText('0+100/50 0+1/20 0+1/20 0+201/90 0+2/25 0+2/25 0+2/25', {
      ...probed,
      program: 'llama-server',
    });
    expect(metric(timeline, 'ttft').reason).toContain('requests overlap');
  });

  it('is nothing llama-bench can tell', () => {
    const timeline = timelineFromText('0+128/30 0+1/5 0+1/5', { ...probed, program: 'llama-bench' });
    expect(metric(timeline, 'ttft')).toMatchObject({
      value: null,
      reason: expect.stringContaining('llama-bench'),
    });
    expect(metric(timeline, 'decode-rate').value).toBeCloseTo(200, 9);
    expect(ids(timeline)).not.toContain('generated-tokens');
  });
});

describe('token latency', () => {
  it('reaches from call to call of a phase, idle time removed', () => {
    const timeline = timelineFromText(
      '0+20/40 20+1/20 sample/2 21+1/20 idle/300 22+1/20 23+1/20 24+1/20 25+9/30 34+1/20 35+1/20',
      { calls: 'probes' },
    );
    // 25+9 begins a turn: 24+1 is its flush. The call at 82 returns at 102, the process stops there.
    expect(tokenLatencies(timeline)).toEqual([null, 22, 20, 20, null, null, null, 20, null]);
  });

  it('does not reach from one repetition of llama-bench to the next', () => {
    const timeline = timelineFromText('0+1/5 0+1/5 0+1/5 0+1/5 0+1/5', {
      ...probed,
      program: 'llama-bench',
      benchmarkTests: [{ name: 'tg2', promptTokens: 0, generatedTokens: 2, depth: 0, repetitions: 2 }],
    });
    expect(tokenLatencies(timeline)).toEqual([5, null, 5, null]);
  });

  it('has percentiles by linear interpolation (type 7)', () => {
    // Latencies 10 … 29 ms; the last token has none.
    const timeline = timelineFromText(
      tokens([...Array.from({ length: 20 }, (_, row) => 10 + row), 5]),
      probed,
    );
    expect(metric(timeline, 'latency-p50').value).toBeCloseTo(19.5, 9);
    // Position 0.95 × 19 = 18.05: between 28 and 29.
    expect(metric(timeline, 'latency-p95').value).toBeCloseTo(28.05, 9);
    expect(metric(timeline, 'latency-mean').value).toBeCloseTo(19.5, 9);
    // Of Binomial(20, ½), 5 or fewer and 15 or more have probability 0.0207 each: the 6th and the 15th value.
    expect(metric(timeline, 'latency-p50').interval).toEqual([expect.closeTo(15, 9), expect.closeTo(24, 9)]);
  });

  it('has intervals of high percentiles once the sample can hold them', () => {
    const of = (count: number): StageTimeline =>
      timelineFromText(tokens(Array.from({ length: count + 1 }, (_, row) => row + 1)), probed);
    // 0.95^71 = 0.0262 and 0.95^72 = 0.0249.
    expect(metric(of(71), 'latency-p95').interval).toBeNull();
    expect(metric(of(71), 'latency-p95').working?.note).toBe('an interval needs 72 latencies');
    expect(metric(of(72), 'latency-p95').interval![1]).toBeCloseTo(72, 9);
    // Binomial(100, 0.95): at most 89 with 0.0115, at most 90 with 0.0282; 99 or more with 0.0371, 100 with 0.0059.
    expect(metric(of(100), 'latency-p95').interval).toEqual([expect.closeTo(90, 9), expect.closeTo(100, 9)]);
    expect(metric(of(500), 'latency-p99').interval![1]).toBeCloseTo(500, 9);
  });

  it('has no p95 of fewer than 20 and no p99 of fewer than 500, and says why', () => {
    const of = (count: number): StageTimeline =>
      timelineFromText(tokens(Array.from({ length: count + 1 }, () => 10)), probed);
    expect(metric(of(19), 'latency-p95').reason).toBe('needs 20 token latencies, this run has 19');
    expect(metric(of(499), 'latency-p99').reason).toBe('needs 500 token latencies, this run has 499');
    expect(metric(of(500), 'latency-p99').value).toBeCloseTo(10, 9);
    expect(metric(timelineFromText('0+9/10 9+1/10', probed), 'latency-p50').reason).toContain(
      'fewer than two',
    );
  });

  it('scatters: sample standard deviation over mean, and mean change', () => {
    // Latencies 10, 14, 12 and 16 ms: mean 13, squares 9 + 1 + 1 + 9, s = √(20/3); changes 4, 2, 4.
    const timeline = timelineFromText(tokens([10, 14, 12, 16, 10]), probed);
    expect(metric(timeline, 'latency-variation').value).toBeCloseTo((100 * Math.sqrt(20 / 3)) / 13, 9);
    expect(metric(timeline, 'latency-step').value).toBeCloseTo(10 / 3, 9);
  });

  it('does not change from the last token of a turn to the first of the next', () => {
    const timeline = timelineFromText(
      '0+9/10 9+1/10 10+1/12 11+1/10 12+1/5 13+9/10 22+1/90 23+1/94 24+1/90',
      probed,
    );
    // 10, 12 | 90, 94
    expect(metric(timeline, 'latency-step').value).toBeCloseTo(3, 9);
  });
});

describe('growth with context', () => {
  /** Durations on a line, milliseconds. */
  const growing = (count: number): number[] => Array.from({ length: count }, (_, row) => 20 + row * 0.01);

  it('is the slope of call duration on position', () => {
    const quantity = metric(timelineFromText(tokens(growing(256)), probed), 'growth');
    expect(quantity.value).toBeCloseTo(10, 3);
    expect(quantity).toMatchObject({ unit: 'µs/position', status: 'counted' });
    expect(quantity.interval?.[0]).toBeCloseTo(10, 2);
  });

  it('leaves out tokens that were interrupted', () => {
    const durations = growing(300);
    durations[250] = 400;
    const quantity = metric(timelineFromText(tokens(durations), probed), 'growth');
    expect(quantity.value).toBeCloseTo(10, 3);
    expect(quantity.working?.inputs).toContainEqual({ name: 'left out', value: 1, unit: 'calls' });
  });

  it('needs 256 positions', () => {
    expect(metric(timelineFromText(tokens(growing(255)), probed), 'growth').reason).toContain(
      'needs 256 positions, this run decodes at 255',
    );
  });

  it('needs positions: a server does not tell them', () => {
    const timeline = timelineFromText(tokens(growing(300)), { ...probed, program: 'llama-server' });
    expect(metric(timeline, 'growth').reason).toBe('no decode call with a known position');
  });

  it('is a line for charts too', () => {
    const timeline = timelineFromText(tokens(growing(300)), probed);
    const line = growthLine(timeline, tokenLatencies(timeline));
    // The last token has no latency.
    expect(line).toMatchObject({ fromPast: 10, toPast: 308, kept: 299, leftOut: 0 });
    expect(line).toMatchObject({
      slopeMsPerPosition: expect.closeTo(0.01, 6),
      interceptMs: expect.closeTo(19.9, 3),
    });
  });

  it('does not run out of stack on very long runs', () => {
    const timeline = timelineFromText(tokens([10, 10]), probed);
    const token = timeline.tokens[1];
    timeline.tokens = Array.from({ length: 200_000 }, (_, index) => ({ ...token, index, past: index }));
    expect(growthLine(timeline, new Float64Array(200_000).fill(10))).toMatchObject({
      slopeMsPerPosition: 0,
      kept: 200_000,
    });
  });
});

describe('wall time', () => {
  it('of every stage that there is', () => {
    const timeline = timelineFromText(`load/28 warmup:2/2 ${CHAT}`, { calls: 'probes' });
    expect(metric(timeline, 'load-time')).toMatchObject({
      value: 0.03,
      working: { note: 'holds the warm-up' },
    });
    expect(metric(timeline, 'prefill-time').value).toBeCloseTo(0.1, 9);
    expect(metric(timeline, 'decode-time').value).toBeCloseTo(0.064, 9);
    // 2 ms three times between calls, and 2.5 up to the first sample of the end.
    expect(metric(timeline, 'sampling-time').value).toBeCloseTo(0.0085, 9);
    expect(ids(timeline)).not.toContain('idle-time');
    expect(ids(timeline)).not.toContain('speculative-time');
  });
});

describe('speculative decoding', () => {
  it('has a rate of kept tokens and the share of drafts that were accepted', () => {
    // Steps of 5 keep 2, 5 and 1; what the last one keeps is not known, so its 30 ms do not count.
    const timeline = timelineFromText('0+110/50 110+5/30 112+5/30 117+5/30 118+5/30', {
      ...probed,
      calls: 'both',
    });
    expect(metric(timeline, 'speculative-rate').value).toBeCloseTo(8 / 0.09, 9);
    // (8 − 3) of 12 drafts.
    expect(metric(timeline, 'acceptance').value).toBeCloseTo(500 / 12, 9);
    expect(metric(timeline, 'generated-tokens')).toMatchObject({ value: 9, status: 'estimated' });
  });

  it('does not know what was kept where positions were rebuilt', () => {
    const timeline = timelineFromText(
      '0+110@a/50 0+110@b/9 110+1@b/2 110+3@a/30 112+1@b/2 113+3@a/30 114+1@b/2 116+3@a/30 119+1@a/20',
      probed,
    );
    for (const id of ['speculative-rate', 'acceptance', 'generated-tokens']) {
      expect(metric(timeline, id).reason).toContain('positions');
    }
  });
});

describe('runs whose stages are not known', () => {
  it('have the reason in place of every number', () => {
    const timeline = timelineFromText('load/10 0+109/50', { calls: 'none' });
    const rows = stageMetrics(timeline, tokenLatencies(timeline));
    expect(rows.length).toBeGreaterThan(8);
    expect(rows.every(({ quantity }) => quantity.value === null)).toBe(true);
    expect(new Set(rows.map(({ quantity }) => quantity.reason))).toEqual(
      new Set(['no llama_decode markers or probe hits']),
    );
  });
});
