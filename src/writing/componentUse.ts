/** Uses of components in what people write, checked by name and attributes against the table of components. */
import { closest } from './closest.ts';
import { DATA_COMPONENTS, WRITING_COMPONENTS } from './components.ts';

/** Something wrong with a page: the line counts from 1. */
export interface WritingProblem {
  line: number;
  message: string;
}

/** One use of a component. */
export interface ComponentUse {
  name: string;
  line: number;
  /** Attributes that are texts, in quotes or as a quoted text in braces; empty for code. */
  attributes: Readonly<Record<string, string>>;
  /** Names of attributes that are code. */
  code: readonly string[];
}

/** What is wrong with a use, as far as it shows without data. */
export function useProblems(use: ComponentUse): WritingProblem[] {
  const { name, line, attributes, code } = use;
  const component = Object.hasOwn(WRITING_COMPONENTS, name) ? WRITING_COMPONENTS[name] : null;
  if (!component) {
    const meant = closest(name, Object.keys(WRITING_COMPONENTS));
    const hint = meant
      ? `; did you mean <${meant}>?`
      : `: there are ${Object.keys(WRITING_COMPONENTS).join(', ')}`;
    return [{ line, message: `there is no component <${name}>${hint}` }];
  }
  const known = Object.keys(component.attributes);
  return [
    ...missingAttributes(use).map((key) => ({
      line,
      message: `<${name}> needs ${key}="…"`,
    })),
    ...Object.keys(attributes)
      .filter((key) => !known.includes(key))
      .map((key) => {
        const meant = closest(key, known);
        const hint = meant ? `; did you mean ${meant}?` : `; it takes ${known.join(', ') || 'none'}`;
        return { line, message: `<${name}> has no ${key}${hint}` };
      }),
    ...(readsReport(use) ? code : []).map((key) => ({
      line,
      message: `<${name}>: write ${key}="…", for code in braces cannot be checked`,
    })),
    ...Object.entries(component.words)
      .filter(([key, words]) => key in attributes && !code.includes(key) && !words.includes(attributes[key]))
      .map(([key, words]) => ({
        line,
        message: `<${name}>: ${key} is one of ${words.join(', ')}, not '${attributes[key]}'`,
      })),
    ...('rows' in attributes && !/^[1-9]\d*$/.test(attributes.rows)
      ? [{ line, message: `<${name}>: rows is a number, not '${attributes.rows}'` }]
      : []),
  ];
}

/** Names of attributes that a component of the table must have and this use has not. */
function missingAttributes({ name, attributes }: ComponentUse): string[] {
  const { attributes: known } = WRITING_COMPONENTS[name];
  return Object.keys(known).filter((key) => known[key] === 'required' && !Object.hasOwn(attributes, key));
}

/** True where the attributes are there and are texts: only then a report can be asked. */
export function isComplete(use: ComponentUse): boolean {
  return missingAttributes(use).length === 0 && use.code.length === 0;
}

/** True for components that read a report. */
export function readsReport({ name }: ComponentUse): boolean {
  return DATA_COMPONENTS.has(name);
}
