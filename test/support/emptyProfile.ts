import { ProfileBuilder } from '../../src/profile/builder.ts';
import type { Profile } from '../../src/profile/types.ts';

/** A profile of one input that held nothing; tests spread what they need over it. */
export function emptyProfile(path = 'run.yaml', format = 'reported-figures'): Profile {
  return new ProfileBuilder({ path, format, tool: null, bytes: 0 }).finish();
}
