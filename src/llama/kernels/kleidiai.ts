/**
 * The grammar of KleidiAI's names (docs/microkernel_names.md of KleidiAI): operation, output, left and right operand,
 * output tile, engine and technology. The left operand are the activations, the right one the weights.
 */

/** A buffer: quantisation and type, scale axis, and how it is packed (`qsi4c32p4x8`). */
const BUFFER = '((?:q[as])?(?:bf16|f16|f32|i\\d+|u\\d+|x\\d+)(?:cx|dx|c32|d32)?(?:p[a-z0-9]*)?)';
const SIDE = '(\\d+(?:vl|vs)?)';
const ENGINE = '(neon|sve2p1|sve2|sve|sme2p1|sme2|sme)';
const TECHNOLOGY = '(dotprod|sdot|dot|i8mm|mmla|mla|mop4_mopa|mop4|mopa)';

const MATMUL_NAME = new RegExp(
  `^kai_(?:run_|kernel_)?(i?matmul)(?:_(clamp))?_${BUFFER}_${BUFFER}_${BUFFER}` +
    `(?:_(?:f32|i32|f16|x32|x16))*(?:_${SIDE}x${SIDE}(?:x(\\d+))?)?_${ENGINE}(?:_${TECHNOLOGY})?(?:_(cortexa55))?$`,
);

/** A matrix-product kernel of KleidiAI, taken apart. */
export interface KleidiaiKernel {
  /** Through an indirection table: a convolution. */
  isIndirect: boolean;
  dst: string;
  /** Activations. */
  lhs: string;
  /** Weights. */
  rhs: string;
  /** Rows of the output tile as text: `16`, or `1vl` of vector lengths; null in names without a tile. */
  rows: string | null;
  columns: string | null;
  /** As in the name: `16x4`, `1x4x32`. */
  tile: string | null;
  engine: string;
  technology: string | null;
  shape: 'GEMM' | 'GEMV';
}

/** Takes a `kai_run_matmul…` or `kai_kernel_matmul…` name apart; null for a name that is not of this form. */
export function parseKleidiaiMatmul(name: string): KleidiaiKernel | null {
  const match = MATMUL_NAME.exec(name);
  if (!match) return null;
  const [, operation, , dst, lhs, rhs, rows, columns, depth, engine, technology] = match as (
    string | undefined
  )[];
  const tile = rows && columns ? [rows, columns, ...(depth ? [depth] : [])].join('x') : null;
  return {
    isIndirect: operation === 'imatmul',
    dst: dst ?? '',
    lhs: lhs ?? '',
    rhs: rhs ?? '',
    rows: rows ?? null,
    columns: columns ?? null,
    tile,
    engine: engine ?? '',
    technology: technology ?? null,
    // One row of output at a time; a tile of one vector length of rows is a matrix.
    shape: rows === '1' ? 'GEMV' : 'GEMM',
  };
}

/** What a buffer of a KleidiAI name holds. */
export interface KleidiaiBuffer {
  isInteger: boolean;
  bits: number;
  /** Float format (`f32`, `bf16`) where it is one. */
  float: string | null;
  /** What shares a scale. */
  scale: 'block of 32' | 'row' | 'channel' | null;
}

/** Takes a buffer apart: `qsi4c32p4x8` is 4-bit integers with a scale for each block of 32. */
export function parseKleidiaiBuffer(buffer: string): KleidiaiBuffer | null {
  const match = /^(?:q[as])?(bf16|f16|f32|[iux]\d+?(?=cx|dx|c32|d32|p|$))(cx|dx|c32|d32)?/.exec(buffer);
  if (!match) return null;
  const [, type, axis] = match as (string | undefined)[];
  const isInteger = /^[iu]/.test(type ?? '');
  return {
    isInteger,
    bits: Number(/\d+/.exec(type ?? '')?.[0]),
    float: /f/.test(type ?? '') ? (type ?? null) : null,
    scale:
      axis === 'c32' || axis === 'd32'
        ? 'block of 32'
        : axis === 'dx'
          ? 'row'
          : axis === 'cx'
            ? 'channel'
            : null,
  };
}

const PACK_NAME = new RegExp(
  `^kai_(?:run_)?(?:lhs_(?:imatmul_|quant_)?pack|rhs_(?:imatmul_|quant_)?pack_(?:kxn|nxk)|i?matmul_pack_(?:lhs_mxk|rhs_nxk|rhs_kxn))_` +
    `${BUFFER}_${BUFFER}`,
);

/** What a packing function makes (`to`) of what (`from`); null for a name that is not of this form. */
export function parseKleidiaiPacking(name: string): { to: string; from: string } | null {
  const match = PACK_NAME.exec(name);
  return match ? { to: match[1], from: match[2] } : null;
}

/** The instructions that do the work of a kernel, by engine, technology and operand type. */
export function kleidiaiInstruction(kernel: KleidiaiKernel): string | null {
  const isInteger = parseKleidiaiBuffer(kernel.lhs)?.isInteger ?? false;
  const isBrainFloat = kernel.lhs.startsWith('bf16');
  switch (kernel.technology) {
    case 'dotprod':
    case 'sdot':
      return 'SDOT';
    case 'i8mm':
      return 'SMMLA';
    case 'mmla':
      return 'BFMMLA';
    case 'mla':
      return 'FMLA';
    case 'dot':
      return isInteger ? 'SDOT' : isBrainFloat ? 'BFDOT' : 'FDOT';
    case 'mopa':
    case 'mop4':
    case 'mop4_mopa':
      return isInteger ? 'SMOPA' : isBrainFloat ? 'BFMOPA' : 'FMOPA';
    default:
      return null;
  }
}
