import { defineConfig } from 'vitest/config';

// Journeys across several whole clinics: minutes of blocks, peers and finality, one network after the other.
export default defineConfig({
  test: {
    include: ['test/clinics/**/*.test.ts'],
    testTimeout: 300_000,
    hookTimeout: 120_000,
    fileParallelism: false,
  },
});
