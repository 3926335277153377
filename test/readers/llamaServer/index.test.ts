import { describe, expect, it } from 'vitest';
import { llamaServerReader } from '../../../src/readers/llamaServer/index.ts';
import { detects, headOf, readWith, textFile } from '../../support/textFiles.ts';

const TIMINGS = {
  cache_n: 10,
  prompt_n: 82,
  prompt_ms: 859.74,
  prompt_per_token_ms: 10.48,
  prompt_per_second: 95.38,
  predicted_n: 22,
  predicted_ms: 1355.04,
  predicted_per_token_ms: 61.59,
  predicted_per_second: 16.24,
};
const body = (id: string, timings: object) => ({
  choices: [{ message: { role: 'assistant', content: 'a secret {answer}' } }],
  id,
  system_fingerprint: 'b6673-50d26e8',
  timings,
});

describe("llama-server's timings", () => {
  it.each([
    ['one body', JSON.stringify(body('a', TIMINGS))],
    ['the timings alone', JSON.stringify(TIMINGS)],
    ['a pretty body', JSON.stringify(body('a', TIMINGS), null, 2)],
  ])('reads %s', async (_, text) => {
    expect(detects(llamaServerReader, text)).toBe(true);
    const profile = await readWith(llamaServerReader, text);
    expect(profile.timings).toEqual([
      expect.objectContaining({
        era: 'server',
        promptMs: 859.74,
        promptTokens: 82,
        evalMs: 1355.04,
        evalRuns: null,
        generatedTokens: 22,
        totalMs: null,
      }),
    ]);
    expect(profile.figures).toEqual([
      expect.objectContaining({ kind: 'metric', subject: 'cached-tokens', value: 10, unit: 'tokens' }),
    ]);
  });

  it.each([
    ['an array', JSON.stringify([body('a', TIMINGS), body('b', { ...TIMINGS, predicted_n: 5 })])],
    [
      'lines',
      `${JSON.stringify(body('a', TIMINGS))}\n${JSON.stringify(body('b', { ...TIMINGS, predicted_n: 5 }))}\n`,
    ],
  ])('reads several requests from %s', async (_, text) => {
    const profile = await readWith(llamaServerReader, text);
    expect(profile.timings.map(({ generatedTokens }) => generatedTokens)).toEqual([22, 5]);
    expect(profile.settings?.build).toBe('6673 (50d26e8)');
    expect(JSON.stringify(profile)).not.toContain('secret');
  });

  it('takes the last timings of each streamed answer', async () => {
    const chunk = (id: string, predicted_n: number): string =>
      `data: ${JSON.stringify({ id, timings: { ...TIMINGS, predicted_n } })}\n\n`;
    const text = `${chunk('a', 1)}${chunk('a', 2)}${chunk('a', 3)}${chunk('b', 1)}data: [DONE]\n`;
    expect(detects(llamaServerReader, text)).toBe(true);
    const profile = await readWith(llamaServerReader, text);
    expect(profile.timings.map(({ generatedTokens }) => generatedTokens)).toEqual([3, 1]);
  });

  it('says how many drafted tokens were accepted', async () => {
    const profile = await readWith(
      llamaServerReader,
      JSON.stringify({ ...TIMINGS, draft_n: 40, draft_n_accepted: 30 }),
    );
    expect(profile.figures[1]).toMatchObject({
      subject: 'draft-acceptance',
      value: 0.75,
      unit: 'share',
      settings: { request: '1', accepted: '30', generated: '40' },
    });
  });

  it('finds timings behind a long answer', () => {
    const text = JSON.stringify({ content: 'x'.repeat(100_000), timings: TIMINGS });
    expect(llamaServerReader.detect(headOf(text), textFile(text))).toBe(true);
    expect(detects(llamaServerReader, '{"content": "short"}')).toBe(false);
  });

  it('leaves out what is no whole answer and refuses what has no timings', async () => {
    const cut = `${JSON.stringify(body('a', TIMINGS))}\n${JSON.stringify(body('b', TIMINGS)).slice(0, 90)}`;
    const profile = await readWith(llamaServerReader, cut);
    expect(profile.timings.length).toBe(1);
    expect(profile.warnings.map(({ code }) => code)).toEqual(['json-broken']);
    await expect(readWith(llamaServerReader, '{"choices": []}')).rejects.toThrow(
      'holds no timings of llama-server',
    );
  });

  it.each(['{"prompt_n": "many", "predicted_ms": 1}', '{"prompt_n": -5}', '{"timings": []}', '[]', '{}'])(
    'takes nothing from %s',
    async (text) => {
      await expect(readWith(llamaServerReader, text)).rejects.toThrow('holds no timings');
    },
  );
});
