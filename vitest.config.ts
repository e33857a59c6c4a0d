import { defineConfig } from 'vitest/config';

const elsewhere = [
  'test/long/**',
  'test/browser/**',
  'test/clinics/**',
  'test/data/**',
  'test/containers/live/**',
  'test/guards/fixtures/**',
];
/** They measure the memory of their process, which no other file may have grown. */
const measuring = [
  'test/node/flood.test.ts',
  'test/p2p/hostile.test.ts',
  'test/rpc/limits.test.ts',
  'test/rpc/routes.test.ts',
  'test/rpc/subscriptions.test.ts',
];

export default defineConfig({
  test: {
    // Most of the time goes into waiting for blocks and peers, not into computing.
    maxWorkers: 3,
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 30_000 } },
    projects: [
      // One process takes file after file, so that each module is loaded three times and not once for every file.
      {
        extends: true,
        test: { name: 'shared', include: ['test/**/*.test.ts'], exclude: [...elsewhere, ...measuring], isolate: false },
      },
      { extends: true, test: { name: 'alone', include: measuring } },
    ],
  },
});
