import { describe, expect, it } from 'vitest';
import { ProfileBuilder, unknownClock } from '../../src/profile/builder.ts';
import { profileViolations } from '../../src/profile/integrity.ts';
import { NONE } from '../../src/profile/types.ts';

/** A reader that saw one sample at each of the given times. */
function builderOf(...timesNs: number[]): ProfileBuilder {
  const builder = new ProfileBuilder({ path: 'samples.txt', format: null, tool: null, bytes: 1 });
  builder.events.push({
    name: 'samples',
    role: 'sampling',
    code: null,
    mnemonic: null,
    unit: 'samples',
    period: null,
    frequencyHz: null,
    counter: null,
  });
  for (const timeNs of timesNs) builder.addSample(timeNs, builder.thread(1, 1), NONE, NONE, 0, 1, false);
  return builder;
}

describe('profileViolations', () => {
  it('asks for the clock that times are on', () => {
    const builder = builderOf(0, 5e6);
    expect(profileViolations(builder.finish())).toEqual([
      'samples have times, but the clock is `none`: name the clock that they are on',
    ]);
    const named = builderOf(0, 5e6);
    named.clock = unknownClock('sample-log');
    expect(profileViolations(named.finish())).toEqual([]);
    expect(profileViolations(builderOf(0, 0).finish())).toEqual([]);
  });

  it('refuses times that are none, and rows that are not there', () => {
    const broken = builderOf(0, Number.NaN).finish();
    expect(profileViolations(broken).join('\n')).toContain('samples.timeNs[1] is not finite');
    const profile = builderOf(0).finish();
    profile.samples.thread[0] = 7;
    expect(profileViolations(profile)).toEqual(['samples.thread[0] is 7, outside 0…0']);
  });
});
