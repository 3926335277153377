/**
 * What a finding is, and the template that its sentence is made with: text, names from the capture, and values with their
 * working. Text is written without digits, so that no number can stand in a sentence that is not among its values.
 */
import { formatText } from '../format.ts';
import type { Quantity } from '../quantity.ts';

/** What a finding is about; pages mark it, tools filter by it. */
export type FindingKind =
  'time' | 'kernels' | 'stalls' | 'memory' | 'tokens' | 'threads' | 'model' | 'recording' | 'comparison';

/** A number of a sentence, and what it is of. */
export interface FindingValue {
  name: string;
  quantity: Quantity;
}

/** What the numbers are of: the selection that shows them. Absent parts select everything. */
export interface FindingSelection {
  stage?: 'load' | 'prefill' | 'decode' | 'sampling';
  /** Rows of the token table, first and last. */
  tokens?: [first: number, last: number];
  /** Names of functions. */
  functions?: string[];
  /** Run ids or labels of a comparison. */
  runs?: string[];
}

export interface FindingEvidence {
  /** Id of the chart that shows it; null when a table or no chart does. */
  chart: string | null;
  /** Id of the chapter it belongs to. */
  chapter: string;
  selection: FindingSelection;
}

export interface Finding {
  /** Stable: its address is `#finding-<id>`. */
  id: string;
  kind: FindingKind;
  /** One short sentence; every number in it is one of `values` as printed. */
  sentence: string;
  /** Numbers of the sentence in its order, then further ones behind it. All are known. */
  values: FindingValue[];
  /** Names in the sentence that come from the capture and may hold digits: functions, tensor types, events. */
  names: string[];
  evidence: FindingEvidence;
  /** Larger stands earlier; see importance.ts. */
  importance: number;
}

/** A name from the capture, as part of a sentence. */
export interface NamePart {
  text: string;
}

/** A sentence with what it is made of; null when one of its values is not known. */
export interface Sentence {
  text: string;
  values: FindingValue[];
  names: string[];
}

export function name(text: string): NamePart {
  return { text };
}

export function value(valueName: string, quantity: Quantity): FindingValue {
  return { name: valueName, quantity };
}

/**
 * Template of a sentence: say`Decode executes ${value(…)} a token in ${name(…)}.` Null when a value is not known: then
 * there is nothing to say.
 */
export function say(
  text: TemplateStringsArray,
  ...parts: readonly (FindingValue | NamePart | Sentence)[]
): Sentence | null {
  const sentence: Sentence = { text: text[0], values: [], names: [] };
  for (const [index, part] of parts.entries()) {
    if ('values' in part) {
      sentence.text += part.text;
      sentence.values.push(...part.values);
      sentence.names.push(...part.names);
    } else if ('text' in part) {
      sentence.text += part.text;
      sentence.names.push(part.text);
    } else {
      if (part.quantity.value === null) return null;
      sentence.text += formatText(part.quantity.value, part.quantity.unit);
      sentence.values.push(part);
    }
    sentence.text += text[index + 1];
  }
  return sentence;
}

/** Nothing, as a part of a sentence. */
export const NOTHING: Sentence = { text: '', values: [], names: [] };

/** Parts as an enumeration: `a`, `a and b`, `a, b and c`. */
export function enumeration(parts: readonly Sentence[]): Sentence {
  const joined: Sentence = { text: '', values: [], names: [] };
  parts.forEach((part, index) => {
    if (index > 0) joined.text += index === parts.length - 1 ? ' and ' : ', ';
    joined.text += part.text;
    joined.values.push(...part.values);
    joined.names.push(...part.names);
  });
  return joined;
}

/** A finding of a sentence; an empty list when there is none. */
export function finding(
  facts: Pick<Finding, 'id' | 'kind' | 'evidence' | 'importance'>,
  sentence: Sentence | null,
  further: readonly FindingValue[] = [],
): Finding[] {
  if (sentence === null) return [];
  const known = further.filter(({ quantity }) => quantity.value !== null);
  return [
    {
      ...facts,
      sentence: sentence.text,
      values: [...sentence.values, ...known],
      // Words that were chosen for the sentence are parts too, and no names.
      names: [...new Set(sentence.names.filter((text) => /[\d_]/.test(text)))],
    },
  ];
}
