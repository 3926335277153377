import { describe, expect, it } from 'vitest';
import { callsOf } from '../../src/llama/calls.ts';
import { llamaStacks, stacksThrough } from '../../src/llama/stages/stackMarks.ts';
import type { Call } from '../../src/llama/types.ts';
import { ProfileBuilder } from '../../src/profile/builder.ts';
import { profileViolations } from '../../src/profile/integrity.ts';
import type { Profile } from '../../src/profile/types.ts';
import { functionsOfRun, runFromText, type RunOptions } from '../support/llamaRun.ts';

const MS = 1e6;

/** Calls as text: `past+n`, `w` in front of warm-up, `~` behind a rebuilt past. */
const asText = (calls: Call[]): string =>
  calls
    .map(
      (call) =>
        `${call.isWarmup ? 'w' : ''}${call.past ?? '?'}+${call.nEval}${call.pastIsRebuilt ? '~' : ''}`,
    )
    .join(' ');

function callsFrom(drawing: string, options: RunOptions = {}): Call[] {
  const profile = runFromText(drawing, options);
  const { isInsideDecode } = llamaStacks(profile, functionsOfRun(profile));
  return callsOf(profile, { isInsideDecode });
}

interface Hit {
  at: number;
  name?: string;
  isReturn?: boolean;
  tid?: number;
  pid?: number;
  args?: Record<string, bigint | string>;
}

/** A profile of probe hits alone; `at` is in milliseconds. */
function hitsOnly(hits: Hit[], processName = 'llama-cli'): Profile {
  const builder = new ProfileBuilder({ path: 'drawn', format: 'drawing', tool: null, bytes: 0 });
  for (const { at, name, isReturn = false, pid = 7, tid = 7, args = {} } of hits) {
    builder.nameThread(pid, pid, processName);
    builder.probeHits.push({
      timeNs: at * MS,
      thread: builder.thread(pid, tid),
      cpu: 0,
      name: name ?? `probe_llama:llama_decode${isReturn ? '__return' : ''}`,
      isReturn,
      arguments: new Map(Object.entries(args)),
      stack: -1,
    });
  }
  return builder.finish();
}

describe('calls from markers', () => {
  it('take size and position from the text; other markers are none', () => {
    const builder = new ProfileBuilder({ path: 'drawn', format: 'drawing', tool: null, bytes: 0 });
    const thread = builder.thread(7, 7);
    builder.nameThread(7, 7, 'llama-cli');
    const texts = [
      'past 0, n_eval 109',
      'past 109, n_eval 1',
      'my past 1, n_eval 1',
      'past 2, n_eval 1 ',
      'past -1, n_eval 1',
      'past 110, n_eval 0',
      'past 99999999999, n_eval 1',
    ];
    texts.forEach((text, row) => builder.markers.push({ timeNs: row * MS, thread, text, colour: null }));
    const calls = callsOf(builder.finish());
    expect(asText(calls)).toBe('0+109 109+1');
    expect(calls[1]).toEqual({
      startNs: 1 * MS,
      endNs: null,
      endSource: null,
      past: 109,
      pastIsRebuilt: false,
      nEval: 1,
      source: 'marker',
      thread,
      context: null,
      returnValue: null,
      isWarmup: false,
    });
  });

  it('are never warm-up: the tutorial patches no marker into it', () => {
    expect(asText(callsFrom('warmup:2/5 0+2/10 2+1/10 3+1/10'))).toBe('0+2 2+1 3+1');
  });
});

describe('calls from probe hits', () => {
  it('are paired with their returns, positions added up after the warm-up', () => {
    const calls = callsFrom('load/10 warmup:2/5 load/5 0+110/100 sample/2 110+1/20 sample/2 111+1/20', {
      calls: 'probes',
    });
    expect(asText(calls)).toBe('w0+2~ 0+110~ 110+1~ 111+1~');
    expect(calls.map((call) => [call.startNs / MS, (call.endNs ?? NaN) / MS, call.endSource])).toEqual([
      [10, 15, 'return-probe'],
      [20, 120, 'return-probe'],
      [122, 142, 'return-probe'],
      [144, 164, 'return-probe'],
    ]);
  });

  it.each(['n_tokens', 'tokens', 'n'])('take the number of tokens from %s', (name) => {
    expect(asText(callsOf(hitsOnly([{ at: 1, args: { [name]: 5n } }])))).toBe('0+5~');
  });

  it('read C ints whatever width the probe gave them', () => {
    const args = [{ n: 7n }, { n: 0xffff_ffffn }, { n: 0xdead_beef_0000_0003n }, { n: '12' }, { n: '0x10' }];
    const calls = callsOf(hitsOnly(args.map((arg, at) => ({ at, args: arg }))));
    // 0xffffffff is -1: no call.
    expect(calls.map((call) => call.nEval)).toEqual([7, 3, 12, 16]);
    const returned = callsOf(
      hitsOnly([
        { at: 0, args: { n: 9n } },
        { at: 1, isReturn: true, args: { ret: 0xffff_fffen } },
      ]),
    );
    expect(returned[0].returnValue).toBe(-2);
  });

  it('leave out hits that do not say how many tokens', () => {
    expect(callsOf(hitsOnly([{ at: 0 }, { at: 1, args: { n: 'fault' } }]))).toEqual([]);
  });

  it('do not count the tokens of a call that found no room', () => {
    const calls = callsFrom('0+512=1/10 0+256/10 256+256/10 512+1/10', { calls: 'probes' });
    expect(asText(calls)).toBe('0+512~ 0+256~ 256+256~ 512+1~');
    expect(calls.map((call) => call.returnValue)).toEqual([1, 0, 0, 0]);
  });

  it('keep contexts apart', () => {
    const calls = callsFrom('0+10@aa/5 0+10@b0/5 10+1@b0/5 10+3@aa/5', { calls: 'probes' });
    expect(calls.map((call) => `${call.context} ${call.past}+${call.nEval}`)).toEqual([
      '0xaa 0+10',
      '0xb0 0+10',
      '0xb0 10+1',
      '0xaa 10+3',
    ]);
  });

  it('start positions anew where a probe saw the memory cleared', () => {
    const profile = hitsOnly([
      { at: 0, args: { n: 10n } },
      { at: 1, args: { n: 1n } },
      { at: 2, name: 'probe_llama:llama_memory_clear' },
      { at: 3, args: { n: 20n } },
      { at: 4, args: { n: 1n } },
    ]);
    expect(asText(callsOf(profile))).toBe('0+10~ 10+1~ 0+20~ 20+1~');
  });

  it('take the position that the probe recorded', () => {
    const profile = hitsOnly([
      { at: 0, args: { n: 10n, pos: 96n } },
      { at: 1, args: { n: 1n, pos: 106n } },
    ]);
    expect(asText(callsOf(profile))).toBe('96+10 106+1');
  });

  it('do not add up positions of a server or of llama-bench, which keep or clear them unseen', () => {
    const hits = [
      { at: 0, args: { n: 10n } },
      { at: 1, args: { n: 1n } },
    ];
    expect(asText(callsOf(hitsOnly(hits, 'llama-server')))).toBe('?+10 ?+1');
    expect(asText(callsOf(hitsOnly(hits, 'llama-bench')))).toBe('?+10 ?+1');
  });

  it('live with lost returns and lost entries', () => {
    const entry = (at: number): Hit => ({ at, args: { n: 3n } });
    const leave = (at: number): Hit => ({ at, isReturn: true, args: { ret: 0n } });
    // A return before any entry; the second call's return is lost; so is the fourth call's entry.
    const calls = callsOf(hitsOnly([leave(0), entry(1), leave(2), entry(3), entry(5), leave(6), leave(8)]));
    expect(calls.map((call) => [call.startNs / MS, call.endNs === null ? null : call.endNs / MS])).toEqual([
      [1, 2],
      [3, null],
      [5, 6],
    ]);
  });

  it('pair by thread', () => {
    const profile = hitsOnly([
      { at: 0, tid: 7, args: { n: 5n } },
      { at: 1, tid: 8, args: { n: 6n } },
      { at: 2, tid: 7, isReturn: true, args: { ret: 0n } },
      { at: 4, tid: 8, isReturn: true, args: { ret: 0n } },
    ]);
    expect(callsOf(profile).map((call) => [call.nEval, call.endNs])).toEqual([
      [5, 2 * MS],
      [6, 4 * MS],
    ]);
  });

  it('count a call once when two probes saw it, and all places of one probe', () => {
    const profile = hitsOnly([
      { at: 0, name: 'probe_llama:llama_decode', args: { n: 9n } },
      { at: 0.001, name: 'probe_libllama:llama_decode', args: { n: 9n } },
      { at: 1, name: 'probe_llama:llama_decode_1', args: { n: 1n } },
    ]);
    expect(asText(callsOf(profile))).toBe('0+9~ 9+1~');
  });

  it('are not hits of other probes', () => {
    const names = ['probe_llama:llama_decode_internal', 'probe_llama:my_llama_decode', 'sched:sched_switch'];
    expect(callsOf(hitsOnly(names.map((name, at) => ({ at, name, args: { n: 9n } }))))).toEqual([]);
  });
});

describe('warm-up', () => {
  const sizes = (text: string): Profile =>
    hitsOnly(text.split(' ').map((n, at) => ({ at, args: { n: BigInt(n) } })));
  const warmups = (profile: Profile): number => callsOf(profile).filter((call) => call.isWarmup).length;

  it.each([
    ['a pair of tokens before the prompt', '2 110 1 1', 1],
    ['one token before the prompt', '1 110 1 1', 1],
    ['that of a target and of a draft context', '2 2 110 1', 2],
    ['a pair before a prompt of one token', '2 1 1 1', 1],
    ['none where the prompt comes first', '110 1 1', 0],
    ['none within a generation that was under way', '1 1 1 1 1 90 1', 0],
    ['none of one call alone', '2', 0],
  ])('is %s', (_, calls, expected) => {
    expect(warmups(sizes(calls))).toBe(expected);
  });

  it('is what a probe saw before the first marker, however short the prompt', () => {
    const calls = callsFrom('warmup:2/5 load/5 0+2/20 2+1/10 3+1/10', { calls: 'both' });
    expect(asText(calls)).toBe('w0+2~ 0+2 2+1 3+1');
  });

  it('is never a call of more than two tokens', () => {
    // The first prompt came before the recorder listened to markers.
    const profile = runFromText('warmup:2/5 0+50/20 50+1/10 51+1/10', { calls: 'both' });
    profile.markers.shift();
    expect(asText(callsOf(profile))).toBe('w0+2~ 0+50~ 50+1 51+1');
  });

  it('is none when the command line says --no-warmup', () => {
    const profile = sizes('2 110 1');
    const fact = { name: 'command-line', source: 'log', private: true };
    profile.facts.push({ ...fact, value: 'llama-cli --no-warmup -n 3' });
    expect(warmups(profile)).toBe(0);
    profile.facts[0].value = 'llama-cli -p "--no-warmups"';
    expect(warmups(profile)).toBe(1);
  });
});

describe('markers and probes of one run', () => {
  it('make one call each: time and end of the probe, position of the marker', () => {
    const calls = callsFrom('warmup:2/5 load/5 96+13/20 sample/1 109+1/10 sample/1 52+1/10', {
      calls: 'both',
    });
    expect(asText(calls)).toBe('w0+2~ 96+13 109+1 52+1');
    expect(calls.every((call) => call.source === 'probe' && call.endSource === 'return-probe')).toBe(true);
  });

  it('fall back to the probes when sizes do not agree', () => {
    const profile = runFromText('warmup:2/5 load/5 0+13/20 13+1/10 14+1/10', { calls: 'both' });
    profile.markers.splice(1, 1);
    profile.markers[1].text = 'past 14, n_eval 3';
    expect(asText(callsOf(profile))).toBe('w0+2~ 0+13~ 13+1~ 14+1~');
  });
});

describe('ends from samples', () => {
  it('lie between the last sample inside llama_decode and the first one behind it', () => {
    const calls = callsFrom('load/10 0+109/100 sample/3 print/1 109+1/20 sample/4 110+1/20 close/5');
    // Samples lie in the middle of each millisecond.
    expect(calls.map((call) => [call.endSource, (call.endNs ?? NaN) / MS])).toEqual([
      ['samples', 110],
      ['samples', 134],
      ['samples', 158],
    ]);
  });

  it('are not known where samples are sparse', () => {
    const calls = callsFrom('0+109/100 sample/10 109+1/50 sample/10', { sampleMs: 10 });
    expect(calls.map((call) => call.endNs === null)).toEqual([false, true]);
  });

  it('are not known where sampling was held back just then', () => {
    const calls = callsFrom('0+109~60/100 sample/3 109+1/20 sample/3 110+1~15/20 sample/3');
    // Of the last call 5 ms are missing: more than four samples.
    expect(calls.map((call) => call.endSource)).toEqual([null, 'samples', null]);
  });

  it('are not known of a call behind which nothing was seen', () => {
    const calls = callsFrom('0+109/100 sample/3 109+1/20');
    expect(calls.map((call) => call.endSource)).toEqual(['samples', null]);
  });

  it('are not known without names, and give way to return probes', () => {
    const drawing = '0+109/100 109+1/20';
    expect(callsOf(runFromText(drawing)).map((call) => call.endSource)).toEqual([null, null]);
    const calls = callsFrom(drawing, { calls: 'probes' });
    expect(calls.map((call) => call.endSource)).toEqual(['return-probe', 'return-probe']);
  });
});

describe('stacks through functions', () => {
  it('marks a stack by any of its frames, callers included', () => {
    const profile = runFromText('0+9/1 sample/1 close/1 idle/1');
    expect(profileViolations(profile)).toEqual([]);
    const functions = functionsOfRun(profile);
    const marks = stacksThrough(profile, functions, (row) => row.name === 'llama_decode');
    const names = Array.from(profile.stacks.frame, (frame) => profile.strings[profile.frames.name[frame]]);
    expect(names.filter((_, stack) => marks[stack] === 1)).toEqual(['llama_decode', 'gemm']);
  });

  it('knows the functions of llama.cpp by their C and C++ names', () => {
    const drawing = runFromText('0+9/1 sample/1 close/1');
    const functions = functionsOfRun(drawing);
    const ask = (name: string): string => {
      const renamed = {
        ...functions,
        functions: functions.functions.map((row) =>
          row.name === 'gemm' ? { ...row, name, rawName: name } : row,
        ),
      };
      const gemm = Array.from(drawing.stacks.frame).findIndex(
        (frame) => functions.functions[functions.functionOfFrame[frame]].name === 'gemm',
      );
      // Without the caller llama_decode only the renamed leaf can answer.
      const stacks = { ...drawing.stacks, prefix: drawing.stacks.prefix.map(() => -1) };
      const { isInsideDecode, isSampling, isClosing } = llamaStacks({ stacks }, renamed);
      return `${isInsideDecode(gemm) ? 'decode' : ''}${isSampling(gemm) ? 'sample' : ''}${isClosing(gemm) ? 'close' : ''}`;
    };
    expect(ask('llama_decode')).toBe('decode');
    expect(ask('llama_context::decode(llama_batch const&)')).toBe('decode');
    expect(ask('llama_decode_internal')).toBe('');
    expect(ask('common_sampler_sample(common_sampler*, llama_context*, int, bool)')).toBe('sample');
    expect(ask('llama_sampler_sample')).toBe('sample');
    expect(ask('llama_perf_context_print')).toBe('close');
    expect(ask('common_perf_print(llama_context const*, common_sampler const*)')).toBe('close');
    expect(ask('llama_free')).toBe('close');
    // Resetting the timers after the warm-up closes nothing.
    expect(ask('llama_perf_context_reset')).toBe('');
    expect(ask('llama_freeze')).toBe('');
  });
});
