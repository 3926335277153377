/**
 * The roofline: operations a second over operations a byte, under the limits of the machine. Runs whose time is no time of
 * hardware have no rates: for them only what each byte is used for is drawn.
 */
import type { ReportQuantity } from '../../report/schema.ts';
import type { ReportRoofline, ReportStageRoofline } from '../../report/schema/roofline.ts';
import type { ChartDefinition, ChartWords } from '../chart.ts';
import { STAGE_NAMES } from '../colours.ts';
import { formatText } from '../format.ts';
import { demandPicture } from './demandPicture.ts';
import { roofPicture } from './roofPicture.ts';
import { drawnKernels, hasRates, stagesWithDemand } from './rooflineState.ts';

export const rooflineChart: ChartDefinition = {
  id: 'roofline',
  chapter: 'operators',

  missing({ roofline }) {
    if (!roofline) return 'The model file was not given: bytes and operations are not known.';
    if (stagesWithDemand(roofline).length > 0) return null;
    return `The calls are not known: ${roofline.stages.decode.intensity.reason ?? 'no stages'}.`;
  },

  words({ roofline }) {
    return words(roofline!);
  },

  draw({ roofline }, options) {
    return hasRates(roofline!) ? roofPicture(roofline!, options) : demandPicture(roofline!, options);
  },

  table({ roofline }) {
    const number = (id: string, name: string, unit: string | null) => ({
      ...{ id, label: name, unit },
      kind: 'number' as const,
    });
    return {
      columns: [
        { id: 'what', label: 'Stage or kernel', unit: null, kind: 'symbol' },
        { id: 'stage', label: 'Stage', unit: null, kind: 'text' },
        number('intensity', 'Operations a byte', null),
        number('bytes', 'Bytes a call', 'B'),
        number('operations', 'Operations a call', 'operations'),
        number('bandwidth', 'Bandwidth reached', 'B/s'),
        number('rate', 'Operations a second', 'operations/s'),
        number('ridge', 'Ridge, operations a byte', null),
      ],
      rows: [
        ...stagesWithDemand(roofline!).map((stage) => [
          `all of ${STAGE_NAMES[stage.stage]}`,
          STAGE_NAMES[stage.stage],
          ...cells(stage),
          stage.ridge.value,
        ]),
        ...drawnKernels(roofline!).map((kernel) => [
          kernel.name,
          STAGE_NAMES[kernel.stage],
          ...cells(kernel),
          null,
        ]),
      ],
    };
  },
};

type Placed = Record<
  | 'intensity'
  | 'bytesPerCall'
  | 'operationsPerCall'
  | 'achievedBytesPerSecond'
  | 'achievedOperationsPerSecond',
  ReportQuantity
>;

function cells(of: Placed): (number | null)[] {
  return [
    of.intensity.value,
    of.bytesPerCall.value,
    of.operationsPerCall.value,
    of.achievedBytesPerSecond.value,
    of.achievedOperationsPerSecond.value,
  ];
}

function words(roofline: ReportRoofline): ChartWords {
  const stages = stagesWithDemand(roofline);
  const isRated = hasRates(roofline);
  const peaks = stages.flatMap(peakSentences);
  return {
    title: isRated ? ratedTitle(stages) : demandTitle(stages),
    subtitle: isRated
      ? 'Operations a second over operations a byte, both axes logarithmic; large dots are stages, small ones kernels'
      : 'Operations that each byte the model file asks for is used in, logarithmic axis; lines are stages, dots kernels',
    description: stages.map(described).join(' '),
    how: [
      'Bytes: weights once per micro-batch, embedding rows, KV cache. Operations: 2 for each weight and token, and attention. Both from the model file.',
      ...(roofline.machine.noHardware === null
        ? peaks
        : [`No rates and no limits are drawn: ${roofline.machine.noHardware}.`]),
      'A kernel stands for the tensors of its weight type; kernels that share a type are not drawn.',
      ...roofline.limits,
    ],
  };
}

function demandTitle(stages: readonly ReportStageRoofline[]): string {
  const parts = stages.map(
    ({ stage, intensity }, row) =>
      `${formatText(intensity.value!, '')}${row === 0 ? ' operations' : ''} in ${STAGE_NAMES[stage]}`,
  );
  return `Each byte is used in ${parts.join(' and ')}`;
}

/** The nearer of both limits for each stage; without peaks the rates themselves. */
function ratedTitle(stages: readonly ReportStageRoofline[]): string {
  return stages
    .map((stage) => {
      const { bandwidthOfPeak, operationsOfPeak, peakBandwidth, peakOperations } = stage;
      const name = STAGE_NAMES[stage.stage];
      const [bandwidth, operations] = [bandwidthOfPeak.value, operationsOfPeak.value];
      // Next to no bandwidth is no limit: without an arithmetic peak Prefill's share of it says nothing.
      if (bandwidth !== null && (operations === null ? stage.stage === 'decode' : bandwidth >= operations)) {
        return `${name} reaches ${formatText(bandwidth, '%')} of the ${peakBandwidth!.status} bandwidth`;
      }
      if (operations !== null) {
        return `${name} reaches ${formatText(operations, '%')} of the ${peakOperations!.instructions} peak`;
      }
      const rate = stage.achievedOperationsPerSecond.value;
      return rate === null ? `${name} has no rate` : `${name} computes ${formatText(rate, 'operations/s')}`;
    })
    .join('; ');
}

function described(stage: ReportStageRoofline): string {
  const rate = stage.achievedOperationsPerSecond.value;
  const bandwidth = stage.achievedBytesPerSecond.value;
  const reached =
    rate === null || bandwidth === null
      ? ''
      : `, ${formatText(rate, 'operations/s')} and ${formatText(bandwidth, 'B/s')}`;
  return `${STAGE_NAMES[stage.stage]}: ${formatText(stage.intensity.value!, '')} operations a byte${reached}.`;
}

function peakSentences(stage: ReportStageRoofline): string[] {
  const { peakBandwidth, peakBandwidthReason, peakOperations, peakOperationsReason } = stage;
  const name = STAGE_NAMES[stage.stage];
  return [
    peakBandwidth
      ? `${name}: bandwidth ${formatText(peakBandwidth.perSecond, 'B/s')}, ${peakBandwidth.status}: ${peakBandwidth.source}.`
      : `${name}: no bandwidth limit is drawn: ${peakBandwidthReason ?? 'not known'}.`,
    peakOperations
      ? `${name}: ${peakOperations.instructions} peak ${formatText(peakOperations.perSecond, 'operations/s')}, ${peakOperations.status}: ${peakOperations.source}.`
      : `${name}: no arithmetic limit is drawn: ${peakOperationsReason ?? 'not known'}.`,
  ];
}
