/** Jobs in their order, several at once as long as they fit. */

export interface Room {
  /** How many jobs may run at once. */
  places: number;
  /** Jobs run together while the sum of their sizes is not above this; a larger job runs alone. */
  mostAtOnce: number;
}

/**
 * Starts jobs in their order. One that does not fit yet waits, and those behind it wait with it: none waits for ever.
 *
 * @param sizes of the jobs
 * @param work does one job at a place, a number below `places`; at each place one after the other
 * @throws what the first job throws that fails; no other is started then
 */
export function sideBySide(
  sizes: readonly number[],
  { places, mostAtOnce }: Room,
  work: (job: number, place: number) => Promise<void>,
): Promise<void> {
  const free = Array.from({ length: places }, (_, index) => places - 1 - index);
  let next = 0;
  let load = 0;
  let hasFailed = false;
  return new Promise((resolve, reject) => {
    const canStart = (): boolean =>
      !hasFailed &&
      next < sizes.length &&
      free.length > 0 &&
      (free.length === places || load + sizes[next] <= mostAtOnce);
    const startNext = (): void => {
      const job = next++;
      const place = free.pop()!;
      load += sizes[job];
      work(job, place).then(
        () => {
          free.push(place);
          load -= sizes[job];
          startAll();
        },
        (error: unknown) => {
          hasFailed = true;
          reject(error as Error);
        },
      );
    };
    const startAll = (): void => {
      while (canStart()) startNext();
      if (next === sizes.length && free.length === places) resolve();
    };
    startAll();
  });
}
