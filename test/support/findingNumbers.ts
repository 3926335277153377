/** Numbers in a finding's sentence, and whether each is one of its values as printed. */
import { formatText } from '../../src/analysis/format.ts';

interface Checked {
  sentence: string;
  values: readonly { quantity: { value: number | null; unit: string } }[];
  names: readonly string[];
}

/** What is left of a sentence's digits when its values, as the site prints them, and the names from the capture are out. */
export function strayNumbers({ sentence, values, names }: Checked): string[] {
  const longestFirst = [
    ...names,
    ...values.map(({ quantity }) => formatText(quantity.value ?? NaN, quantity.unit)),
  ].sort((a, b) => b.length - a.length);
  const rest = longestFirst.reduce(
    (text, part) => (part === '' ? text : text.replaceAll(part, '§')),
    sentence,
  );
  return rest.match(/\d[\d.,]*/g) ?? [];
}
