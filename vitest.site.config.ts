import { defineConfig } from 'vitest/config';

/** Tests of whole builds and of the built site in a browser: slow, one after the other. */
export default defineConfig({
  test: {
    include: ['test/site/**/*.test.ts', 'test/browser/**/*.test.ts'],
    reporters: ['default', './test/support/closingLineReporter.ts'],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // What a page shows after a request takes its time on a busy machine.
    expect: { poll: { timeout: 20_000 } },
    fileParallelism: false,
    env: { TZ: 'UTC', LC_ALL: 'C' },
  },
});
