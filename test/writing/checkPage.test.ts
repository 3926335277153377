import { describe, expect, it } from 'vitest';
import { checkPage } from '../../src/writing/checkPage.ts';
import { readWrittenPage } from '../../src/writing/page.ts';
import { emulatedTinyReport } from '../support/reportFixture.ts';

const report = emulatedTinyReport();
const check = (text: string, run: string | null = report.run.id) =>
  checkPage(
    readWrittenPage(`---\ntitle: A page\n---\n${text}`, 'mdx'),
    run,
    (id) => (id === report.run.id ? report : null),
    () => ['tokens', 'stage-split'],
  );

describe('what a page says', () => {
  it('may hold', () => {
    expect(check('<Claim that="decode.ipc > 0.4">Decode is fine.</Claim> <Chart chart="tokens" />')).toEqual({
      errors: [],
      warnings: [],
    });
  });

  it('is an error with line and both values where the data contradicts it', () => {
    expect(check('\n<Claim that="decode.ipc > 0.9">Decode is fast.</Claim>').errors).toEqual([
      {
        line: 5,
        message:
          "the data contradicts the sentence: 'decode.ipc > 0.9' does not hold (0.5 > 0.9), the page says that it holds",
      },
    ]);
  });

  it('may tell of a claim that does not hold, or that nothing was counted for', () => {
    expect(check('<Claim that="decode.ipc > 0.9" expect="fails">x</Claim>').errors).toEqual([]);
    expect(check('<Claim that="decode.memStallShare > 0.4" expect="uncounted">x</Claim>').errors).toEqual([]);
    expect(check('<Claim that="decode.ipc > 0.4" expect="uncounted">x</Claim>').errors[0].message).toContain(
      'holds (0.5 > 0.4), the page says that it cannot be told',
    );
    expect(check('<Claim that="decode.memStallShare > 0.4">x</Claim>').errors[0].message).toContain(
      'cannot be told from this run',
    );
  });

  it('only warns when its author wants that', () => {
    const { errors, warnings } = check('<Claim that="decode.ipc > 0.9" mode="warn">x</Claim>');
    expect(errors).toEqual([]);
    expect(warnings).toHaveLength(1);
  });

  it.each([
    ['<Chart chart="tokns" />', "has no chart 'tokns'; did you mean 'tokens'?"],
    ['<Chart chart="tokens" run="none" />', "there is no run 'none'"],
    ['<Metric that="decode.ipcc" />', 'did you mean decode.ipc?'],
    ['<Claim that="decode.ipc">x</Claim>', 'a claim compares'],
    ['<Claim that="decode.ipc => 1">x</Claim>', "'=>' does not compare: write >, <, >=, <=, = or !="],
    ['<Claim that={"decode.ipc > 0.9"}>x</Claim>', 'does not hold (0.5 > 0.9)'],
    ['<Claim that="decode.category(matmull) = 0">x</Claim>', "no category 'matmull'; did you mean matmul?"],
    [
      '<Claim that="decode.family(Kleidi) = 0">x</Claim>',
      "no family of kernels 'Kleidi'; did you mean KleidiAI?",
    ],
    ['<Finding finding="none" />', "has no finding 'none'"],
    ['<CallPath to="nothing" />', "has no function 'nothing'"],
  ])('%s: %s', (text, sentence) => {
    expect(check(text).errors[0].message).toContain(sentence);
  });

  it('lists what there is where no name is near', () => {
    expect(check('<Chart chart="something-else" />').errors[0].message).toContain(
      "has no chart 'something-else'; it has tokens, stage-split",
    );
  });

  it('is not asked of a report where it is incomplete: the page says that', () => {
    for (const text of ['<Claim>x</Claim>', '<Claim that={`decode.ipc > 9`}>x</Claim>', '<Metric />']) {
      expect(check(text).errors, text).toEqual([]);
    }
  });

  it('needs a run where it stands for none', () => {
    expect(check('<Chart chart="tokens" />', null).errors[0].message).toBe('<Chart> needs run="…"');
  });
});
