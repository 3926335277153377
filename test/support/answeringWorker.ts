/** A process for tests of workers: answers with the words it is asked with, fails, or dies. */
import { answerRequests } from '../../scripts/build/workers.ts';

export interface TestRequest {
  words: string;
  reply: 'answer' | 'nothing' | 'failure' | 'death' | 'killing';
}

answerRequests(async ({ words, reply }: TestRequest): Promise<string | undefined> => {
  await Promise.resolve();
  if (reply === 'failure') throw new Error(words);
  if (reply === 'killing') process.kill(process.pid, 'SIGKILL');
  if (reply === 'death') {
    process.stderr.write(words);
    process.exit(3);
  }
  return reply === 'answer' ? words : undefined;
});
