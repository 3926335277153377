/**
 * `lscpu` as text and as JSON (util-linux `sys-utils/lscpu.c`):
 *
 *     Architecture:            aarch64
 *     CPU(s):                  16
 *     Model name:              Neoverse-V2
 *     Stepping:                r0p1
 *
 * A machine with several kinds of cores has a `Model name` for each and does not say which CPUs they are.
 */
import { MAX_CPUS } from './collector.ts';
import type { FactCollector, FactParser } from './collector.ts';

const FIELD = /^ {0,16}([A-Z][A-Za-z0-9 ()/._-]{1,48}):[ \t]+(\S.{0,4095})$/;

export class LscpuParser implements FactParser {
  readonly #fields = new Map<string, string[]>();
  #isOpen = false;

  add(line: string): boolean {
    const field = FIELD.exec(line.slice(0, 8192));
    if (!field) {
      if (line.trim() !== '') this.#isOpen = false;
      return false;
    }
    if (field[1] === 'Architecture') this.#isOpen = true;
    if (this.#isOpen) this.#set(field[1], field[2]);
    return this.#isOpen;
  }

  /** `{"lscpu": [{"field": "CPU(s):", "data": "16", "children": […]}]}`; false when the value is something else. */
  addJson(value: unknown): boolean {
    const rows = isRecord(value) ? value.lscpu : null;
    if (!Array.isArray(rows)) return false;
    this.#addRows(rows, 0);
    return true;
  }

  #addRows(rows: readonly unknown[], depth: number): void {
    for (const row of rows) {
      if (!isRecord(row)) continue;
      const { field, data, children } = row;
      if (typeof field === 'string' && typeof data === 'string') this.#set(field.replace(/:$/, ''), data);
      if (Array.isArray(children) && depth < 8) this.#addRows(children, depth + 1);
    }
  }

  #set(name: string, value: string): void {
    const values = this.#fields.get(name) ?? [];
    values.push(value.trim());
    this.#fields.set(name, values);
  }

  finish(facts: FactCollector): void {
    const value = (name: string): string => this.#fields.get(name)?.[0] ?? '';
    if (this.#fields.size === 0) return;
    if (/^\w{1,32}$/.test(value('Architecture'))) facts.set('arch', value('Architecture'));
    const count = /^\d{1,6}$/.test(value('CPU(s)')) ? Number(value('CPU(s)')) : 0;
    facts.cpuCount(count);
    const models = (this.#fields.get('Model name') ?? []).filter((name) => name !== '-');
    if (models.length === 1) {
      for (let cpu = 0; cpu < Math.min(count, MAX_CPUS); cpu++) facts.cpu(cpu, models[0], null);
    }
    facts.fact('core-models', models.join(', '));
    facts.fact('core-revision', (this.#fields.get('Stepping') ?? []).join(', '));
    facts.fact('machine-model', value('BIOS Model name'));
    facts.fact('cpu-features', value('Flags'));
    // `-` is lscpu's word for what it could not find out.
    for (const [field, fact] of FACTS) facts.fact(fact, value(field) === '-' ? '' : value(field));
    const hypervisor = value('Hypervisor vendor');
    if (hypervisor !== '') {
      facts.fact('hypervisor', hypervisor);
      facts.builder.origin = { value: 'vm', reason: `lscpu names the hypervisor ${hypervisor}` };
    }
  }
}

const FACTS: readonly (readonly [field: string, fact: string])[] = [
  ['L1d cache', 'cache-l1d'],
  ['L1i cache', 'cache-l1i'],
  ['L2 cache', 'cache-l2'],
  ['L3 cache', 'cache-l3'],
  ['CPU max MHz', 'cpu-max-mhz'],
  ['CPU min MHz', 'cpu-min-mhz'],
  ['Socket(s)', 'sockets'],
  ['NUMA node(s)', 'numa-nodes'],
];

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
