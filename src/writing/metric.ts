/** A number by its name, as a sentence prints it: `decode.ipc`, or `other-run:decode.share(ggml_vec_dot_q6_K_q8_K)`. */
import type { Report } from '../report/schema.ts';
import type { ReportOf } from './claim.ts';
import { namedValue, UnknownName, type NamedValue } from './values.ts';

const NAME = /^(?:([a-z0-9][\w-]*):)?([A-Za-z][\w-]*(?:\.[A-Za-z][\w-]*)+)(?:\((.*)\))?$/;

/** @throws UnknownName when there is no such number or run */
export function metricNamed(text: string, report: Report | null, reportOf: ReportOf): NamedValue {
  const match = NAME.exec(text.trim());
  if (!match)
    throw new UnknownName(`'${text}' is no name of a number: write decode.ipc, run.ttft or the like`);
  const [, run, name, argument] = match;
  const of = run === undefined ? report : reportOf(run);
  if (of === null) {
    throw new UnknownName(run === undefined ? `'${name}' needs a run` : `there is no run '${run}'`);
  }
  return namedValue(of, name, argument ?? null);
}
