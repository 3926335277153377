/**
 * The front matter of a Learning Path: the keys that Arm's site reads from `_index.md`, `_next-steps.md` and from a page
 * (its theme and its guide for authors, github.com/ArmDeveloperEcosystem/arm-learning-paths).
 */
import { printable } from '../../report/printable.ts';
import type { Report } from '../../report/schema.ts';
import { markdownText } from '../markdownText.ts';

/** Always the same on that site: the first page, and a last page that comes after any other. */
const INDEX_WEIGHT = 1;
const NEXT_STEPS_WEIGHT = 21;
const LAYOUT = 'learningpathall';

/** Words that an attentive reader reads in a minute. */
const WORDS_A_MINUTE = 180;
/** The site tells times in steps of five minutes. */
const MINUTES_STEP = 5;

type MatterValue = string | number | readonly string[];

/** A text as YAML: JSON in double quotes is YAML too, whatever it holds. */
function yamlText(text: string): string {
  return JSON.stringify(printable(text.replaceAll(/\s+/g, ' ')));
}

function entry(key: string, value: MatterValue): string {
  if (typeof value === 'number') return `${key}: ${value}\n`;
  if (typeof value === 'string') return `${key}: ${yamlText(value)}\n`;
  if (value.length === 0) return `${key}: []\n`;
  return `${key}:\n${value.map((item) => `    - ${yamlText(item)}\n`).join('')}`;
}

/** The front matter of a page between the first and the last. */
export function pageMatter(title: string, weight: number): string {
  return `---\n${entry('title', title)}${entry('weight', weight)}\n### FIXED, DO NOT MODIFY\nlayout: ${LAYOUT}\n---\n`;
}

export interface IndexWords {
  objectives: readonly string[];
  /** Words of all pages: the site tells readers how long they take. */
  words: number;
  authors: readonly string[];
  /** Address of the run's report; null where the site's address is not known. */
  reportAddress: string | null;
}

/** `_index.md`: all of it is front matter. */
export function indexPage(report: Report, { objectives, words, authors, reportAddress }: IndexWords): string {
  const minutes = Math.ceil(words / WORDS_A_MINUTE / MINUTES_STEP) * MINUTES_STEP;
  const readings = furtherReading(report, reportAddress);
  return [
    '---\n',
    entry('title', `Analyze a llama.cpp run: ${report.run.title}`),
    '\n',
    entry('description', description(report)),
    '\n',
    '# Time to read the pages; add the time of the steps that you write.\n',
    entry('minutes_to_complete', Math.max(MINUTES_STEP, minutes)),
    '\n',
    entry(
      'who_is_this_for',
      'Performance engineers and llama.cpp developers who want to know what Prefill and Decode do on an Arm CPU, by the numbers of one run.',
    ),
    '\n',
    entry('learning_objectives', objectives),
    '\n',
    entry('prerequisites', [
      'Experience with running llama.cpp from the command line',
      'Basic knowledge of CPU profiling: samples, call stacks and performance counters',
    ]),
    '\n',
    entry('author', authors),
    '\n### Tags\n',
    entry('skilllevels', 'Advanced'),
    entry('subjects', 'Performance and Architecture'),
    entry('armips', armIps(report)),
    entry('tools_software_languages', tools(report)),
    entry('operatingsystems', operatingSystems(report)),
    '\nfurther_reading:\n',
    ...readings.map(
      ({ title, link }) =>
        `    - resource:\n        title: ${yamlText(title)}\n        link: ${yamlText(link)}\n        type: website\n`,
    ),
    '\n### FIXED, DO NOT MODIFY\n',
    `weight: ${INDEX_WEIGHT}\nlayout: ${LAYOUT}\nlearning_path_main_page: "yes"\n---\n`,
  ].join('');
}

/** `_next-steps.md`: the site makes the page from what stands in `_index.md`. */
export function nextStepsPage(): string {
  return `---\ntitle: "Next Steps"\n\n### FIXED, DO NOT MODIFY\nweight: ${NEXT_STEPS_WEIGHT}\nlayout: ${LAYOUT}\n---\n`;
}

function description({ run, origin }: Report): string {
  return (
    run.description ??
    `What Prefill and Decode did in one run of llama.cpp (${origin.label}), from the raw recording.`
  );
}

/** Cores that the target names; none is guessed. */
function armIps({ threadUse, metrics }: Report): string[] {
  const names = [
    ...(threadUse?.cores ?? []).map(({ name }) => name),
    ...metrics.coreTypes.map(({ core }) => core),
  ];
  return [...new Set(names.filter((name) => name !== null))].map(markdownText);
}

function tools({ inputs, operators }: Report): string[] {
  const used = inputs.map(({ tool, format }) => `${tool ?? ''} ${format ?? ''}`).join('\n');
  const families = (operators?.coverage ?? []).flatMap(({ families }) => families.map(({ name }) => name));
  return [
    'llama.cpp',
    ...(families.includes('KleidiAI') ? ['KleidiAI'] : []),
    ...(/\bperf\b/.test(used) ? ['perf'] : []),
    ...(/gator|streamline/i.test(used) ? ['Arm Streamline'] : []),
  ];
}

function operatingSystems({ identity, inputs }: Report): string[] {
  const told = identity.map(({ value }) => value).join('\n');
  const android = /\bandroid\b/i.test(told);
  // perf exists on Linux alone.
  const linux = /\blinux\b/i.test(told) || inputs.some(({ format }) => format?.startsWith('perf') ?? false);
  return [...(linux && !android ? ['Linux'] : []), ...(android ? ['Android'] : [])];
}

function furtherReading(
  { operators }: Report,
  reportAddress: string | null,
): { title: string; link: string }[] {
  const families = (operators?.coverage ?? []).flatMap(({ families }) => families.map(({ name }) => name));
  return [
    ...(reportAddress === null ? [] : [{ title: 'The report of this run', link: reportAddress }]),
    { title: 'llama.cpp project', link: 'https://github.com/ggml-org/llama.cpp' },
    ...(families.includes('KleidiAI')
      ? [{ title: 'KleidiAI project', link: 'https://github.com/ARM-software/kleidiai' }]
      : []),
  ];
}
