import { describe, expect, it } from 'vitest';
import {
  classifyChat,
  classifyServer,
  slotsSeen,
  type CallLabel,
  type ClassifyOptions,
} from '../../../src/llama/stages/classify.ts';
import type { Call } from '../../../src/llama/types.ts';

interface Drawn {
  calls: Call[];
  options: ClassifyOptions;
}

/**
 * Calls drawn as text, 10 ns apart: `past+n`; `~` in front when a sampler was seen before the call, `@a` behind names its
 * context. Without `past+` positions are not known; `rebuilt` says that they were added up.
 */
function drawn(text: string, more: Partial<ClassifyOptions> & { rebuilt?: boolean } = {}): Drawn {
  const sampled: number[] = [];
  const calls = text
    .trim()
    .split(/\s+/)
    .map((word, row): Call => {
      const match = /^(~?)(?:(\d+)\+)?(\d+)(?:@(\w+))?$/.exec(word);
      if (!match) throw new Error(`cannot read ${word}`);
      if (match[1] === '~') sampled.push(row * 10 - 5);
      return {
        startNs: row * 10,
        endNs: null,
        endSource: null,
        past: match[2] === undefined ? null : Number(match[2]),
        pastIsRebuilt: more.rebuilt ?? false,
        nEval: Number(match[3]),
        source: 'marker',
        thread: 0,
        context: match[4] ?? null,
        returnValue: null,
        isWarmup: false,
      };
    });
  const wasSampled = (fromNs: number, toNs: number): boolean =>
    sampled.some((timeNs) => timeNs >= fromNs && timeNs < toNs);
  return { calls, options: { batch: 2048, slots: 1, longestStep: 17, wasSampled, ...more } };
}

function chat(text: string, more: Partial<ClassifyOptions> & { rebuilt?: boolean } = {}): CallLabel[] {
  const { calls, options } = drawn(text, more);
  return classifyChat(calls, options);
}

const rules = (labels: CallLabel[]): string => labels.map((label) => label.rule).join(' ');
const stages = (labels: CallLabel[]): string => labels.map((label) => label.stage).join(' ');
const noted = (labels: CallLabel[]): string[] =>
  labels.flatMap((label, row) => label.notes.map((note) => `${row}:${note}`));

describe('prompts and tokens', () => {
  it('P2, D1: one prompt and its tokens', () => {
    const labels = chat('0+109 109+1 110+1 111+1');
    expect(rules(labels)).toBe('P2 D1 D1 D1');
    expect(stages(labels)).toBe('prefill decode decode decode');
    expect(noted(labels)).toEqual([]);
  });

  it('P2: the first call is a prompt even with one token', () => {
    expect(rules(chat('0+1 1+1 2+1'))).toBe('P2 D1 D1');
  });

  it('P1: a prompt in chunks is one prefill', () => {
    const labels = chat('0+512 512+512 1024+30 1054+1', { batch: 512 });
    expect(rules(labels)).toBe('P2 P1 P1 D1');
    expect(labels.map((label) => label.startsPhase)).toEqual([true, false, false, false]);
  });

  it('P2: what does not continue the prompt before is a prompt of its own', () => {
    expect(rules(chat('0+40 0+50 50+1'))).toBe('P2 P2 D1');
  });

  it('P2: a sampler between two prompts keeps them apart', () => {
    expect(rules(chat('0+40 ~40+50 90+1'))).toBe('P2 P2 D1');
  });

  it('P2: a prompt of one token that starts anew at position 0', () => {
    expect(rules(chat('0+9 9+1 10+1 0+1 1+1'))).toBe('P2 D1 D1 P2 D1');
  });

  it('a prompt cache: the first prompt starts behind what was kept', () => {
    expect(rules(chat('96+13 109+1 110+1'))).toBe('P2 D1 D1');
  });

  it('notes a capture that may have begun within a generation', () => {
    const labels = chat('130+1 131+1 132+1');
    expect(rules(labels)).toBe('P2 D1 D1');
    expect(noted(labels)).toEqual(['0:ambiguous-start']);
  });

  it('a context shift is decode: positions fall by what was dropped', () => {
    const labels = chat('0+100 100+1 101+1 52+1 53+1');
    expect(rules(labels)).toBe('P2 D1 D1 D1 D1');
    expect(noted(labels)).toEqual(['3:context-shift']);
  });

  it('notes calls that are missing', () => {
    expect(noted(chat('0+100 100+1 104+1'))).toEqual(['2:past-gap']);
  });
});

describe('turns', () => {
  it('F1: the last token of a turn is evaluated with the next prompt', () => {
    const labels = chat('0+109 109+1 110+1 111+1 112+40 152+1 153+1');
    expect(rules(labels)).toBe('P2 D1 D1 F1 P2 D1 D1');
    expect(labels.map((label) => label.startsTurn)).toEqual([true, false, false, true, false, false, false]);
    expect(noted(labels)).toEqual(['3:turn-flush']);
  });

  it('D1: a sampler after the last token says that it was emitted: the next prompt has no flush', () => {
    expect(rules(chat('0+109 109+1 110+1 ~111+40 151+1'))).toBe('P2 D1 D1 P2 D1');
  });

  it('F1 needs positions that join: a prompt that starts anew has no flush', () => {
    expect(rules(chat('0+109 109+1 110+1 0+40 40+1'))).toBe('P2 D1 D1 P2 D1');
  });

  it('three turns of short prompts are no speculation, sampling between tokens or not', () => {
    const turns = '0+9 ~9+1 ~10+1 11+1 12+8 ~20+1 ~21+1 22+1 23+7 ~30+1 31+1 32+6 ~38+1';
    expect(rules(chat(turns))).toBe('P2 D1 D1 F1 P2 D1 D1 F1 P2 D1 F1 P2 D1');
    expect(rules(chat(turns.replaceAll('~', '')))).toBe('P2 D1 D1 F1 P2 D1 D1 F1 P2 D1 F1 P2 D1');
  });
});

describe('a prompt of whole batches and one token', () => {
  it('is flagged, not guessed', () => {
    const labels = chat('0+512 512+512 1024+1 1025+1', { batch: 512 });
    expect(rules(labels)).toBe('P2 P1 D1 D1');
    expect(noted(labels)).toEqual(['2:ambiguous-tail']);
  });

  it('is decode without doubt when a sampler was seen before it', () => {
    expect(noted(chat('0+512 512+512 ~1024+1 1025+1', { batch: 512 }))).toEqual([]);
  });

  it('is told by equal chunks where the batch size is not known', () => {
    expect(noted(chat('0+512 512+512 1024+1', { batch: null }))).toEqual(['2:ambiguous-tail']);
    expect(noted(chat('0+512 512+1', { batch: null }))).toEqual([]);
    expect(noted(chat('0+2048 2048+1', { batch: null }))).toEqual(['1:ambiguous-tail']);
  });
});

describe('S1: speculative decoding', () => {
  it('is told by rejected drafts, right after the prompt', () => {
    // Five evaluated, two kept; five, five; five, one; then the model goes on.
    const labels = chat('0+110 110+5 112+5 117+5 118+1 119+5');
    expect(rules(labels)).toBe('P2 S1 S1 S1 S1 S1');
    expect(labels.map((label) => label.emitted)).toEqual([null, 2, 5, 1, 1, null]);
  });

  it('does not take a short prompt for a step', () => {
    expect(rules(chat('0+9 9+5 11+5 16+5 17+5'))).toBe('P2 S1 S1 S1 S1');
  });

  it('without rejections needs a sampler before three of the steps', () => {
    expect(rules(chat('0+110 ~110+5 ~115+5 ~120+5 ~125+1'))).toBe('P2 S1 S1 S1 S1');
    expect(rules(chat('0+110 ~110+5 ~115+5 120+5 ~125+1'))).not.toContain('S1');
  });

  it('makes no flush of the token before it', () => {
    // Positions fell: the run begins anew with the call at 60.
    expect(rules(chat('0+110 110+1 60+1 61+5 63+5 68+5 69+5'))).toBe('P2 D1 D1 S1 S1 S1 S1');
  });

  it('needs three steps of several tokens', () => {
    expect(rules(chat('0+110 110+5 112+5 117+1 118+1'))).not.toContain('S1');
  });

  it('ends at a call that is larger than any step', () => {
    expect(rules(chat('0+110 110+5 112+5 117+5 118+40'))).toBe('P2 S1 S1 S1 P2');
    expect(rules(chat('0+110 110+20 112+20 117+20 118+1', { longestStep: 21 }))).toBe('P2 S1 S1 S1 S1');
  });

  it('is told by a draft context whose calls lie between, where positions are rebuilt', () => {
    const drawing =
      '0+110@a 0+110@b 110+1@b 111+1@b 110+3@a 112+1@b 113+1@b 113+3@a 114+1@b 115+1@b 116+3@a 119+1@a';
    const labels = chat(drawing, { rebuilt: true });
    expect(stages(labels)).toBe(`prefill ${Array.from({ length: 11 }, () => 'speculative').join(' ')}`);
    expect(noted(labels)).toEqual([1, 2, 3, 5, 6, 8, 9].map((row) => `${row}:draft`));
    // What rejected tokens added to rebuilt positions is not known.
    expect(labels.every((label) => label.emitted === null)).toBe(true);
  });

  it('judges contexts that follow each other each for itself', () => {
    expect(rules(chat('0+9@a 9+1@a 0+9@b 9+1@b', { rebuilt: true }))).toBe('P2 D1 P2 D1');
  });
});

describe('a server', () => {
  const server = (text: string, more: Partial<ClassifyOptions> = {}): CallLabel[] => {
    const { calls, options } = drawn(text, { batch: 512, slots: 4, ...more });
    return classifyServer(calls, options);
  };

  it('X: prompt tokens of one request in the call of another that generates', () => {
    const labels = server('100 1 1 201 2 2 1');
    expect(rules(labels)).toBe('P2 D1 D1 X D1 D1 D1');
    expect(stages(labels)).toBe('prefill decode decode mixed decode decode decode');
  });

  it('reads a long prompt in chunks before anything is generated', () => {
    expect(rules(server('512 512 30 1 1'))).toBe('P2 P1 P1 D1 D1');
  });

  it('with one slot never mixes', () => {
    expect(rules(server('100 1 1 90 1', { slots: 1 }))).toBe('P2 D1 D1 P2 D1');
  });

  it('shows how many requests it generates for by calls of one size', () => {
    expect(slotsSeen(drawn('100 1 1 1 101 2 2 2 2').calls)).toBe(2);
    expect(slotsSeen(drawn('512 512 512 30 1 1').calls)).toBe(1);
  });
});
