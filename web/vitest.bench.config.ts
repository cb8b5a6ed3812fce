import { defineConfig } from 'vitest/config';

// Measurements in Chromium against the real server: `npm run bench`. They print figures and assert nothing about time.
export default defineConfig({
  test: {
    include: ['bench/**/*.bench.ts'],
    fileParallelism: false,
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
