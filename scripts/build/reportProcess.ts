/**
 * Makes reports of many runs, as a process of its own: what reading and drawing took of memory goes with it, before the
 * pages need theirs. Started by `reportMaker.ts`.
 */
import { reportAnswer } from './reportAnswer.ts';
import { answerRequests } from './workers.ts';

answerRequests(reportAnswer);
