/** Reader of llama-bench's results as JSON, JSONL, CSV, Markdown and SQL: speeds of tests, with settings, model and build. */
import { ProfileBuilder } from '../../profile/builder.ts';
import type { InputFile, Profile } from '../../profile/types.ts';
import { InputError } from '../reader.ts';
import type { InputHead, RawInput, Reader } from '../reader.ts';
import { headText, smallText } from '../textInput.ts';
import { common, figureOf, hasOverflown, llamaSettings, modelInfo } from './figures.ts';
import { benchFormOf, readBenchRows } from './rows.ts';

export { llamaBatchedBenchReader } from './batched.ts';

const FORMAT = 'llama-bench';

export const llamaBenchReader: Reader = {
  format: FORMAT,

  detect(head: InputHead, input: RawInput): boolean {
    return input.content.kind === 'file' && benchFormOf(headText(head)) !== null;
  },

  async read(input: RawInput): Promise<Profile> {
    const text = await smallText(input, 'llama-bench output');
    const form = benchFormOf(text);
    const { rows, broken, build } =
      form === null ? { rows: [], broken: 0, build: null } : readBenchRows(text, form);
    const figures = rows.map((row) => figureOf(row, input.path));
    const usable = rows.filter((_, index) => figures[index] !== null);
    if (usable.length === 0) {
      throw new InputError(input.path, 'holds no result of llama-bench that can be read', {
        fix: 'Write it with: llama-bench -o json',
      });
    }

    const file: InputFile = { path: input.path, format: FORMAT, tool: null, bytes: input.bytes };
    const builder = new ProfileBuilder(file);
    for (const figure of figures) if (figure) builder.figures.push(figure);
    builder.settings = llamaSettings(usable, build);
    builder.model = modelInfo(usable, input.path);
    file.tool = builder.settings.build ? `llama-bench ${builder.settings.build}` : 'llama-bench';
    addFacts(builder, usable);
    warn(builder, usable, broken + rows.length - usable.length);
    return builder.finish();
  },
};

type Rows = Parameters<typeof common>[0];

function addFacts(builder: ProfileBuilder, rows: Rows): void {
  const facts: [name: string, field: string, isPrivate: boolean][] = [
    ['cpu-description', 'cpu_info', false],
    ['backends', 'backends', false],
    ['recorded-at', 'test_time', false],
    ['model-path', 'model_filename', true],
  ];
  for (const [name, field, isPrivate] of facts) {
    // Tests of one run differ in when they started: the first says when it was recorded.
    const value = field === 'test_time' ? common(rows.slice(0, 1), field) : common(rows, field);
    if (value) builder.addFact(name, value, isPrivate);
  }
}

function warn(builder: ProfileBuilder, rows: Rows, unread: number): void {
  if (unread > 0) {
    builder.warn(
      'bench-rows-unread',
      `${unread} rows have no test or no speed that can be read and were left out`,
      'Run llama-bench to its end with -o json',
    );
  }
  const overflown = rows.filter(hasOverflown).length;
  if (overflown > 0) {
    builder.warn(
      'bench-deviation-overflow',
      `The deviation that llama-bench printed in nanoseconds is wrong in ${overflown} rows (its sum of squares overflows): it was computed again from the samples`,
    );
  }
}
