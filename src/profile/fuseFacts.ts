/** What several inputs say of one origin, target, model and build: the first that knows wins, field by field. */
import { joinModelParts } from './modelParts.ts';
import type { ModelInfo } from './model.ts';
import type { Cpu, Profile, Target } from './types.ts';

/** The first origin that is stated. */
export function firstKnown(origins: readonly Profile['origin'][]): Profile['origin'] {
  return origins.find((origin) => origin.value !== null) ?? origins[0];
}

/** Field by field the first known value; CPUs are joined by number, the longer MIDR wins (a full one says the revision). */
export function fuseTargets(targets: readonly Target[]): Target {
  const cpus = new Map<number, Cpu>();
  for (const target of targets) {
    for (const cpu of target.cpus) {
      const known = cpus.get(cpu.cpu);
      const midr = (cpu.midr?.length ?? 0) > (known?.midr?.length ?? 0) ? cpu.midr : (known?.midr ?? null);
      cpus.set(cpu.cpu, { cpu: cpu.cpu, name: known?.name ?? cpu.name, midr });
    }
  }
  const first = <K extends keyof Target>(field: K): Target[K] =>
    targets.find((target) => target[field] !== null)?.[field] ?? (null as Target[K]);
  return {
    arch: first('arch'),
    cpuCount: first('cpuCount'),
    cpus: [...cpus.values()].sort((a, b) => a.cpu - b.cpu),
    kernel: first('kernel'),
    pageBytes: first('pageBytes'),
  };
}

/**
 * The model file knows more than the log: a fragment with tensors goes first, others fill what it leaves open. The parts
 * of a split model are one model.
 */
export function fuseModels(models: readonly (ModelInfo | null)[]): ModelInfo | null {
  const parts = models.filter((model) => model !== null && model.split);
  const joined = joinModelParts(parts as ModelInfo[]);
  const others = joined ? models.filter((model) => !model?.split) : models;
  const whole = others.filter((model) => model?.tensors);
  const best = whole.length > 0 ? whole : [joined?.model ?? null];
  return fuseRecords<ModelInfo>([...best, ...others.filter((model) => !model?.tensors)]);
}

/** Field by field the first value that is neither null nor empty. */
export function fuseRecords<T extends object>(records: readonly (T | null)[]): T | null {
  const known = records.filter((record) => record !== null);
  if (known.length === 0) return null;
  const result = { ...known[0] } as Record<string, unknown>;
  for (const record of known.slice(1)) {
    for (const [field, value] of Object.entries(record)) {
      const current = result[field];
      const isOpen =
        current === null ||
        current === undefined ||
        (typeof current === 'object' &&
          !Array.isArray(current) &&
          Object.keys(current as object).length === 0);
      if (isOpen) result[field] = value;
    }
  }
  return result as T;
}
