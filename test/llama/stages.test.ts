import { describe, expect, it } from 'vitest';
import { callsOf } from '../../src/llama/calls.ts';
import { stageTimeline, type StageOptions } from '../../src/llama/stages.ts';
import { llamaStacks } from '../../src/llama/stages/stackMarks.ts';
import type { StageTimeline } from '../../src/llama/types.ts';
import { profileViolations } from '../../src/profile/integrity.ts';
import type { Profile } from '../../src/profile/types.ts';
import { functionsOfRun, runFromText, type RunOptions } from '../support/llamaRun.ts';

const MS = 1e6;

interface DrawOptions extends RunOptions, StageOptions {
  /** Whether function names are known. */
  names?: boolean;
  edit?: (profile: Profile) => void;
}

function timelineOf(drawing: string, options: DrawOptions = {}): StageTimeline {
  const profile = runFromText(drawing, options);
  options.edit?.(profile);
  expect(profileViolations(profile)).toEqual([]);
  const stacks = options.names === false ? null : llamaStacks(profile, functionsOfRun(profile));
  const calls = callsOf(profile, stacks ? { isInsideDecode: stacks.isInsideDecode } : {});
  const timeline = stageTimeline(profile, calls, { ...options, stacks });
  checkSound(timeline);
  return timeline;
}

/** What holds for every timeline. */
function checkSound({ tokens, phases, intervals }: StageTimeline): void {
  intervals.forEach((interval, row) => {
    expect(interval.endNs).toBeGreaterThan(interval.startNs);
    if (row > 0) expect(interval.startNs).toBeGreaterThanOrEqual(intervals[row - 1].endNs);
  });
  expect(new Set(phases.map((phase) => `${phase.stage} ${phase.name}`)).size).toBe(phases.length);
  phases.forEach((phase, row) => {
    if (phase.firstToken < 0) return;
    const own = tokens.slice(phase.firstToken, phase.firstToken + phase.calls);
    expect(own.every((token) => token.phase === row && token.stage === phase.stage)).toBe(true);
  });
  expect(tokens.every((token) => token.phase >= 0)).toBe(true);
}

/** `prefill 1: 10–110, 1 call, 109 tokens`, `?` behind an estimated end. */
const phasesOf = (timeline: StageTimeline): string[] =>
  timeline.phases.map(
    (phase) =>
      `${phase.stage} ${phase.name}: ${phase.startNs / MS}–${phase.endNs / MS}${phase.endIsEstimated ? '?' : ''}, ${phase.calls}/${phase.tokens}`,
  );

/** `decode 110–130`, with the token's row behind where there is one. */
const intervalsOf = (timeline: StageTimeline): string[] =>
  timeline.intervals.map(
    ({ stage, startNs, endNs, token }) =>
      `${stage} ${startNs / MS}–${endNs / MS}${token < 0 ? '' : ` #${token}`}`,
  );

const endsOf = (timeline: StageTimeline): string =>
  timeline.tokens.map((token) => `${token.endNs / MS}${token.endIsEstimated ? '?' : ''}`).join(' ');

const CHAT = 'load/30 0+109/100 sample/2 109+1/20 sample/2 110+1/20 sample/2 close/4';

describe('a run of one prompt', () => {
  it('with return probes: load, warm-up, prefill, decode, sampling between calls', () => {
    const drawing = CHAT.replace('load/30', 'load/20 warmup:2/5 load/5');
    const timeline = timelineOf(drawing, { calls: 'probes' });
    expect(timeline).toMatchObject({ source: 'probes', reason: null, fix: null, pid: 100, warnings: [] });
    expect(phasesOf(timeline)).toEqual([
      'load load: 0–30, 0/0',
      'load warmup: 20–25, 1/2',
      'prefill 1: 30–130, 1/109',
      'decode 1: 132–174, 2/2',
    ]);
    expect(intervalsOf(timeline)).toEqual([
      'load 0–20',
      'load 20–25',
      'load 25–30',
      'prefill 30–130 #0',
      'sampling 130–132',
      'decode 132–152 #1',
      'sampling 152–154',
      'decode 154–174 #2',
      // Up to the first sample that prints timings.
      'sampling 174–176.5',
    ]);
    expect(timeline.intervals.map((interval) => interval.phase)).toEqual([0, 1, 0, 2, -1, 3, -1, 3, -1]);
    expect(timeline.calls).toHaveLength(4);
    expect(
      timeline.tokens.map(({ index, past, nEval, stage, rule, call }) => [
        index,
        past,
        nEval,
        stage,
        rule,
        call,
      ]),
    ).toEqual([
      [0, 0, 109, 'prefill', 'P2', 1],
      [1, 109, 1, 'decode', 'D1', 2],
      [2, 110, 1, 'decode', 'D1', 3],
    ]);
  });

  it('with markers and stacks: a call ends at its last sample inside llama_decode', () => {
    const timeline = timelineOf(CHAT);
    expect(timeline.source).toBe('markers');
    expect(endsOf(timeline)).toBe('130 152 174');
    expect(phasesOf(timeline)).toEqual([
      'load load: 0–30, 0/0',
      'prefill 1: 30–130, 1/109',
      'decode 1: 132–174, 2/2',
    ]);
  });

  it('with markers alone: a call reaches to the next marker, estimated; the last one to the usual time', () => {
    const timeline = timelineOf(`${CHAT} load/300`, { sampleMs: 0 });
    expect(endsOf(timeline)).toBe('132? 154? 176?');
    expect(intervalsOf(timeline)).toEqual([
      'load 0–30',
      'prefill 30–132 #0',
      'decode 132–154 #1',
      'decode 154–176 #2',
    ]);
  });
});

describe('the end of the last token', () => {
  // Five samples a token are too few for an end of their own.
  const sparse = { sampleMs: 4 };
  const prompt = '0+109/100 109+1/20 110+1/20';

  it('is the first sign of printing timings or freeing the model', () => {
    // The first sample of the 8 ms from 164 on lies at 166.
    const timeline = timelineOf(`${prompt} 111+1/24 close/8 load/400`, sparse);
    expect(endsOf(timeline)).toBe('99 120? 140? 166?');
  });

  it('is not told by timings that were printed before', () => {
    const timeline = timelineOf(`0+109/100 close/4 109+1/20 110+1/20 111+1/24 close/8`, sparse);
    expect(endsOf(timeline).split(' ').at(-1)).toBe('170?');
  });

  it('is the usual time of a token when names are not known', () => {
    const timeline = timelineOf(`${prompt} 111+1/24 close/8 load/400`, { ...sparse, names: false });
    expect(endsOf(timeline)).toBe('100? 120? 140? 160?');
  });

  it('is the end of the process when that comes first', () => {
    const timeline = timelineOf(`${prompt} 111+1/5`, { ...sparse, names: false });
    expect(endsOf(timeline)).toBe('100? 120? 140? 145?');
  });

  it('is the start of an idle stretch when that comes first', () => {
    // The last sample before the stretch lies at 150.
    const timeline = timelineOf(`${prompt} 111+1/12 idle/900 load/5`, { ...sparse, names: false });
    expect(endsOf(timeline)).toBe('100? 120? 140? 150?');
  });

  it('is never the end of the capture', () => {
    const options = { sampleMs: 0, exit: false, afterMs: 5000 };
    expect(endsOf(timelineOf(`${prompt} 111+1/20`, options))).toBe('100? 120? 140? 160?');
  });

  it('of a prompt without any token is the last sign of the process', () => {
    const options = { names: false, exit: false, afterMs: 5000 };
    // One sampling interval behind the last sample.
    expect(endsOf(timelineOf('load/10 0+109/100', options))).toBe('110.5?');
  });

  it('of a prompt is not judged by the time of a token', () => {
    const timeline = timelineOf(`${prompt} 111+1/20 112+40/70`, { names: false });
    expect(endsOf(timeline)).toBe('100? 120? 140? 160? 230?');
  });
});

describe('turns', () => {
  const TURNS =
    '0+20/40 sample/2 20+1/20 sample/2 21+1/20 sample/2 idle/500 print/2 22+1/20 print/1 23+15/30 sample/2 38+1/20 sample/2 close/2';

  it('the flush is a phase of its own; thinking time is idle', () => {
    const timeline = timelineOf(TURNS, { calls: 'probes' });
    expect(phasesOf(timeline)).toEqual([
      'prefill 1: 0–40, 1/20',
      'decode 1: 42–84, 2/2',
      'decode flush 2: 588–608, 1/1',
      'prefill 2: 609–639, 1/15',
      'decode 2: 641–661, 1/1',
    ]);
    expect(timeline.phases.map((phase) => phase.turn)).toEqual([1, 1, 2, 2, 2]);
    expect(intervalsOf(timeline).slice(4)).toEqual([
      'decode 64–84 #2',
      'sampling 84–85.5',
      // From the last sample before to the first one after.
      'idle 85.5–586.5',
      'sampling 586.5–588',
      'decode 588–608 #3',
      // The tokens of the prompt are copied: part of the prefill, of no call.
      'prefill 608–609',
      'prefill 609–639 #4',
      'sampling 639–641',
      'decode 641–661 #5',
      'sampling 661–663.5',
    ]);
  });

  it('with markers alone thinking time does not count for the last token of the turn', () => {
    const timeline = timelineOf(TURNS, { names: false });
    expect(endsOf(timeline)).toBe('42? 64? 85.5? 609? 641? 663?');
    expect(intervalsOf(timeline)).toContain('idle 85.5–586.5');
  });

  it('a stall within a turn is idle; its token goes on to the next one', () => {
    const timeline = timelineOf('0+20/40 20+1/20 21+1/20 idle/200 22+1/20 23+1/20', { names: false });
    expect(endsOf(timeline)).toBe('40? 60? 280? 300? 320?');
    expect(intervalsOf(timeline)).toEqual([
      'prefill 0–40 #0',
      'decode 40–60 #1',
      'decode 60–79.5 #2',
      'idle 79.5–280',
      'decode 280–300 #3',
      'decode 300–320 #4',
    ]);
  });

  it('short waits are no idle time', () => {
    const timeline = timelineOf('0+20/40 20+1/20 21+1/20 idle/45 22+1/20', { calls: 'probes' });
    expect(intervalsOf(timeline).some((text) => text.startsWith('idle'))).toBe(false);
  });

  it('are long only beside the usual time of a token', () => {
    const waiting = (idleMs: number): boolean =>
      timelineOf(`0+20/40 20+1/100 21+1/100 22+1/100 idle/${idleMs} 23+1/100 24+1/100`, {
        calls: 'probes',
      }).intervals.some((interval) => interval.stage === 'idle');
    expect([waiting(150), waiting(250)]).toEqual([false, true]);
  });

  it('a process that wakes now and then is idle all the same', () => {
    const waits = 'idle/90 print/1 idle/90 print/1 idle/90';
    const timeline = timelineOf(`0+20/40 20+1/20 21+1/20 ${waits} 22+1/20 23+9/20`, { calls: 'probes' });
    expect(intervalsOf(timeline)).toContain('idle 80–352');
  });

  it('a call that waits is no idle time: its return says how long it took', () => {
    const profile = runFromText('0+20/40 20+1/20 21+1/300 22+1/20', { calls: 'probes', sampleMs: 0 });
    const timeline = stageTimeline(profile, callsOf(profile));
    expect(intervalsOf(timeline)).toContain('decode 60–360 #2');
  });
});

describe('gaps between samples', () => {
  const drawing = '0+20/40 20+1/20 21+1/20 idle/200 22+1/20 23+1/20 24+1/20';
  const isIdle = (edit: (profile: Profile) => void): boolean =>
    timelineOf(drawing, { calls: 'probes', edit }).intervals.some((interval) => interval.stage === 'idle');

  /** Switches of thread 0, drawn as `in80 out90`, milliseconds. */
  const switched =
    (text: string) =>
    (profile: Profile): void => {
      const rows = text.split(' ').map((word) => /^(in|out)(\d+)$/.exec(word));
      profile.switches = {
        length: rows.length,
        timeNs: Float64Array.from(rows, (row) => Number(row?.[2]) * MS),
        thread: new Int32Array(rows.length),
        cpu: new Int32Array(rows.length),
        kind: Uint8Array.from(rows, (row) => (row?.[1] === 'in' ? 0 : 1)),
      };
    };

  it('are idle time where nothing else is known', () => {
    expect(isIdle(() => {})).toBe(true);
  });

  it('are nothing where the kernel held sampling back', () => {
    expect(isIdle((profile) => (profile.losses.throttles = 2))).toBe(false);
  });

  it('are idle time only while context switches agree', () => {
    expect(isIdle(switched('out80 in280'))).toBe(true);
    expect(isIdle(switched('out80 in150 out165 in280'))).toBe(true);
    expect(isIdle(switched('out80 in150 out175 in280'))).toBe(false);
    expect(isIdle(switched('in10 out300'))).toBe(false);
    // Never seen to stop: it runs on.
    expect(isIdle(switched('out80 in90'))).toBe(false);
    // First seen to stop: it ran before.
    expect(isIdle(switched('out270 in280'))).toBe(false);
  });

  it('are judged by switches even where sampling was held back', () => {
    expect(
      isIdle((profile) => {
        profile.losses.throttles = 2;
        switched('out80 in280')(profile);
      }),
    ).toBe(true);
  });
});

describe('prompts', () => {
  it('in chunks are one phase; the gaps between chunks belong to it', () => {
    const timeline = timelineOf('0+512/50 print/1 512+512/50 print/1 1024+30/10 sample/1 1054+1/20', {
      calls: 'probes',
      batch: 512,
    });
    expect(phasesOf(timeline)).toEqual(['prefill 1: 0–112, 3/1054', 'decode 1: 113–133, 1/1']);
    expect(intervalsOf(timeline)).toEqual([
      'prefill 0–50 #0',
      'prefill 50–51',
      'prefill 51–101 #1',
      'prefill 101–102',
      'prefill 102–112 #2',
      'sampling 112–113',
      'decode 113–133 #3',
    ]);
  });

  it('take the batch size from the settings for the ambiguous tail', () => {
    const drawing = '0+512/50 512+1/20 513+1/20';
    const notes = (batch: number | null): string[][] =>
      timelineOf(drawing, {
        sampleMs: 0,
        edit: (profile) => {
          profile.settings = {
            build: null,
            compiler: null,
            threads: null,
            threadsBatch: null,
            contextLength: null,
            batch,
            microBatch: null,
            flashAttention: null,
            features: {},
            buffers: {},
          };
        },
      }).tokens.map((token) => token.notes);
    expect(notes(512)).toEqual([[], ['ambiguous-tail'], []]);
    expect(notes(null)).toEqual([[], [], []]);
  });

  it('say how much was cached, where a marker says it', () => {
    const drawing = '96+13/40 109+1/20 110+1/20';
    expect(timelineOf(drawing).phases.map((phase) => phase.cachedTokens)).toEqual([96, 0]);
    // A probe without positions does not know of a cache.
    expect(timelineOf(drawing, { calls: 'probes' }).phases.map((phase) => phase.cachedTokens)).toEqual([
      0, 0,
    ]);
  });

  it('that found no room are tried again: their tokens do not count', () => {
    const timeline = timelineOf('0+512=1/2 0+256/50 256+256/50 512+1=1/1 512+1/20', {
      calls: 'probes',
      batch: 512,
    });
    expect(timeline.tokens.map((token) => [token.stage, ...token.notes].join(' '))).toEqual([
      'prefill retry',
      'prefill',
      'prefill',
      'decode retry',
      'decode',
    ]);
    expect(phasesOf(timeline)).toEqual(['prefill 1: 0–102, 3/512', 'decode 1: 102–123, 2/1']);
  });
});

describe('several kinds of calls', () => {
  it('speculative steps are a phase with the tokens they emitted', () => {
    const timeline = timelineOf('0+110/50 110+5/30 112+5/30 117+5/30 118+5/30', { sampleMs: 0 });
    expect(timeline.phases.map((phase) => `${phase.stage} ${phase.name} ${phase.tokens}`)).toEqual([
      'prefill 1 110',
      'speculative 1 20',
    ]);
    expect(timeline.tokens.map((token) => token.emitted)).toEqual([null, 2, 5, 1, null]);
  });

  it('calls of a draft model are part of the speculative phase; their tokens are not of the text', () => {
    const timeline = timelineOf(
      '0+110@a/50 0+110@b/9 110+1@b/2 110+3@a/30 112+1@b/2 113+3@a/30 114+1@b/2 116+3@a/30 119+1@a/20',
      { calls: 'probes', sampleMs: 0 },
    );
    expect(timeline.phases.map((phase) => `${phase.stage} ${phase.calls}/${phase.tokens}`)).toEqual([
      'prefill 1/110',
      'speculative 8/10',
    ]);
  });

  it('the longest step comes from what the log says of drafts', () => {
    const drawing = '0+110/50 110+20/30 112+20/30 117+20/30 118+20/30';
    const stages = (value: string | null): (string | null)[] =>
      timelineOf(drawing, {
        sampleMs: 0,
        edit: (profile) => {
          if (value !== null) profile.facts.push({ name: 'draft-max', value, source: 'log', private: false });
        },
      }).tokens.map((token) => token.stage);
    expect(stages('19')).toEqual(['prefill', ...Array.from({ length: 4 }, () => 'speculative')]);
    expect(stages(null)).not.toContain('speculative');
  });

  it('a server mixes prompt and generation in one call', () => {
    const timeline = timelineOf('0+100/50 0+1/20 0+1/20 0+201/90 0+2/25 0+2/25 0+2/25', {
      calls: 'probes',
      program: 'llama-server',
    });
    expect(timeline.phases.map((phase) => `${phase.stage} ${phase.name} ${phase.tokens}`)).toEqual([
      'prefill 1 100',
      'decode 1 2',
      'mixed 1 201',
      'decode 1.2 6',
    ]);
  });
});

describe('llama-bench', () => {
  const bench = { calls: 'probes', program: 'llama-bench' } as const;

  it('has prefill and decode by size alone, whatever stands before, and no sampling', () => {
    const timeline = timelineOf('load/10 0+128/30 print/1 0+128/30 print/1 0+1/5 print/1 0+1/5', bench);
    expect(timeline.source).toBe('benchmark');
    expect(phasesOf(timeline)).toEqual([
      'load load: 0–10, 0/0',
      'prefill 1: 10–40, 1/128',
      'prefill 2: 41–71, 1/128',
      'decode 2: 72–83, 2/2',
    ]);
    expect(timeline.intervals.some((interval) => interval.stage === 'sampling')).toBe(false);
    expect(timeline.warnings.map((warning) => warning.code)).toEqual(['llama-bench-repetitions-unknown']);
  });

  const rates =
    (subject: string, settings: Record<string, string>, repetitions: number[]) =>
    (profile: Profile): void => {
      profile.figures.push({
        kind: 'rate',
        subject,
        value: 1,
        unit: 'tokens/s',
        spread: null,
        repetitions,
        settings,
        source: 'bench.json',
      });
    };

  it('with its own output: a warm-up before each test, and one phase a repetition', () => {
    const drawing = '0+128/30 0+128/30 0+128/30 0+1/5 0+1/5 0+1/5 0+1/5 0+1/5 0+1/5 0+1/5';
    const timeline = timelineOf(drawing, {
      ...bench,
      edit: (profile) => {
        rates('pp128', { n_prompt: '128', n_gen: '0' }, [9, 9])(profile);
        rates('tg3', { n_prompt: '0', n_gen: '3' }, [9, 9])(profile);
      },
    });
    expect(phasesOf(timeline)).toEqual([
      'load load: 0–30, 0/0',
      'load warmup: 0–30, 1/128',
      'load warmup 2: 90–95, 1/1',
      'prefill pp128 1: 30–60, 1/128',
      'prefill pp128 2: 60–90, 1/128',
      'decode tg3 1: 95–110, 3/3',
      'decode tg3 2: 110–125, 3/3',
    ]);
    expect(intervalsOf(timeline)).toEqual([
      'load 0–30',
      'prefill 30–60 #0',
      'prefill 60–90 #1',
      'load 90–95',
      ...[95, 100, 105, 110, 115, 120].map((ms, row) => `decode ${ms}–${ms + 5} #${row + 2}`),
    ]);
    expect(timeline.warnings).toEqual([]);
  });

  it('with a depth: what stands before the timed part is a phase of its own', () => {
    const timeline = timelineOf('0+1/5 0+64/20 0+1/5 0+1/5 0+64/20 0+1/5 0+1/5', {
      ...bench,
      edit: rates('tg2 @ d64', { n_prompt: '0', n_gen: '2', n_depth: '64' }, [9, 9]),
    });
    expect(timeline.phases.map((phase) => `${phase.stage} ${phase.name}`)).toEqual([
      'load load',
      'load warmup',
      'prefill tg2 @ d64 1 depth',
      'decode tg2 @ d64 1',
      'prefill tg2 @ d64 2 depth',
      'decode tg2 @ d64 2',
    ]);
  });

  it('with a depth that later repetitions restore', () => {
    const timeline = timelineOf('0+1/5 0+64/20 0+1/5 0+1/5 0+1/5 0+1/5', {
      ...bench,
      edit: rates('tg2 @ d64', { n_prompt: '0', n_gen: '2', n_depth: '64' }, [9, 9]),
    });
    expect(timeline.phases.map((phase) => `${phase.stage} ${phase.name}`)).toEqual([
      'load load',
      'load warmup',
      'prefill tg2 @ d64 1 depth',
      'decode tg2 @ d64 1',
      'decode tg2 @ d64 2',
    ]);
  });

  it('says when its output is of another run', () => {
    const timeline = timelineOf('0+128/30 0+128/30', {
      ...bench,
      edit: rates('pp512', { n_prompt: '512', n_gen: '0' }, [9, 9]),
    });
    expect(timeline.warnings.map((warning) => warning.code)).toEqual(['llama-bench-repetitions-unknown']);
    expect(timeline.tokens).toHaveLength(2);
  });
});

describe('runs whose stages cannot be told', () => {
  it('say why and how to record them', () => {
    const timeline = timelineOf('load/10 0+109/50', { calls: 'none' });
    expect(timeline).toMatchObject({
      source: null,
      calls: [],
      tokens: [],
      phases: [],
      intervals: [],
      pid: null,
    });
    expect(timeline.reason).toBe('no llama_decode markers or probe hits');
    expect(timeline.fix).toContain('perf probe');
  });

  it('say that probes did not record the tokens', () => {
    const profile = runFromText('0+109/50 109+1/20', { calls: 'probes' });
    profile.probeHits = profile.probeHits.map((hit) => ({ ...hit, arguments: new Map() }));
    expect(stageTimeline(profile, callsOf(profile)).reason).toBe(
      '2 probe hits on llama_decode do not say how many tokens were evaluated',
    );
  });

  it('a run killed within its first prompt has load and an open prefill', () => {
    const timeline = timelineOf('load/30 0+109/40', { exit: false, names: false });
    expect(phasesOf(timeline)).toEqual(['load load: 0–30, 0/0', 'prefill 1: 30–70.5?, 1/109']);
  });
});

describe('several processes', () => {
  it('the one with most calls has the stages, the others are named', () => {
    const timeline = timelineOf('0+109/50 109+1/20 110+1/20', {
      sampleMs: 0,
      edit: (profile) => {
        const process = profile.processes.push({ pid: 200, name: 'llama-cli', executable: null }) - 1;
        const thread =
          profile.threads.push({ process, pid: 200, tid: 200, name: 'x', startNs: null, endNs: null }) - 1;
        profile.markers.push({ timeNs: 5 * MS, thread, text: 'past 0, n_eval 7', colour: null });
      },
    });
    expect(timeline.pid).toBe(100);
    expect(timeline.tokens.map((token) => token.nEval)).toEqual([109, 1, 1]);
    expect(timeline.warnings.map((warning) => warning.code)).toEqual(['several-llama-processes']);
  });
});
