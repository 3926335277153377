import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { Worker } from '../../scripts/build/workers.ts';
import type { TestRequest } from '../support/answeringWorker.ts';

let worker: Worker<TestRequest, string | undefined>;
const start = (): typeof worker =>
  (worker = new Worker({
    module: join(import.meta.dirname, '../support/answeringWorker'),
    work: 'trying things',
  }));

afterEach(() => worker.close());

describe('a worker', () => {
  it('answers one request after the other, also with nothing', async () => {
    start();
    expect(await worker.ask({ words: 'one', reply: 'answer' })).toBe('one');
    expect(await worker.ask({ words: 'two', reply: 'nothing' })).toBeUndefined();
    expect(await worker.ask({ words: 'three', reply: 'answer' })).toBe('three');
  });

  it('fails with the sentence of what failed, and goes on', async () => {
    start();
    await expect(worker.ask({ words: 'no such page', reply: 'failure' })).rejects.toThrow(/^no such page$/);
    expect(await worker.ask({ words: 'another', reply: 'answer' })).toBe('another');
  });

  it('tells what it did and what it said when it dies', async () => {
    start();
    await expect(worker.ask({ words: 'out of memory', reply: 'death' })).rejects.toThrow(
      'trying things died (3): out of memory',
    );
  });

  it('says that the system ended it where it was killed', async () => {
    start();
    await expect(worker.ask({ words: '', reply: 'killing' })).rejects.toThrow(
      'trying things was ended by the system, which probably lacked memory',
    );
  });

  it('is gone when it is closed, whatever it was asked', async () => {
    start();
    const answer = worker.ask({ words: 'late', reply: 'answer' });
    worker.close();
    await expect(answer).rejects.toThrow('trying things died');
  });
});
