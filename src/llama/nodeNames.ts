/**
 * What a channel annotation of llama.cpp says about the graph node it covers. Forms in use: Arm's Learning Path writes
 * ` name, name` and, with shapes, `name name 1024_2816_1 1024_78_1` (first source, second source; ne0_ne1_ne2); other
 * patches write `name q4_0[512 8192 1 1] x f32[512 109 1 1]`.
 */

/** One operand: its type where the text has it, and its dimensions, ne[0] first. */
export interface NodeOperand {
  type: string | null;
  dimensions: number[];
}

export interface GraphNode {
  name: string;
  /** Weights or first source, then activations; empty when the text has no shapes. */
  operands: NodeOperand[];
}

const TYPED_OPERANDS = /^(.*?) ?([a-z][a-z0-9_]*)\[([\d ]+)\](?: x ([a-z][a-z0-9_]*)\[([\d ]+)\])?$/i;
const BARE_OPERANDS = /^(\S*) (\S*) (\d+(?:_\d+){2,3}) (\d+(?:_\d+){2,3})$/;
const DOUBLED_NAME = /^ ?(.*), \1$/;

/** Takes the text of an annotation apart; a text of no known form is the node's name. */
export function parseNodeText(text: string): GraphNode {
  const typed = TYPED_OPERANDS.exec(text);
  if (typed) {
    const [, name, firstType, first, secondType, second] = typed as (string | undefined)[];
    const operands = [operand(firstType ?? null, first ?? '', ' ')];
    if (second !== undefined) operands.push(operand(secondType ?? null, second, ' '));
    return { name: name ?? '', operands };
  }
  const bare = BARE_OPERANDS.exec(text);
  if (bare) {
    return { name: bare[1], operands: [operand(null, bare[3], '_'), operand(null, bare[4], '_')] };
  }
  const doubled = DOUBLED_NAME.exec(text);
  return { name: (doubled ? doubled[1] : text).trim(), operands: [] };
}

function operand(type: string | null, dimensions: string, separator: string): NodeOperand {
  return { type, dimensions: dimensions.trim().split(separator).map(Number) };
}

/** What a matrix product is of, as far as its node tells. */
export type ProductOf = 'weights' | 'attention' | null;

/** Names of attention products in llama.cpp's graphs (src/llama-graph.cpp): `kq-0`, `kqv-0`. */
const ATTENTION_NODE = /^kqv?-\d+$/;
/** Names of weight products: Qcur-0, ffn_up-3, result_output… */
const WEIGHT_NODE = /^(?:[QKV]cur|attn_out|kqv_out|ffn_(?:gate|up|down|out))-\d+$|^result_output$/;

/** Attention multiplies a matrix a head, weights are one matrix; names decide where there are no shapes. */
export function productOf({ name, operands }: GraphNode): ProductOf {
  if (ATTENTION_NODE.test(name)) return 'attention';
  if (WEIGHT_NODE.test(name)) return 'weights';
  const heads = operands[0]?.dimensions[2];
  if (heads === undefined) return null;
  return heads > 1 ? 'attention' : 'weights';
}

/** Multiplications and additions of a matrix product: 2 · ne00 · ne01 · ne11 · ne12; null without shapes. */
export function productOperations({ operands }: GraphNode): number | null {
  if (operands.length < 2) return null;
  const [[ne00, ne01 = 1], [, ne11 = 1, ne12 = 1]] = operands.map(({ dimensions }) => dimensions);
  return 2 * ne00 * ne01 * ne11 * ne12;
}

/** Operators that move no data: their annotations last as long as the annotation itself. */
const NO_WORK = new Set(['RESHAPE', 'VIEW', 'PERMUTE', 'TRANSPOSE', 'NONE']);

/** What one channel stands for. */
export interface LaneOperator {
  /** ggml's operator, `MUL_MAT`; a channel without a usable name is called by its number. */
  operator: string;
  shape: 'GEMM' | 'GEMV' | null;
  doesWork: boolean;
}

/** Operators that run in one function of ggml (`ggml_compute_forward_dup`), so that stacks cannot tell them apart. */
const SAME_FUNCTION = new Map([
  ['DUP', 'CPY'],
  ['CONT', 'CPY'],
]);

/**
 * The operator of a channel, by its name: numbers of ggml's operators differ from version to version. Only channels 0 and
 * 1 are fixed by the Learning Path's patch: matrix products of one row, and of several.
 */
export function laneOperator(channel: number, name: string): LaneOperator {
  const plain = name.trim().toUpperCase();
  const shape = /(?:^|[^A-Z])GEMV(?![A-Z])/.test(plain)
    ? 'GEMV'
    : /(?:^|[^A-Z])GEMM(?![A-Z])/.test(plain)
      ? 'GEMM'
      : null;
  if (shape !== null) return { operator: 'MUL_MAT', shape, doesWork: true };
  if (!/^[A-Z][A-Z0-9_]*$/.test(plain)) {
    if (channel === 0 || channel === 1) {
      return { operator: 'MUL_MAT', shape: channel === 0 ? 'GEMV' : 'GEMM', doesWork: true };
    }
    return { operator: `channel ${channel}`, shape: null, doesWork: true };
  }
  return { operator: SAME_FUNCTION.get(plain) ?? plain, shape: null, doesWork: !NO_WORK.has(plain) };
}
