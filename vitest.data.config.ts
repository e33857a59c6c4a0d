import { defineConfig } from 'vitest/config';

// Tests on the larger data sets that WARDMESH_TEST_DATA names; unset, these tests belong to no run.
export default defineConfig({
  test: {
    include: process.env.WARDMESH_TEST_DATA === undefined ? [] : ['test/data/**/*.test.ts'],
    passWithNoTests: process.env.WARDMESH_TEST_DATA === undefined,
    testTimeout: 300_000,
    hookTimeout: 120_000,
    fileParallelism: false,
  },
});
