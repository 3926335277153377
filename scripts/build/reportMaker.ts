/** A process that makes one report after the other (`reportProcess.ts`), seen from the build. */
import { join } from 'node:path';
import type { ReportAnswer, ReportRequest } from './reportAnswer.ts';
import { Worker } from './workers.ts';

/**
 * Reading makes much that lives for a moment: with half of the room that V8 gives it, 60 small runs take 200 MB less and no
 * more time.
 */
const NURSERY_MEGABYTES = 8;

/** glibc keeps what a thread freed for that thread. Pictures are drawn by many: with one store for all, half as much is kept. */
const ALLOCATOR = { MALLOC_ARENA_MAX: '1' };

export function reportMaker(): Worker<ReportRequest, ReportAnswer> {
  return new Worker({
    module: join(import.meta.dirname, 'reportProcess'),
    work: 'reading the runs',
    env: { ...ALLOCATOR, ...process.env },
    options: [`--max-semi-space-size=${NURSERY_MEGABYTES}`],
  });
}
