/**
 * Which quantised weights have kernels of their own on Arm, and since when: KleidiAI's micro-kernels and ggml's kernels for
 * repacked (interleaved) weights. Everything else runs in one dot product after another (`ggml_vec_dot_…`).
 *
 * Sources: `ggml_repack_get_optimal_repack_type` in ggml/src/ggml-cpu/repack.cpp, `ggml_kleidiai_select_kernels` in
 * ggml/src/ggml-cpu/kleidiai/kernels.cpp, and the pull requests of ggml-org/llama.cpp named in the table.
 */

/** Kernels of one kind for one type of weights. */
export interface KernelSupport {
  /** The pull request of ggml-org/llama.cpp that brought it to Arm; null where only the later source shows it. */
  pull: number | null;
  /** Month it was merged in; null when not known. */
  since: string | null;
  /** The pull request that brought it to cores with DOTPROD but without MATMUL_INT8, where that is another one. */
  dotprodPull?: number;
  /** True of the support that `dotprodPull` brought. */
  isForDotprod?: true;
}

/** What one type of weights can run in besides dot products; null: there is no such kernel. */
export interface WeightSupport {
  kleidiai: KernelSupport | null;
  repack: KernelSupport | null;
}

/** Features of `system_info`, one of which build and core need for any of these kernels. */
const NEEDS = ['DOTPROD', 'MATMUL_INT8'] as const;
const NOTHING: WeightSupport = { kleidiai: null, repack: null };

const SUPPORT: Readonly<Record<string, WeightSupport>> = {
  q4_0: {
    kleidiai: { pull: 11390, since: 'February 2025' },
    repack: { pull: 10446, since: 'December 2024' },
  },
  q8_0: {
    kleidiai: { pull: 16993, since: 'November 2025' },
    repack: { pull: 18096, since: 'December 2025' },
  },
  iq4_nl: { kleidiai: null, repack: { pull: 10541, since: 'November 2024' } },
  q4_K: { kleidiai: null, repack: { pull: 16739, since: 'November 2025', dotprodPull: 17494 } },
  q5_K: { kleidiai: null, repack: { pull: 18860, since: 'January 2026', dotprodPull: 19356 } },
  q6_K: { kleidiai: null, repack: { pull: 18888, since: 'January 2026', dotprodPull: 19360 } },
  q2_K: { kleidiai: null, repack: { pull: null, since: null } },
  mxfp4: { kleidiai: null, repack: { pull: null, since: null } },
  q1_0: { kleidiai: null, repack: { pull: 23492, since: null } },
};

/** What is known about a type of weights; a type that is not in the table has no kernel of either kind. */
export function weightSupport(type: string): WeightSupport {
  return Object.hasOwn(SUPPORT, type) ? SUPPORT[type] : NOTHING;
}

/** What is known about the build and the load of a run; null is unknown. */
export interface BuildFacts {
  /** Features that `system_info` lists as on. */
  features: ReadonlySet<string> | null;
  /** Names of the buffers that hold weights (`CPU_KLEIDIAI`, `CPU_Mapped`). */
  buffers: readonly string[] | null;
  /** Tells whether the build contains a function; null when its symbols are not at hand. */
  defines: ((pattern: RegExp) => boolean) | null;
}

/** Why weights ran in dot products. */
export interface FallThroughReason {
  /**
   * `no-kernel`: nobody has written one. `not-in-build`: later versions have one. `built-without`, `no-feature`: the build
   * or the core lacks what it needs. `not-repacked`: the weights lie in ordinary buffers. `unclear`: the run does not say.
   */
  kind: 'no-kernel' | 'not-in-build' | 'built-without' | 'no-feature' | 'not-repacked' | 'unclear';
  /** A sentence without its full stop. */
  words: string;
  /** Command or flag that changes it; null when there is none. */
  fix: string | null;
}

/** A buffer of weights in an order that fast kernels want. */
const PACKED_BUFFER = /KLEIDIAI|REPACK|AARCH64/i;

/** Explains why weights of a type ran in dot products; facts that would decide are asked for in order of their weight. */
export function whyDotProducts(type: string, build: BuildFacts): FallThroughReason {
  const { kleidiai, repack: anyRepack } = weightSupport(type);
  const repack = anyRepack && forCore(anyRepack, build.features);
  if (!kleidiai && !repack) {
    return {
      kind: 'no-kernel',
      words: `neither KleidiAI nor ggml's repacking has an Arm kernel for ${type}`,
      fix: null,
    };
  }
  return (
    notInBuild(type, kleidiai, repack, build.defines) ??
    builtWithout(kleidiai, build.features) ??
    withoutFeature(type, build.features) ??
    byBuffers(type, kleidiai ? null : repack, build.buffers)
  );
}

/** What brought a kernel to cores like the one that ran. */
function forCore(support: KernelSupport, features: BuildFacts['features']): KernelSupport {
  const withoutInt8 = features?.has('DOTPROD') && !features.has('MATMUL_INT8');
  return withoutInt8 && support.dotprodPull !== undefined
    ? { pull: support.dotprodPull, since: null, isForDotprod: true }
    : support;
}

/**
 * No function of the kind in the build. A function alone proves little: ggml also compiles plain C versions of layouts
 * that it uses on other processors only.
 */
function notInBuild(
  type: string,
  kleidiai: KernelSupport | null,
  repack: KernelSupport | null,
  defines: BuildFacts['defines'],
): FallThroughReason | null {
  if (defines === null) return null;
  const packed = type === 'q8_0' ? 'qsi8cx' : 'qsi4c32';
  if (kleidiai !== null && defines(new RegExp(`^kai_(?:run|kernel)_matmul_\\w*_${packed}`))) return null;
  if (repack !== null && defines(new RegExp(`^ggml_gem[mv]_${type}_\\d+x\\d+_`))) return null;
  const later = [kleidiai, repack].find((support) => support !== null);
  const what = later && sinceWords(later);
  return {
    kind: 'not-in-build',
    words: [
      kleidiai === null
        ? `KleidiAI has no kernel for ${type}, and this build has none for repacked ${type}`
        : `this build has no kernel for packed ${type}`,
      ...(what
        ? [`llama.cpp has one${later?.isForDotprod ? ' for cores without i8mm' : ''} since ${what}`]
        : []),
    ].join('; '),
    fix: later?.since ? `Use a llama.cpp of ${later.since} or later` : 'Use a newer llama.cpp',
  };
}

/** `January 2026 (pull request 18888)`; null when nothing is known. */
function sinceWords({ pull, since }: KernelSupport): string | null {
  const request = pull === null ? null : `pull request ${pull}`;
  return since !== null && request !== null ? `${since} (${request})` : (since ?? request);
}

function builtWithout(
  kleidiai: KernelSupport | null,
  features: BuildFacts['features'],
): FallThroughReason | null {
  if (features === null || features.has('REPACK') || features.has('AARCH64_REPACK')) return null;
  if (kleidiai !== null && features.has('KLEIDIAI')) return null;
  return {
    kind: 'built-without',
    words: `system_info lists neither REPACK${kleidiai ? ' nor KLEIDIAI' : ' nor AARCH64_REPACK'}: the build has no kernels for packed weights`,
    fix: kleidiai ? 'cmake -DGGML_CPU_KLEIDIAI=ON -DGGML_CPU_REPACK=ON' : 'cmake -DGGML_CPU_REPACK=ON',
  };
}

function withoutFeature(type: string, features: BuildFacts['features']): FallThroughReason | null {
  if (features === null || NEEDS.some((feature) => features.has(feature))) return null;
  return {
    kind: 'no-feature',
    words: `kernels for packed ${type} need ${NEEDS.join(' or ')}, which system_info does not list`,
    fix: 'cmake -DGGML_NATIVE=ON on the target, or -DGGML_CPU_ARM_ARCH=armv8.2-a+dotprod',
  };
}

/** @param recent support that is too young to be taken for granted; null for types that have long had kernels */
function byBuffers(
  type: string,
  recent: KernelSupport | null,
  buffers: BuildFacts['buffers'],
): FallThroughReason {
  const since = recent && sinceWords(recent);
  const age = since ? ` (llama.cpp packs ${type} on Arm since ${since})` : '';
  if (buffers === null) {
    return {
      kind: 'unclear',
      words: `kernels for packed ${type} exist${age}; without the log it cannot be told whether the weights were packed`,
      fix: "Keep the program's stderr beside the capture (2> llama.stderr.txt)",
    };
  }
  const packed = buffers.filter((name) => PACKED_BUFFER.test(name));
  if (packed.length === 0) {
    return {
      kind: 'not-repacked',
      words: `the weights were not repacked: the log lists no CPU_KLEIDIAI or CPU_REPACK buffer, only ${buffers.join(', ')}${age}`,
      fix: 'Run without --no-repack, and without --override-tensor rules that keep weights in CPU',
    };
  }
  return {
    kind: 'unclear',
    words: `other weights were packed into ${packed.join(', ')}; why these were not cannot be told${age}`,
    fix: null,
  };
}
