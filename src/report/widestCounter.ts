/** The counter in which a token of Decode differs most from one of Prefill. */
import type { Report } from './schema.ts';

export interface WidestCounter {
  name: string;
  unit: string;
  /** Per token. */
  prefill: number;
  decode: number;
  /** Decode ÷ Prefill. */
  ratio: number;
  /** True where there is no other counter of its kind: then it is not the widest of any. */
  isOnly: boolean;
  /** True where the core's cycles, which are the target's time, were left out. */
  isWithoutCycles: boolean;
  /** False where counters of another kind, which may differ more, stand beside those of the core. */
  isOfAll: boolean;
}

/**
 * Events of the core say what the stages do; a clock and context switches say what else the machine did. The cycles of a
 * target that is no hardware are its time, and rank with the clock. Null where no counter has a value in both stages.
 */
export function widestCounter({
  counters,
  origin,
}: Pick<Report, 'counters'> & { origin: Pick<Report['origin'], 'value'> }): WidestCounter | null {
  const isHardware = origin.value === 'hardware' || origin.value === 'vm';
  const counted = counters.flatMap(({ mnemonic, name, unit, prefillPerToken, decodePerToken }) => {
    const [prefill, decode] = [prefillPerToken.value, decodePerToken.value];
    if (!prefill || !decode) return [];
    const isTime = mnemonic === 'CNT_CYCLES' || (!isHardware && mnemonic === 'CPU_CYCLES');
    const isOfCore = mnemonic !== null && !isTime;
    return [{ name: mnemonic ?? name, unit, prefill, decode, ratio: decode / prefill, isOfCore }];
  });
  const ofCore = counted.filter(({ isOfCore }) => isOfCore);
  const ranked = ofCore.length > 0 ? ofCore : counted;
  const [widest] = ranked.toSorted((a, b) => Math.abs(Math.log(b.ratio)) - Math.abs(Math.log(a.ratio)));
  if (!widest) return null;
  const { isOfCore: _, ...facts } = widest;
  const isWithoutCycles =
    !isHardware && ranked === ofCore && counted.some(({ name }) => name === 'CPU_CYCLES');
  return {
    ...facts,
    isOnly: ranked.length === 1,
    isWithoutCycles,
    isOfAll: ranked.length === counted.length,
  };
}

/** `Per token, X differs most`, or which counters that is said of; `X per token` where there is nothing beside it. */
export function widestWords({ name, isOnly, isOfAll, isWithoutCycles }: WidestCounter): string {
  if (isOnly) return `${name} per token`;
  if (isOfAll) return `Per token, ${name} differs most`;
  return `Of the core’s events${isWithoutCycles ? ' but its cycles' : ''}, ${name} differs most per token`;
}
