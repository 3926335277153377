/** The sentence that opens each chapter: the answer first, with numbers that stand elsewhere in the report. */
import type { RunAnalysis } from '../../analysis/analyseRun.ts';
import { isRecorded, printersOf, recordersOf } from '../../analysis/recorders.ts';
import type { ChapterId } from '../chapters.ts';
import type { Report, ReportFunction } from '../schema.ts';
import { widestCounter, widestWords } from '../widestCounter.ts';
import { figuresAnswer } from './figuresAnswer.ts';
import { timeIsHardwareTime } from './identity.ts';
import { operatorsAnswer } from './operators.ts';
import { rooflineAnswer } from './roofline.ts';
import { threadsAnswer } from './threadUse.ts';
import { isJudged } from './verdicts.ts';

type Parts = Pick<Report, 'comparison' | 'counters' | 'timeline' | 'threadUse' | 'operators' | 'roofline'> & {
  functions: readonly ReportFunction[];
};

export function answersSection(analysis: RunAnalysis, parts: Parts): Report['answers'] {
  return {
    overview: overviewAnswer(analysis, parts),
    timeline: timelineAnswer(analysis),
    'prefill-decode': countersAnswer(analysis, parts),
    'call-paths': callPathsAnswer(analysis),
    functions: functionsAnswer(analysis, parts.functions),
    operators: [operatorsAnswer(parts.operators), rooflineAnswer(parts.roofline)].filter(Boolean).join(' '),
    threads: threadsAnswer(parts.threadUse),
    method: methodAnswer(analysis),
  } satisfies Record<ChapterId, string>;
}

function overviewAnswer(analysis: RunAnalysis, { comparison }: Parts): string {
  const { timeline } = analysis;
  const { prefill, decode } = analysis.verdicts;
  const verdicts = [prefill, decode].filter(isJudged).map(({ sentence }) => sentence);
  if (timeline.source === null) {
    const unknown = `Stages are not known: ${lowerFirst(timeline.reason ?? 'no markers')}.`;
    return [figuresAnswer(analysis) ?? unknown, ...verdicts].join(' ');
  }
  const stage = (name: 'prefill' | 'decode'): string => {
    const row = (id: string): Report['comparison'][number] | undefined => comparison.find((r) => r.id === id);
    const tokens = row('tokens')?.[name].value ?? 0;
    const duration = row('duration')?.[name].value ?? null;
    const title = name === 'prefill' ? 'Prefill' : 'Decode';
    if (tokens === 0) return `${title} does not occur`;
    const time =
      duration === null
        ? ''
        : ` in ${secondsText(duration)}${timeIsHardwareTime(analysis.profile) ? '' : ` of ${clockWord(analysis)} time`}`;
    const kernel = row('main-kernel')?.texts?.[name];
    const share = row('main-kernel-share')?.[name].value;
    const where = kernel && share ? `, ${share.toFixed(0)} % of its samples in ${kernel}` : '';
    return `${title} evaluates ${counted(tokens, 'token')}${time}${where}`;
  };
  return [`${stage('prefill')}; ${lowerFirst(stage('decode'))}.`, ...verdicts].join(' ');
}

/** What kind of time a run that is not hardware has. */
function clockWord(analysis: RunAnalysis): string {
  return analysis.profile.origin.value ?? 'recorded';
}

function timelineAnswer(analysis: RunAnalysis): string {
  const { timeline, extent } = analysis;
  if (!extent) return 'Nothing in this run has a time.';
  const ofTime = timeIsHardwareTime(analysis.profile) ? '' : ` of ${clockWord(analysis)} time`;
  const length = `${secondsText((extent.endNs - extent.startNs) / 1e9)}${ofTime}`;
  if (timeline.source === null) return `The capture covers ${length}; its stages are not known.`;
  const phases = (stage: string): number => timeline.phases.filter((phase) => phase.stage === stage).length;
  const decodeCalls = timeline.tokens.filter((token) => token.stage === 'decode').length;
  return `The capture covers ${length}: ${counted(phases('prefill'), 'prefill phase')} and ${counted(decodeCalls, 'decode call')}, told from ${timeline.source}.`;
}

function countersAnswer(analysis: RunAnalysis, { counters }: Parts): string {
  if (analysis.timeline.source === null) {
    return counters.length === 0
      ? 'Without stages there is nothing to compare.'
      : `${counted(counters.length, 'counter')} cover${counters.length === 1 ? 's' : ''} the whole run; without stages there is nothing to compare.`;
  }
  const widest = widestCounter({ counters, origin: analysis.profile.origin });
  if (!widest) return 'No counter was recorded in both stages; times per call and per token are below.';
  const ratio = `Decode has ${ratioText(widest.ratio)} Prefill’s`;
  return widest.isOnly
    ? `Per token, ${ratio} ${widest.name}.`
    : `${widestWords(widest)} between the stages: ${ratio}.`;
}

function callPathsAnswer(analysis: RunAnalysis): string {
  const { weight, samplesWithStack, callTree } = analysis;
  if (!weight || !callTree || callTree.length === 0) return 'No sample carries a call stack.';
  return `${samplesWithStack.toLocaleString('en-US')} samples carry a call stack; merged from the root, they form a tree of ${callTree.length.toLocaleString('en-US')} call paths.`;
}

function functionsAnswer(analysis: RunAnalysis, functions: readonly ReportFunction[]): string {
  const samples = functions.reduce((sum, row) => sum + row.self.all, 0);
  if (samples === 0) return 'There are no samples.';
  const half = functions.findIndex(
    (_, row) => functions.slice(0, row + 1).reduce((sum, f) => sum + f.self.all, 0) >= samples / 2,
  );
  return `${counted(half + 1, 'function')} of ${functions.length.toLocaleString('en-US')} hold half of the ${samples.toLocaleString('en-US')} samples of ${analysis.weight?.name}; the largest is ${functions[0].name}.`;
}

function methodAnswer(analysis: RunAnalysis): string {
  if (analysis.profile.origin.value === 'reported') {
    return `Nothing was recorded here: ${counted(analysis.profile.figures.length, 'figure')} published elsewhere and entered by hand.`;
  }
  const { inputs } = analysis.profile;
  const [recorders, printers] = [recordersOf(inputs), printersOf(inputs)].map((tools) => tools.join(' and '));
  const made =
    isRecorded(inputs) || printers === ''
      ? `Recorded with ${recorders || 'an unnamed tool'}`
      : `No recorder ran: printed by ${printers}`;
  const warnings = analysis.warnings.length;
  return `${made}; ${warnings === 0 ? 'nothing was lost or left unread' : counted(warnings, 'notice')}.`;
}

function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`;
}

function secondsText(seconds: number): string {
  return seconds >= 1 ? `${seconds.toPrecision(3)} s` : `${(seconds * 1e3).toPrecision(3)} ms`;
}

function ratioText(ratio: number): string {
  return ratio >= 1 ? `${ratio.toPrecision(3)} times` : `${(ratio * 100).toPrecision(3)} % of`;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
