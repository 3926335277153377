import { ProfileBuilder } from '../../src/profile/builder.ts';
import type { Profile } from '../../src/profile/types.ts';
import type { FunctionTable } from '../../src/symbols/types.ts';

const MS = 1e6;

export interface RunOptions {
  /** How calls are seen. */
  calls?: 'markers' | 'probes' | 'both' | 'none';
  /** Whether probes on the return of llama_decode were set too. */
  returns?: boolean;
  /** Distance of samples; 0 for a run without samples. */
  sampleMs?: number;
  program?: string;
  /** Whether the end of the process was recorded. */
  exit?: boolean;
  /** Time that passes after the process ended. */
  afterMs?: number;
}

/**
 * A run drawn as text, one word a stretch of time in milliseconds:
 *
 *     load/30 warmup:2/10 load/5 0+109/100 sample/2 109+1/20 sample/2 idle/500 close/4
 *
 * `past+n/ms` is a call of llama_decode, `warmup:n/ms` one that markers do not see; `@a` names its context, `=1` its return
 * value: `0+512@a=1/10`, `~60` that only its first 60 ms were sampled. While `idle` nothing is sampled. Samples lie in the middle of their millisecond.
 */
export function runFromText(drawing: string, options: RunOptions = {}): Profile {
  const { calls = 'markers', returns = true, sampleMs = 1, program = 'llama-cli', exit = true } = options;
  const builder = new ProfileBuilder({ path: 'drawn', format: 'drawing', tool: null, bytes: 0 });
  builder.clock.name = 'perf';
  builder.nameThread(100, 100, program);
  const thread = builder.thread(100, 100);
  builder.events.push({
    name: 'cycles',
    role: 'sampling',
    code: '0x11',
    mnemonic: 'CPU_CYCLES',
    unit: 'cycles',
    period: 1000,
    frequencyHz: null,
    counter: null,
  });
  const hit = (timeNs: number, isReturn: boolean, args: [string, bigint][]): void => {
    builder.probeHits.push({
      timeNs,
      thread,
      cpu: 0,
      name: `probe_llama:llama_decode${isReturn ? '__return' : ''}`,
      isReturn,
      arguments: new Map(args),
      stack: -1,
    });
  };
  let atNs = 0;
  for (const word of drawing.trim().split(/\s+/)) {
    const [what, duration] = word.split('/');
    const endNs = atNs + Number(duration) * MS;
    const call = /^(?:(\d+)\+|warmup:)(\d+)(?:@(\w+))?(?:=(-?\d+))?(?:~(\d+))?$/.exec(what);
    if (call) {
      const [, past, n, context, returned = '0'] = call;
      if (calls !== 'probes' && calls !== 'none' && past !== undefined) {
        builder.markers.push({ timeNs: atNs, thread, text: `past ${past}, n_eval ${n}`, colour: null });
      }
      if (calls === 'probes' || calls === 'both') {
        const args: [string, bigint][] = [['n_tokens', BigInt(n)]];
        if (context !== undefined) args.push(['ctx', BigInt(`0x${context}`)]);
        hit(atNs, false, args);
        if (returns) hit(endNs, true, [['ret', BigInt(returned)]]);
      }
    }
    const names = call ? ['main', 'llama_decode', 'gemm'] : STACKS[what];
    if (!names) throw new Error(`unknown word ${word}`);
    if (sampleMs > 0 && what !== 'idle') {
      const stack = stackOf(builder, names);
      const sampledNs = call?.[5] === undefined ? endNs : atNs + Number(call[5]) * MS;
      for (let t = atNs + (sampleMs * MS) / 2; t < sampledNs; t += sampleMs * MS) {
        builder.addSample(t, thread, 0, stack, 0, 1000, false);
      }
    }
    atNs = endNs;
  }
  builder.threadLifetime(thread, 0, exit ? atNs : null);
  if (options.afterMs !== undefined) {
    const other = builder.thread(1, 1);
    builder.nameThread(1, 1, 'other');
    builder.addSample(atNs + options.afterMs * MS, other, 0, -1, 0, 1000, false);
  }
  return builder.finish();
}

const STACKS: Record<string, string[]> = {
  load: ['main', 'llama_model_load_from_file'],
  sample: ['main', 'common_sampler_sample', 'llama_sampler_apply'],
  print: ['main', 'fputs'],
  close: ['main', 'llama_perf_context_print'],
  idle: ['main', 'read'],
};

function stackOf(builder: ProfileBuilder, names: readonly string[]): number {
  let stack = -1;
  for (const name of names) {
    const frame = builder.frames.intern(0, 0, -1, 0, builder.strings.intern(name), -1);
    stack = builder.stacks.intern(stack, frame);
  }
  return stack;
}

/** Functions of a drawn run: one per frame name. */
export function functionsOfRun(profile: Profile): FunctionTable {
  const names = [...new Set(profile.frames.name)].map((name) => profile.strings[name]);
  return {
    functions: names.map((name) => ({
      name,
      rawName: name,
      image: 'llama',
      isKernel: false,
      hasSymbol: true,
    })),
    functionOfFrame: Int32Array.from(profile.frames.name, (name) => names.indexOf(profile.strings[name])),
    images: [],
    warnings: [],
  };
}
