/** What the parsers of target facts find out, and the form that they share. */
import type { ProfileBuilder } from '../../profile/builder.ts';
import type { Cpu } from '../../profile/types.ts';

/**
 * A parser of one kind of text. It sees every line of a file that may hold several kinds one after another, and says
 * which are its own.
 */
export interface FactParser {
  /** True when the line belongs to this kind of text. */
  add(line: string): boolean;
  /** Writes what was found. */
  finish(facts: FactCollector): void;
}

/** The kernel's largest NR_CPUS on arm64. */
export const MAX_CPUS = 4096;

/** Writes facts into a profile; the first value of a kind stays. */
export class FactCollector {
  readonly builder: ProfileBuilder;
  /** Of the input, for figures. */
  readonly path: string;
  readonly #cpus = new Map<number, Cpu>();
  readonly #names = new Set<string>();

  constructor(builder: ProfileBuilder, path: string) {
    this.builder = builder;
    this.path = path;
  }

  set(field: 'arch' | 'kernel', value: string): void {
    this.builder.target[field] ??= value;
  }

  cpuCount(count: number): void {
    if (count > 0) this.builder.target.cpuCount ??= count;
  }

  cpu(cpu: number, name: string | null, midr: string | null): void {
    if (cpu >= MAX_CPUS) return;
    const known = this.#cpus.get(cpu);
    this.#cpus.set(cpu, { cpu, name: known?.name ?? name, midr: known?.midr ?? midr });
  }

  /** A fact; nothing when the value is empty. */
  fact(name: string, value: string, isPrivate = false): void {
    const text = value.trim();
    if (text === '' || this.#names.has(name)) return;
    this.#names.add(name);
    this.builder.addFact(name, text, isPrivate);
  }

  finish(): void {
    this.builder.target.cpus = [...this.#cpus.values()].sort((a, b) => a.cpu - b.cpu);
    if (this.#cpus.size > 0) this.builder.target.cpuCount ??= this.#cpus.size;
  }
}
