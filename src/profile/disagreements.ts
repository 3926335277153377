/** What the inputs of a run say differently of its settings and model: then one of them is of another run. */
import type { ModelInfo } from './model.ts';
import type { LlamaSettings, Profile, Warning } from './types.ts';

/** Settings of a process that do not change while it runs. */
const SETTINGS = [
  ['build', 'build'],
  ['threads', 'threads'],
  ['contextLength', 'context length'],
] as const satisfies readonly (readonly [keyof LlamaSettings, string])[];

/** What tools write alike of a model; its name, size and file type they do not. */
const MODEL = [
  ['architecture', 'architecture'],
  ['layers', 'layers'],
  ['embeddingLength', 'embedding length'],
  ['vocabulary', 'tokens in the vocabulary'],
] as const satisfies readonly (readonly [keyof ModelInfo, string])[];

/**
 * One warning for each input that contradicts the first one that knows; several programs that wrote one file were put there
 * on purpose. Model files are left out: whether theirs is the model that ran is checked against all that the inputs say.
 */
export function disagreements(fragments: readonly Profile[]): Warning[] {
  const settings = fragments.filter((fragment) => fragment.settings !== null);
  const models = fragments.filter((fragment) => fragment.model !== null && !fragment.model.tensors);
  const found = new Map<Profile, { first: Profile; differences: string[] }>();
  const compare = (
    known: readonly Profile[],
    what: string,
    valueOf: (fragment: Profile) => unknown,
  ): void => {
    const first = known.find((fragment) => valueOf(fragment) !== null);
    if (!first) return;
    for (const other of known) {
      const [ours, theirs] = [valueOf(first), valueOf(other)];
      if (theirs === null || theirs === ours || pathOf(other) === pathOf(first)) continue;
      const row = found.get(other) ?? { first, differences: [] };
      row.differences.push(`${what} ${String(ours)} and ${String(theirs)}`);
      found.set(other, row);
    }
  };
  for (const [field, what] of SETTINGS)
    compare(settings, what, (fragment) => fragment.settings?.[field] ?? null);
  for (const [field, what] of MODEL) compare(models, what, (fragment) => fragment.model?.[field] ?? null);
  return [...found].map(([other, { first, differences }]) => ({
    code: 'inputs-disagree',
    message: `${pathOf(first)} and ${pathOf(other)} tell of different runs: ${differences.join(', ')}; what ${pathOf(first)} says is shown`,
    fix: 'Keep the files of one run in its folder, and those of another run in a folder of their own',
  }));
}

function pathOf({ inputs }: Profile): string {
  return inputs[0]?.path ?? 'an input';
}
