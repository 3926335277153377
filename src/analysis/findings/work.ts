/** What a token costs in each stage: instructions, and bytes brought in from beyond the caches. */
import { CACHE_LINE_BYTES } from '../metricDefinitions.ts';
import type { CountedEvent } from '../metrics.ts';
import { quantity, type Quantity } from '../quantity.ts';
import { weightsElsewhere } from '../otherDevices.ts';
import type { RooflineSettings } from '../roofline/settings.ts';
import { limitsOfCalls } from '../roofline/stageCalls.ts';
import { demandOfCall } from '../roofline/stageDemand.ts';
import { finding, name, NOTHING, say, value, type Finding } from './finding.ts';
import { IMPORTANCE } from './importance.ts';
import { countsAreExact, lastLevelOf, STAGE_TITLE, type FindingInput, type StageView } from './input.ts';

/** A token of Decode against a token of the prompt. */
export function instructionsPerToken(input: FindingInput): Finding[] {
  const { prefill, decode } = input.stages;
  const [ofPrefill, ofDecode] = [prefill, decode].map((view) =>
    perToken(view, 'INST_RETIRED', 'instructions', 1),
  );
  if (!ofPrefill?.value || !ofDecode?.value || !countsAreExact(input)) return [];
  const ratio = quantity(ofDecode.value / ofPrefill.value, '×', weaker(ofDecode, ofPrefill), {
    formula: 'instructions per token of Decode ÷ of Prefill',
    inputs: [
      { name: 'Decode', value: ofDecode.value, unit: 'instructions' },
      { name: 'Prefill', value: ofPrefill.value, unit: 'instructions' },
    ],
  });
  return finding(
    {
      id: 'instructions-per-token',
      kind: 'time',
      importance: IMPORTANCE.instructions,
      evidence: { chart: 'prefill-decode', chapter: 'prefill-decode', selection: {} },
    },
    say`A token of Decode executes ${value('Decode', ofDecode)}, ${value('Decode over Prefill', ratio)} the ${value('Prefill', ofPrefill)} of a token of the prompt.`,
  );
}

/** Per call and per token together: a prompt's weights are read once per micro-batch and shared by its tokens. */
export function trafficPerToken(input: FindingInput): Finding[] {
  const { prefill, decode } = input.stages;
  const event = lastLevelOf(input)?.mnemonic ?? null;
  if (event === null || !countsAreExact(input)) return [];
  const decodeToken = perToken(decode, event, 'bytes', CACHE_LINE_BYTES);
  const prefillToken = perToken(prefill, event, 'bytes', CACHE_LINE_BYTES);
  const prefillCall = perCall(prefill, event);
  const further = [decode, prefill].flatMap((view) => {
    const perKilo = perThousand(view, event);
    return perKilo ? [value(`${STAGE_TITLE[view.stage]}, per thousand instructions`, perKilo)] : [];
  });
  if (!decodeToken || !prefillToken || !prefillCall) return [];
  const decodeCall = perCall(decode, event);
  if (!decodeCall) return [];
  const isBatched = decode.tokens > decode.calls;
  const isShared = prefill.tokens > prefill.calls;
  const isLessEach = (prefillToken.value ?? 0) < (decodeToken.value ?? 0);
  const of = prefill.calls === 1 ? name('the prefill call') : name('a prefill call');
  const [blind, atLeast] = isBlindToPrefetch(event)
    ? [name(', which sees no prefetches'), name('at least ')]
    : [NOTHING, NOTHING];
  const ofDecode = isBatched
    ? say`${atLeast}${value('Decode, per call', decodeCall)} for ${value('tokens of a decode call', tokensOfCall(decode))}, ${value('Decode, per token', decodeToken)} each`
    : say`${atLeast}${value('Decode, per call', decodeCall)} for one token`;
  const each = isShared ? say`: ${value('Prefill, per token', prefillToken)} each` : NOTHING;
  if (!ofDecode || !each) return [];
  const joint = name(isBatched ? ', and ' : isShared && isLessEach ? ', ' : ' and ');
  const because = name(
    isShared && isLessEach ? ', because a micro-batch reads the weights once for all its tokens' : '',
  );
  return finding(
    {
      id: 'traffic-per-token',
      kind: 'memory',
      importance: IMPORTANCE.traffic,
      evidence: { chart: 'l3-traffic', chapter: 'prefill-decode', selection: {} },
    },
    say`By ${name(event)}${blind}, a decode call brings in ${ofDecode}${joint}${of} ${atLeast}${value('Prefill, per call', prefillCall)} for ${value('tokens of a prefill call', tokensOfCall(prefill))}${each}${because}.`,
    further,
  );
}

/** Counts read misses only: lines that a prefetch brought before they were asked for are no misses. */
function isBlindToPrefetch(event: string): boolean {
  return event === 'LL_CACHE_MISS_RD';
}

function tokensOfCall({ stage, tokens, calls }: StageView): Quantity {
  const count = tokens / calls;
  return quantity(count, count === 1 ? 'token' : 'tokens', 'counted', {
    formula: `tokens of ${STAGE_TITLE[stage]} ÷ its calls`,
  });
}

/** Decode's refills against the bytes that the model file demands of a token, cache included. */
export function trafficAgainstModel(input: FindingInput): Finding[] {
  const { run, demand } = input;
  const { decode } = input.stages;
  const event = lastLevelOf(input)?.mnemonic ?? null;
  const tokens = run.timeline.tokens.filter((token) => token.stage === 'decode' && token.past !== null);
  if (event === null || !demand || tokens.length === 0 || !countsAreExact(input)) return [];
  // The demand is that of the whole model: the cores' counts hold their part of it only.
  if (weightsElsewhere(run.profile) !== null) return [];
  const counted = perToken(decode, event, 'bytes', CACHE_LINE_BYTES);
  if (!counted?.value) return [];
  const modelled =
    tokens.reduce(
      (sum, { nEval, past }) =>
        sum + demandOfCall(demand, 'decode', { tokens: nEval, past: past ?? 0 }, run.roofline.settings).bytes,
      0,
    ) / tokens.reduce((sum, { nEval }) => sum + nEval, 0);
  const demanded = quantity(modelled, 'bytes', 'modelled', {
    formula:
      'weights and KV cache that a token reads and writes, mean over the decode calls, from the model file',
    note: [
      cacheNote(run.roofline.settings.cache),
      ...limitsOfCalls(
        'decode',
        tokens.map(({ nEval }) => ({ tokens: nEval })),
      ),
    ].join('; '),
  });
  const ratio = quantity(counted.value / modelled, '×', 'modelled', {
    formula: `${event} × ${CACHE_LINE_BYTES} bytes ÷ bytes of the model`,
    inputs: [
      { name: 'counted', value: counted.value, unit: 'bytes' },
      { name: 'demanded', value: modelled, unit: 'bytes' },
    ],
  });
  return finding(
    {
      id: 'traffic-against-model',
      kind: 'memory',
      importance: IMPORTANCE.trafficAgainstModel,
      evidence: { chart: null, chapter: 'prefill-decode', selection: { stage: 'decode' } },
    },
    isBlindToPrefetch(event)
      ? say`A token of Decode brings in at least ${value('counted', counted)}, ${value('counted over demanded', ratio)} the ${value('demanded', demanded)} that the model file demands of it: ${name(event)} does not see what prefetching brings.`
      : say`A token of Decode brings in ${value('counted', counted)}, ${value('counted over demanded', ratio)} the ${value('demanded', demanded)} that the model file demands of it.`,
  );
}

function cacheNote({ value: { key, value: values }, source }: RooflineSettings['cache']): string {
  return `with a cache of ${key === values ? key : `${key} and ${values}`} (${source})`;
}

/** A counter of a stage for each token it evaluated; null when it was not counted. */
export function perToken(view: StageView, mnemonic: string, unit: string, factor: number): Quantity | null {
  return divided(view, view.counts.get(mnemonic), unit, factor, view.tokens, 'tokens');
}

function perCall(view: StageView, mnemonic: string): Quantity | null {
  return divided(view, view.counts.get(mnemonic), 'bytes', CACHE_LINE_BYTES, view.calls, 'calls');
}

function divided(
  view: StageView,
  event: CountedEvent | undefined,
  unit: string,
  factor: number,
  by: number,
  byUnit: string,
): Quantity | null {
  if (!event || event.value === null || by === 0) return null;
  return quantity((event.value * factor) / by, unit, event.status, {
    formula: `${event.mnemonic}${factor === 1 ? '' : ` × ${factor} bytes`} of ${STAGE_TITLE[view.stage]} ÷ its ${byUnit}`,
    inputs: [
      { name: event.mnemonic, value: event.value, unit: 'events' },
      { name: byUnit, value: by, unit: byUnit },
    ],
    runningShare: event.runningShare,
  });
}

function perThousand(view: StageView, mnemonic: string): Quantity | null {
  const [event, instructions] = [view.counts.get(mnemonic), view.counts.get('INST_RETIRED')];
  if (!event?.value || !instructions?.value) return null;
  return quantity((1000 * event.value) / instructions.value, 'per 1,000 instructions', event.status, {
    formula: `1,000 × ${mnemonic} ÷ INST_RETIRED of ${STAGE_TITLE[view.stage]}`,
    inputs: [
      { name: mnemonic, value: event.value, unit: 'events' },
      { name: 'INST_RETIRED', value: instructions.value, unit: 'instructions' },
    ],
  });
}

/** A number is no better than the weaker of the two it is made of. */
function weaker(a: Quantity, b: Quantity): NonNullable<Quantity['status']> {
  return a.status === 'counted' && b.status === 'counted' ? 'counted' : 'modelled';
}
