/** A number by its name, as a sentence prints it: `decode.ipc`, or `other-run:decode.share(ggml_vec_dot_q6_K_q8_K)`. */
import type { Report } from '../report/schema.ts';
import { NAME, UnknownName, valueNamed, type NamedValue, type ReportOf } from './values.ts';

const WHOLE_NAME = new RegExp(String.raw`^(${NAME})(?:\((.*)\))?$`);

/** @throws UnknownName when there is no such number or run */
export function metricNamed(text: string, report: Report | null, reportOf: ReportOf): NamedValue {
  const match = WHOLE_NAME.exec(text.trim());
  if (!match)
    throw new UnknownName(`'${text}' is no name of a number: write decode.ipc, run.ttft or the like`);
  const [, name, argument] = match;
  return valueNamed(name, argument ?? null, report, reportOf);
}
