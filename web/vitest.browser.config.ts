import { defineConfig } from 'vitest/config';

// Journeys in Chromium against the real server. One file at a time: a machine of two cores has no more room than that.
export default defineConfig({
  test: {
    include: process.env.CLEW_SCREENSHOTS === undefined ? ['tests/browser/**/*.test.ts'] : ['tests/browser/screenshots.ts'],
    fileParallelism: false,
    testTimeout: 40_000,
    hookTimeout: 90_000,
    // What is polled comes when the machine gets to it: only a failure waits so long.
    expect: { poll: { interval: 50, timeout: 15_000 } },
  },
});
