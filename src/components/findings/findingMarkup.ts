/** A finding's sentence as markup: names of functions in mono, numbers marked. */
import { formatText } from '../../charts/format.ts';
import { escaped, sentenceHtml } from '../../charts/text.ts';
import type { ReportFinding } from '../../report/schema/findings.ts';

/** Stands for one number while the rest of the sentence becomes markup; no text from a capture can hold it. */
const PLACE = (index: number): string => `\uE000${index}\uE001`;
const PLACES = /\uE000(\d+)\uE001/g;

export function findingHtml({ sentence, values }: Pick<ReportFinding, 'sentence' | 'values'>): string {
  const numbers: string[] = [];
  let text = sentence.replaceAll(/[\uE000\uE001]/g, '\uFFFD');
  let from = 0;
  for (const { quantity } of values) {
    if (quantity.value === null) continue;
    const printed = formatText(quantity.value, quantity.unit);
    const at = text.indexOf(printed, from);
    if (at < 0) continue;
    const place = PLACE(numbers.push(printed) - 1);
    text = text.slice(0, at) + place + text.slice(at + printed.length);
    from = at + place.length;
  }
  return sentenceHtml(text).replace(
    PLACES,
    (_, index: string) => `<b class="number">${escaped(numbers[Number(index)])}</b>`,
  );
}
