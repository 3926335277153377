/**
 * Invisible lines that say which number of which run a page quotes, so that `gemview check-docs` can compare it with the
 * report of today. They are link definitions, which no Markdown shows, and stand under the table whose numbers they name, so
 * that both are edited or renewed together: `[gemview run.ttft]: # "gemview: run-id:run.ttft = 2.58 s"`.
 */
import { formatText } from '../../analysis/format.ts';
import type { Report, ReportQuantity } from '../../report/schema.ts';

/** A backslash or a quote would end the text, two braces begin a shortcode: such names go unmarked. */
const UNSAFE = /["\\]|\{\{/;

/** Markers of the first numbers of the run. */
export function headlineMarkers({ run, headline }: Report): string {
  return markers(
    run.id,
    headline.map(({ id, quantity }) => [`run.${id}`, printed(quantity)]),
  );
}

/** Markers of the table of Prefill beside Decode. */
export function comparisonMarkers({ run, comparison }: Report): string {
  return markers(
    run.id,
    comparison.flatMap(({ id, prefill, decode, texts }): [string, string | null][] => [
      [`prefill.${id}`, texts ? texts.prefill : printed(prefill)],
      [`decode.${id}`, texts ? texts.decode : printed(decode)],
    ]),
  );
}

function markers(run: string, numbers: readonly [name: string, text: string | null][]): string {
  return numbers
    .filter(([, text]) => text !== null && !UNSAFE.test(text))
    .map(([name, text]) => `[gemview ${name}]: # "gemview: ${run}:${name} = ${text}"`)
    .join('\n');
}

function printed({ value, unit }: ReportQuantity): string | null {
  return value === null ? null : formatText(value, unit);
}
