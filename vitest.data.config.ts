// Tests on the larger and real data sets that WARDMESH_TEST_DATA names; a command of their own, apart from `npm test`.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/data/**/*.test.ts'],
    testTimeout: 120_000,
  },
});
