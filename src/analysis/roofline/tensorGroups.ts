/** Tensors of one kind (all `attn_q` of one type) and what they cost a token of Decode and a call of Prefill. */
import { tensorWork, type ModelDemand } from '../../llama/roofline.ts';
import type { TensorDemand, TensorRole } from '../../llama/rooflineTensors.ts';
import type { RooflineSettings } from './settings.ts';
import type { SizedCall } from './stageCalls.ts';

export interface TensorGroup {
  /** Name without layer and suffix: `attn_q`, `ffn_down_exps`, `output`; bias vectors and norms are `vectors`. */
  name: string;
  type: string;
  role: TensorRole;
  tensors: number;
  /** Of the whole tensors. */
  bytes: number;
  /** One token of Decode. */
  bytesPerToken: number;
  operationsPerToken: number;
  /** Mean over the calls of Prefill; null without a known Prefill. */
  prefillBytesPerCall: number | null;
  prefillOperationsPerCall: number | null;
  isTypeKnown: boolean;
}

/** @param prefill calls of Prefill, null when they are not known */
export function tensorGroups(
  demand: ModelDemand,
  settings: RooflineSettings,
  prefill: readonly SizedCall[] | null,
): TensorGroup[] {
  const groups = new Map<string, TensorGroup>();
  const ofTensor = demand.tensors.map((tensor) => {
    const name = groupName(tensor);
    const key = `${name}\n${tensor.type}\n${tensor.role}`;
    let group = groups.get(key);
    if (!group) {
      group = {
        name,
        type: tensor.type,
        role: tensor.role,
        tensors: 0,
        bytes: 0,
        bytesPerToken: 0,
        operationsPerToken: 0,
        prefillBytesPerCall: prefill && prefill.length > 0 ? 0 : null,
        prefillOperationsPerCall: prefill && prefill.length > 0 ? 0 : null,
        isTypeKnown: tensor.isTypeKnown,
      };
      groups.set(key, group);
    }
    group.tensors++;
    group.bytes += tensor.bytes;
    group.bytesPerToken += tensor.role === 'unused' ? 0 : tensor.bytesPerToken;
    group.operationsPerToken += tensor.operationsPerToken;
    return group;
  });
  for (const [tokens, calls] of callsBySize(prefill ?? [])) {
    tensorWork(demand, { tokens, microBatch: settings.microBatch.value }).forEach((work, row) => {
      const group = ofTensor[row];
      const share = calls / (prefill?.length ?? 1);
      group.prefillBytesPerCall = (group.prefillBytesPerCall ?? 0) + share * work.bytes;
      group.prefillOperationsPerCall = (group.prefillOperationsPerCall ?? 0) + share * work.operations;
    });
  }
  return [...groups.values()].sort(
    (a, b) => b.bytesPerToken - a.bytesPerToken || b.bytes - a.bytes || (a.name < b.name ? -1 : 1),
  );
}

/** How many calls there are of each number of tokens: the weights of a call do not depend on its position. */
export function callsBySize(calls: readonly SizedCall[]): Map<number, number> {
  const sizes = new Map<number, number>();
  for (const { tokens } of calls) sizes.set(tokens, (sizes.get(tokens) ?? 0) + 1);
  return sizes;
}

function groupName({ name, role }: TensorDemand): string {
  if (role === 'vector') return 'norms, biases and small tensors';
  const plain = name
    .replace(/^blk\.\d+\./, '')
    .replace(/\.(?:weight|bias)$/, '')
    .replace(/\.\d+$/, '');
  return role === 'output' && plain === 'token_embd' ? 'token_embd as output' : plain;
}
