/** `gemview inspect` without `--json`: the same facts, for a person at a terminal. */
import type { RunAnalysis } from '../analysis/analyseRun.ts';
import type { Quantity } from '../analysis/quantity.ts';
import { originSection } from './sections/identity.ts';
import type { InspectResult } from './inspect.ts';
import { printable } from './printable.ts';

const FUNCTION_ROWS = 15;
const FIGURE_ROWS = 40;
/** A symbol name may have 100,000. */
const LONGEST_LINE = 1000;

/** Names come from files: none may send commands to the terminal, or fill it. */
function terminalLine(line: string): string {
  const cut =
    line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE)}… (${line.length} characters)` : line;
  return printable(cut);
}

/** Plain text, lines below 120 columns except for symbol names. */
export function inspectText(result: InspectResult, analysis: RunAnalysis): string {
  const lines: string[] = [];
  const section = (title: string): void => {
    lines.push('', title);
  };
  const row = (label: string, value: string | null): void => {
    lines.push(`  ${label.padEnd(22)} ${value ?? 'unknown'}`);
  };

  const origin = originSection(analysis.profile);
  lines.push(`Origin: ${origin.label}. ${origin.sentence}`);
  section('Inputs');
  for (const input of result.inputs) {
    lines.push(
      `  ${input.path}  ${input.format ?? 'not recognised'}${input.tool ? `, ${input.tool}` : ''}  ${input.bytes.toLocaleString('en-US')} bytes`,
    );
  }
  section('Capture');
  row('Target', targetText(result));
  row('Clock', result.clock.name === 'none' ? null : result.clock.name);
  row('Duration', result.duration_s === null ? null : `${result.duration_s.toFixed(3)} s`);
  row(
    'Samples',
    `${result.samples.count.toLocaleString('en-US')} (${result.samples.with_stack.toLocaleString('en-US')} with a call stack, ${result.samples.lost} records lost)`,
  );
  for (const event of result.samples.by_event) {
    lines.push(
      `    ${event.event}: ${event.count.toLocaleString('en-US')} samples, sum ${event.period_sum.toLocaleString('en-US')}`,
    );
  }
  row('Markers', String(result.markers.length));
  if (result.spans.count > 0) {
    row('Annotation spans', `${result.spans.count} on ${result.spans.channels.length} channels`);
  }

  section('Stages');
  if (result.stages.length === 0) {
    lines.push(`  ${analysis.timeline.reason ?? 'not known'}`);
    if (analysis.timeline.fix) lines.push(`  ${analysis.timeline.fix}`);
  }
  for (const stage of result.stages) {
    lines.push(
      `  ${`${stage.stage} ${stage.phase}`.padEnd(20)} ${stage.start.toFixed(4)} to ${stage.end.toFixed(4)} s  ${stage.tokens} tokens in ${stage.calls} calls, ${stage.samples} samples`,
    );
  }
  section('Verdicts');
  for (const [stage, verdict] of Object.entries(result.verdict)) {
    row(stage === 'prefill' ? 'Prefill' : 'Decode', verdict.sentence);
    if (verdict.confidence) lines.push(`    Confidence: ${verdict.confidence}`);
    for (const reason of verdict.reasons) lines.push(`    – ${reason}`);
    if (verdict.next) lines.push(`    Next: ${verdict.next}`);
  }
  // Where figures speak for stages that are not known, one reason for all metrics is enough.
  const hasFigures = analysis.figures.headline.length > 0;
  const metrics = analysis.stageMetrics.filter(({ quantity }) => !hasFigures || quantity.value !== null);
  if (metrics.length > 0) section('Metrics');
  for (const metric of metrics) row(metric.label, quantityText(metric.quantity));

  if (result.figures.length > 0) section('Figures');
  for (const figure of result.figures.slice(0, FIGURE_ROWS)) row(figure.subject, figureText(figure));
  if (result.figures.length > FIGURE_ROWS) {
    lines.push(`  … and ${result.figures.length - FIGURE_ROWS} more (--json has all)`);
  }
  for (const source of new Set(result.figures.map((figure) => figure.source))) {
    lines.push(`  from ${source}`);
  }

  if (result.counters.length > 0) section('Counters');
  for (const counter of result.counters) {
    const name = counter.mnemonic ? `${counter.event} (${counter.mnemonic})` : counter.event;
    const missing = analysis.profile.counters.find((c) => c.name === counter.event)?.unavailable;
    lines.push(
      `  ${name}: ${counter.total === null ? (missing ?? 'no value') : counter.total.toLocaleString('en-US')}`,
    );
  }

  if (result.functions.length > 0) {
    section(`Functions by self samples of ${result.weight?.event ?? ''}`);
    const samples = result.functions.reduce((sum, f) => sum + f.self, 0);
    for (const f of result.functions.slice(0, FUNCTION_ROWS)) {
      const share = samples > 0 ? ((100 * f.self) / samples).toFixed(1) : '0.0';
      lines.push(`  ${String(f.self).padStart(7)}  ${share.padStart(5)} %  ${f.name}`);
    }
    if (result.functions.length > FUNCTION_ROWS) {
      lines.push(`  … and ${result.functions.length - FUNCTION_ROWS} more (--json has all)`);
    }
  }
  if (result.warnings.length > 0) section('Notices');
  for (const warning of result.warnings) {
    lines.push(`  ${warning.message}${warning.fix ? ` — ${warning.fix}` : ''}`);
  }
  return lines.map((line) => terminalLine(line)).join('\n') + '\n';
}

function figureText({ value, unit, spread, repetitions }: InspectResult['figures'][number]): string {
  const parts = [
    `${value.toLocaleString('en-US', { maximumFractionDigits: 6 })} ${unit}`,
    spread === null ? null : `± ${Number(spread.toPrecision(4))}`,
    repetitions.length > 1 ? `(${repetitions.length} repetitions)` : null,
  ];
  return parts.filter((part) => part !== null).join(' ');
}

function targetText({ target }: InspectResult): string | null {
  const names = new Set(target.cores.map((core) => core.name ?? core.midr ?? 'unknown core'));
  const parts = [
    target.cpus === null ? null : `${target.cpus} CPUs`,
    names.size > 0 ? [...names].join(' + ') : null,
    target.arch,
    target.kernel && `Linux ${target.kernel}`,
  ].filter(Boolean);
  return parts.length > 0 ? parts.join(', ') : null;
}

function quantityText(quantity: Quantity): string {
  if (quantity.value === null) return `not known: ${quantity.reason}`;
  const status = quantity.status === 'counted' || quantity.status === null ? '' : ` (${quantity.status})`;
  return `${Number(quantity.value.toPrecision(4))} ${quantity.unit}${status}`;
}
