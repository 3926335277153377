/** Recorded captures with the symbols of their programs, against totals that an independent decoder resolved. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openInputs } from '../../src/platform/node/inputs.ts';
import { nodeServices } from '../../src/platform/node/services.ts';
import type { Profile } from '../../src/profile/types.ts';
import { apcReader } from '../../src/readers/apc/index.ts';
import { resolveFunctions } from '../../src/symbols/resolve.ts';
import { readSymbolSource } from '../../src/symbols/sources.ts';
import type { FunctionTable } from '../../src/symbols/types.ts';
import { describeWithSamples } from '../support/samples.ts';

interface Truth {
  self_top: { symbol: string; samples: number }[];
  inclusive_top_callchain: { symbol: string; samples: number }[];
}

/** The truth calls this address by its longer, weak alias. */
const OTHER_NAMES = new Map([['expf32', '__ieee754_expf']]);

describeWithSamples('gator captures and nm listings', (folder) => {
  it.each(['gator-app-t1/markers_t1.apc', 'gator-channels-t2/channels_t2.apc.zip'])('%s', async (capture) => {
    const captures = join(folder, 'captures');
    const opened = await openInputs([join(captures, capture)], { cwd: '/' });
    const profile = await apcReader.read(opened.inputs[0], { services: nodeServices });
    await opened.close();
    const listings = await openInputs([join(folder, 'symbols')], { cwd: '/' });
    const tables = await Promise.all(listings.inputs.map((input) => readSymbolSource(input)));
    await listings.close();

    const functions = resolveFunctions(profile, tables, (name) => name);
    const truth = JSON.parse(
      readFileSync(join(captures, capture.split('/')[0], 'truth.json'), 'utf8'),
    ) as Truth;
    const counted = countSamples(profile, functions);
    const named = (rows: Truth['self_top']) =>
      rows.map(({ symbol, samples }) => [OTHER_NAMES.get(symbol) ?? symbol, samples]);
    const found = (counts: Map<string, number>, rows: Truth['self_top']) =>
      named(rows).map(([symbol]) => [symbol, counts.get(String(symbol))]);

    expect(truth.self_top.length).toBeGreaterThan(10);
    expect(found(counted.self, truth.self_top)).toEqual(named(truth.self_top));
    expect(found(counted.total, truth.inclusive_top_callchain)).toEqual(named(truth.inclusive_top_callchain));
    expect(functions.images.find(({ image }) => image === '[kernel.kallsyms]')).toMatchObject({
      source: 'kallsyms',
    });
    expect(functions.warnings).toEqual([]);
  });
});

function countSamples(profile: Profile, { functions, functionOfFrame }: FunctionTable) {
  const self = new Map<string, number>();
  const total = new Map<string, number>();
  const count = (counts: Map<string, number>, name: string) => counts.set(name, (counts.get(name) ?? 0) + 1);
  const nameOf = (stack: number) => functions[functionOfFrame[profile.stacks.frame[stack]]].rawName;
  for (const stack of profile.samples.stack) {
    if (stack < 0) continue;
    count(self, nameOf(stack));
    const names = new Set<string>();
    for (let at = stack; at >= 0; at = profile.stacks.prefix[at]) names.add(nameOf(at));
    for (const name of names) count(total, name);
  }
  return { self, total };
}
