import { defineConfig } from 'vitest/config';

// Stated sizes that take too long for every run: soaks, kill loops, large fuzz counts, big chains.
export default defineConfig({
  test: {
    include: ['test/long/**/*.test.ts'],
    testTimeout: 1_800_000,
    hookTimeout: 300_000,
    fileParallelism: false,
  },
});
