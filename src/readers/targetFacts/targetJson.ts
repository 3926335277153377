/**
 * `target.json`: what a capture script, or a person, says about a machine in one file. All but `schema` is optional;
 * keys that are not known are reported and left out.
 *
 *     {
 *       "schema": "gemview-target/1",
 *       "arch": "aarch64", "kernel": "6.12.0", "machine": "Raspberry Pi 5", "origin": "hardware",
 *       "cpus": [{ "cpu": 0, "midr": "0x414fd0b1" }, …],
 *       "memory_bytes": 8443187200, "governor": "performance", "page_bytes": 16384,
 *       "pmus": [{ "name": "armv8_cortex_a76", "counters": 7, "events": ["cpu_cycles", "stall_backend"] }],
 *       "peaks": [{ "name": "read-bandwidth", "value": 13.2e9, "unit": "B/s", "threads": 2 }],
 *       "host": "private", "serial": "private"
 *     }
 */
import { z } from 'zod';
import { coreId, coreName } from '../../arm/cores.ts';
import { PEAK_KIND } from '../../arm/measuredPeaks.ts';
import { InputError } from '../reader.ts';
import type { RawInput } from '../reader.ts';
import { MAX_CPUS } from './collector.ts';
import type { FactCollector } from './collector.ts';

export const TARGET_SCHEMA = 'gemview-target/1';

const text = z.string().trim().min(1).max(1000);
const count = z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER);

const cpuSchema = z.object({
  cpu: z
    .number()
    .int()
    .nonnegative()
    .max(MAX_CPUS - 1),
  /** Full MIDR, or implementer and part as gator writes them. */
  midr: z
    .string()
    .regex(/^0x[0-9a-fA-F]{1,16}$/)
    .refine((midr) => coreId(midr) !== null, 'is no Main ID Register')
    .optional(),
  name: text.optional(),
});

const pmuSchema = z.object({
  name: text,
  /** Counters that can be used at once, the cycle counter among them. */
  counters: count.max(256).optional(),
  /** Names of events as sysfs lists them. */
  events: z.array(text).max(10_000).optional(),
});

const peakSchema = z.object({
  name: text,
  value: z.number().positive(),
  unit: text,
  threads: count.positive().max(MAX_CPUS).optional(),
  source: text.optional(),
});

export const targetSchema = z.object({
  schema: z.literal(TARGET_SCHEMA),
  arch: text.optional(),
  kernel: text.optional(),
  machine: text.optional(),
  origin: z.enum(['hardware', 'vm', 'emulated', 'simulated']).optional(),
  cpu_count: count.positive().max(MAX_CPUS).optional(),
  cpus: z.array(cpuSchema).max(MAX_CPUS).optional(),
  memory_bytes: count.optional(),
  page_bytes: count
    .positive()
    .max(1 << 30)
    .optional(),
  governor: text.optional(),
  pmus: z.array(pmuSchema).max(256).optional(),
  peaks: z.array(peakSchema).max(1000).optional(),
  host: text.optional(),
  serial: text.optional(),
});

/** True for text that names the schema: broken JSON too, which is then refused by its place. */
export function isTargetJson(text: string): boolean {
  return /^\s{0,64}\{/.test(text) && /"schema"\s{0,8}:\s{0,8}"gemview-target\//.test(text.slice(0, 65_536));
}

/** Throws an InputError that names the first key that is wrong. */
export function addTargetJson(input: RawInput, json: string, facts: FactCollector): void {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw new InputError(input.path, `is no JSON: ${(error as Error).message}`);
  }
  const result = targetSchema.safeParse(value);
  if (!result.success) {
    const [issue] = result.error.issues;
    const key = issue.path.join('.');
    throw new InputError(input.path, `${key ? `${key}: ` : ''}${issue.message}`, {
      fix: `Keys are ${Object.keys(targetSchema.shape).join(', ')}; the schema is "${TARGET_SCHEMA}"`,
    });
  }
  const target = result.data;
  const { builder } = facts;
  if (target.arch) facts.set('arch', target.arch);
  if (target.kernel) facts.set('kernel', target.kernel);
  for (const { cpu, midr, name } of target.cpus ?? []) {
    facts.cpu(cpu, name ?? (midr ? coreName(midr) : null), midr ?? null);
  }
  if (target.cpu_count) facts.cpuCount(target.cpu_count);
  builder.target.pageBytes = target.page_bytes ?? null;
  if (target.origin) builder.origin = { value: target.origin, reason: 'target.json says so' };
  facts.fact('machine-model', target.machine ?? '');
  if (target.memory_bytes) facts.fact('total-memory', `${target.memory_bytes} B`);
  facts.fact('cpu-governor', target.governor ?? '');
  facts.fact('host-name', target.host ?? '', true);
  facts.fact('serial-number', target.serial ?? '', true);
  addPmus(target.pmus ?? [], facts);
  for (const { name, value: peak, unit, threads, source } of target.peaks ?? []) {
    builder.figures.push({
      kind: PEAK_KIND,
      subject: name,
      value: peak,
      unit,
      spread: null,
      repetitions: [],
      settings: threads === undefined ? {} : { threads: String(threads) },
      source: source ?? input.path,
    });
  }
  const unknown = Object.keys(value as object).filter((key) => !(key in targetSchema.shape));
  if (unknown.length > 0) {
    const some = unknown.slice(0, 10).map((key) => key.slice(0, 40));
    builder.warn('target-keys-unknown', `Keys of target.json that gemview does not know: ${some.join(', ')}`);
  }
}

function addPmus(pmus: readonly z.infer<typeof pmuSchema>[], facts: FactCollector): void {
  const counters = pmus.flatMap(({ name, counters }) =>
    counters === undefined ? [] : [`${name}: ${counters}`],
  );
  const events = pmus.flatMap(({ name, events }) => (events ? [`${name}: ${events.join(' ')}`] : []));
  facts.fact('pmus', pmus.map(({ name }) => name).join(' '));
  facts.fact('pmu-counters', counters.join('\n'));
  facts.fact('pmu-events', events.join('\n'));
}
