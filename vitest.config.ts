import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/long/**', 'test/browser/**', 'test/data/**', 'test/containers/live/**', 'test/guards/fixtures/**'],
    // Most of the time goes into waiting for blocks and peers, not into computing.
    maxWorkers: 3,
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
