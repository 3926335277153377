/**
 * Operators from channel annotations (lanes), which time every node on every thread, beside operators from the stacks of
 * samples: two witnesses of one thing, and how well they agree.
 */
import {
  laneOperator,
  parseNodeText,
  productOf,
  type GraphNode,
  type LaneOperator,
} from '../../llama/nodeNames.ts';
import type { StageTimeline } from '../../llama/types.ts';
import type { Profile } from '../../profile/types.ts';
import type { SampleAttribution } from '../attribution.ts';
import { formatShare } from '../format.ts';
import { STAGE_GROUPS } from '../stageGroups.ts';
import type { Weight } from '../weight.ts';
import { ATTENTION_PRODUCT } from './nodeOfStack.ts';
import { COMPARED_STAGES, type ComparedStage } from './operatorRows.ts';

/** One operator of one stage, by both witnesses. Shares are of what the witness assigned to any operator, 0…1. */
export interface LaneShares {
  laneNs: number;
  spans: number;
  laneShare: number | null;
  samples: number;
  sampleShare: number | null;
}

export interface LaneRow extends Record<ComparedStage, LaneShares> {
  operator: string;
}

/** Both witnesses over one stage. */
export interface LaneStage {
  /** Time in lanes, summed over threads. */
  laneNs: number;
  gemmNs: number;
  gemvNs: number;
  /** Samples whose stack names an operator. */
  samples: number;
  /** Samples within a lane of their own thread whose stack names an operator, and those where both name the same. */
  samplesInLanes: number;
  sameOperator: number;
  /** Operator whose two shares differ most, and by how much (lanes minus samples); null when a witness is silent. */
  largestDifference: { operator: string; difference: number } | null;
}

/** A matrix product of the graph: nodes of one kind in all layers. */
export interface LaneProduct extends Record<ComparedStage, { laneNs: number; spans: number }> {
  /** Name without the layer: `ffn_up`, `result_output`; `unnamed` for `node_27`. */
  node: string;
  shape: 'GEMM' | 'GEMV' | null;
  /** Type and shape of the first source: `q4_0 512 × 1408`; null when the text has no shapes. */
  weights: string | null;
}

export interface LaneComparison {
  rows: LaneRow[];
  products: LaneProduct[];
  stages: Record<ComparedStage, LaneStage>;
  /** How well the two agree. */
  sentence: string;
}

interface Lane {
  operator: LaneOperator;
  node: GraphNode;
  /** Row of the result, null for lanes of nodes that move no data. */
  row: LaneRow | null;
  product: LaneProduct | null;
}

/** Null when the capture has no lanes that name operators. */
export function compareLanes(
  profile: Profile,
  timeline: StageTimeline,
  attribution: SampleAttribution,
  weight: Weight | null,
  named: { operators: readonly string[]; operatorOfStack: Int32Array } | null,
): LaneComparison | null {
  if (timeline.source === null || profile.spans.length === 0) return null;
  const collector = new LaneCollector(profile);
  if (!collector.namesOperators) return null;
  collector.addSpans(timeline);
  if (weight && named) collector.addSamples(weight, attribution, named);
  return collector.finish();
}

function emptyShares(): LaneShares {
  return { laneNs: 0, spans: 0, laneShare: null, samples: 0, sampleShare: null };
}

class LaneCollector {
  readonly #profile: Profile;
  readonly #channels: LaneOperator[];
  readonly #rows = new Map<string, LaneRow>();
  readonly #products = new Map<string, LaneProduct>();
  readonly #lanes = new Map<string, Lane>();
  readonly #stages: Record<ComparedStage, LaneStage>;

  constructor(profile: Profile) {
    this.#profile = profile;
    this.#channels = profile.spanChannels.map(({ channel, name }) => laneOperator(channel, name));
    const stage = (): LaneStage => ({
      laneNs: 0,
      gemmNs: 0,
      gemvNs: 0,
      samples: 0,
      samplesInLanes: 0,
      sameOperator: 0,
      largestDifference: null,
    });
    this.#stages = { prefill: stage(), decode: stage() };
  }

  /** Lanes of operators have at least one of matrix products. */
  get namesOperators(): boolean {
    return this.#channels.some(({ operator }) => operator === 'MUL_MAT');
  }

  addSpans({ intervals }: StageTimeline): void {
    const { spans } = this.#profile;
    let first = 0;
    for (let span = 0; span < spans.length; span++) {
      const { row, product, operator } = this.#laneOf(span);
      if (row === null) continue;
      const [fromNs, toNs] = [spans.startNs[span], spans.endNs[span]];
      while (first < intervals.length && intervals[first].endNs <= fromNs) first++;
      for (let at = first; at < intervals.length && intervals[at].startNs < toNs; at++) {
        const { stage, startNs, endNs } = intervals[at];
        if (stage !== 'prefill' && stage !== 'decode') continue;
        const overlapNs = Math.min(endNs, toNs) - Math.max(startNs, fromNs);
        const counted = startNs <= fromNs ? 1 : 0;
        row[stage].laneNs += overlapNs;
        row[stage].spans += counted;
        this.#stages[stage].laneNs += overlapNs;
        if (operator.shape === 'GEMM') this.#stages[stage].gemmNs += overlapNs;
        if (operator.shape === 'GEMV') this.#stages[stage].gemvNs += overlapNs;
        if (product) {
          product[stage].laneNs += overlapNs;
          product[stage].spans += counted;
        }
      }
    }
  }

  /** Samples by the operator of their stack; those within a lane of their thread are compared one by one. */
  addSamples(
    weight: Weight,
    attribution: SampleAttribution,
    { operators, operatorOfStack }: { operators: readonly string[]; operatorOfStack: Int32Array },
  ): void {
    const { samples } = this.#profile;
    const lanesOfThread = this.#spansByThread();
    const rows = operators.map((operator) => this.#row(operator));
    const stageOfGroup = STAGE_GROUPS.map((group) =>
      (COMPARED_STAGES as readonly string[]).includes(group) ? (group as ComparedStage) : null,
    );
    for (const sample of weight.rows) {
      const stage = stageOfGroup[attribution.group[sample]];
      const stack = samples.stack[sample];
      if (stage === null || stack < 0 || operatorOfStack[stack] < 0) continue;
      const row = rows[operatorOfStack[stack]];
      row[stage].samples++;
      this.#stages[stage].samples++;
      const lane = lanesOfThread[samples.thread[sample]]?.at(samples.timeNs[sample]);
      if (lane === undefined || lane < 0) continue;
      this.#stages[stage].samplesInLanes++;
      if (this.#laneOf(lane).row === row) this.#stages[stage].sameOperator++;
    }
  }

  finish(): LaneComparison {
    for (const stage of COMPARED_STAGES) this.#finishStage(stage);
    const rows = [...this.#rows.values()]
      .filter((row) => COMPARED_STAGES.some((stage) => row[stage].laneNs > 0 || row[stage].samples > 0))
      .sort((a, b) => sizeOf(b) - sizeOf(a) || (a.operator < b.operator ? -1 : 1));
    return {
      rows,
      products: [...this.#products.values()]
        .filter((product) => sizeOf(product) > 0)
        .sort((a, b) => sizeOf(b) - sizeOf(a)),
      stages: this.#stages,
      sentence: agreementSentence(this.#stages),
    };
  }

  #finishStage(stage: ComparedStage): void {
    const facts = this.#stages[stage];
    for (const { operator, [stage]: shares } of this.#rows.values()) {
      shares.laneShare = facts.laneNs > 0 ? shares.laneNs / facts.laneNs : null;
      shares.sampleShare = facts.samples > 0 ? shares.samples / facts.samples : null;
      if (shares.laneShare === null || shares.sampleShare === null) continue;
      const difference = shares.laneShare - shares.sampleShare;
      if (Math.abs(difference) > Math.abs(facts.largestDifference?.difference ?? 0)) {
        facts.largestDifference = { operator, difference };
      }
    }
  }

  #row(operator: string): LaneRow {
    let row = this.#rows.get(operator);
    if (!row) {
      row = { operator, prefill: emptyShares(), decode: emptyShares() };
      this.#rows.set(operator, row);
    }
    return row;
  }

  /** What a span stands for; texts and channels repeat, so each pair is looked at once. */
  #laneOf(span: number): Lane {
    const { spans, strings } = this.#profile;
    const key = `${spans.channel[span]} ${spans.text[span]}`;
    let lane = this.#lanes.get(key);
    if (!lane) {
      const operator = this.#channels[spans.channel[span]];
      const node = parseNodeText(spans.text[span] < 0 ? '' : strings[spans.text[span]]);
      const isProduct = operator.operator === 'MUL_MAT';
      const isAttention = isProduct && productOf(node) === 'attention';
      lane = {
        operator,
        node,
        row: operator.doesWork ? this.#row(isAttention ? ATTENTION_PRODUCT : operator.operator) : null,
        product: isProduct ? this.#product(node, operator.shape) : null,
      };
      this.#lanes.set(key, lane);
    }
    return lane;
  }

  #product(node: GraphNode, shape: LaneOperator['shape']): LaneProduct {
    const name = /^node_\d+$|^$/.test(node.name) ? 'unnamed' : node.name.replace(/-\d+(?= |$)/, '');
    const [weights] = node.operands;
    const dimensions = weights?.dimensions.slice(0, 2).join(' × ') ?? null;
    const words = dimensions && [weights.type, dimensions].filter((part) => part !== null).join(' ');
    const key = `${name}\n${shape}\n${words}`;
    let product = this.#products.get(key);
    if (!product) {
      product = {
        node: name,
        shape,
        weights: words,
        prefill: { laneNs: 0, spans: 0 },
        decode: { laneNs: 0, spans: 0 },
      };
      this.#products.set(key, product);
    }
    return product;
  }

  #spansByThread(): (SpanCursor | undefined)[] {
    const { spans, spanChannels, threads } = this.#profile;
    const rows: (number[] | undefined)[] = threads.map(() => undefined);
    for (let span = 0; span < spans.length; span++) {
      if (this.#laneOf(span).row === null) continue;
      (rows[spanChannels[spans.channel[span]].thread] ??= []).push(span);
    }
    return rows.map((own) => own && new SpanCursor(own, spans));
  }
}

/** Spans of one thread in order of their start, asked in order of time. */
class SpanCursor {
  readonly #rows: readonly number[];
  readonly #spans: Pick<Profile['spans'], 'startNs' | 'endNs'>;
  #next = 0;

  constructor(rows: readonly number[], spans: Pick<Profile['spans'], 'startNs' | 'endNs'>) {
    this.#rows = rows;
    this.#spans = spans;
  }

  /** The span that started last before a time and still runs then; -1 for none. */
  at(timeNs: number): number {
    while (this.#next < this.#rows.length && this.#spans.startNs[this.#rows[this.#next]] <= timeNs)
      this.#next++;
    const row = this.#next === 0 ? -1 : this.#rows[this.#next - 1];
    return row >= 0 && timeNs < this.#spans.endNs[row] ? row : -1;
  }
}

function sizeOf(row: Record<ComparedStage, { laneNs: number }>): number {
  return row.prefill.laneNs + row.decode.laneNs;
}

const STAGE_NAMES: Record<ComparedStage, string> = { prefill: 'Prefill', decode: 'Decode' };

function agreementSentence(stages: Record<ComparedStage, LaneStage>): string {
  const compared = COMPARED_STAGES.filter((stage) => stages[stage].samplesInLanes > 0);
  if (compared.length === 0) return 'The lanes cannot be checked: no sample with a stack lies within one.';
  const parts = compared.map((stage) => {
    const { sameOperator, samplesInLanes } = stages[stage];
    return `${formatShare(sameOperator, samplesInLanes)} of ${samplesInLanes.toLocaleString('en-US')} samples in ${STAGE_NAMES[stage]}`;
  });
  const differences = compared.flatMap((stage) => {
    const largest = stages[stage].largestDifference;
    return largest ? [{ stage, ...largest }] : [];
  });
  const worst = differences.reduce<(typeof differences)[number] | null>(
    (a, b) => (a && Math.abs(a.difference) >= Math.abs(b.difference) ? a : b),
    null,
  );
  const shares = worst
    ? ` Shares differ by at most ${(100 * Math.abs(worst.difference)).toFixed(1)} points (${worst.operator} in ${STAGE_NAMES[worst.stage]}).`
    : '';
  return `The stack of a sample names the operator of the lane it lies in for ${parts.join(' and ')}.${shares}`;
}
