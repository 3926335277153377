/** A run with markers, drawn as calls that hold so many samples of each kernel. */
import { analyseRun, type RunAnalysis } from '../../src/analysis/analyseRun.ts';
import { ProfileBuilder } from '../../src/profile/builder.ts';
import type { ModelInfo } from '../../src/profile/model.ts';
import type { LlamaSettings } from '../../src/profile/types.ts';
import { functionsFromText } from './profileFromText.ts';

/** Samples by function: `{ ggml_vec_dot_f16: 3 }`; callers are written before it: `ggml_compute_forward_mul_mat/expf`. */
export type KernelSamples = Record<string, number>;

export interface KernelRun {
  /** Tokens of the prompt, and what its call runs. */
  prompt: { tokens: number; kernels: KernelSamples };
  /** What each decode call runs. */
  tokens: KernelSamples[];
  model?: ModelInfo;
  settings?: Partial<LlamaSettings>;
  /** Further names in the program's symbols. */
  symbols?: string[];
}

const SETTINGS: LlamaSettings = {
  build: null,
  compiler: null,
  threads: 1,
  threadsBatch: 1,
  contextLength: null,
  batch: null,
  microBatch: null,
  flashAttention: null,
  features: {},
  buffers: {},
};

export function analyseKernelRun({ prompt, tokens, model, settings, symbols }: KernelRun): RunAnalysis {
  const builder = new ProfileBuilder({ path: 'drawn', format: 'drawing', tool: null, bytes: 0 });
  const thread = builder.thread(100, 100);
  builder.nameThread(100, 100, 'llama-cli');
  builder.clock = { ...builder.clock, name: 'CLOCK_MONOTONIC', startNs: '0' };
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
  if (model) builder.model = model;
  if (settings) builder.settings = { ...SETTINGS, ...settings };

  let timeNs = 1e6;
  const call = (past: number, count: number, kernels: KernelSamples): void => {
    builder.markers.push({ timeNs, thread, text: `past ${past}, n_eval ${count}`, colour: null });
    for (const [path, samples] of Object.entries(kernels)) {
      let stack = -1;
      for (const name of ['main', 'llama_decode', ...path.split('/')]) {
        const frame = builder.frames.intern(
          0,
          0,
          -1,
          0,
          builder.strings.intern(name),
          builder.strings.intern('llama'),
        );
        stack = builder.stacks.intern(stack, frame);
      }
      for (let i = 0; i < samples; i++) builder.addSample((timeNs += 1e5), thread, 0, stack, 0, 1000, false);
    }
    timeNs += 1e5;
  };
  call(0, prompt.tokens, prompt.kernels);
  tokens.forEach((kernels, index) => call(prompt.tokens + index, 1, kernels));

  const profile = builder.finish();
  const functions = functionsFromText(profile);
  return analyseRun(profile, symbols ? { ...functions, definedNames: [symbols] } : functions);
}
