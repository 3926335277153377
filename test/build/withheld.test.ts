import { describe, expect, it } from 'vitest';
import { countWithheld, withheldLines } from '../../scripts/build/withheld.ts';

const report = (...withheld: string[]) => ({ withheld });

describe('what a build withheld', () => {
  it('is counted by kind, over all runs', () => {
    const withheld = countWithheld([
      report('host-name', 'command-line'),
      report(),
      report('host-name', 'host-name'),
    ]);
    expect(withheldLines(withheld)).toBe(
      "withheld: command-line (1 run); run.yaml's allow: publishes it\n" +
        "withheld: host-name (2 runs); run.yaml's allow: publishes it\n",
    );
  });

  it('is not mentioned when there is nothing', () => {
    expect(withheldLines(countWithheld([report()]))).toBe('');
  });
});
