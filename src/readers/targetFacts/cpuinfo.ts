/**
 * `/proc/cpuinfo` of an arm64 kernel (arch/arm64/kernel/cpuinfo.c, `c_show`): a block for each CPU, which together give
 * the MIDR.
 *
 *     processor	: 0
 *     Features	: fp asimd evtstrm …
 *     CPU implementer	: 0x41
 *     CPU architecture: 8
 *     CPU variant	: 0x1
 *     CPU part	: 0xd40
 *     CPU revision	: 2
 */
import { coreName, midrText } from '../../arm/cores.ts';
import { MAX_CPUS } from './collector.ts';
import type { FactCollector, FactParser } from './collector.ts';

const FIELD =
  /^(processor|BogoMIPS|Features|CPU (?:implementer|architecture|variant|part|revision)|Hardware|Revision|Serial|Model|model name|vendor_id)[ \t]*:[ \t]*(.*)$/;
/** What x86 kernels and old Arm ones print beside. */
const OTHER_FIELD = /^[A-Za-z][\w ()/-]{0,40}\t+:/;

interface Block {
  cpu: number;
  implementer: number | null;
  variant: number | null;
  part: number | null;
  revision: number | null;
}

export class CpuinfoParser implements FactParser {
  readonly #blocks: Block[] = [];
  readonly #board = new Map<string, string>();
  readonly #features = new Set<string>();

  add(line: string): boolean {
    const field = FIELD.exec(line.slice(0, 8192));
    if (!field) return this.#blocks.length > 0 && OTHER_FIELD.test(line.slice(0, 128));
    const [, name, value] = field;
    const block = this.#blocks.at(-1);
    switch (name) {
      case 'processor':
        // Old Arm kernels print `Processor : AArch64 …` and a numbered line; only numbers are CPUs.
        if (/^\d{1,6}$/.test(value.trim()) && this.#blocks.length < MAX_CPUS) {
          this.#blocks.push({
            cpu: Number(value),
            implementer: null,
            variant: null,
            part: null,
            revision: null,
          });
        }
        return true;
      case 'Features':
        if (this.#features.size < 64) this.#features.add(value.trim());
        return true;
      case 'CPU implementer':
        if (block) block.implementer = integer(value, 0xff);
        return true;
      case 'CPU variant':
        if (block) block.variant = integer(value, 0xf);
        return true;
      case 'CPU part':
        if (block) block.part = integer(value, 0xfff);
        return true;
      case 'CPU revision':
        if (block) block.revision = integer(value, 0xf);
        return true;
      case 'Hardware':
      case 'Serial':
      case 'Model':
        if (this.#blocks.length > 0) this.#board.set(name, value.trim());
        return this.#blocks.length > 0;
      default:
        return this.#blocks.length > 0;
    }
  }

  finish(facts: FactCollector): void {
    for (const { cpu, implementer, variant, part, revision } of this.#blocks) {
      const midr =
        implementer !== null && part !== null && variant !== null && revision !== null
          ? midrText({ implementer, variant, part, revision })
          : null;
      facts.cpu(cpu, midr === null ? null : coreName(midr), midr);
    }
    if (this.#blocks.some(({ implementer }) => implementer !== null)) facts.set('arch', 'aarch64');
    facts.cpuCount(this.#blocks.length);
    // Clusters of different cores can differ in features: then there is no list that holds for all.
    const [features] = this.#features;
    if (this.#features.size === 1) facts.fact('cpu-features', features);
    facts.fact('machine-model', this.#board.get('Model') ?? this.#board.get('Hardware') ?? '');
    facts.fact('serial-number', this.#board.get('Serial') ?? '', true);
  }
}

/** `0x41` or `8`; null when it is no such number or too large for the register's field. */
function integer(text: string, largest: number): number | null {
  const value = /^(?:0x[0-9a-f]{1,8}|\d{1,8})$/i.test(text.trim()) ? Number(text.trim()) : NaN;
  return value <= largest ? value : null;
}
