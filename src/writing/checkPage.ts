/** Checks what a page says against the data of the runs it names: claims, metrics, charts, findings, functions. */
import { closest } from './closest.ts';
import { checkClaim, ClaimSyntax } from './claim.ts';
import { CLAIM_OUTCOMES, type ClaimOutcome } from './components.ts';
import { isComplete, readsReport, type ComponentUse, type WritingProblem } from './componentUse.ts';
import { metricNamed } from './metric.ts';
import { UnknownName, type ReportOf } from './values.ts';
import type { WrittenPage } from './page.ts';
import type { Report } from '../report/schema.ts';

export interface PageCheck {
  /** What must be mended before the page can be published. */
  errors: WritingProblem[];
  /** Contradicted claims whose author wants only to be told. */
  warnings: WritingProblem[];
}

/**
 * @param run the run that the page belongs to; null for a story
 * @param chartsOf ids of the charts that a report can show
 */
export function checkPage(
  page: WrittenPage,
  run: string | null,
  reportOf: ReportOf,
  chartsOf: (report: Report) => readonly string[],
): PageCheck {
  const check: PageCheck = { errors: [], warnings: [] };
  for (const use of page.uses.filter(readsReport)) {
    // What is missing has been said by the page itself.
    if (!isComplete(use)) continue;
    const id = use.attributes.run ?? page.run ?? run;
    try {
      const report = id === null ? null : reportOf(id);
      if (id !== null && report === null) throw new UnknownName(`there is no run '${id}'`);
      const problem = useProblem(use, report, reportOf, chartsOf);
      if (problem === null) continue;
      const isWarning = use.name === 'Claim' && use.attributes.mode === 'warn';
      (isWarning ? check.warnings : check.errors).push({ line: use.line, message: problem });
    } catch (error) {
      if (!(error instanceof UnknownName) && !(error instanceof ClaimSyntax)) throw error;
      check.errors.push({ line: use.line, message: error.message });
    }
  }
  return check;
}

function useProblem(
  use: ComponentUse,
  report: Report | null,
  reportOf: ReportOf,
  chartsOf: (report: Report) => readonly string[],
): string | null {
  const { attributes } = use;
  if (use.name === 'Claim') return claimProblem(attributes, report, reportOf);
  if (report === null) return `<${use.name}> needs run="…"`;
  switch (use.name) {
    case 'Metric':
      metricNamed(attributes.that, report, reportOf);
      return null;
    case 'Chart':
      return unknownOf('chart', attributes.chart, chartsOf(report), report);
    case 'Finding':
      return unknownOf(
        'finding',
        attributes.finding,
        report.findings.map(({ id }) => id),
        report,
      );
    case 'CallPath':
      return unknownOf(
        'function',
        attributes.to,
        report.callTree?.functions.map(({ name }) => name) ?? [],
        report,
      );
    default:
      return null;
  }
}

function claimProblem(
  { that, expect = 'holds' }: ComponentUse['attributes'],
  report: Report | null,
  reportOf: ReportOf,
): string | null {
  // A word that is none has been said by the page itself.
  if (!CLAIM_OUTCOMES.includes(expect as ClaimOutcome)) return null;
  const result = checkClaim(that, report, reportOf);
  const outcome = claimOutcome(result.holds);
  if (outcome === expect) return null;
  const why = outcome === 'uncounted' ? result.reason : result.said;
  return `the data contradicts the sentence: '${that}' ${OUTCOME_WORDS[outcome]} (${why}), the page says that it ${OUTCOME_WORDS[expect as ClaimOutcome]}`;
}

const OUTCOME_WORDS: Record<ClaimOutcome, string> = {
  holds: 'holds',
  fails: 'does not hold',
  uncounted: 'cannot be told from this run',
};

export function claimOutcome(holds: boolean | null): ClaimOutcome {
  return holds === null ? 'uncounted' : holds ? 'holds' : 'fails';
}

/** Longer lists help nobody in a message. */
const MOST_LISTED = 40;

function unknownOf(kind: string, name: string, known: readonly string[], report: Report): string | null {
  if (known.includes(name)) return null;
  const meant = closest(name, known);
  const hint = meant
    ? `; did you mean '${meant}'?`
    : known.length > 0 && known.length <= MOST_LISTED
      ? `; it has ${known.join(', ')}`
      : '';
  return `${report.run.id} has no ${kind} '${name}'${hint}`;
}
