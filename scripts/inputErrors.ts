/** Several faults of the input, found in one go: people mend them in one go. */
import type { InputError } from '../src/readers/reader.ts';

export class InputErrors extends Error {
  override readonly name = 'InputErrors';
  readonly errors: readonly InputError[];

  constructor(errors: readonly InputError[]) {
    super(errors.map((error) => error.message).join('\n'));
    this.errors = errors;
  }
}
