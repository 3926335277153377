import { describe, expect, it } from 'vitest';
import { analyseRun } from '../../../src/analysis/analyseRun.ts';
import { tokensCsv } from '../../../src/report/sections/tokensCsv.ts';
import { countedRun } from '../../support/countedRun.ts';
import { functionsOfRun } from '../../support/llamaRun.ts';

describe('tokens.csv', () => {
  it('has a row a call: times, tokens before it, samples, what is special about it, and its counters', () => {
    // A prompt of 100 tokens in 1 s, then two tokens of 500 ms; a sample every 10 ms.
    const profile = countedRun(
      'load/1000 0+100/1000 100+1/500 101+1/500 close/10',
      [
        {
          events: ['INST_RETIRED'],
          readings: [
            [1000, 2000, [3000]],
            [2000, 2500, [800]],
            [2500, 3000, [1000]],
          ],
        },
      ],
      { calls: 'probes', sampleMs: 10, cpus: ['Neoverse-N1'] },
    );
    const [header, ...rows] = tokensCsv(analyseRun(profile, functionsOfRun(profile)))
      .trimEnd()
      .split('\r\n');
    expect(header).toBe(
      'index,stage,start s,end s,end is estimated,past,n_eval,latency ms,samples,notes,INST_RETIRED',
    );
    expect(rows).toEqual([
      '0,prefill,1,2,false,0,100,,100,,3000',
      '1,decode,2,2.5,false,100,1,500,50,,800',
      '2,decode,2.5,3,false,101,1,,50,,1000',
    ]);
  });

  it('says which calls were tried again', () => {
    const profile = countedRun('0+100=1/10 0+100/1000 100+1/500 close/10', [], {
      calls: 'probes',
      sampleMs: 10,
    });
    const rows = tokensCsv(analyseRun(profile, functionsOfRun(profile)))
      .trimEnd()
      .split('\r\n')
      .slice(1);
    expect(rows.map((row) => row.split(',').at(-1))).toEqual(['retry', '', '']);
  });
});
